"""Doubts about a whole feed: days and clients that did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.imports.warnings.doubts import Doubt, WarningKind
from health.imports.warnings.notes import begin_doubts, doubt, found

if TYPE_CHECKING:
    from health.storage.database import Writer

LOOK_BACK: Final = 60
"""A client that sent nothing for longer than this begins anew; it has no gap."""

RECENT_DAYS: Final = 7
"""A client that sent something so many days before the latest day on file belongs to the feed."""

MOST_MISSING: Final = 0.2
"""A load that brings nothing new for a larger share of the feed was never meant to."""


def begin(writer: Writer) -> None:
    """Remember how far each client's usage goes, before the files of a load are merged."""
    writer.execute("CREATE OR REPLACE TEMP TABLE span_before AS FROM usage_span")
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE arrived
        (organization INTEGER, first_date DATE, last_date DATE, days BIGINT)"""
    )


def of_feed(writer: Writer) -> tuple[Doubt, ...]:
    """Doubt what did not come, when every usage file of a load is merged."""
    begin_doubts(writer)
    return found(writer, _days_missing(writer) + _client_missing(writer))


def _days_missing(writer: Writer) -> int:
    """Find gaps that end in or with the days that came, of clients that sent something daily.

    Daily is 13 of 14 days up to the gap, so a feed without weekends has none. Only clients that
    can have a gap are looked at day by day.
    """
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT organization, min(arrived.first_date) AS first_date,
            max(arrived.last_date) AS last_date
        FROM arrived LEFT JOIN span_before USING (organization)
        WHERE days < arrived.last_date - arrived.first_date + 1
            OR span_before.last_date < arrived.first_date - 1
        GROUP BY organization"""
    )
    days = writer.record(
        f"""SELECT min(first_date) - {LOOK_BACK + 14} AS first, max(last_date) AS last
        FROM suspects"""
    )
    if days["last"] is None:
        return 0
    return doubt(
        writer,
        WarningKind.DAYS_MISSING,
        f"""SELECT organization, NULL AS metric, before + 1 AS date,
            date - before - 1 AS value, NULL AS against, value AS weight
        FROM (
            SELECT *, lag(date) OVER earlier AS before, lag(date, 13) OVER earlier AS fortnight
            FROM (
                SELECT stored.organization, date, first_date, last_date
                FROM usage_daily AS stored JOIN suspects USING (organization)
                WHERE date BETWEEN $first AND $last
                    AND date BETWEEN first_date - {LOOK_BACK + 14} AND last_date
            )
            WINDOW earlier AS (PARTITION BY organization ORDER BY date)
        )
        WHERE date BETWEEN first_date AND last_date
            AND before BETWEEN date - {LOOK_BACK} AND date - 2 AND before - fortnight <= 13""",
        days,
    )


def _client_missing(writer: Writer) -> int:
    """Find active clients of the feed that got no new day while most of the others did."""
    feed = f"""
        SELECT clients.organization, span_before.last_date,
            usage_span.last_date > span_before.last_date AS has_moved
        FROM span_before JOIN usage_span USING (organization) JOIN clients USING (organization)
        WHERE clients.is_active AND span_before.last_date >=
            (SELECT max(last_date) FROM span_before) - {RECENT_DAYS}"""
    row = writer.record(
        f"""SELECT count(*) AS clients, count(*) FILTER (NOT has_moved) AS missing,
            (SELECT max(last_date) FROM usage_span) AS last,
            (SELECT max(last_date) FROM span_before) AS last_before
        FROM ({feed})"""
    )
    has_new_day = row["last_before"] is not None and row["last"] > row["last_before"]
    if not has_new_day or not 0 < row["missing"] <= MOST_MISSING * row["clients"]:
        return 0
    return doubt(
        writer,
        WarningKind.CLIENT_MISSING,
        f"""SELECT organization, NULL AS metric, last_date AS date,
            $last::DATE - last_date AS value, NULL AS against, value AS weight
        FROM ({feed}) WHERE NOT has_moved""",
        {"last": row["last"]},
    )
