"""What happened to a client, in words: a row of :func:`health.accounts.timeline.timeline`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from health import formatting
from health.vocabulary import (
    AlertLevel,
    CallOutcome,
    CallSound,
    FeatureName,
    Outcome,
    PulseLevel,
    RiskLevel,
    TimelineKind,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIELDS: Final = {
    "name": "Name",
    "total_users": "Licensed users",
    "renewal_date": "Renewal",
    "industry": "Industry",
    "employee_count": "Employees",
    "csm": "Owner",
    "annual_value": "Yearly value",
    "alert_level": "Alerts",
    "is_active": "Status",
}


def happened(row: Mapping[str, Any], currency: str = "") -> str:
    """Say what happened, without who, when, and what somebody wrote.

    currency: ISO code of values.
    """
    return _SAYS[TimelineKind.of(row["kind"])](row, currency)


def _call(row: Mapping[str, Any], _: str) -> str:
    sound = CallSound.of(row["subject"]).label.lower() if row["subject"] else ""
    return CallOutcome.of(row["what"]).label + (f", sounded {sound}" if sound else "")


def _task(row: Mapping[str, Any], _: str) -> str:
    if row["what"] == "done":
        return "Task done"
    return f"Task for {row['subject']}, due {formatting.day(date.fromisoformat(row['after']))}"


def _pulse(row: Mapping[str, Any], _: str) -> str:
    level = PulseLevel.of(row["subject"]).label.lower()
    if row["what"] == "ended":
        return f"Pulse {level} ended"
    return f"Pulse {level} until {formatting.day(date.fromisoformat(row['after']))}"


def _outcome(row: Mapping[str, Any], currency: str) -> str:
    said = Outcome.of(row["what"]).label
    if row["after"] is None or not (change := Decimal(row["after"])):
        return said
    more = "more" if change > 0 else "less"
    return f"{said}: {formatting.money(abs(change), currency)} {more} a year"


def _change(row: Mapping[str, Any], currency: str) -> str:
    field = row["what"]
    if field == "is_active":
        return "Became active" if row["after"] == "true" else "Became inactive"
    before, after = (_value(field, row[side], currency) for side in ("before", "after"))
    return f"{_FIELDS.get(field, field)}: {before} → {after}"


def _value(field: str, value: str | None, currency: str) -> str:
    if value is None:
        return "not on file"
    if field == "renewal_date":
        return formatting.day(date.fromisoformat(value))
    if field == "annual_value":
        return formatting.money(Decimal(value), currency)
    if field == "alert_level":
        return AlertLevel.of(value).label.lower()
    if field in ("total_users", "employee_count"):
        return formatting.number(int(value))
    return value


def _feature(row: Mapping[str, Any], _: str) -> str:
    feature = FeatureName.of(row["subject"]).label
    on = row["after"] == "true"
    if row["what"] == "is_enabled":
        return f"{feature} switched {'on' if on else 'off'}"
    return f"{feature} {'used' if on else 'no longer used'}"


def _risk(row: Mapping[str, Any], _: str) -> str:
    before, after = (RiskLevel[row[side]].label for side in ("before", "after"))
    return f"{before} → {after.lower()}, with a score of {row['text']}"


def _alert(row: Mapping[str, Any], _: str) -> str:
    name = row["subject"][0].lower() + row["subject"][1:]
    said = f"Alert {'raised' if row['what'] == 'raised' else 'over'}: {name}"
    return f"{said}, with a score of {row['text']}" if row["text"] else said


def _model(row: Mapping[str, Any], _: str) -> str:
    return f"Scored by the model {row['after']} instead of {row['before']}"


def _data(row: Mapping[str, Any], _: str) -> str:
    days = formatting.count(int(row["before"]), "day")
    return (
        f"Usage data stopped, for {days}"
        if row["what"] == "stopped"
        else (f"Usage data came back after {days}")
    )


_SAYS: Final[Mapping[TimelineKind, Callable[[Mapping[str, Any], str], str]]] = {
    TimelineKind.CALL: _call,
    TimelineKind.NOTE: lambda _, __: "Note",
    TimelineKind.TASK: _task,
    TimelineKind.PULSE: _pulse,
    TimelineKind.OUTCOME: _outcome,
    TimelineKind.CHANGE: _change,
    TimelineKind.FEATURE: _feature,
    TimelineKind.RISK: _risk,
    TimelineKind.ALERT: _alert,
    TimelineKind.MODEL: _model,
    TimelineKind.DATA: _data,
}


_WRITTEN: Final = (
    TimelineKind.CALL,
    TimelineKind.NOTE,
    TimelineKind.TASK,
    TimelineKind.PULSE,
    TimelineKind.OUTCOME,
)


def wrote(row: Mapping[str, Any]) -> str:
    """Return what somebody wrote about it; empty where nobody did."""
    return row["text"] or "" if row["kind"] in _WRITTEN else ""
