"""Months that came night by night are put in order once they are over.

A file of a month is stored client by client, so that the days of a client lie together. Thirty
files of a day each leave them a day apart, and the history of one client all over the month. When
a month has been over for a while, and came in more than a few pieces, it is written anew in order:
one month at a time, in the transaction of the load or the run that finds it, never the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from health.storage.database import Writer

PIECES: Final = 4
"""A month in so many pieces or fewer stays as it is."""

LATE: Final = timedelta(days=31)
"""How long a month has to be over: late files and corrections are mostly in by then, and pages ask
for whole days of the last month."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A table with rows of a client and day.

    day: the column of the day; piece: that of the import or run that made the row.
    """

    table: str
    day: str
    piece: str


USAGE: Final = Kept(table="usage_daily", day="date", piece="import_id")
SCORES: Final = Kept(table="scores", day="score_date", piece="run_id")


def settle(writer: Writer, kept: Kept, latest: date) -> date | None:
    """Put the first month that needs it in order; return its first day, None where none does.

    latest: the latest day with usage, which says which months are over.
    """
    end = (latest - LATE).replace(day=1)
    begun: date | None = writer.value(
        "SELECT until FROM settled WHERE table_name = $table", {"table": kept.table}
    )
    if begun is not None and begun >= end:
        return None
    month: date | None = writer.value(
        f"""SELECT min(month) FROM (
            SELECT date_trunc('month', {kept.day})::DATE AS month
            FROM {kept.table}
            WHERE {kept.day} >= $begun AND {kept.day} < $end
            GROUP BY month HAVING count(DISTINCT {kept.piece}) > {PIECES}
        )""",
        {"begun": begun or date.min, "end": end},
    )
    if month is not None:
        _rewrite(writer, kept, month)
    until = end if month is None else _next(month)
    writer.execute("DELETE FROM settled WHERE table_name = $table", {"table": kept.table})
    writer.execute(
        "INSERT INTO settled (table_name, until) SELECT $table, $until",
        {"table": kept.table, "until": until},
    )
    return month


def _rewrite(writer: Writer, kept: Kept, month: date) -> None:
    within = f"{kept.day} >= $month AND {kept.day} < $next"
    days = {"month": month, "next": _next(month)}
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE unsettled AS FROM {kept.table} WHERE {within}", days
    )
    writer.execute(f"DELETE FROM {kept.table} WHERE {within}", days)
    writer.execute(
        f"INSERT INTO {kept.table} BY NAME FROM unsettled ORDER BY organization, {kept.day}"
    )
    writer.execute("DROP TABLE unsettled")


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
