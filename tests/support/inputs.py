"""What a score rests on, by the names that tests call its numbers."""

from __future__ import annotations

import dataclasses
from datetime import date
from types import SimpleNamespace
from typing import Any

from health.scoring.components.campaign_completion import DAYS, RATES
from health.scoring.components.case_resolution import CLOSED, ON_TIME
from health.scoring.components.inputs import ScoreInputs
from health.scoring.components.login import BUSIEST, MONTHLY
from health.scoring.components.support_ticket import TICKETS
from health.vocabulary import MetricType

NAMES = {
    "cases_closed": CLOSED,
    "cases_on_time": ON_TIME,
    "responses": RATES,
    "response_days": DAYS,
    "tickets": TICKETS,
}
ACTIVE = {"active_users", "active_metric", "active_date"}


def score_inputs(**named: Any) -> ScoreInputs:
    """The inputs of a score; ``active_users`` of ``active_metric``, monthly if nothing is said."""
    return replace(ScoreInputs(window_start=date.min, window_end=date.min), **named)


def replace(inputs: Any, **changed: Any) -> Any:
    """``dataclasses.replace``, which knows the numbers of inputs by name."""
    if not isinstance(inputs, ScoreInputs):
        return dataclasses.replace(inputs, **changed)
    values, days = dict(inputs.values), dict(inputs.days_of)
    for name in NAMES.keys() & changed.keys():
        values[NAMES[name]] = changed.pop(name)
    if ACTIVE & changed.keys():
        known = vars(named(inputs))
        users, metric, day = (
            changed.pop(name, known[name])
            for name in ("active_users", "active_metric", "active_date")
        )
        is_daily = metric is MetricType.DAILY_ACTIVE_USERS
        values[BUSIEST], values[MONTHLY] = (users, None) if is_daily else (None, users)
        days[BUSIEST if is_daily else MONTHLY] = day
    return dataclasses.replace(inputs, values=values, days_of=days, **changed)


def named(inputs: ScoreInputs) -> SimpleNamespace:
    """The numbers of inputs by name."""
    source, metric = MONTHLY, MetricType.MONTHLY_ACTIVE_USERS
    if inputs[MONTHLY] is None:
        source, metric = BUSIEST, MetricType.DAILY_ACTIVE_USERS
    users = inputs[source]
    return SimpleNamespace(
        **{field.name: getattr(inputs, field.name) for field in dataclasses.fields(inputs)},
        **{name: inputs[value] for name, value in NAMES.items()},
        days=inputs.days,
        active_users=users,
        active_metric=None if users is None else metric,
        active_date=inputs.days_of.get(source),
    )
