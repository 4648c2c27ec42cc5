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
class DailyRows:
    """A table with rows of a client and day.

    day: the column of the day; piece: that of the import or run that made the row.
    """

    table: str
    day: str
    piece: str


USAGE: Final = DailyRows(table="usage_daily", day="date", piece="import_id")
SCORES: Final = DailyRows(table="scores", day="score_date", piece="run_id")


def compact(writer: Writer, rows: DailyRows, latest: date) -> date | None:
    """Put the first month that needs it in order; return its first day, None where none does.

    latest: the latest day with usage, which says which months are over.
    """
    end = (latest - LATE).replace(day=1)
    begun: date | None = writer.value(
        "SELECT until FROM settled WHERE table_name = $table", {"table": rows.table}
    )
    if begun is not None and begun >= end:
        return None
    month: date | None = writer.value(
        f"""SELECT min(month) FROM (
            SELECT date_trunc('month', {rows.day})::DATE AS month
            FROM {rows.table}
            WHERE {rows.day} >= $begun AND {rows.day} < $end
            GROUP BY month HAVING count(DISTINCT {rows.piece}) > {PIECES}
        )""",
        {"begun": begun or date.min, "end": end},
    )
    if month is not None:
        _rewrite(writer, rows, month)
    until = end if month is None else _next(month)
    writer.execute("DELETE FROM settled WHERE table_name = $table", {"table": rows.table})
    writer.execute(
        "INSERT INTO settled (table_name, until) SELECT $table, $until",
        {"table": rows.table, "until": until},
    )
    return month


def _rewrite(writer: Writer, rows: DailyRows, month: date) -> None:
    within = f"{rows.day} >= $month AND {rows.day} < $next"
    days = {"month": month, "next": _next(month)}
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE month_in_order AS FROM {rows.table} WHERE {within}", days
    )
    writer.execute(f"DELETE FROM {rows.table} WHERE {within}", days)
    writer.execute(
        f"INSERT INTO {rows.table} BY NAME FROM month_in_order ORDER BY organization, {rows.day}"
    )
    writer.execute("DROP TABLE month_in_order")


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
