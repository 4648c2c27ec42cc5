"""A call to make, in words: what to talk about, and why now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from health.explanation.breakdown import between, explain, outline
from health.explanation.ledger import ledger
from health.explanation.sentences import sentence
from health.formatting import day, inside
from health.queries.alerts.attention import alert_of
from health.queries.alerts.facts import FALL_DAYS
from health.queries.alerts.rules import Alert, AlertRule
from health.queries.urgency import said as urgency_words
from health.vocabulary import AlertLevel, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from health.explanation.breakdown import Contribution
    from health.explanation.ledger import Ledger
    from health.queries.inputs import Comparison
    from health.scoring.components import Part

DATA_FEED: Final = "the data feed"
"""The topic of a client whose feed stopped: a task for operations, not for a call."""

_TOLD_ELSEWHERE: Final = {
    AlertRule.HIGH_RISK,
    AlertRule.DECLINING,
    AlertRule.RENEWAL_DUE,
    AlertRule.RENEWAL_NEAR,
    AlertRule.RENEWAL_AHEAD,
}
"""Rules that the score and the renewal of a call say already."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A client to call.

    score, risk_level: None without a score on the day.
    between: the scores it could be if everything were known, ``21–46``; empty where all is.
    since, change: the earlier day it is compared with, and the points gained since; None where
    there is none.
    changes: points gained in 7, 30 and 90 days; None where there is no score to compare with.
    alerts: what holds beside the score and the renewal.
    rules: every rule that holds.
    urgency: 0 to 100; parts: the same with what it adds up from, in words.
    topic: what to talk about, in lower case; why: a sentence or two.
    """

    organization_id: str
    name: str
    score: int | None
    risk_level: RiskLevel | None
    between: str
    since: date | None
    change: int | None
    changes: Mapping[int, int | None]
    days_until_renewal: int | None
    csm: str | None
    annual_value: Decimal | None
    is_proactive: bool
    alerts: tuple[Alert, ...]
    rules: tuple[AlertRule, ...]
    urgency: int
    parts: str
    topic: str
    why: str


def call(row: Mapping[str, Any], compared: Comparison | None) -> Call:
    """Return a row of :attr:`health.queries.alerts.attention.Attention.calls` as a call.

    compared: what the scores of ``since`` and of the day rest on, or of any earlier day where there
    is no earlier score; None where the day has none.
    """
    alerts = tuple(alert_of(alert) for alert in row["alerts"])
    topic, why = _reason(row, alerts, compared)
    return Call(
        organization_id=row["organization_id"],
        name=row["organization_name"],
        score=row["overall_score"],
        risk_level=None if row["risk_level"] is None else RiskLevel[row["risk_level"]],
        between=_between(row, compared),
        since=row["since"],
        change=row["change"],
        changes={days: row[f"change_{days}"] for days in FALL_DAYS},
        days_until_renewal=row["days_until_renewal"],
        csm=row["csm"],
        annual_value=row["annual_value"],
        is_proactive=row["alert_level"] == AlertLevel.PROACTIVE,
        alerts=_noted(alerts),
        rules=tuple(alert.rule for alert in alerts),
        urgency=row["urgency"],
        parts=urgency_words(row),
        topic=topic,
        why=why,
    )


def _between(row: Mapping[str, Any], compared: Comparison | None) -> str:
    if compared is None:
        return ""
    score = outline(compared.after, compared.after_model)
    return between(row["overall_score"], score.lowest, score.highest)


def _noted(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """The alerts that say something of their own."""
    told = set(_TOLD_ELSEWHERE)
    if any(alert.rule is AlertRule.QUIET for alert in alerts):
        # Both name the same two numbers of users.
        told.add(AlertRule.USERS_FELL)
    return tuple(alert for alert in alerts if alert.rule not in told)


def _reason(
    row: Mapping[str, Any], alerts: tuple[Alert, ...], compared: Comparison | None
) -> tuple[str, str]:
    """What to talk about and why.

    The largest loss of a fall that is one, or that an alert is about; else where most is missing.
    """
    if row["overall_score"] is None or row["since"] is None or compared is None:
        return _without_comparison(row, alerts)
    asking = {alert.rule for alert in alerts if alert.rule.asks_for_call}
    gap = explain(compared.after, compared.after_model).largest_gap
    moved = ledger(compared)
    topic, why = None if gap is None else gap.component, _steady(row, gap)
    if moved is not None and (loss := _largest_loss(moved)) is not None and moved.change < 0:
        is_decline = moved.change <= compared.after_model.declining_to
        if is_decline or asking - {AlertRule.HIGH_RISK, AlertRule.RENEWAL_DUE}:
            topic, why = loss, sentence(moved)
    if topic is None or asking == {AlertRule.RENEWAL_DUE}:
        return "the renewal", why
    return inside(topic.label), why


def _steady(row: Mapping[str, Any], gap: Contribution | None) -> str:
    """How a score that did not fall stands, and where most is missing."""
    since, change = f"since {day(row['since'])}", row["change"]
    moved = f"{'up' if change > 0 else 'down'} {abs(change)}" if change else "the same"
    head = f"At {row['overall_score']}, {moved} {since}"
    if gap is None:
        return f"{head}; every part earns all its points."
    rests = f" (rests on {gap.few})" if gap.few else ""
    return f"{head}; biggest gap: {inside(gap.component.label)}, {inside(gap.basis)}{rests}."


def _without_comparison(row: Mapping[str, Any], alerts: tuple[Alert, ...]) -> tuple[str, str]:
    if any(alert.rule is AlertRule.FEED_STOPPED for alert in alerts):
        return DATA_FEED, "No usage arrives any more, so nobody can say how they are doing."
    if row["overall_score"] is None:
        return "the renewal", "There is no score that day."
    return "how it began", "There is no earlier score to compare with."


def _largest_loss(moved: Ledger) -> Part | None:
    return next(
        (line.component for line in moved.spoken if line.component and line.points < 0), None
    )
