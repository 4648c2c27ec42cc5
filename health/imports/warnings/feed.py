"""What did not come: days and clients of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.warnings import collected
from health.imports.warnings.collected import collect
from health.imports.warnings.finding import Finding, WarningKind
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Writer

LOOK_BACK: Final = 60
"""A client that sent nothing for longer than this begins anew; it has no gap."""

RECENT_DAYS: Final = 7
"""A client that sent something so many days before the latest day on file belongs to the feed."""

MOST_MISSING: Final = 0.2
"""Where nothing new came for a larger share of the feed, the feed as a whole is doubted."""

LEAST_CLIENTS: Final = 5
"""A feed of fewer clients is not doubted as a whole."""

LOADS: Final = 30
"""Among the last so many loads of usage, two of about the same number of clients make that number
usual: a feed may come in parts."""


def begin(writer: Writer) -> int:
    """Remember what is on file of each client before the files are merged; return the last import.

    That is its number, 0 where there is none.
    """
    writer.execute("CREATE OR REPLACE TEMP TABLE span_before AS FROM usage_span")
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE arrived
        (organization INTEGER, first_date DATE, last_date DATE, days BIGINT)"""
    )
    return int(writer.value("SELECT coalesce(max(import_id), 0) FROM imports"))


def of_feed(writer: Writer, last_import: int) -> tuple[Finding, ...]:
    """Find what did not come, when every usage file of a load is merged.

    last_import: the last one before the load, see :func:`begin`.
    """
    collected.begin(writer)
    number = _days_missing(writer)
    missing, statements = _client_missing(writer, last_import)
    return collected.collected(writer, number + missing, statements)


def _days_missing(writer: Writer) -> int:
    """Find gaps that end in or with the days that came, of clients that sent something daily.

    Daily is 13 of 14 days up to the gap, so a feed without weekends has none. Only clients that
    can have a gap are looked at day by day.
    """
    suspects = writer.execute(
        """CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT organization, min(arrived.first_date) AS first_date,
            max(arrived.last_date) AS last_date
        FROM arrived LEFT JOIN span_before USING (organization)
        WHERE days < arrived.last_date - arrived.first_date + 1
            OR span_before.last_date < arrived.first_date - 1
        GROUP BY organization"""
    )
    if not suspects:
        return 0
    days = writer.record(
        f"""SELECT min(first_date) - {LOOK_BACK + 14} AS first, max(last_date) AS last
        FROM suspects"""
    )
    return collect(
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


def _client_missing(writer: Writer, last_import: int) -> tuple[int, dict[WarningKind, str]]:
    """Find active clients of the feed whose next day is due and did not come with the others."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE feed AS
        SELECT clients.organization, span_before.last_date,
            usage_span.last_date > span_before.last_date AS has_moved
        FROM span_before JOIN usage_span USING (organization) JOIN clients USING (organization)
        WHERE clients.is_active AND span_before.last_date >=
            (SELECT max(last_date) FROM span_before) - {RECENT_DAYS}"""
    )
    row = writer.record(
        """SELECT count(*) AS clients, count(*) FILTER (NOT has_moved) AS missing,
            (SELECT max(last_date) FROM usage_span) AS last,
            (SELECT max(last_date) FROM span_before) AS last_before
        FROM feed"""
    )
    has_new_day = row["last_before"] is not None and row["last"] > row["last_before"]
    if not has_new_day or not row["missing"]:
        return 0, {}
    row["missing"] = _late(writer, row["last"])
    if not row["missing"]:
        return 0, {}
    kind, statements = WarningKind.CLIENT_MISSING, {}
    if row["missing"] > MOST_MISSING * row["clients"]:
        came = row["clients"] - row["missing"]
        if row["clients"] < LEAST_CLIENTS or _is_usual(writer, last_import):
            return 0, {}
        kind = WarningKind.MANY_MISSING
        statements[kind] = (
            f"New days came for {formatting.number(came)} of the "
            f"{formatting.count(row['clients'], 'client')} of the feed, and nothing for "
            f"{formatting.number(row['missing'])}"
        )
    number = collect(
        writer,
        kind,
        """SELECT organization, NULL AS metric, last_date AS date,
            $last::DATE - last_date AS value, NULL AS against, value AS weight
        FROM late""",
        {"last": row["last"]},
    )
    return number, statements


def _late(writer: Writer, last: date) -> int:
    """Fill ``late``: the clients without a new day that were never silent for longer of late.

    Who sends once a week is not missed on the days between.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE late AS
        SELECT feed.organization, feed.last_date
        FROM feed LEFT JOIN (
            SELECT organization, max(date - before) AS pause FROM (
                SELECT organization, date,
                    lag(date) OVER (PARTITION BY organization ORDER BY date) AS before
                FROM usage_daily SEMI JOIN (FROM feed WHERE NOT has_moved) AS silent
                    USING (organization)
                WHERE date BETWEEN $last::DATE - {LOOK_BACK} AND $last
            ) GROUP BY organization
        ) AS usual USING (organization)
        WHERE NOT has_moved AND $last::DATE - feed.last_date >= coalesce(pause, 1)""",
        {"last": last},
    )
    return int(writer.value("SELECT count(*) FROM late"))


def _is_usual(writer: Writer, last_import: int) -> bool:
    """Whether a load of so few clients is usual, or is about one client only."""
    came = int(writer.value("SELECT count(DISTINCT organization) FROM arrived"))
    alike = writer.value(
        f"""SELECT count(*) FROM (
            SELECT clients FROM imports
            WHERE kind = '{FileKind.USAGE}' AND undone_at IS NULL AND clients > 1
                AND import_id <= $last
            ORDER BY import_id DESC LIMIT {LOADS}
        ) WHERE clients BETWEEN 0.75 * $came AND 1.25 * $came""",
        {"came": came, "last": last_import},
    )
    return came <= 1 or int(alike) >= 2
