"""The header of a file: which kind of file it announces, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

import polars as pl

from health.errors import UnreadableFile
from health.files.file_columns import WHAT_IS_WRONG, FileColumn, Shape, shapes, squeeze
from health.files.reasons import RejectReason
from health.files.rules import Nothing

MOST_COLUMNS: Final = 500
"""The most columns of a file that is looked at; the contract knows far fewer."""

_SHOWN_NAMES: Final = 12

_SHOWN_CHARACTERS: Final = 60


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


_UNNAMED: Final = FileColumn(header="", name="", rule=Nothing(), required=False)

_KNOWN: Final = frozenset(squeeze(name) for shape in shapes(date.min) for name in shape.headers)


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
