"""The rules in words, and the thresholds they have from the settings."""

from __future__ import annotations

import pytest

from health.queries.alerts.rules import Alert, AlertRule
from health.settings import Settings, Thresholds
from health.vocabulary import FeatureName


def test_a_setting_reaches_its_threshold() -> None:
    settings = Settings.read({"CLIENT_HEALTH_ALERT_USERS_PERCENT": "45"})
    assert settings.alerts.users_percent == 45


@pytest.mark.parametrize("rule", AlertRule)
def test_a_rule_says_its_threshold(rule: AlertRule) -> None:
    thresholds = Thresholds(**dict.fromkeys(vars(Thresholds()), 77))
    said = rule.explained(thresholds)
    assert said.endswith(".")
    assert "{" not in said
    assert ("77" in said) == (rule not in (AlertRule.HIGH_RISK, AlertRule.DECLINING))
    assert "{" not in rule.name_with(thresholds)
    assert ("77" in rule.name_with(thresholds)) == rule.name.startswith("RENEWAL")


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        (Alert(rule=AlertRule.HIGH_RISK, now=31), "High risk with a score of 31"),
        (
            Alert(rule=AlertRule.SCORE_FELL, was=61, now=49),
            "Score down 12 points in 7 days, from 61 to 49",
        ),
        (
            Alert(rule=AlertRule.DECLINING, was=61, now=49),
            "Score down 12 points in 30 days, from 61 to 49",
        ),
        (
            Alert(rule=AlertRule.DECLINING, was=61, now=49, days=14),
            "Score down 12 points in 14 days, from 61 to 49",
        ),
        (
            Alert(rule=AlertRule.SLOW_SLIDE, was=71, now=61, days=90),
            "Slow slide: 10 points down in 90 days, lower each month, now 61",
        ),
        (
            Alert(rule=AlertRule.SLOW_SLIDE, was=80, now=69, days=270),
            "Slow slide: 11 points down in 270 days, lower each quarter, now 69",
        ),
        (
            Alert(rule=AlertRule.USERS_FELL, was=1200, now=600),
            "Active users down 50 % in 30 days, from 1,200 to 600",
        ),
        (Alert(rule=AlertRule.TICKETS_ROSE, was=2, now=9), "9 tickets in 30 days, usually 2"),
        (Alert(rule=AlertRule.TICKETS_ROSE, was=0, now=3), "3 tickets in 30 days, usually none"),
        (
            Alert(rule=AlertRule.QUIET, was=52, now=40),
            "Active users from 52 to 40 in 30 days, and hardly a ticket",
        ),
        (Alert(rule=AlertRule.FEED_STOPPED, now=12), "No usage for 12 days"),
        (Alert(rule=AlertRule.RENEWAL_DUE, now=0), "Renews today"),
        (Alert(rule=AlertRule.RENEWAL_NEAR, now=45), "Renews in 45 days"),
        (Alert(rule=AlertRule.LICENCES_UNUSED, was=60, now=12), "12 of 60 licensed users active"),
        (
            Alert(rule=AlertRule.FEATURE_UNUSED, was=1, now=31, feature=FeatureName.SSO),
            "Single sign-on last used 31 days ago",
        ),
        (
            Alert(rule=AlertRule.FEATURE_UNUSED, was=3, now=31, feature=FeatureName.SSO),
            "Single sign-on and 2 more features last used 31 days ago or earlier",
        ),
    ],
)
def test_an_alert_says_what_happened_with_its_numbers(alert: Alert, said: str) -> None:
    assert alert.says.replace("\u00a0", " ") == said
