"""What people do about clients, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.formatting import ago, count, day
from health.vocabulary import CallOutcome, PulseLevel, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any


def decided(outcome: str | None, until: date | None) -> str:
    """Why a client is off the calls, in lower case.

    outcome: of the call because of which; None without one. until: the day it comes back.
    """
    if outcome is None:
        return f"snoozed until {day(until)}" if until else CallOutcome.NOT_NEEDED.label.lower()
    again = f", due again with the data of {day(until)}" if until else ""
    return CallOutcome.of(outcome).label.lower() + again


def due(days_overdue: int) -> str:
    """When a task is due, in words."""
    if days_overdue <= 0:
        return "due today" if days_overdue == 0 else f"due {ago(days_overdue)}"
    return f"{count(days_overdue, 'day')} overdue"


def disagreement(row: Mapping[str, Any], name: str = "") -> str:
    """How a pulse and a score differ, a row of :func:`health.accounts.pulses.disagreements`.

    name: of who reads it, who is called “you”.
    """
    who = "you" if name and row["created_by"] == name else row["created_by"]
    said = f"{who} said {PulseLevel.of(row['level']).label.lower()} on {day(row['day'])}"
    score, then = row["overall_score"], row["score_then"]
    moved = 0 if then is None else score - then
    if moved < 0 and row["level"] == PulseLevel.GOOD:
        return f"{said}; the score fell {-moved} since, to {score}"
    risk = RiskLevel[row["risk_level"]].label.lower()
    return f"{said}; the score is {score}, {risk}"
