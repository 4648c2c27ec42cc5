"""Which scores become out of date by a change of clients or features: exactly those it touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.scoring import history, staleness
from health.scoring.placing import place_spans_sql, watched_fields
from health.scoring.schemes import models_in_force, periods, schemes
from health.storage.record_kinds import SCORED_FIELDS, Kind

if TYPE_CHECKING:
    from health.storage.database import Writer

_CLIENT: Final = "CASE WHEN is_active THEN coalesce(nullif(total_users, 0), -1) ELSE 0 END"
_FEATURE: Final = "is_enabled::INTEGER + is_used::INTEGER"
"""What counts of a client or a feature on a day, as a number; 0 where it does not count."""


def remember_import(writer: Writer, kind: Kind, import_id: int) -> None:
    """Keep what counts now of the records that an import changes; comes before the change."""
    watched = sorted(watched_fields(schemes(writer)))
    fields = f"field IN {SCORED_FIELDS} OR field IN (SELECT unnest({watched}::VARCHAR[]))"
    changed = f"import_id = {import_id:d} AND ({fields})"
    remember(writer, kind, f"SELECT {', '.join(kind.key)} FROM record_changes WHERE {changed}")


def remember(writer: Writer, kind: Kind, records: str) -> None:
    """Keep what counts now of records, a relation of their keys; comes before a change of them."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored_records AS
        SELECT DISTINCT * FROM ({records}) SEMI JOIN usage_span USING (organization)"""
    )
    if _is_scored(writer):
        writer.execute(f"CREATE OR REPLACE TEMP TABLE counted_before AS {_counted(kind)}")
        _place(writer, "placed_before")


def mark(writer: Writer, kind: Kind) -> None:
    """Mark the scores of the days on which another thing counts now; comes after the change.

    A day also touches the trend of the day that looks back to it.
    """
    if not _is_scored(writer):
        staleness.mark_spans(writer, "SELECT * FROM stale WHERE false")
        return
    writer.execute(f"CREATE OR REPLACE TEMP TABLE counted_after AS {_counted(kind)}")
    models = models_in_force(writer)
    reach = max(model.reach for model in models)
    back = sorted({0, *(model.trend_days for model in models)})
    # Kept apart, as DuckDB took thirty times as long for it all in one statement.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE counted_otherwise AS
        SELECT DISTINCT organization, greatest(first_day + back, first_date) AS first_day,
            least(last_day + back, last_date + {reach}) AS last_day
        FROM (
            SELECT organization, day AS first_day,
                coalesce(lead(day) OVER of_record - 1, DATE '9999-12-31') AS last_day,
                coalesce(last_value(old IGNORE NULLS) OVER of_record, 0) AS old,
                coalesce(last_value(new IGNORE NULLS) OVER of_record, 0) AS new
            FROM (
                SELECT organization, feature_name, day, counted_before.counts AS old,
                    counted_after.counts AS new
                FROM counted_before
                FULL JOIN counted_after USING (organization, feature_name, day)
            )
            WINDOW of_record AS (PARTITION BY organization, feature_name ORDER BY day)
        )
        CROSS JOIN (SELECT unnest({back}) AS back)
        JOIN usage_span USING (organization)
        WHERE old <> new AND first_day + back <= last_date + {reach}
            AND last_day + back >= first_date"""
    )
    _place(writer, "placed_after")
    writer.execute(
        f"""INSERT INTO counted_otherwise (organization, first_day, last_day)
        SELECT organization, greatest(first_day, first_date),
            least(last_day, last_date + {reach})
        FROM (
            SELECT organization, greatest(was.first_day, now.first_day) AS first_day,
                least(was.last_day, now.last_day) AS last_day
            FROM placed_before AS was JOIN placed_after AS now USING (organization, number)
            WHERE was.place <> now.place
        )
        JOIN usage_span USING (organization)
        WHERE first_day <= last_day AND first_day <= last_date + {reach}
            AND last_day >= first_date"""
    )
    staleness.mark_spans(writer, staleness.merged_sql("counted_otherwise"))


def _is_scored(writer: Writer) -> bool:
    return bool(writer.value("SELECT 1 FROM scored_records LIMIT 1"))


def _place(writer: Writer, table: str) -> None:
    """Fill a table with the model of each day of ``scored_records``, of schemes with segments.

    Columns: organization, number (of the scheme), first_day, last_day and place (of the model).
    """
    clients = "(SELECT DISTINCT organization FROM scored_records)"
    placed = [
        f"""SELECT organization, {number} AS number,
            greatest(first_day, DATE '{scheme.from_day}') AS first_day,
            least(last_day, DATE '{last}') AS last_day, place
        FROM {place_spans_sql(writer, scheme, clients)}"""
        for number, (scheme, last) in enumerate(periods(schemes(writer)))
        if scheme.segments
    ]
    nothing = """SELECT organization, 0 AS number, first_day, last_day, 0 AS place
        FROM stale WHERE false"""
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS {' UNION ALL '.join([nothing, *placed])}"
    )


def _counted(kind: Kind) -> str:
    """SQL of what counts of ``scored_records``, with the days from which it does."""
    if kind.table == "clients":
        return f"""SELECT organization, '' AS feature_name, day, {_CLIENT} AS counts
            FROM {history.client_steps_sql("scored_records")}"""
    return f"""SELECT organization, feature_name, day, {_FEATURE} AS counts
        FROM {history.feature_steps_sql("scored_records")}"""
