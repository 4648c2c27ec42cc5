"""What to talk about with a client, and why now."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from inputs import replace, score_inputs

from health.explanation.breakdown import outline
from health.explanation.call_wording import call
from health.queries.alerts.rules import AlertRule
from health.queries.inputs import Comparison, ScoreInputs
from health.queries.urgency import PARTS
from health.scoring.model import STANDARD
from health.vocabulary import MetricType

DAY, BEFORE = date(2026, 11, 20), date(2026, 10, 21)

FULL = score_inputs(
    window_start=date(2026, 10, 22),
    window_end=DAY,
    licensed_users=60,
    active_users=60,
    active_metric=MetricType.MONTHLY_ACTIVE_USERS,
    active_date=DAY,
    cases_closed=10,
    cases_on_time=10,
    responses=100,
    response_days=1,
    features_enabled=10,
    features_used=10,
    tickets=0,
)


def row(*rules: AlertRule, **columns: Any) -> dict[str, Any]:
    """A row of the calls."""
    parts = dict.fromkeys(PARTS, 5)
    return {
        "organization_id": "A",
        "organization_name": "Acme",
        "overall_score": 90,
        "risk_level": "LOW",
        "since": BEFORE,
        "change": 0,
        "change_7": 1,
        "change_30": 0,
        "change_90": None,
        "days_until_renewal": 20,
        "csm": None,
        "annual_value": None,
        "alert_level": "PROACTIVE",
        "alerts": [
            {"rule": rule, "was": 9, "now": 3, "days": None, "feature": None} for rule in rules
        ],
        "urgency": 25,
        **parts,
        **columns,
    }


def compared(before: ScoreInputs, after: ScoreInputs) -> Comparison:
    earlier = replace(before, window_end=BEFORE)
    return Comparison(
        before=earlier, before_model=STANDARD, rebased=earlier, after=after, after_model=STANDARD
    )


def test_the_topic_is_the_part_that_lost_most() -> None:
    fallen = replace(FULL, responses=40, tickets=4)
    one = call(row(AlertRule.DECLINING, change=-21), compared(FULL, fallen))
    assert one.topic == "campaign completion"
    assert one.why.replace("\u00a0", " ").startswith(
        "Down 21 since 21 Oct 2026: campaign responses fell from 100 % to 40 % (−15.0)"
    )


def test_without_a_fall_the_topic_is_the_biggest_gap() -> None:
    low = replace(FULL, active_users=12)
    one = call(row(AlertRule.HIGH_RISK, overall_score=84), compared(low, low))
    assert one.topic == "logins"
    assert one.why.replace("\u00a0", " ") == (
        "At 84, the same since 21 Oct 2026; biggest gap: logins, 12 of 60 licensed users "
        "active in the month to 20 Nov 2026."
    )


@pytest.mark.parametrize(
    ("rule", "topic"),
    [
        (AlertRule.HIGH_RISK, "logins"),
        (AlertRule.QUIET, "campaign completion"),
        (AlertRule.RENEWAL_DUE, "the renewal"),
    ],
)
def test_a_small_fall_is_a_topic_where_an_alert_is_about_it(rule: AlertRule, topic: str) -> None:
    before = replace(FULL, active_users=12)
    after = replace(before, responses=96)
    assert call(row(rule, overall_score=83, change=-1), compared(before, after)).topic == topic


def test_users_lost_in_silence_are_said_once() -> None:
    one = call(row(AlertRule.USERS_FELL, AlertRule.QUIET), compared(FULL, FULL))
    assert [alert.rule for alert in one.alerts] == [AlertRule.QUIET]


def test_a_client_that_does_well_is_called_about_the_renewal() -> None:
    one = call(row(AlertRule.RENEWAL_DUE, overall_score=100, change=2), compared(FULL, FULL))
    assert one.topic == "the renewal"
    assert one.why.replace("\u00a0", " ") == (
        "At 100, up 2 since 21 Oct 2026; every part earns all its points."
    )


@pytest.mark.parametrize(
    ("rule", "columns", "topic"),
    [
        (AlertRule.FEED_STOPPED, {"overall_score": None, "risk_level": None}, "the data feed"),
        (AlertRule.RENEWAL_DUE, {"overall_score": None, "risk_level": None}, "the renewal"),
        (AlertRule.HIGH_RISK, {"since": None, "change": None}, "how it began"),
    ],
)
def test_what_cannot_be_compared_has_a_topic_too(
    rule: AlertRule, columns: dict[str, Any], topic: str
) -> None:
    assert call(row(rule, **columns), None).topic == topic


def test_alerts_that_the_score_and_the_renewal_say_already_are_not_repeated() -> None:
    rules = (AlertRule.HIGH_RISK, AlertRule.TICKETS_ROSE, AlertRule.RENEWAL_DUE)
    one = call(row(*rules), compared(FULL, FULL))
    assert [alert.rule for alert in one.alerts] == [AlertRule.TICKETS_ROSE]
    assert one.rules == rules
    assert one.changes == {7: 1, 30: 0, 90: None}
    assert one.is_proactive


def test_a_call_says_between_which_scores_it_is_for_want_of_data() -> None:
    part = replace(FULL, cases_closed=0, cases_on_time=None)
    score = outline(part, STANDARD)
    assert call(row(overall_score=score.overall), compared(part, part)).between == (
        f"{score.lowest}–{score.highest}"
    )
    assert call(row(overall_score=100), compared(FULL, FULL)).between == ""
