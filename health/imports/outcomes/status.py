"""What a change of status by hand says of a client: that it left, or came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.imports.outcomes.merge import write
from health.storage.outcome_laws import KEY, before_usage_sql, left_twice_sql, with_stored
from health.vocabulary import ALWAYS, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from health.storage.database import Writer


def record_status(writer: Writer, import_id: int, at: datetime, reason: str) -> dict[Outcome, int]:
    """Write that clients left or came back, by the histories in ``changed``; return how many.

    A day that the new history no longer has takes its outcome along. What cannot be is left out:
    a client without usage did not leave, and one that is gone by its outcomes does not leave again.
    """
    _find_days(writer)
    _take_back(writer, import_id)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE staged AS
        SELECT {KEY}, NULL::DECIMAL(18,2) AS value_change, nullif($reason, '') AS reason
        FROM days_of_status WHERE is_after""",
        {"reason": reason},
    )
    away = f"""SELECT organization, arg_max(outcome, date) = '{Outcome.CHURNED}' AS is_away
        FROM (SELECT stored.* FROM outcomes AS stored JOIN staged USING (organization)
            WHERE stored.outcome IN ('{Outcome.CHURNED}', '{Outcome.REACTIVATED}')
                AND stored.date <= staged.date)
        GROUP BY organization"""
    for faults in (
        before_usage_sql("staged"),
        left_twice_sql(with_stored("staged")),
        f"""FROM staged WHERE outcome = '{Outcome.REACTIVATED}' AND organization NOT IN (
            SELECT organization FROM ({away}) WHERE is_away)""",
    ):
        writer.execute(
            f"DELETE FROM staged WHERE ({KEY}) IN (SELECT ({KEY}) FROM ({faults}))",
        )
    write(writer, import_id, at)
    counts = writer.query("SELECT outcome, count(*) FROM written GROUP BY outcome ORDER BY outcome")
    return {Outcome.of(word): number for word, number in counts.iter_rows()}


def _find_days(writer: Writer) -> None:
    """Fill ``days_of_status``: the days on which clients left or came back, before or after."""
    days = " UNION ALL ".join(
        f"""SELECT organization, {is_after} AS is_after, unnest({entries}) AS entry
        FROM changed WHERE field = 'is_active'"""
        for entries, is_after in (("old_entries", "false"), ("entries", "true"))
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE days_of_status AS
        SELECT organization, entry.valid_from AS date,
            CASE entry.value WHEN 'true' THEN '{Outcome.REACTIVATED}'
                ELSE '{Outcome.CHURNED}' END AS outcome,
            bool_or(is_after) AS is_after
        FROM ({days}) WHERE entry.valid_from > DATE '{ALWAYS}'
        GROUP BY ALL HAVING count(*) = 1"""
    )


def _take_back(writer: Writer, import_id: int) -> None:
    """Take away the outcomes of days on which the status no longer changes."""
    writer.execute(
        f"""INSERT INTO outcome_changes BY NAME
        SELECT {import_id:d} AS import_id, {KEY}, value_change AS old_value_change,
            reason AS old_reason, import_id AS old_import_id, recorded_at AS old_recorded_at
        FROM outcomes SEMI JOIN (FROM days_of_status WHERE NOT is_after) USING ({KEY})"""
    )
    writer.execute(
        f"""DELETE FROM outcomes
        WHERE ({KEY}) IN (SELECT ({KEY}) FROM days_of_status WHERE NOT is_after)"""
    )
