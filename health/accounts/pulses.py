"""How a CSM sees a client, whatever its score: set with a reason, until a day, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health.accounts.entries import checked_text, insert
from health.errors import ArgumentError
from health.queries.arguments import as_member, check_day, find_organization
from health.queries.pulses import pulses_as_of
from health.scoring.active_model import latest_day
from health.vocabulary import PulseLevel, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.storage.database import Database, Reader

LONGEST_DAYS: Final = 90
"""Days after which a pulse expires at the latest: what nobody looks at again is no longer known."""

_DISAGREE: Final = 5
"""Points that a score moves before it says something else than a pulse."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """A pulse that is in force.

    day: on which it was set; until_day: the last day it counts.
    score_then: the score that stood beside it when it was set; None without one.
    """

    pulse_id: int
    level: PulseLevel
    reason: str
    day: date
    until_day: date
    created_by: str
    score_then: int | None


def set_pulse(
    database: Database,
    organization_id: str,
    *,
    level: str,
    reason: str,
    until_day: date,
    day: date,
    by: str,
) -> int:
    """Set the pulse of a client from a day on, in place of an earlier one; return its number.

    level: a :class:`PulseLevel`. until_day: the last day it counts, 90 days later at most.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` that names the argument.
    """
    named = as_member("level", PulseLevel, level)
    check_day("day", day)
    check_day("until_day", until_day)
    if not day <= until_day <= day + timedelta(days=LONGEST_DAYS):
        last = day + timedelta(days=LONGEST_DAYS)
        raise ArgumentError("until_day", f"choose a day from {day} to {last}, not {until_day}.")
    with database.write() as writer:
        return insert(
            writer,
            "pulses",
            organization_id,
            day=day,
            by=by,
            level=named.value,
            reason=checked_text("reason", reason, "say in a few words why."),
            until_day=until_day,
            score_day=latest_day(writer),
        )


def end_pulse(database: Database, organization_id: str, *, day: date, by: str) -> None:
    """Let the pulse of a client count no longer from a day on.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` where it has none that day.
    """
    check_day("day", day)
    with database.write() as writer:
        ended = writer.execute(
            f"""UPDATE account_pulses SET ended_by = $by, ended_day = $day
            WHERE organization = $organization AND pulse_id IN (
                SELECT pulse_id FROM {pulses_as_of(writer, day)})""",
            {"organization": find_organization(writer, organization_id), "by": by, "day": day},
        )
        if not ended:
            raise ArgumentError("organization_id", f"“{organization_id}” has no pulse on {day}.")


def pulse_of(reader: Reader, organization_id: str, day: date) -> Pulse | None:
    """Return the pulse of a client in force on a day; raises :class:`UnknownOrganization`."""
    row = reader.record(
        f"""SELECT pulse_id, level, reason, day, until_day, created_by, score_then
        FROM {pulses_as_of(reader, day)} WHERE organization = $organization""",
        {"organization": find_organization(reader, organization_id)},
    )
    return Pulse(**row | {"level": PulseLevel.of(row["level"])}) if row else None


def disagreements(reader: Reader, as_of: date, today: date, csm: str | None = None) -> pl.DataFrame:
    """Return the clients whose pulse of today says something else than their score of a day.

    Good, and the score fell by 5 points or more since, or is at high risk; at risk, and the score
    is at low risk. Those of one owner, or all.

    Columns: organization_id, organization_name, level, day, created_by, score_then, overall_score,
    risk_level; the largest fall first.
    """
    return reader.query(
        f"""SELECT organization_id, name AS organization_name, level, pulses.day,
            pulses.created_by, score_then, scores.overall_score, scores.risk_level
        FROM {pulses_as_of(reader, today)}
        JOIN clients USING (organization)
        JOIN (SELECT * FROM scores WHERE score_date = $as_of) AS scores USING (organization)
        WHERE ($csm IS NULL OR csm = $csm) AND (
            (level = '{PulseLevel.GOOD}' AND (scores.risk_level = '{RiskLevel.HIGH}'
                OR scores.overall_score::INTEGER - score_then <= -{_DISAGREE}))
            OR (level = '{PulseLevel.AT_RISK}' AND scores.risk_level = '{RiskLevel.LOW}'))
        ORDER BY scores.overall_score::INTEGER - score_then NULLS LAST, lower(name)""",
        {"as_of": as_of, "csm": csm},
    )
