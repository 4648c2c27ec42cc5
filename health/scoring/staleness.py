"""Which clients and days have a score that is missing or out of date.

Table ``stale`` holds spans of days per client. An import adds spans in its own transaction, a
scoring run takes away what it has computed, so both survive any interruption together. A usage
value of day d touches scores of d … d + window − 1 and, through the trend, up to
d + :attr:`~health.scoring.model.ScoringModel.reach`; days after the latest usage stay in the
table until
they come. The spans of a client do not meet: what is out of date is counted, and computed, without
looking for what is listed twice. A client without usage can have no score, so nothing of it is ever
out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.storage.database import Reader, Writer

ALL_STALE: Final = """SELECT organization, first_day, least(last_day, $until) AS last_day
    FROM stale WHERE first_day <= $until"""
"""The spans up to day ``$until``."""


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
    mark_spans(
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
    mark_spans(
        writer,
        f"""SELECT organization,
            min(greatest(coalesce(first_day, first_date), first_date)) AS first_day,
            max(last_date) + {reach:d} AS last_day
        FROM {changed} JOIN usage_span USING (organization)
        WHERE first_day IS NULL OR first_day <= last_date + {reach:d}
        GROUP BY organization""",
    )


def merged_sql(spans: str) -> str:
    """SQL of the same days in spans that do not meet: organization, first_day, last_day."""
    return f"""
    SELECT organization, min(first_day) AS first_day, max(last_day) AS last_day
    FROM (
        SELECT *, count(*) FILTER (reached IS NULL OR reached < first_day - 1)
            OVER (PARTITION BY organization ORDER BY first_day, last_day) AS island
        FROM (
            SELECT *, max(last_day) OVER (
                PARTITION BY organization ORDER BY first_day, last_day
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS reached
            FROM {spans}
        )
    )
    GROUP BY organization, island"""


def mark_spans(writer: Writer, spans: str, parameters: Mapping[str, object] | None = None) -> None:
    """Mark a relation of (organization, first_day, last_day); those of a client do not meet."""
    writer.execute(f"CREATE OR REPLACE TEMP TABLE marked AS {spans}", parameters)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE united AS {
            merged_sql("(FROM stale SEMI JOIN marked USING (organization) UNION ALL FROM marked)")
        }"""
    )
    writer.execute("DELETE FROM stale WHERE organization IN (SELECT organization FROM marked)")
    writer.execute("INSERT INTO stale BY NAME FROM united")


def _count(reader: Reader, spans: str, until: date) -> OutOfDate:
    row = reader.record(
        f"""SELECT count(DISTINCT organization) AS clients,
            coalesce(sum(last_day - first_day + 1), 0)::BIGINT AS scores,
            min(first_day) AS first_day, max(last_day) AS last_day
        FROM ({spans})""",
        {"until": until},
    )
    return OutOfDate(**row)


def clear(writer: Writer, spans: str) -> None:
    """Take the days of a relation of (organization, first_day, last_day) away.

    No span that is marked meets two of them.
    """
    met = "stale.first_day <= gone.last_day AND stale.last_day >= gone.first_day"
    # What is left of a span meets nothing that is gone: it stays when the span goes.
    writer.execute(
        f"""INSERT INTO stale (organization, first_day, last_day)
        WITH met AS (
            SELECT organization, stale.first_day, stale.last_day,
                gone.first_day - 1 AS last_before, gone.last_day + 1 AS first_after
            FROM stale JOIN {spans} AS gone USING (organization) WHERE {met}
        )
        SELECT organization, first_day, last_before FROM met WHERE first_day <= last_before
        UNION ALL
        SELECT organization, first_after, last_day FROM met WHERE last_day >= first_after"""
    )
    writer.execute(
        f"""DELETE FROM stale USING {spans} AS gone
        WHERE stale.organization = gone.organization AND {met}"""
    )
