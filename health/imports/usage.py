"""Usage files into the wide table, and back out of it.

A row of ``usage_daily`` knows the import that made it; ``usage_changes`` has an entry for each
value that a later import put into it, with the value before. So a night's file of new days costs
nothing beside its rows, and every value still has a chain of writers that undo takes a link out
of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import staleness
from health.errors import UndoHeld
from health.files import Layout, RejectReason
from health.imports.staging import ACCEPTED, Merged, refuse, refuse_unknown_clients
from health.schema import METRIC_COLUMNS
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from health.database import Writer
    from health.files import ParsedFile

SCORED: Final = (
    MetricType.DAILY_ACTIVE_USERS,
    MetricType.MONTHLY_ACTIVE_USERS,
    MetricType.CASES_CLOSED,
    MetricType.CASES_CLOSED_ON_TIME,
    MetricType.CAMPAIGN_RESPONSE_RATE,
    MetricType.SUPPORT_TICKETS,
)
"""The metrics a score rests on."""

_NUMBERS: Final = {metric: number for number, metric in enumerate(MetricType)}
_SCORED_NAMES: Final = ", ".join(f"'{metric}'" for metric in SCORED)
_SCORED_VALUE: Final = f"coalesce({', '.join(m.column for m in SCORED)}) IS NOT NULL"
ANY_VALUE: Final = f"coalesce({', '.join(METRIC_COLUMNS)}) IS NOT NULL"
"""Whether a wide row says anything; one that does not is no usage."""

_CELLS: Final = " + ".join(f"({name} IS NOT NULL)::INTEGER" for name in METRIC_COLUMNS)


def merge(writer: Writer, parsed: ParsedFile, import_id: int, reach: int) -> Merged:
    """Merge the accepted rows of a usage file, registered as ``incoming``, and mark scores."""
    present = [
        metric
        for metric in MetricType
        if parsed.layout is Layout.LONG or metric.column in parsed.columns
    ]
    _stage(writer, parsed.layout, present)
    if writer.value("SELECT coalesce(sum(file_rows), 0) FROM staged") < parsed.rows.height:
        refuse_unknown_clients(writer)
    if _has_doubles(writer, parsed.layout) and _refuse_conflicts(writer, parsed.layout, present):
        _stage(writer, parsed.layout, present)
    _compare(writer, present)
    writer.execute(
        f"""INSERT INTO usage_daily
        SELECT organization, date, {", ".join(METRIC_COLUMNS)}, {import_id:d}
        FROM staged ANTI JOIN existing USING (organization, date)
        WHERE {ANY_VALUE}
        ORDER BY date_trunc('month', date), organization, date"""
    )
    writer.execute(f"INSERT INTO usage_changes SELECT {import_id:d}, * FROM differing")
    _update(writer, present)
    _widen_spans(writer, import_id)
    made = f"SELECT organization, date FROM usage_daily WHERE import_id = {import_id:d}"
    staleness.mark_values(
        writer,
        f"""({made} AND {_SCORED_VALUE} UNION
        SELECT organization, date FROM differing WHERE metric IN ({_SCORED_NAMES}))""",
        reach,
    )
    return _count(writer, parsed.layout, made)


def _stage(writer: Writer, layout: Layout, present: list[MetricType]) -> None:
    """Fill ``staged``: a row per client and day, all metrics, and how many file rows it came of."""
    columns = {
        metric: f"max(value) FILTER (metric = {_NUMBERS[metric]})"
        if layout is Layout.LONG
        else f"max({metric.column})"
        for metric in present
    }
    values = ", ".join(f"{columns.get(m, 'NULL::BIGINT')} AS {m.column}" for m in MetricType)
    # Grouped before joined: half of the time of the other way round.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE staged AS
        SELECT organization, * EXCLUDE (client, organization, organization_id)
        FROM (
            SELECT client, date, {values}, count(*) AS file_rows
            FROM {ACCEPTED} GROUP BY client, date
        ) JOIN named USING (client)
        WHERE organization IS NOT NULL"""
    )


def _has_doubles(writer: Writer, layout: Layout) -> bool:
    """Whether a key stands twice in the file: seen from the counts, without a second pass."""
    once = f"({_CELLS})" if layout is Layout.LONG else "1"
    return bool(writer.value(f"SELECT coalesce(bool_or(file_rows > {once}), false) FROM staged"))


def _refuse_conflicts(writer: Writer, layout: Layout, present: list[MetricType]) -> int:
    """Refuse every row whose key stands in the file with another value too."""
    if layout is Layout.LONG:
        key, column = "client, metric, date", "value"
        differs = "min(value) <> max(value)"
    else:
        key, column = "client, date", "date"
        differs = " OR ".join(f"min({m.column}) <> max({m.column})" for m in present)
    return refuse(
        writer,
        RejectReason.KEY_TWICE,
        f"""SELECT line, '{column}', {column}::VARCHAR FROM incoming
        SEMI JOIN (
            SELECT {key} FROM {ACCEPTED} GROUP BY ALL HAVING {differs}
        ) USING ({key})""",
    )


def _compare(writer: Writer, present: list[MetricType]) -> None:
    """Fill ``existing`` (staged rows that are on file) and ``differing`` (their other values)."""
    days = writer.record("SELECT min(date) AS first, max(date) AS last FROM staged")
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE existing AS
        SELECT staged.*, {", ".join(f"stored.{m.column} AS old_{m.column}" for m in present)}
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
    writer.execute(f"CREATE OR REPLACE TEMP TABLE differing AS {differing}")


def _update(writer: Writer, present: list[MetricType]) -> None:
    if not writer.value("SELECT count(*) FROM differing"):
        return
    values = ", ".join(
        f"{m.column} = coalesce(changed.{m.column}, usage_daily.{m.column})" for m in present
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


def _widen_spans(writer: Writer, import_id: int) -> None:
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE spans AS
        SELECT organization, min(date) AS first_date, max(date) AS last_date
        FROM usage_daily WHERE import_id = {import_id:d} GROUP BY organization"""
    )
    writer.execute(
        """UPDATE usage_span SET
            first_date = least(usage_span.first_date, spans.first_date),
            last_date = greatest(usage_span.last_date, spans.last_date)
        FROM spans WHERE usage_span.organization = spans.organization"""
    )
    writer.execute("INSERT INTO usage_span FROM spans ANTI JOIN usage_span USING (organization)")


def _count(writer: Writer, layout: Layout, made: str) -> Merged:
    """Count in rows of the file: values where it is long, client-days where it is wide."""
    if layout is Layout.LONG:
        new_rows = f"""(SELECT coalesce(sum({_CELLS}), 0)
            FROM staged ANTI JOIN existing USING (organization, date))"""
        differing = "differing"
    else:
        new_rows = f"(SELECT count(*) FROM ({made}))"
        differing = """(SELECT max(old_value) AS old_value FROM differing
            GROUP BY organization, date)"""
    return Merged(
        **writer.record(
            f"""SELECT ({new_rows} + count(*) FILTER (old_value IS NULL))::BIGINT AS rows_new,
                count(old_value) AS rows_changed,
                (SELECT count(DISTINCT organization) FROM (
                    SELECT organization FROM ({made}) UNION ALL
                    SELECT organization FROM differing)) AS clients
            FROM {differing}"""
        )
    )


def undo(writer: Writer, import_id: int, reach: int, *, anyway: bool) -> None:
    """Give every value that this import wrote its earlier value back.

    A value that a later import has overwritten stays as that one left it, and that import will
    give back the value from before this one. Without ``anyway`` such a value raises
    :class:`UndoHeld`.
    """
    _find_written(writer, import_id)
    overwritten = writer.record(
        """SELECT count(*) AS number, min(next_import) AS next FROM written
        WHERE next_import IS NOT NULL"""
    )
    if overwritten["number"] and not anyway:
        raise UndoHeld(
            f"{overwritten['number']:,} of its values were changed again by later imports "
            f"(first by import {overwritten['next']}). Undo those first, or undo this one anyway: "
            "then the later values stay."
        )
    writer.execute(
        """UPDATE usage_changes SET old_value = written.old_value FROM written
        WHERE usage_changes.import_id = written.next_import
            AND usage_changes.organization = written.organization
            AND usage_changes.date = written.date
            AND usage_changes.metric = written.metric"""
    )
    writer.execute(f"DELETE FROM usage_changes WHERE import_id = {import_id:d}")
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE restored AS FROM written WHERE next_import IS NULL"
    )
    _restore_values(writer, import_id)
    staleness.mark_values(
        writer,
        f"(SELECT DISTINCT organization, date FROM restored WHERE metric IN ({_SCORED_NAMES}))",
        reach,
    )
    _recount_spans(writer)


def _find_written(writer: Writer, import_id: int) -> None:
    """Fill ``written``: the values this import wrote, the ones before, and the next writer."""
    made = "\nUNION ALL\n".join(
        f"""SELECT organization, date, '{metric}' AS metric FROM usage_daily
        WHERE import_id = {import_id:d} AND {metric.column} IS NOT NULL"""
        for metric in MetricType
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE written AS
        WITH later AS (
            SELECT organization, date, metric, min(import_id) AS next_import,
                arg_min_null(old_value, import_id) AS next_old_value
            FROM usage_changes WHERE import_id > {import_id:d}
            GROUP BY ALL
        ),
        logged AS (
            SELECT organization, date, metric, old_value
            FROM usage_changes WHERE import_id = {import_id:d}
        )
        SELECT logged.*, next_import
        FROM logged LEFT JOIN later USING (organization, date, metric)
        UNION ALL
        SELECT made.*, NULL::BIGINT, next_import
        FROM ({made}) AS made LEFT JOIN later USING (organization, date, metric)
        ANTI JOIN logged USING (organization, date, metric)
        WHERE next_import IS NULL OR next_old_value IS NOT NULL"""
    )


def _restore_values(writer: Writer, import_id: int) -> None:
    for metric in MetricType:
        writer.execute(
            f"""UPDATE usage_daily SET {metric.column} = restored.old_value
            FROM restored
            WHERE restored.metric = '{metric}'
                AND usage_daily.organization = restored.organization
                AND usage_daily.date = restored.date"""
        )
    writer.execute(f"DELETE FROM usage_daily WHERE NOT ({ANY_VALUE})")
    # What is left of rows it made was put there by later imports: the first of them made it now.
    writer.execute(
        f"""UPDATE usage_daily SET import_id = heir.import_id
        FROM (
            SELECT organization, date, min(import_id) AS import_id FROM usage_changes
            WHERE import_id > {import_id:d} GROUP BY ALL
        ) AS heir
        WHERE usage_daily.import_id = {import_id:d}
            AND usage_daily.organization = heir.organization AND usage_daily.date = heir.date"""
    )


def _recount_spans(writer: Writer) -> None:
    """Bring spans and scores of the touched clients in line with the usage that is left."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE spans AS
        SELECT organization, min(date) AS first_date, max(date) AS last_date
        FROM usage_daily SEMI JOIN restored USING (organization) GROUP BY organization"""
    )
    writer.execute(
        "DELETE FROM usage_span WHERE organization IN (SELECT organization FROM restored)"
    )
    writer.execute("INSERT INTO usage_span FROM spans")
    for table in ("scores", "stale"):
        writer.execute(
            f"DELETE FROM {table} WHERE organization NOT IN (SELECT organization FROM usage_span)"
        )
    # A later day comes back with anyone's usage, but only whose usage changes is marked then.
    after = "score_date > (SELECT max(last_date) FROM usage_span)"
    writer.execute(
        f"""INSERT INTO stale SELECT organization, min(score_date), max(score_date)
        FROM scores WHERE {after} GROUP BY organization"""
    )
    writer.execute(f"DELETE FROM scores WHERE {after}")
