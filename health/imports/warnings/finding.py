"""What a check found in a file, as values and in words."""

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
        "name": pl.String(),
        "count": pl.Int64(),
        "metric": pl.String(),
        "date": pl.Date(),
        "value": pl.Int64(),
        "against": pl.Int64(),
    }
)
"""Columns of :attr:`Finding.examples`."""


class WarningKind(Word):
    """What looks wrong; ``label`` says it, ``description`` what to do."""

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
    ROWS_REPEATED = (
        "ROWS_REPEATED",
        "Rows that stand several times in the file",
        "Each counts once; if every row is one event, describe the file in a feed that counts.",
    )
    MAY_BE_ON_FILE = (
        "MAY_BE_ON_FILE",
        "New clients that may be one that is on file",
        "If they are one and the same, let the new id be an alias of the client on file "
        "(client-health ids alias, or “Ids of clients” on the Data page), and load the file again.",
    )
    NAME_OF_ANOTHER = (
        "NAME_OF_ANOTHER",
        "Clients with the name of another one",
        "Check the ids in the file; a spreadsheet may have cut leading zeros.",
    )
    CELLS_EMPTIED = (
        "CELLS_EMPTIED",
        "Filled cells that become empty",
        "Leave the column out of the file to keep what is on file.",
    )
    SIGN_OF_VALUE = (
        "SIGN_OF_VALUE",
        "Values lost without a minus, or won with one",
        "value_change is below 0 where the yearly value fell; write a minus in front.",
    )
    ALL_ZERO = (
        "ALL_ZERO",
        "Everyone is at 0",
        "Ask the source whether it counted on that day; leave cells empty where it did not.",
    )
    ALL_AT_ONCE = (
        "ALL_AT_ONCE",
        "Everyone falls or rises by half at once",
        "Check the unit, the day and the filters of the export.",
    )
    ONLY_GROWS = (
        "ONLY_GROWS",
        "Values that only grow",
        "They look like running totals; export the amount of each day.",
    )
    MANY_MISSING = (
        "MANY_MISSING",
        "Many clients of the feed are missing",
        "Check whether the export was cut off or filtered.",
    )
    PAST_RESTATED = (
        "PAST_RESTATED",
        "Much of the past changes",
        "Check that this is the right export; scores of those days will change.",
    )
    LOOKS_LIKE_EVENTS = (
        "LOOKS_LIKE_EVENTS",
        "Looks like one row an event",
        "It would be stored as 1 a day. Describe it in a feed that counts rows, or send one row "
        "for each client and day.",
    )
    DAYS_FAR_OFF = (
        "DAYS_FAR_OFF",
        "Days far from those of the feed",
        "Check the year.",
    )

    @property
    def is_final(self) -> bool:
        """Whether looking at it is not enough: stored, the numbers would be wrong for certain."""
        return self is WarningKind.LOOKS_LIKE_EVENTS

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
class Finding:
    """What one check found in a file.

    holds: it looks wrong as a whole, so that a person should look before it is stored.
    statement: what was found, with its numbers, without a full stop.
    count: doubted values, gaps, rows, cells or clients; clients: how many clients they belong to.
    examples: for the first :data:`SHOWN_CLIENTS` clients, the worst first, how many there are and
    the worst of them (:data:`EXAMPLES`); may be empty. ``date`` is the day of the value, the first
    day of a gap, or the last day that came of a client; ``value`` the value, or the days missing.
    """

    kind: WarningKind
    holds: bool = False
    statement: str
    count: int
    clients: int
    examples: pl.DataFrame

    @property
    def sentence(self) -> str:
        """What was found, with its numbers, and what to do."""
        return f"{self.statement}. {self.kind.description}"

    def told(self, limit: int) -> tuple[str, ...]:
        """The first ``limit`` examples, a line each."""
        return tuple(self._told(**row) for row in self.examples.head(limit).iter_rows(named=True))

    def _told(
        self,
        *,
        organization_id: str,
        name: str,
        count: int,
        metric: str | None,
        date: date,
        value: int,
        against: int | None,
    ) -> str:
        day = formatting.day(date)
        if self.kind in (WarningKind.CLIENT_MISSING, WarningKind.MANY_MISSING):
            what = f"nothing after {day}"
        elif self.kind is WarningKind.DAYS_MISSING:
            what = f"{formatting.count(value, 'day')} from {day} on"
        else:
            what = f"{formatting.number(value)} {label(metric)} on {day}"
            if self.kind.against:
                what += f", {formatting.number(against)} {self.kind.against}"
        more = f", and {formatting.number(count - 1)} more" if count > 1 else ""
        return f"{client(name, organization_id)}: {what}{more}"


def client(name: str, organization_id: str) -> str:
    """A client by name and id; by one of them where they are the same."""
    return name if name == organization_id else f"{name} ({organization_id})"


def label(metric: str | None) -> str:
    """A metric in the middle of a sentence: its first letter small, unless it is a name."""
    words = MetricType.of(metric or "").label
    return words if words[:2].isupper() else f"{words[:1].lower()}{words[1:]}"


def some(words: list[str], most: int) -> str:
    """List the first ``most`` words, and how many more there are."""
    left = len(words) - most
    shown = words[:most] + ([f"{formatting.number(left)} more"] if left > 0 else [])
    return formatting.listing(shown)


def whole(kind: WarningKind, statement: str, *, count: int, clients: int) -> Finding:
    """A finding about the file as a whole, which holds it."""
    return Finding(
        kind=kind,
        holds=True,
        statement=statement,
        count=count,
        clients=clients,
        examples=pl.DataFrame(schema=EXAMPLES),
    )
