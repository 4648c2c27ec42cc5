"""Usage back to what it was before an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.errors import UndoHeld
from health.imports.usage.merge import ANY_VALUE, mark_scores
from health.scoring import staleness
from health.scoring.active_model import latest_day
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Writer

_STEPS: Final = (31, 366, 150_000)
"""Days looked through for an end of a client's usage: nearly always the first are enough."""

_OWN_DAYS: Final = (
    "SELECT organization, date FROM new_days ANTI JOIN next_writers USING (organization, date)"
)
"""The client-days that the undone import made and no later one wrote into."""


def undo_usage(writer: Writer, import_id: int, *, anyway: bool) -> None:
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
    mark_scores(
        writer, "FROM new_days ANTI JOIN next_writers USING (organization, date)", "restored"
    )
    _narrow_spans(writer)


def _find_written(writer: Writer, import_id: int) -> None:
    """Fill ``written``: the values this import wrote, the ones before, and the next writer.

    Also ``new_days``, the rows it made, and ``next_writers``, the first import after it that wrote
    into each client-day.
    Values of rows it made and nobody wrote into are not among ``written``: those rows are removed.
    """
    days = writer.record(
        "SELECT first_date AS first, last_date AS last FROM imports WHERE import_id = $id",
        {"id": import_id},
    )
    within = "date BETWEEN $first AND $last"  # else each statement would read the whole table
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE new_days AS
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
        """CREATE OR REPLACE TEMP TABLE next_writers AS
        SELECT organization, date, min(next_import) AS import_id FROM later GROUP BY ALL"""
    )
    values = "\nUNION ALL\n".join(
        f"""SELECT organization, date, '{metric}' AS metric
        FROM new_days SEMI JOIN next_writers USING (organization, date)
        WHERE {metric.column} IS NOT NULL"""
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
    """Put earlier values back, and fill ``emptied``: the client-days of which nothing is left."""
    writer.execute(f"CREATE OR REPLACE TEMP TABLE emptied AS {_OWN_DAYS}")
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE put_back AS
        FROM restored ANTI JOIN emptied USING (organization, date)"""
    )
    days = writer.record("SELECT min(date) AS first, max(date) AS last FROM put_back")
    metrics = writer.query("SELECT DISTINCT metric FROM put_back")["metric"].to_list()
    back = [metric for metric in MetricType if metric in metrics]
    same = "usage_daily.organization = {0}.organization AND usage_daily.date = {0}.date"
    if back:
        # All metrics in one pass: each would look for its rows among all of these days.
        writer.execute(
            f"""UPDATE usage_daily SET {", ".join(_restored(metric.column) for metric in back)}
            FROM (
                SELECT organization, date, {", ".join(_earlier(metric) for metric in back)}
                FROM put_back GROUP BY organization, date
            ) AS earlier
            WHERE {same.format("earlier")} AND usage_daily.date BETWEEN $first AND $last""",
            days,
        )
    writer.execute(
        f"""INSERT INTO emptied BY NAME
        SELECT organization, date FROM usage_daily SEMI JOIN put_back USING (organization, date)
        WHERE date BETWEEN $first AND $last AND NOT ({ANY_VALUE})""",
        days,
    )
    writer.execute(
        f"""DELETE FROM usage_daily USING emptied
        WHERE {same.format("emptied")} AND usage_daily.date BETWEEN $first AND $last""",
        writer.record("SELECT min(date) AS first, max(date) AS last FROM emptied"),
    )
    # Later imports put in what is left of the rows it made: the first of them is the maker now.
    writer.execute(
        f"""UPDATE usage_daily SET import_id = next_writers.import_id FROM next_writers
        WHERE usage_daily.import_id = {import_id:d} AND {same.format("next_writers")}
            AND usage_daily.date BETWEEN $first AND $last""",
        writer.record("SELECT min(date) AS first, max(date) AS last FROM next_writers"),
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
        FROM usage_span JOIN emptied USING (organization)
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
    """Remove the scores of days after the latest usage, and mark them for when it returns.

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
