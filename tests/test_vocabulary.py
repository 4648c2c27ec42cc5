"""The words of the contract: their values are fixed, and people can read them."""

from __future__ import annotations

import re

import pytest

from health.scoring.components import Component
from health.scoring.model import STANDARD
from health.vocabulary import (
    MAXIMUM_VALUE,
    AlertLevel,
    FeatureName,
    FileKind,
    HealthTrend,
    MetricType,
    NotScoredReason,
    Outcome,
    RiskLevel,
    Summary,
    Unit,
    Word,
)

CONTRACT: dict[type[Word], str] = {
    HealthTrend: "IMPROVING, STABLE, DECLINING",
    RiskLevel: "LOW, MEDIUM, HIGH",
    AlertLevel: "NONE, DASHBOARD_ONLY, PROACTIVE",
    MetricType: "DAILY_ACTIVE_USERS, MONTHLY_ACTIVE_USERS, CASES_CREATED, CASES_CLOSED, "
    "CASES_CLOSED_ON_TIME, CAMPAIGNS_COMPLETED, CAMPAIGN_RESPONSE_RATE, REPORTS_GENERATED, "
    "SEARCHES_PERFORMED, API_CALLS, SUPPORT_TICKETS",
    FeatureName: "CASE_MANAGEMENT, INVESTIGATION_CHECKLISTS, ANONYMOUS_REPORTING, "
    "EMPLOYEE_PORTAL, CAMPAIGN_MANAGEMENT, COI_DISCLOSURES, POLICY_MANAGEMENT, AI_ASSISTANT, "
    "CUSTOM_DASHBOARDS, SCHEDULED_REPORTS, HRIS_INTEGRATION, SSO",
    Outcome: "CHURNED, DOWNGRADED, RENEWED, EXPANDED, REACTIVATED",
    Component: "login, case_resolution, campaign_completion, feature_adoption, support_ticket",
}
ALL_WORDS: tuple[type[Word], ...] = (*CONTRACT, FileKind, NotScoredReason)


@pytest.mark.parametrize("words", CONTRACT, ids=lambda words: words.__name__)
def test_the_values_are_those_of_the_contract_in_its_order(words: type[Word]) -> None:
    assert ", ".join(words) == CONTRACT[words]


@pytest.mark.parametrize("words", ALL_WORDS, ids=lambda words: words.__name__)
def test_people_read_a_label_and_not_the_value(words: type[Word]) -> None:
    labels = [word.label for word in words]
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if not re.fullmatch(r"[A-Z][\w -]*", label)] == []
    assert [label for label in labels if "_" in label or label == label.upper()] == []


@pytest.mark.parametrize("words", ALL_WORDS, ids=lambda words: words.__name__)
def test_every_word_is_described_in_a_sentence(words: type[Word]) -> None:
    assert [word for word in words if not re.fullmatch(r"[A-Z].*[^.]\.", word.description)] == []


def test_a_word_is_found_by_its_value_alone() -> None:
    assert MetricType.of("API_CALLS") is MetricType.API_CALLS
    for text in ("api_calls", "API calls", ""):
        with pytest.raises(ValueError, match="is not a MetricType"):
            MetricType.of(text)


def test_only_more_tickets_are_bad_news() -> None:
    assert [metric for metric in MetricType if not metric.more_is_better] == [
        MetricType.SUPPORT_TICKETS
    ]


def test_a_period_averages_daily_users_and_response_takes_the_last_monthly_and_sums_the_rest() -> (
    None
):
    apart = {
        MetricType.DAILY_ACTIVE_USERS: Summary.MEAN,
        MetricType.CAMPAIGN_RESPONSE_RATE: Summary.MEAN,
        MetricType.MONTHLY_ACTIVE_USERS: Summary.LAST,
    }
    assert {m: m.summary for m in MetricType} == {m: apart.get(m, Summary.SUM) for m in MetricType}


def test_only_the_response_rate_is_a_percentage() -> None:
    assert [metric for metric in MetricType if metric.unit is Unit.PERCENT] == [
        MetricType.CAMPAIGN_RESPONSE_RATE
    ]


def test_a_column_is_called_like_its_metric_or_component() -> None:
    assert MetricType.CASES_CLOSED_ON_TIME.column == "cases_closed_on_time"
    assert [component.column for component in Component] == [
        "login_score",
        "case_resolution_score",
        "campaign_completion_score",
        "feature_adoption_score",
        "support_ticket_score",
    ]


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        (HealthTrend.IMPROVING, [STANDARD.improving_from, STANDARD.trend_days]),
        (HealthTrend.STABLE, [STANDARD.improving_from, STANDARD.trend_days]),
        (HealthTrend.DECLINING, [-STANDARD.declining_to, STANDARD.trend_days]),
        (RiskLevel.LOW, [STANDARD.low_from]),
        (RiskLevel.HIGH, [STANDARD.high_below, STANDARD.declining_high_below]),
        (NotScoredReason.FEED_STOPPED, [STANDARD.window_days]),
    ],
)
def test_descriptions_name_the_numbers_of_the_standard_model(
    word: Word, numbers: list[int]
) -> None:
    assert [int(number) for number in re.findall(r"\d+", word.description)] == numbers


def test_a_whole_window_of_the_greatest_values_is_exact_in_64_bits() -> None:
    longest_window = 366
    assert 20_100 * longest_window * MAXIMUM_VALUE < 2**63
