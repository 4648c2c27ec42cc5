"""The pulse of each client on a day: how its CSM sees it, beside the score and never part of it.

SQL of a relation, for questions about many clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring.active_model import latest_day

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader


def pulses_as_of(reader: Reader, as_of: date) -> str:
    """SQL of the pulses in force on a day, named ``pulses``: one row for each client that has one.

    A day from the latest usage on is the present: a pulse that was set since then counts, too.
    Where the page shows the present, pass today, so that a pulse expires on its day and not late.

    Columns: organization, pulse_id, level (a :class:`~health.vocabulary.PulseLevel`), reason,
    day (on which it was set), until_day (its last day), created_by, score_day and score_then (the
    score that stood beside it when it was set; null where there was none).
    """
    return f"""(
        SELECT pulses.*, scores.overall_score::INTEGER AS score_then
        FROM ({in_force(reader, as_of)}) AS pulses
        LEFT JOIN scores
            ON scores.organization = pulses.organization AND score_date = pulses.score_day
    ) AS pulses"""


def in_force(reader: Reader, as_of: date) -> str:
    """SQL of the same without ``score_then``, for which scores of many days are read."""
    latest = latest_day(reader)
    is_present = latest is None or as_of >= latest
    set_by_then = "" if is_present else f"AND day <= DATE '{as_of}'"
    goes_on = "pulse.ended_day IS NULL"
    if not is_present:
        goes_on = f"coalesce(pulse.ended_day > DATE '{as_of}', true)"
    return f"""SELECT pulse.*
        FROM (
            SELECT max_by(pulses, (day, pulse_id)) AS pulse
            FROM account_pulses AS pulses
            WHERE removed_at IS NULL {set_by_then}
            GROUP BY organization
        )
        WHERE pulse.until_day >= DATE '{as_of}' AND {goes_on}"""
