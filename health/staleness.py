"""Which clients and days have a score that is missing or out of date.

Table ``stale`` holds spans of days per client. An import adds spans in its own transaction, a
scoring run takes away what it has computed, so both survive any interruption together. A usage
value of day d touches scores of d … d + window − 1 and, through the trend, up to
d + :attr:`~health.model.ScoringModel.reach`; days after the latest usage stay in the table until
they come. A client without usage can have no score, so nothing of it is ever out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from health.database import Reader, Writer

ALL_STALE: Final = "SELECT * FROM stale WHERE first_day <= $until"
"""Every span that begins up to day ``$until``."""


def merged(spans: str = ALL_STALE) -> str:
    """SQL of spans that do not overlap, cut at ``$until``: organization, first_day, last_day."""
    return f"""
    SELECT organization, min(first_day) AS first_day, least(max(last_day), $until) AS last_day
    FROM (
        SELECT *, count(*) FILTER (reached IS NULL OR reached < first_day - 1)
            OVER (PARTITION BY organization ORDER BY first_day, last_day) AS island
        FROM (
            SELECT *, max(last_day) OVER (
                PARTITION BY organization ORDER BY first_day, last_day
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS reached
            FROM ({spans})
        )
    )
    GROUP BY organization, island"""


@dataclass(frozen=True, kw_only=True)
class OutOfDate:
    """How much is out of date: clients, client-days, and the days they lie between."""

    clients: int
    scores: int
    first_day: date | None
    last_day: date | None


def out_of_date(reader: Reader, until: date) -> OutOfDate:
    """Count what a run up to ``until`` would have to look at."""
    return _count(reader, ALL_STALE, until)


def marked(reader: Reader, until: date) -> OutOfDate:
    """Count what the latest ``mark_…`` of this transaction made out of date up to ``until``."""
    return _count(reader, ALL_STALE.replace("stale", "marked"), until)


def mark_values(writer: Writer, changed: str, reach: int) -> None:
    """Mark what usage values touch; ``changed`` is a relation of (organization, date)."""
    _mark(
        writer,
        f"""SELECT organization, min(date) AS first_day, max(date) + {reach:d} AS last_day
        FROM (
            SELECT *, count(*) FILTER (before IS NULL OR before < date - {reach:d})
                OVER (PARTITION BY organization ORDER BY date) AS island
            FROM (
                SELECT organization, date,
                    lag(date) OVER (PARTITION BY organization ORDER BY date) AS before
                FROM {changed}
            )
        )
        GROUP BY organization, island""",
    )


def mark_clients(writer: Writer, changed: str, reach: int) -> None:
    """Mark clients from a day on; ``changed`` is (organization, first_day), null for all days."""
    _mark(
        writer,
        f"""SELECT organization,
            min(greatest(coalesce(first_day, first_date), first_date)) AS first_day,
            max(last_date) + {reach:d} AS last_day
        FROM {changed} JOIN usage_span USING (organization)
        WHERE first_day IS NULL OR first_day <= last_date + {reach:d}
        GROUP BY organization""",
    )


def _mark(writer: Writer, spans: str) -> None:
    writer.execute(f"CREATE OR REPLACE TEMP TABLE marked AS {spans}")
    writer.execute("INSERT INTO stale SELECT * FROM marked")


def _count(reader: Reader, spans: str, until: date) -> OutOfDate:
    row = reader.record(
        f"""SELECT count(DISTINCT organization) AS clients,
            coalesce(sum(last_day - first_day + 1), 0)::BIGINT AS scores,
            min(first_day) AS first_day, max(last_day) AS last_day
        FROM ({merged(spans)})""",
        {"until": until},
    )
    return OutOfDate(**row)


def clear(writer: Writer, organizations: str, first_day: date, last_day: date) -> None:
    """Take the days from ``first_day`` to ``last_day`` away for a relation of organizations."""
    overlap = f"""
        organization IN (SELECT organization FROM {organizations})
        AND first_day <= $last_day AND last_day >= $first_day"""
    days = {"first_day": first_day, "last_day": last_day}
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE stale_rest AS
        SELECT organization, first_day, $first_day::DATE - 1 AS last_day
        FROM stale WHERE {overlap} AND first_day < $first_day
        UNION ALL
        SELECT organization, $last_day::DATE + 1, last_day
        FROM stale WHERE {overlap} AND last_day > $last_day""",
        days,
    )
    writer.execute(f"DELETE FROM stale WHERE {overlap}", days)
    writer.execute("INSERT INTO stale SELECT * FROM stale_rest")
