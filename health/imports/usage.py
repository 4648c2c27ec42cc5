"""Usage files into the wide table, and back out of it.

A row of ``usage_daily`` knows the import that made it; ``usage_changes`` has an entry for each
value that a later import put into it, with the value before. So a night's file of new days costs
nothing beside its rows, and every value still has a chain of writers that undo takes a link out
of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.errors import UndoHeld
from health.files import Layout, RejectReason
from health.imports.staging import Merged, refuse, refuse_unknown_clients
from health.scoring import staleness
from health.scoring.state import latest_day
from health.storage.schema import METRIC_COLUMNS
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.files import ParsedFile
    from health.storage.database import Writer

SCORED: Final = (
    MetricType.DAILY_ACTIVE_USERS,
    MetricType.MONTHLY_ACTIVE_USERS,
    MetricType.CASES_CLOSED,
    MetricType.CASES_CLOSED_ON_TIME,
    MetricType.CAMPAIGN_RESPONSE_RATE,
    MetricType.SUPPORT_TICKETS,
)
"""The metrics a score rests on."""

_SCORED_NAMES: Final = ", ".join(f"'{metric}'" for metric in SCORED)
_SCORED_VALUE: Final = f"coalesce({', '.join(m.column for m in SCORED)}) IS NOT NULL"
ANY_VALUE: Final = f"coalesce({', '.join(METRIC_COLUMNS)}) IS NOT NULL"
"""Whether a wide row says anything; one that does not is no usage."""

_STEPS: Final = (31, 366, 150_000)
"""Days looked through for an end of a client's usage: nearly always the first are enough."""

_MADE_ALONE: Final = (
    "SELECT organization, date FROM made ANTI JOIN heirs USING (organization, date)"
)
"""The client-days that an import to be undone made, and no later one wrote into."""

_CELLS: Final = " + ".join(f"({name} IS NOT NULL)::INTEGER" for name in METRIC_COLUMNS)


def merge(writer: Writer, parsed: ParsedFile, import_id: int, reach: int) -> Merged:
    """Merge the accepted rows of a usage file, see :func:`~staging.begin`, and mark scores."""
    usage = parsed.client_days
    present = [metric for metric in MetricType if metric.column in usage.days.columns]
    refuse_unknown_clients(writer)
    if usage.doubles.height:
        _refuse_doubles(writer, usage.doubles)
    _stage(writer, usage.days, present)
    _compare(writer, present)
    # Written down first: looking for them in the table would read all of it.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE made AS
        FROM staged ANTI JOIN existing USING (organization, date) WHERE {ANY_VALUE}"""
    )
    writer.execute(
        f"""INSERT INTO usage_daily BY NAME SELECT *, {import_id:d} AS import_id FROM made
        ORDER BY date_trunc('month', date), organization, date"""
    )
    writer.execute(
        f"INSERT INTO usage_changes BY NAME SELECT {import_id:d} AS import_id, * FROM differing"
    )
    _update(writer)
    _widen_spans(writer)
    staleness.mark_values(
        writer,
        f"""(SELECT organization, date FROM made WHERE {_SCORED_VALUE} UNION
        SELECT organization, date FROM differing WHERE metric IN ({_SCORED_NAMES}))""",
        reach,
    )
    return _count(writer, parsed.layout)


def _refuse_doubles(writer: Writer, doubles: pl.DataFrame) -> None:
    """Refuse every row whose key stands in the file with another value too."""
    writer.register("doubles", doubles)
    refuse(
        writer,
        RejectReason.KEY_TWICE,
        """SELECT line, "column", value FROM doubles JOIN named USING (client)
        WHERE organization IS NOT NULL""",
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
        FROM made GROUP BY organization"""
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
        new_rows = f"(SELECT coalesce(sum({_CELLS}), 0) FROM made)"
        differing = "differing"
    else:
        new_rows = "(SELECT count(*) FROM made)"
        differing = """(SELECT max(old_value) AS old_value FROM differing
            GROUP BY organization, date)"""
    return Merged(
        **writer.record(
            f"""SELECT ({new_rows} + count(*) FILTER (old_value IS NULL))::BIGINT AS rows_new,
                count(old_value) AS rows_changed,
                (SELECT count(DISTINCT organization) FROM (
                    SELECT organization FROM made UNION ALL
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
    if overwritten["number"]:
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
        f"""({_MADE_ALONE} WHERE {_SCORED_VALUE} UNION
        SELECT organization, date FROM restored WHERE metric IN ({_SCORED_NAMES}))""",
        reach,
    )
    _narrow_spans(writer)


def _find_written(writer: Writer, import_id: int) -> None:
    """Fill ``written``: the values this import wrote, the ones before, and the next writer.

    Also ``made``, the rows it made, and ``heirs``, who wrote into a client-day first after it.
    Values of rows it made and nobody wrote into are not among ``written``: those rows go whole.
    """
    days = writer.record(
        "SELECT first_date AS first, last_date AS last FROM imports WHERE import_id = $id",
        {"id": import_id},
    )
    within = "date BETWEEN $first AND $last"  # else each statement would read the whole table
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE made AS
        FROM usage_daily WHERE import_id = {import_id:d} AND {within}""",
        days,
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE later AS
        SELECT organization, date, metric, min(import_id) AS next_import,
            arg_min_null(old_value, import_id) AS next_old_value
        FROM usage_changes WHERE import_id > {import_id:d} AND {within}
        GROUP BY ALL""",
        days,
    )
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT organization, date, min(next_import) AS import_id FROM later GROUP BY ALL"""
    )
    values = "\nUNION ALL\n".join(
        f"""SELECT organization, date, '{metric}' AS metric
        FROM made SEMI JOIN heirs USING (organization, date) WHERE {metric.column} IS NOT NULL"""
        for metric in MetricType
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE written AS
        WITH logged AS (
            SELECT organization, date, metric, old_value
            FROM usage_changes WHERE import_id = {import_id:d}
        )
        SELECT logged.*, next_import
        FROM logged LEFT JOIN later USING (organization, date, metric)
        UNION ALL
        SELECT first.*, NULL::BIGINT, next_import
        FROM ({values}) AS first LEFT JOIN later USING (organization, date, metric)
        ANTI JOIN logged USING (organization, date, metric)
        WHERE next_import IS NULL OR next_old_value IS NOT NULL"""
    )


def _restore_values(writer: Writer, import_id: int) -> None:
    """Put earlier values back, and fill ``gone``: the client-days of which nothing is left."""
    writer.execute(f"CREATE OR REPLACE TEMP TABLE gone AS {_MADE_ALONE}")
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
        FROM restored ANTI JOIN gone USING (organization, date)"""
    )
    days = writer.record("SELECT min(date) AS first, max(date) AS last FROM kept")
    metrics = writer.query("SELECT DISTINCT metric FROM kept")["metric"].to_list()
    back = [metric for metric in MetricType if metric in metrics]
    same = "usage_daily.organization = {0}.organization AND usage_daily.date = {0}.date"
    if back:
        # All metrics in one pass: each would look for its rows among all of these days.
        writer.execute(
            f"""UPDATE usage_daily SET {", ".join(_restored(metric.column) for metric in back)}
            FROM (
                SELECT organization, date, {", ".join(_earlier(metric) for metric in back)}
                FROM kept GROUP BY organization, date
            ) AS earlier
            WHERE {same.format("earlier")} AND usage_daily.date BETWEEN $first AND $last""",
            days,
        )
    writer.execute(
        f"""INSERT INTO gone BY NAME
        SELECT organization, date FROM usage_daily SEMI JOIN kept USING (organization, date)
        WHERE date BETWEEN $first AND $last AND NOT ({ANY_VALUE})""",
        days,
    )
    writer.execute(
        f"""DELETE FROM usage_daily USING gone
        WHERE {same.format("gone")} AND usage_daily.date BETWEEN $first AND $last""",
        writer.record("SELECT min(date) AS first, max(date) AS last FROM gone"),
    )
    # What is left of rows it made was put there by later imports: the first of them made it now.
    writer.execute(
        f"""UPDATE usage_daily SET import_id = heirs.import_id FROM heirs
        WHERE usage_daily.import_id = {import_id:d} AND {same.format("heirs")}
            AND usage_daily.date BETWEEN $first AND $last""",
        writer.record("SELECT min(date) AS first, max(date) AS last FROM heirs"),
    )


def _earlier(metric: MetricType) -> str:
    """SQL of a metric's value before the import, and of whether the import wrote one."""
    mine = f"metric = '{metric}'"
    name = metric.column
    return f"max(old_value) FILTER ({mine}) AS {name}, bool_or({mine}) AS has_{name}"


def _restored(name: str) -> str:
    """SQL that sets a metric's value where the import wrote one."""
    return f"{name} = CASE WHEN has_{name} THEN earlier.{name} ELSE usage_daily.{name} END"


def _narrow_spans(writer: Writer) -> None:
    """Bring the spans that lost an end in line with what is left, and scores with the spans."""
    latest = latest_day(writer)
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE ends AS
        SELECT organization, first_date, last_date,
            bool_or(date = first_date) AS lost_first, bool_or(date = last_date) AS lost_last
        FROM usage_span JOIN gone USING (organization)
        GROUP BY ALL HAVING lost_first OR lost_last"""
    )
    if not writer.value("SELECT count(*) FROM ends"):
        return
    for days in _STEPS:
        _find_ends(writer, "last_date", "max", "lost_last", days)
    for days in _STEPS:
        _find_ends(writer, "first_date", "min", "lost_first AND NOT lost_last", days)
    writer.execute("DELETE FROM usage_span WHERE organization IN (SELECT organization FROM ends)")
    writer.execute(
        """INSERT INTO usage_span BY NAME
        SELECT organization, first_date, last_date FROM ends WHERE NOT lost_last"""
    )
    if writer.value("SELECT bool_or(lost_last) FROM ends"):
        for table in ("scores", "stale"):
            writer.execute(
                f"""DELETE FROM {table}
                WHERE organization IN (SELECT organization FROM ends WHERE lost_last)"""
            )
    _forget_later_scores(writer, latest, latest_day(writer))


def _find_ends(writer: Writer, column: str, extreme: str, lost: str, days: int) -> None:
    """Find a lost end of a client's usage among so many days behind where it was."""
    around = writer.record(
        f"""SELECT min({column}) - {days if extreme == "max" else 0:d} AS first,
            max({column}) + {days if extreme == "min" else 0:d} AS last
        FROM ends WHERE {lost}"""
    )
    if around["first"] is None:
        return
    writer.execute(
        f"""UPDATE ends SET {column} = found.day, lost_{column.removesuffix("_date")} = false
        FROM (
            SELECT organization, {extreme}(date) AS day FROM usage_daily
            SEMI JOIN (SELECT organization FROM ends WHERE {lost}) USING (organization)
            WHERE date BETWEEN $first AND $last GROUP BY organization
        ) AS found
        WHERE ends.organization = found.organization""",
        around,
    )


def _forget_later_scores(writer: Writer, before: date | None, latest: date | None) -> None:
    """Take away the scores of days after the latest usage, and mark them for when it returns.

    A later day comes back with anyone's usage, but only whose usage changes is marked then.
    """
    if latest is None or latest == before:
        return
    day = {"latest": latest}
    staleness.mark_spans(
        writer,
        """SELECT organization, min(score_date) AS first_day, max(score_date) AS last_day
        FROM scores WHERE score_date > $latest GROUP BY organization""",
        day,
    )
    writer.execute("DELETE FROM scores WHERE score_date > $latest", day)
