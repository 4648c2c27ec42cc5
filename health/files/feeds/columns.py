"""The header of a file against the columns that a feed states, and what marks it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from health.errors import FeedChanged
from health.files.feeds import notation
from health.files.feeds.feed import DateOrder, Feed, FeedKind, Notation, distinct_names
from health.files.file_columns import WHAT_IS_WRONG, squeeze
from health.files.quoting import quoted

_ANY_DAY: Final = "<day>"
_ORDERS: Final = (DateOrder.ISO, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where in a file the columns of a feed stand, from 0.

    columns: by the name in the feed.
    days: of kind DAYS, the place of each day (ISO text).
    has_rejected_rows: the file is one of rejected rows, see :mod:`health.files.rejected_rows`.
    """

    columns: Mapping[str, int]
    days: Mapping[str, int]
    has_rejected_rows: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a header differs from a feed: columns that are missing, and columns it does not know."""

    missing: tuple[str, ...]
    new: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.missing or self.new)

    @property
    def sentence(self) -> str:
        """The difference in words."""
        said = []
        if self.missing:
            said.append(f"{quoted(*self.missing)} {_is(self.missing)} missing")
        if self.new:
            said.append(f"{quoted(*self.new)} {_is(self.new)} new")
        return " and ".join(said)


def days_of(names: Sequence[str], notation_: Notation) -> dict[str, str]:
    """The names that are days under a notation: name → ISO day."""
    found = notation.iso_days(pl.Series(names, dtype=pl.String), notation_)
    is_day = found.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return {
        name: day
        for name, day, good in zip(names, found, is_day, strict=True)
        if good and day is not None
    }


def signature(header: Iterable[str]) -> str:
    """What a header is recognized by: its columns in any order, days as one, blank ends left out.

    So a table with one column per day is the same source in the next month.
    """
    names = _named(header)
    days: set[str] = set()
    for order in _ORDERS:
        days |= set(days_of(names, Notation(dates=order)))
    keys = {_ANY_DAY if name in days else squeeze(name) for name in names}
    return "\n".join(sorted(keys - {squeeze(WHAT_IS_WRONG)}))


def difference(feed: Feed, header: Iterable[str]) -> Difference:
    """How a header differs from the feed's columns."""
    names = _named(header)
    if feed.kind is FeedKind.DAYS:
        days = days_of(names, feed.notation)
        names = [name for name in names if name not in days]
    present = {squeeze(name) for name in names}
    known = {squeeze(name) for name in feed.names} | {squeeze(WHAT_IS_WRONG)}
    return Difference(
        missing=tuple(name for name in feed.names if squeeze(name) not in present),
        new=tuple(name for name in names if squeeze(name) not in known),
    )


def places_of(feed: Feed, header: Sequence[str]) -> Places:
    """Where the columns of the feed stand; raises :class:`FeedChanged` naming what differs."""
    found = difference(feed, header)
    if found:
        raise FeedChanged(
            f"Against the feed {feed.label}, {found.sentence}. Nothing was read. "
            "If the source changed, state the feed anew; a column that is not needed is ignored."
        )
    names = distinct_names(header)
    at = {squeeze(name): place for place, name in enumerate(names)}
    days = days_of(names, feed.notation) if feed.kind is FeedKind.DAYS else {}
    if len(set(days.values())) < len(days):
        raise FeedChanged("Two columns are named after the same day.")
    if feed.kind is FeedKind.DAYS and not days:
        raise FeedChanged(
            f"The feed {feed.label} expects a column for each day, and no column is named after "
            f"a day written {feed.notation.dates.label.lower()}: {quoted(*names)}."
        )
    return Places(
        columns={name: at[squeeze(name)] for name in feed.names},
        days={day: names.index(name) for name, day in days.items()},
        has_rejected_rows=squeeze(WHAT_IS_WRONG) in at,
    )


def _named(header: Iterable[str]) -> list[str]:
    """The distinct names of a header without the columns at its end that have none."""
    cells = list(header)
    while cells and not cells[-1].strip():
        cells.pop()
    return list(distinct_names(cells))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
