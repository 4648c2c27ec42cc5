"""The days a review is about: a month, a quarter, a year or any other span."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from health import formatting
from health.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PERIOD: Final = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])))?", re.ASCII | re.IGNORECASE)


class Span(NamedTuple):
    """The days from ``first`` to ``last``, both in."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """``2026-10``, ``2026-Q3`` and ``2026`` where it is the whole of it, else its days."""
        year = self.first.year
        for name in (f"{year}", f"{year}-Q{(self.first.month + 2) // 3}", f"{self.first:%Y-%m}"):
            if self == period(name):
                return name
        return f"{self.first} to {self.last}"

    @property
    def label(self) -> str:
        """``2026-Q3``, or the days in words."""
        name = self.name
        days = f"{formatting.day(self.first)} to {formatting.day(self.last)}"
        return days if " " in name else f"{name}: {days}"


def period(text: str) -> Span:
    """Return the days of ``2026-10``, ``2026-Q3`` or ``2026``; else :class:`ArgumentError`."""
    found = _PERIOD.fullmatch(text.strip())
    if found:
        year, month, quarter = (int(part) if part else None for part in found.groups())
        if year and (month is None or 1 <= month <= 12):
            start = month or (3 * quarter - 2 if quarter else 1)
            end = month or (3 * quarter if quarter else 12)
            return Span(date(year, start, 1), date(year, end, calendar.monthrange(year, end)[1]))
    raise ArgumentError("period", f"“{text}” is not a period such as 2026-10, 2026-Q3 or 2026.")


def spans(since: date, as_of: date) -> Iterator[Span]:
    """Yield the span chosen, then months and quarters that end by ``as_of``, the latest first.

    The one that ``as_of`` lies in ends with it.
    """
    yield Span(since, as_of)
    for length in (1, 3):
        begin = date(as_of.year, (as_of.month - 1) // length * length + 1, 1)
        for _ in range(3):
            whole = period(f"{begin:%Y-%m}" if length == 1 else _quarter(begin))
            if begin < as_of:
                yield Span(begin, min(whole.last, as_of))
            before = begin - timedelta(days=1)
            begin = date(before.year, (before.month - 1) // length * length + 1, 1)


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
