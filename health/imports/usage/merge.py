"""Usage files into the wide table, and back out of it.

A row of ``usage_daily`` knows the import that made it; ``usage_changes`` has an entry for each
value that a later import put into it, with the value before. So a night's file of new days costs
nothing beside its rows, and every value still has a chain of writers that undo takes a link out
of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.files import Layout, ParsedFile, RejectReason
from health.imports.staging import Merged, refuse, refuse_unknown_clients
from health.scoring import staleness
from health.scoring.schemes import models_in_force, reach_in_force
from health.storage.schema import METRIC_COLUMNS
from health.vocabulary import MetricType

if TYPE_CHECKING:
    import polars as pl

    from health.storage.database import Writer

ANY_VALUE: Final = f"coalesce({', '.join(METRIC_COLUMNS)}) IS NOT NULL"
"""Whether a wide row says anything; one that does not is no usage."""

_CELLS: Final = " + ".join(f"({name} IS NOT NULL)::INTEGER" for name in METRIC_COLUMNS)


def merge_usage(writer: Writer, parsed: ParsedFile, import_id: int) -> Merged:
    """Merge the accepted rows of a usage file, see :func:`~staging.begin`, and mark scores."""
    usage = parsed.client_days
    present = [metric for metric in MetricType if metric.column in usage.days.columns]
    refuse_unknown_clients(writer)
    if usage.conflicts.height:
        _refuse_conflicts(writer, usage.conflicts)
    _stage(writer, usage.days, present)
    _compare(writer, present)
    # Written down first: looking for them in the table would read all of it.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE new_days AS
        FROM staged ANTI JOIN existing USING (organization, date) WHERE {ANY_VALUE}"""
    )
    writer.execute(
        f"""INSERT INTO usage_daily BY NAME SELECT *, {import_id:d} AS import_id FROM new_days
        ORDER BY date_trunc('month', date), organization, date"""
    )
    writer.execute(
        f"INSERT INTO usage_changes BY NAME SELECT {import_id:d} AS import_id, * FROM differing"
    )
    _update(writer)
    _widen_spans(writer)
    mark_scores(writer, "SELECT * FROM new_days", "differing")
    return _count(writer, parsed.layout)


def mark_scores(writer: Writer, days: str, values: str) -> None:
    """Mark the scores out of date that rest on new or removed days, or on values that changed.

    days: a SELECT of organization, date and a column for each metric.
    values: a relation of organization, date and metric.
    """
    metrics = {metric for model in models_in_force(writer) for metric in model.metrics}
    columns = ", ".join(metric.column for metric in metrics)
    names = ", ".join(f"'{metric}'" for metric in metrics)
    staleness.mark_values(
        writer,
        f"""(SELECT organization, date FROM ({days}) WHERE coalesce({columns}) IS NOT NULL UNION
        SELECT organization, date FROM {values} WHERE metric IN ({names}))""",
        reach_in_force(writer),
    )


def _refuse_conflicts(writer: Writer, conflicts: pl.DataFrame) -> None:
    """Refuse every row whose key stands in the file with another value too."""
    writer.register("conflicts", conflicts)
    refuse(
        writer,
        RejectReason.KEY_TWICE,
        """SELECT line, "column", value, other FROM conflicts JOIN named USING (client)
        WHERE organization IS NOT NULL""",
        names_other_line=True,
    )


def _stage(writer: Writer, days: pl.DataFrame, present: list[MetricType]) -> None:
    """Fill ``staged``: a row per client and day with all metrics, of the clients on file."""
    values = ", ".join(
        m.column if m in present else f"NULL::BIGINT AS {m.column}" for m in MetricType
    )
    writer.register("client_days", days)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE staged AS
        SELECT organization, date, {values} FROM client_days JOIN named USING (client)
        WHERE organization IS NOT NULL"""
    )


def _compare(writer: Writer, present: list[MetricType]) -> None:
    """Fill ``existing`` (staged rows that are on file) and ``differing`` (their other values)."""
    days = writer.record("SELECT min(date) AS first, max(date) AS last FROM staged")
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE existing AS
        SELECT staged.*{"".join(f", stored.{m.column} AS old_{m.column}" for m in present)}
        FROM staged JOIN usage_daily AS stored USING (organization, date)
        WHERE stored.date BETWEEN $first AND $last""",
        days,
    )
    differing = "\nUNION ALL\n".join(
        f"""SELECT organization, date, '{m}' AS metric, old_{m.column} AS old_value,
            {m.column} AS new_value
        FROM existing WHERE {m.column} IS NOT NULL AND {m.column} IS DISTINCT FROM old_{m.column}"""
        for m in present
    )
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE differing
        (organization INTEGER, date DATE, metric VARCHAR, old_value BIGINT, new_value BIGINT)"""
    )
    if present:
        writer.execute(f"INSERT INTO differing BY NAME {differing}")


def _update(writer: Writer) -> None:
    changed = writer.query("SELECT DISTINCT metric FROM differing")["metric"].to_list()
    if not changed:
        return
    values = ", ".join(
        f"{m.column} = coalesce(changed.{m.column}, usage_daily.{m.column})"
        for m in MetricType
        if m in changed
    )
    days = writer.record("SELECT min(date) AS first, max(date) AS last FROM differing")
    writer.execute(
        f"""UPDATE usage_daily SET {values}
        FROM (FROM existing SEMI JOIN differing USING (organization, date)) AS changed
        WHERE usage_daily.organization = changed.organization
            AND usage_daily.date = changed.date
            AND usage_daily.date BETWEEN $first AND $last""",
        days,
    )


def _widen_spans(writer: Writer) -> None:
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE spans AS
        SELECT organization, min(date) AS first_date, max(date) AS last_date
        FROM new_days GROUP BY organization"""
    )
    writer.execute(
        """UPDATE usage_span SET
            first_date = least(usage_span.first_date, spans.first_date),
            last_date = greatest(usage_span.last_date, spans.last_date)
        FROM spans WHERE usage_span.organization = spans.organization"""
    )
    writer.execute(
        "INSERT INTO usage_span BY NAME FROM spans ANTI JOIN usage_span USING (organization)"
    )


def _count(writer: Writer, layout: Layout) -> Merged:
    """Count in rows of the file: values where it is long, client-days where it is wide."""
    if layout is Layout.LONG:
        new_rows = f"(SELECT coalesce(sum({_CELLS}), 0) FROM new_days)"
        differing = "differing"
    else:
        new_rows = "(SELECT count(*) FROM new_days)"
        differing = """(SELECT max(old_value) AS old_value FROM differing
            GROUP BY organization, date)"""
    return Merged(
        **writer.record(
            f"""SELECT ({new_rows} + count(*) FILTER (old_value IS NULL))::BIGINT AS rows_new,
                count(old_value) AS rows_changed,
                (SELECT count(DISTINCT organization) FROM (
                    SELECT organization FROM new_days UNION ALL
                    SELECT organization FROM differing)) AS clients
            FROM {differing}"""
        )
    )
