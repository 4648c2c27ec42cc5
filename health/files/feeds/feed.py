"""What a feed states about the export of a source, as values that cannot contradict themselves."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from health.errors import InvalidFeed
from health.files.file_columns import Layout, Shape, shapes, squeeze
from health.vocabulary import FileKind, MetricType, Word

LONGEST_NAME: Final = 80

CLIENT: Final = "organization_id"


class FeedKind(Word):
    """What a row of the source is; the value is written in the TOML of a feed."""

    ORGANIZATIONS = "organizations", "Clients", "One row per client."
    USAGE_LONG = (
        "usage long",
        "Usage, one row per metric",
        "One row per client, day and metric, or one metric for the whole file.",
    )
    USAGE_WIDE = "usage wide", "Usage, one column per metric", "One row per client and day."
    DAYS = "one column per day", "Usage, one column per day", "One row per client, one metric."
    FEATURES = "feature adoption", "Feature adoption", "One row per client and feature."
    OUTCOMES = "outcomes", "Outcomes", "One row per client, day and what became of it."
    EVENTS = (
        "events",
        "Events to count",
        "One row per event, such as a ticket or a login; counted per client and day.",
    )


class DateOrder(Word):
    """How the source writes a day; ISO days (2026-11-23) are read under each of them."""

    ISO = "year first", "Year first", "2026-11-23."
    DAY_FIRST = "day first", "Day first", "23.11.2026, 23/11/26 or 23 Nov 2026."
    MONTH_FIRST = "month first", "Month first", "11/23/2026 or Nov 23, 2026."
    SECONDS = "unix seconds", "Unix seconds", "Seconds since 1970."
    MILLISECONDS = "unix milliseconds", "Unix milliseconds", "Thousandths of seconds since 1970."


class Percent(Word):
    """What the number of a percentage means; one with a percent sign is always in percent."""

    PERCENT = "percent", "81 is 81 %", "The number is in percent."
    SHARE = "share", "0.81 is 81 %", "The number is a share of 1."


class Counted(Word):
    """What is counted of the events of a client and day."""

    ROWS = "rows", "Rows", "How many rows there are."
    DISTINCT = "distinct values", "Distinct values", "How many values of a column differ."
    SUM = "sum", "Sum", "What the numbers of a column add up to."


class ClientBy(StrEnum):
    """Whether the client's column holds its id (or an alias), or its name."""

    ID = "id"
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where in a file the table is, and how its text is encoded; None where it can be seen.

    header_line: the line of the column names, from 1.
    ends_at_blank_line: the table ends at the first blank line below a row.
    ends_at: the table ends above the first row that begins with one of these texts.
    left_out: rows that begin with one of these texts are ignored; the table goes on.
    """

    sheet: str | None = None
    header_line: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ends_at_blank_line: bool = False
    ends_at: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


_UNIX: Final = (DateOrder.SECONDS, DateOrder.MILLISECONDS)


@cache
def _zones() -> Set[str]:
    """The zones that there are; each look reads a folder, and a page states them often."""
    return zoneinfo.available_timezones()


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How days, numbers and missing values are written.

    decimal: "." or ","; the other one, blanks and apostrophes divide thousands. None: plain digits.
    time_zone: the IANA zone of times that are written without one.
    days_in: the IANA zone whose days count; None: the day as written.
    rounded: numbers with decimals are rounded, half up, where whole ones are expected.
    units: words beside a number that are removed, such as EUR.
    no_value: words that mean an empty cell.
    """

    dates: DateOrder = DateOrder.ISO
    decimal: str | None = None
    time_zone: str | None = None
    days_in: str | None = None
    percent: Percent = Percent.PERCENT
    rounded: bool = False
    units: tuple[str, ...] = ()
    no_value: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise :class:`InvalidFeed` for a zone or sign that does not exist."""
        if self.decimal not in (None, ".", ","):
            raise InvalidFeed(f"The decimal sign “{self.decimal}” must be a dot or a comma.")
        for zone in filter(None, (self.time_zone, self.days_in)):
            if zone not in _zones():
                raise InvalidFeed(f"There is no time zone “{zone}”. Name one as Europe/Berlin.")
        if self.time_zone and not self.days_in:
            raise InvalidFeed(
                "time_zone says when something happened, and days_in whose days count. "
                "State days_in too, such as Europe/Berlin."
            )


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the source: the contract's column it is read as, or None where it is ignored.

    values: the source's words → the contract's; an empty one means no value.
    """

    source: str
    target: str | None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Which rows count: those whose cell is one of ``words``, or with ``negated`` none of them.

    Case and blanks around do not matter; "" is an empty cell.
    """

    column: str
    words: tuple[str, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        """Raise :class:`InvalidFeed` where no word is named."""
        if not self.words:
            raise InvalidFeed(f"The condition on “{self.column}” names no word.")


@dataclass(frozen=True, kw_only=True)
class Count:
    """What is counted per client and day: of which column, on which day, as which metric.

    every_client: a client on file without a row counts as 0, on each day from the first to the
    last of the file.
    """

    metric: MetricType
    day: str
    what: Counted = Counted.ROWS
    of: str | None = None
    where: tuple[Condition, ...] = ()
    every_client: bool = False

    def __post_init__(self) -> None:
        """Raise :class:`InvalidFeed` where the column to count is not named, or needlessly."""
        if (self.of is None) is not (self.what is Counted.ROWS):
            raise InvalidFeed(
                f"{self.metric.label}: name in “of” the column whose distinct values or sum is "
                "counted; rows are counted without one."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that are read."""
        return (self.day, *filter(None, (self.of,)), *(each.column for each in self.where))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """How the export of one source is read, as far as it is known; see :class:`Feed`.

    version: from 1; a change makes a new version and the earlier ones stay.
    columns: every column of the source, in its order, but those that ``counts`` read.
    constants: the contract's column → the text it has in every row.
    metric: of kind DAYS, what its numbers are.
    counts: of kind EVENTS, what is counted.
    empty_clears: an empty cell clears what is on file.
    """

    name: str
    kind: FeedKind
    version: int = 1
    source: Source = field(default_factory=Source)
    notation: Notation = field(default_factory=Notation)
    columns: tuple[Column, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    client_by: ClientBy = ClientBy.ID
    metric: MetricType | None = None
    counts: tuple[Count, ...] = ()
    empty_clears: bool = False

    def stated(self) -> Feed:
        """The feed that it is; raises :class:`InvalidFeed` where something is missing."""
        return Feed(**{each.name: getattr(self, each.name) for each in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Feed(Draft):
    """How the export of one source is read, complete and without contradiction."""

    def __post_init__(self) -> None:
        """Raise :class:`InvalidFeed` where the parts do not fit together."""
        for sentence in self._faults():
            raise InvalidFeed(sentence)

    @property
    def shape(self) -> Shape:
        """The contract's table that it becomes."""
        return shape_of(self.kind, date.min)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of the source that it knows, each once."""
        counted = (name for count in self.counts for name in count.columns)
        return tuple(dict.fromkeys((*(column.source for column in self.columns), *counted)))

    @property
    def label(self) -> str:
        """Its name and version, to be shown."""
        return f"“{self.name}”, version {self.version}"

    def _faults(self) -> Iterator[str]:
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            yield f"A feed needs a name on one line, of at most {LONGEST_NAME} characters."
        yield from self._twice()
        targets = {column.target for column in self.columns if column.target}
        headers = accepted(self.kind)
        for target in sorted({*targets, *self.constants} - set(headers)):
            yield (
                f"“{target}” is not a column of {self.kind.label.lower()}. "
                f"There are: {', '.join(headers)}."
            )
        present = targets | set(self.constants)
        lacks = [name for name in required(self.kind) if name not in present]
        if lacks:
            yield (
                f"No column of the source is read as {' and '.join(lacks)}. "
                "State which one, or give it a constant."
            )
        yield from self._of_kind(present)

    def _twice(self) -> Iterator[str]:
        squeezed = [squeeze(column.source) for column in self.columns]
        for column, key in zip(self.columns, squeezed, strict=True):
            if squeezed.count(key) > 1:
                yield f"The source's column “{column.source}” is stated twice."
        read = [*(c.target for c in self.columns if c.target), *self.constants]
        for target in read:
            if read.count(target) > 1:
                yield f"{target} is filled twice. Only one column or constant can be read as it."

    def _of_kind(self, present: set[str]) -> Iterator[str]:
        metrics = {metric.column for metric in MetricType}
        if self.kind is FeedKind.USAGE_WIDE and not present & metrics:
            yield "No column is read as a metric, such as daily_active_users."
        if (self.kind is FeedKind.DAYS) is not (self.metric is not None):
            yield "Where each day has a column (and only there), “metric” names what it counts."
        if self.kind is FeedKind.DAYS and self.notation.dates in _UNIX:
            yield "Columns are named after days with a year, month and day, not after Unix times."
        if (self.kind is FeedKind.EVENTS) is not bool(self.counts):
            yield "Events (and only they) need a [[count]]: what is counted, as which metric."
        doubled = [count.metric for count in self.counts]
        for metric in doubled:
            if doubled.count(metric) > 1:
                yield f"{metric.label} is counted twice."


def shape_of(kind: FeedKind, today: date) -> Shape:
    """The contract's table that a feed of this kind becomes."""
    file_kind, layout = {
        FeedKind.ORGANIZATIONS: (FileKind.ORGANIZATIONS, Layout.LONG),
        FeedKind.FEATURES: (FileKind.FEATURES, Layout.LONG),
        FeedKind.OUTCOMES: (FileKind.OUTCOMES, Layout.LONG),
        FeedKind.USAGE_WIDE: (FileKind.USAGE, Layout.WIDE),
    }.get(kind, (FileKind.USAGE, Layout.LONG))
    return next(s for s in shapes(today) if s.kind is file_kind and s.layout is layout)


def accepted(kind: FeedKind) -> tuple[str, ...]:
    """The contract's columns that a column of such a source can be read as."""
    if kind in (FeedKind.DAYS, FeedKind.EVENTS):
        return (CLIENT,)
    return tuple(column.header for column in shape_of(kind, date.min).columns)


def required(kind: FeedKind) -> tuple[str, ...]:
    """Those of them that must be there."""
    shape = shape_of(kind, date.min)
    names = [column.header for column in shape.columns if column.required]
    return tuple(name for name in names if name in accepted(kind))


def distinct_names(header: Iterable[str]) -> tuple[str, ...]:
    """The cells of a header, made distinct: “Status”, “Status (2)”, and “(column 3)” for none."""
    names: list[str] = []
    seen: set[str] = set()
    for place, cell in enumerate(header, start=1):
        name = first = " ".join(cell.split()) or f"(column {place})"
        number = 1
        while squeeze(name) in seen:
            number += 1
            name = f"{first} ({number})"
        seen.add(squeeze(name))
        names.append(name)
    return tuple(names)
