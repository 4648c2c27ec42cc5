"""Which scores become out of date by a change of clients or features: exactly those it touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.imports.records.kinds import SCORED_FIELDS, Kind
from health.scoring import history, staleness

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel
    from health.storage.database import Writer

_CLIENT: Final = "CASE WHEN is_active THEN coalesce(nullif(total_users, 0), -1) END"
_FEATURE: Final = "nullif(is_enabled::INTEGER + is_used::INTEGER, 0)"
"""What counts of a client or a feature on a day, as a number; null where it does not count."""


def remember(writer: Writer, kind: Kind, import_id: int) -> None:
    """Keep what counts now of the records that an import changes; comes before the change."""
    feature = ", feature_name" if "feature_name" in kind.key else ""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored_records AS
        SELECT DISTINCT organization{feature}
        FROM record_changes SEMI JOIN usage_span USING (organization)
        WHERE import_id = {import_id:d} AND field IN {SCORED_FIELDS}"""
    )
    writer.execute(f"CREATE OR REPLACE TEMP TABLE counted_before AS {_counted(kind)}")


def mark(writer: Writer, kind: Kind, model: ScoringModel) -> None:
    """Mark the scores of the days on which another thing counts now; comes after the change.

    A day also touches the trend of the day that looks back to it.
    """
    writer.execute(f"CREATE OR REPLACE TEMP TABLE counted_after AS {_counted(kind)}")
    joined = "\n".join(
        f"""ASOF LEFT JOIN {table} ON points.organization = {table}.organization
            AND points.feature_name = {table}.feature_name AND points.day >= {table}.day"""
        for table in ("counted_before", "counted_after")
    )
    spans = f"""(
        SELECT organization, greatest(first_day, first_date) AS first_day,
            least(last_day, last_date + {model.reach}) AS last_day
        FROM (
            SELECT organization, first_day + back AS first_day, last_day + back AS last_day
            FROM (
                SELECT points.organization, points.day AS first_day, coalesce(
                        lead(points.day) OVER (
                            PARTITION BY points.organization, points.feature_name
                            ORDER BY points.day) - 1,
                        DATE '9999-12-31') AS last_day,
                    counted_before.counts AS old, counted_after.counts AS new
                FROM (
                    SELECT organization, feature_name, day FROM counted_before UNION
                    SELECT organization, feature_name, day FROM counted_after
                ) AS points
                {joined}
            )
            CROSS JOIN (SELECT unnest([0, {model.trend_days}]) AS back)
            WHERE old IS DISTINCT FROM new
        )
        JOIN usage_span USING (organization)
        WHERE first_day <= last_date + {model.reach} AND last_day >= first_date
    )"""
    staleness.mark_spans(writer, staleness.merged_sql(spans))


def _counted(kind: Kind) -> str:
    """SQL of what counts of ``scored_records``, with the days from which it does."""
    if kind.table == "clients":
        return f"""SELECT organization, '' AS feature_name, day, {_CLIENT} AS counts
            FROM {history.client_steps_sql("scored_records")}"""
    return f"""SELECT organization, feature_name, day, {_FEATURE} AS counts
        FROM {history.feature_steps_sql("scored_records")}"""
