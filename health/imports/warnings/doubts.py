"""What is doubted about a file, as values and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.vocabulary import MetricType, Word

if TYPE_CHECKING:
    from datetime import date

TIMES: Final = 10
"""From how many times the usual on a value is doubted."""

LEAST_USUAL: Final = 5
"""A usual value below this counts as this: from 1 to 10 is no alarm, from 5 to 50 is one."""

USUAL_DAYS: Final = 28
"""Days whose mean is usual: whole weeks, and short enough to be read every night."""

SHOWN_CLIENTS: Final = 20
"""Clients listed with each warning; the counts are of all."""

EXAMPLES: Final = pl.Schema(
    {
        "organization_id": pl.String(),
        "count": pl.Int64(),
        "metric": pl.String(),
        "date": pl.Date(),
        "value": pl.Int64(),
        "against": pl.Int64(),
    }
)
"""Columns of :attr:`Doubt.examples`."""


class WarningKind(Word):
    """What is doubted; ``label`` says it, ``description`` what to look at."""

    MORE_ACTIVE_THAN_LICENSED = (
        "MORE_ACTIVE_THAN_LICENSED",
        "More users active than licensed",
        "Compare the active users with total_users of the organization; one of them is wrong or "
        "out of date.",
    )
    MORE_ON_TIME_THAN_CLOSED = (
        "MORE_ON_TIME_THAN_CLOSED",
        "More cases closed on time than closed",
        "Compare CASES_CLOSED_ON_TIME with CASES_CLOSED of the day; the first is a part of the "
        "second.",
    )
    TEN_TIMES_THE_USUAL = (
        "TEN_TIMES_THE_USUAL",
        f"{TIMES} times the usual or more",
        f"Check the unit and the client; usual is the mean of the {USUAL_DAYS} days before.",
    )
    DAYS_MISSING = (
        "DAYS_MISSING",
        "Days missing in a daily feed",
        "Load the missing days; until then the scores of these clients rest on fewer days.",
    )
    CLIENT_MISSING = (
        "CLIENT_MISSING",
        "Clients that vanished from the feed",
        "Ask why nothing new came for them; set is_active to false for a client that has left.",
    )

    @property
    def against(self) -> str:
        """What the doubted value is held against, as the head of a column; empty for nothing."""
        return _AGAINST.get(self, "")


_AGAINST: Final = {
    WarningKind.MORE_ACTIVE_THAN_LICENSED: "licensed",
    WarningKind.MORE_ON_TIME_THAN_CLOSED: "closed",
    WarningKind.TEN_TIMES_THE_USUAL: "usual",
}


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One kind of doubt about a file.

    count: doubted values, or gaps, or clients; clients: how many clients they belong to.
    examples: for the first :data:`SHOWN_CLIENTS` clients, the worst first, how many there are and
    the worst of them (:data:`EXAMPLES`). ``date`` is the day of the value, the first day of a gap,
    or the last day that came of a client; ``value`` the value, or the days missing.
    """

    kind: WarningKind
    count: int
    clients: int
    examples: pl.DataFrame

    @property
    def sentence(self) -> str:
        """What is doubted, how often, and what to look at."""
        of = f" of {formatting.count(self.clients, 'client')}" if self.count != self.clients else ""
        return f"{self.kind.label} ({formatting.number(self.count)}{of}). {self.kind.description}"

    def told(self, limit: int) -> tuple[str, ...]:
        """The first ``limit`` examples, a line each."""
        return tuple(self._told(**row) for row in self.examples.head(limit).iter_rows(named=True))

    def _told(
        self,
        *,
        organization_id: str,
        count: int,
        metric: str | None,
        date: date,
        value: int,
        against: int | None,
    ) -> str:
        day = formatting.day(date)
        if self.kind is WarningKind.CLIENT_MISSING:
            return f"{organization_id}: nothing after {day}"
        if self.kind is WarningKind.DAYS_MISSING:
            what = f"{formatting.count(value, 'day')} from {day} on"
        else:
            label = MetricType.of(metric or "").label.lower()
            what = f"{formatting.number(value)} {label} on {day}, {formatting.number(against)} "
            what += self.kind.against
        return f"{organization_id}: {what}" + (f", and {count - 1:,} more" if count > 1 else "")
