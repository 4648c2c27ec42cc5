"""What the columns of a file may be, and which kind of file a header announces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import polars as pl

from health.errors import UnreadableFile
from health.files.reasons import ID_LENGTH, TEXT_LENGTH, RejectReason
from health.files.rules import Amount, Choice, Day, Integer, Nothing, Rule, Text, YesNo
from health.vocabulary import AlertLevel, FeatureName, FileKind, MetricType, Unit

MOST_COLUMNS: Final = 500
"""The most columns of a file that is looked at; the contract knows far fewer."""

WHAT_IS_WRONG: Final = "what_is_wrong"
"""The column that marks a file of rejected rows, fixed or not; it is left out."""

_SHOWN_NAMES: Final = 12
_SHOWN_CHARACTERS: Final = 60
_METRIC_COLUMNS: Final = frozenset(metric.column for metric in MetricType)

PERCENTAGE: Final = Integer(maximum=100, above=RejectReason.ABOVE_100_PERCENT)
"""The rule of a metric in percent."""


class Layout(StrEnum):
    """One row per client, metric and day (long), or one column per metric (wide)."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """A column of the contract: its ``header`` in files and its ``name`` in the typed rows."""

    header: str
    name: str
    rule: Rule
    required: bool


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The columns of one kind of file, in the contract's order.

    ``ignored`` are columns that our own exports carry and a load sets itself.
    """

    kind: FileKind
    layout: Layout
    label: str
    columns: tuple[FileColumn, ...]
    ignored: tuple[str, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header accepted in such a file."""
        return (*(column.header for column in self.columns), *self.ignored)

    def missing(self, squeezed: Iterable[str]) -> list[str]:
        """What a file with these headers (see :func:`squeeze`) lacks to be of this shape."""
        present = set(squeezed)
        lacks = [
            f"“{column.header}”"
            for column in self.columns
            if column.required and squeeze(column.header) not in present
        ]
        if self.layout is Layout.WIDE and not present & {squeeze(name) for name in _METRIC_COLUMNS}:
            lacks.append("a column named after a metric, such as “daily_active_users”")
        return lacks


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a column of the contract stands in a file: ``position`` counts from 0."""

    position: int
    column: FileColumn


@dataclass(frozen=True, kw_only=True)
class Header:
    """A header that was understood: the shape of the file, and its columns in contract order.

    ``has_rejected_rows``: the file is one of rejected rows, whose formulas were neutralized.
    """

    shape: Shape
    places: tuple[Place, ...]
    unnamed: tuple[Place, ...]
    has_rejected_rows: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's names of the columns that are read."""
        return tuple(place.column.header for place in self.places)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns and types of the accepted rows."""
        typed = {place.column.name: place.column.rule.dtype for place in self.places}
        return {"line": pl.Int64(), **typed}


def squeeze(name: str) -> str:
    """A header without case, blanks, hyphens and underscores: organizationid."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def shapes(today: date) -> tuple[Shape, ...]:
    """The four shapes a file can have; nothing may have been used after the day after ``today``."""
    tomorrow = Day(latest=today + timedelta(days=1))
    organization = _required("organization_id", Text(longest=ID_LENGTH))
    text = Text(longest=TEXT_LENGTH)
    return (
        Shape(
            kind=FileKind.ORGANIZATIONS,
            layout=Layout.LONG,
            label="an organizations file",
            columns=(
                organization,
                _required("name", text),
                _optional("total_users", Integer()),
                _optional("renewal_date", Day()),
                _optional("industry", text),
                _optional("employee_count", Integer()),
                _optional("csm", text),
                _optional("annual_value", Amount()),
                _optional("alert_level", Choice(AlertLevel, RejectReason.UNKNOWN_ALERT_LEVEL)),
                _optional("is_active", YesNo()),
            ),
            ignored=("created_at", "updated_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.USAGE,
            layout=Layout.LONG,
            label="a usage file with one row per metric",
            columns=(
                organization,
                _required(
                    "metric_type", Choice(MetricType, RejectReason.UNKNOWN_METRIC), name="metric"
                ),
                _required("date", tomorrow),
                _required("value", Integer()),
            ),
            ignored=("created_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.USAGE,
            layout=Layout.WIDE,
            label="a usage file with one column per metric",
            columns=(
                organization,
                _required("date", tomorrow),
                *(_optional(metric.column, _rule_of(metric)) for metric in MetricType),
            ),
            ignored=("created_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.FEATURES,
            layout=Layout.LONG,
            label="a feature adoption file",
            columns=(
                organization,
                _required(
                    "feature_name",
                    Choice(FeatureName, RejectReason.UNKNOWN_FEATURE),
                    name="feature",
                ),
                _optional("is_enabled", YesNo()),
                _optional("is_used", YesNo()),
                _optional("first_used_at", tomorrow),
                _optional("last_used_at", tomorrow),
                _optional("usage_count", Integer()),
            ),
            ignored=("created_at", "updated_at", WHAT_IS_WRONG),
        ),
    )


def read_header(names: Sequence[str], known: Sequence[Shape]) -> Header:
    """The header with these cells, or :class:`UnreadableFile` saying what is wrong with it."""
    if len(names) > MOST_COLUMNS:
        raise too_many_columns(len(names))
    last = max((place for place, name in enumerate(names) if name.strip()), default=-1)
    named = {squeeze(name): place for place, name in enumerate(names[: last + 1])}
    if len(named) <= last:
        raise _refused(_doubled(names[: last + 1]))
    shape = min(known, key=lambda shape: _distance(shape, named))
    lacks = shape.missing(named)
    if lacks:
        raise _refused(_lacking(shape, lacks, names[: last + 1]))
    strange = [names[place] for key, place in named.items() if key not in _keys(shape)]
    if strange:
        raise _refused(_unknown(shape, strange))
    return Header(
        shape=shape,
        places=tuple(
            Place(position=named[squeeze(column.header)], column=column)
            for column in shape.columns
            if squeeze(column.header) in named
        ),
        unnamed=tuple(
            Place(position=place, column=_UNNAMED) for place in range(last + 1, len(names))
        ),
        has_rejected_rows=squeeze(WHAT_IS_WRONG) in named,
    )


def too_many_columns(count: int) -> UnreadableFile:
    """The refusal of a header with ``count`` columns."""
    return _refused(f"The header has {count:,} columns; at most {MOST_COLUMNS} are read.")


def count_known(names: Iterable[str]) -> int:
    """How many of these header cells the contract knows, in whatever kind of file."""
    return len({squeeze(name) for name in names} & _KNOWN)


def quoted(*names: str) -> str:
    """Names from a file in quotation marks, to be shown: long ones and long lists cut short."""
    shown = [_shown(name) for name in names[:_SHOWN_NAMES]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _shown(name: str) -> str:
    """A name on one line, without the characters that would steer a terminal."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(name.split()))
    cut = plain[:_SHOWN_CHARACTERS]
    return f"“{cut}…”" if cut != plain else f"“{plain}”"


def _required(header: str, rule: Rule, *, name: str | None = None) -> FileColumn:
    return FileColumn(header=header, name=name or header, rule=rule, required=True)


def _optional(header: str, rule: Rule) -> FileColumn:
    return FileColumn(header=header, name=header, rule=rule, required=False)


def _rule_of(metric: MetricType) -> Rule:
    return PERCENTAGE if metric.unit is Unit.PERCENT else Integer()


_UNNAMED: Final = FileColumn(header="", name="", rule=Nothing(), required=False)
_KNOWN: Final = frozenset(squeeze(name) for shape in shapes(date.min) for name in shape.headers)


def _keys(shape: Shape) -> set[str]:
    return {squeeze(name) for name in shape.headers}


def _distance(shape: Shape, named: Iterable[str]) -> tuple[bool, int, int]:
    """Orders shapes by how well they fit: whole ones first, then by columns in common."""
    common = len(set(named) & _keys(shape))
    lacks = shape.missing(named)
    return bool(lacks), -common, len(lacks)


def _refused(message: str) -> UnreadableFile:
    return UnreadableFile(message, title="The header of the file is not accepted")


def _doubled(names: Sequence[str]) -> str:
    squeezed = [squeeze(name) for name in names]
    twice = next(name for name in squeezed if squeezed.count(name) > 1)
    if not twice:
        return (
            "Several columns have no name. Name each one, or remove the empty ones from the file."
        )
    spellings = quoted(*(name for name in names if squeeze(name) == twice))
    return f"The same column is there more than once: {spellings}. Leave one of them in the file."


def _lacking(shape: Shape, lacks: Sequence[str], names: Sequence[str]) -> str:
    found = f"Found: {quoted(*names)}." if names else "It names no column at all."
    if len(names) == 1:
        found += " Columns must be separated by commas, semicolons or tabs."
    if not count_known(names):
        return (
            "None of its columns is known, so it is not clear what the file holds. "
            f"{found} The first line must name the columns, such as organization_id and name."
        )
    verb = "is" if len(lacks) == 1 else "are"
    return (
        f"It looks most like {shape.label}, but {_and(lacks)} {verb} missing. {found} "
        f"{RejectReason.MISSING_COLUMN.description}"
    )


def _unknown(shape: Shape, strange: Sequence[str]) -> str:
    name = strange[0]
    many = f" (and {len(strange) - 1} more)" if len(strange) > 1 else ""
    near = get_close_matches(squeeze(name)[:_SHOWN_CHARACTERS], _keys(shape), n=1)
    meant = [header for header in shape.headers if squeeze(header) in near]
    hint = (
        f"Did you mean “{meant[0]}”?"
        if meant
        else f"Accepted: {', '.join(column.header for column in shape.columns)}."
    )
    if not name.strip():
        return "A column between the others has no name. Name it, or remove it from the file."
    return (
        f"The column {quoted(name)}{many} is not one of {shape.label}. {hint} "
        "Rename the column, or remove it from the file."
    )


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
