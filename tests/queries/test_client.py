"""One client as of a day, what its score rests on, and how it came about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from inputs import named
from random_portfolios import WIDER

from health.errors import ArgumentError, UnknownOrganization
from health.queries.client import (
    Client,
    ClientQuery,
    ClientSearch,
    ScoreHistoryQuery,
    client,
    find_clients,
    last_data,
    model_changes,
    parts_of_history,
    score_history,
)
from health.scoring.components import Component
from health.scoring.model import STANDARD, TARGETS
from health.vocabulary import HealthTrend, MetricType, RiskLevel

if TYPE_CHECKING:
    from tiny import Tiny

TODAY = date(2026, 11, 20)
FIRST = TODAY - timedelta(days=29)


def ask(tiny: Tiny, as_of: date = TODAY) -> Client:
    with tiny.database.read() as reader:
        return client(reader, ClientQuery(organization_id="A", as_of=as_of))


def test_a_client_is_told_with_its_score_of_that_day(tiny: Tiny) -> None:
    tiny.client(
        1,
        "A",
        name="Acme",
        total_users=60,
        csm="amy@example.com",
        annual_value=Decimal("1200.50"),
        renewal_date=TODAY + timedelta(days=23),
    )
    tiny.span(1, FIRST, TODAY)
    tiny.run()
    tiny.score(1, TODAY - timedelta(days=1), 12)
    tiny.score(
        1,
        TODAY,
        77,
        login_score=63,
        previous_score=82,
        trend="DECLINING",
        risk_level="MEDIUM",
        coverage=20,
    )
    found = ask(tiny)
    assert (found.name, found.csm, found.annual_value) == (
        "Acme",
        "amy@example.com",
        Decimal("1200.50"),
    )
    assert found.days_until_renewal == 23
    assert (found.first_usage, found.last_usage) == (FIRST, TODAY)
    assert found.score is not None
    assert (found.score.overall_score, found.score.points_since) == (77, -5)
    assert found.score.previous_date == TODAY - timedelta(days=30)
    assert (found.score.trend, found.score.risk_level) == (HealthTrend.DECLINING, RiskLevel.MEDIUM)
    assert found.score.components[Component.LOGIN] == 63
    assert found.score.components[Component.SUPPORT_TICKET] is None
    assert found.model == STANDARD


def test_a_day_without_a_score_is_an_answer(tiny: Tiny) -> None:
    tiny.client(1, "A")
    found = ask(tiny)
    assert (found.score, found.model, found.last_usage) == (None, STANDARD, None)
    assert found.days_until_renewal is None


def test_nothing_to_compare_with_is_no_change(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.run()
    tiny.score(1, TODAY, 50)
    score = ask(tiny).score
    assert score is not None
    assert score.points_since is None


def test_the_model_is_the_one_the_score_was_computed_with(tiny: Tiny) -> None:
    wide = replace(TARGETS, version="wide-1", window_days=60, trend_days=45)
    tiny.client(1, "A")
    tiny.run(wide)
    tiny.score(1, TODAY, 50)
    found = ask(tiny)
    assert found.model == wide
    assert found.inputs.days == 60
    assert found.score is not None
    assert found.score.previous_date == TODAY - timedelta(days=45)


def test_inputs_are_the_sums_of_the_window(tiny: Tiny) -> None:
    tiny.client(1, "A", total_users=60)
    tiny.usage(1, FIRST - timedelta(days=1), cases_closed=900, support_tickets=900)
    tiny.usage(1, FIRST, cases_closed=20, cases_closed_on_time=18, campaign_response_rate=80)
    tiny.usage(1, TODAY, cases_closed=30, cases_closed_on_time=27, support_tickets=2)
    tiny.usage(1, TODAY + timedelta(days=1), cases_closed=900, campaign_response_rate=1)
    tiny.feature(1, "SSO", first_used_at=TODAY)
    tiny.feature(1, "AI_ASSISTANT", first_used_at=TODAY + timedelta(days=1))
    tiny.feature(1, "COI_DISCLOSURES", is_used=False)
    tiny.feature(1, "CASE_MANAGEMENT", is_enabled=False)
    inputs = named(ask(tiny).inputs)
    assert (inputs.window_start, inputs.window_end, inputs.days) == (FIRST, TODAY, 30)
    assert (
        inputs.licensed_users,
        inputs.active_users,
        inputs.active_metric,
    ) == (60, None, None)
    assert (inputs.cases_closed, inputs.cases_on_time, inputs.tickets) == (
        50,
        45,
        2,
    )
    assert (inputs.responses, inputs.response_days) == (80, 1)
    assert (inputs.features_enabled, inputs.features_used) == (3, 1)


def test_active_users_are_the_latest_monthly_number(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, FIRST, monthly_active_users=50, daily_active_users=99)
    tiny.usage(1, FIRST + timedelta(days=5), monthly_active_users=38)
    tiny.usage(1, TODAY, daily_active_users=99)
    inputs = named(ask(tiny).inputs)
    assert (inputs.active_users, inputs.active_metric, inputs.active_date) == (
        38,
        MetricType.MONTHLY_ACTIVE_USERS,
        FIRST + timedelta(days=5),
    )


def test_without_monthly_users_the_greatest_daily_number_counts_on_its_latest_day(
    tiny: Tiny,
) -> None:
    tiny.client(1, "A")
    tiny.usage(1, FIRST - timedelta(days=1), monthly_active_users=50)
    for step, users in enumerate((20, 31, 31, 4)):
        tiny.usage(1, FIRST + timedelta(days=step), daily_active_users=users)
    inputs = named(ask(tiny).inputs)
    assert (inputs.active_users, inputs.active_metric, inputs.active_date) == (
        31,
        MetricType.DAILY_ACTIVE_USERS,
        FIRST + timedelta(days=2),
    )


def test_history_has_a_row_for_each_scored_day(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.run()
    for step in (0, 1, 5, 90):
        tiny.score(1, TODAY - timedelta(days=step), 70 + step % 30)
    tiny.score(2, TODAY, 1)
    query = ScoreHistoryQuery(
        organization_id="A", start_date=TODAY - timedelta(days=30), end_date=TODAY
    )
    with tiny.database.read() as reader:
        history = score_history(reader, query)
    assert history.columns == [
        "score_date",
        "overall_score",
        *(component.column for component in Component),
        "coverage",
        "trend",
        "risk_level",
        "model_version",
        "model",
    ]
    assert history.select("score_date", "overall_score", "model_version").rows() == [
        (TODAY - timedelta(days=5), 75, "standard-1"),
        (TODAY - timedelta(days=1), 71, "standard-1"),
        (TODAY, 70, "standard-1"),
    ]


def test_history_has_the_extra_parts_of_the_model_of_each_day(tiny: Tiny) -> None:
    _, noise, *_ = WIDER.extra_parts
    other = replace(
        WIDER,
        version="other-1",
        label="Other",
        weights={**WIDER.weights, "login": 333 + 1500 + 500},
        extra_parts=(replace(noise, label="Less noise"), WIDER.extra_parts[3]),
    )
    tiny.client(1, "A")
    tiny.run()
    tiny.run_by(2, WIDER)
    tiny.run_by(3, other)
    for run, days, points in ((1, 3, None), (2, 2, [10, 20, None, 40]), (3, 1, [50, 60])):
        tiny.score(1, TODAY - timedelta(days=days), 70, run_id=run, extra_points=points)
    query = ScoreHistoryQuery(organization_id="A", start_date=FIRST, end_date=TODAY)
    with tiny.database.read() as reader:
        history = score_history(reader, query)
        parts = parts_of_history(reader, query)
        one = replace(query, end_date=TODAY - timedelta(days=3))
        assert parts_of_history(reader, one) == tuple(Component)
        assert score_history(reader, one).columns[-1] == "model"
    extra = [part for part in parts if not isinstance(part, Component)]
    assert [part.label for part in extra] == ["Less noise", "Closing", "API calls", "Busy days"]
    assert history.select("model", *(part.column for part in extra)).rows() == [
        ("Standard", None, None, None, None),
        ("Wider", 20, 40, 10, None),
        ("Other", 50, 60, None, None),
    ]
    assert [name for _, name in model_changes(history)] == ["Wider", "Other"]


@pytest.mark.parametrize(
    ("text", "found"), [("", "BCA"), ("ACM", "A"), ("b", "BC"), (" bolt ", "C"), ("%", "")]
)
def test_clients_are_found_by_name_or_id_in_the_order_of_names(
    tiny: Tiny, text: str, found: str
) -> None:
    tiny.client(1, "A", name="acme")
    tiny.client(2, "B", name="Aard")
    tiny.client(3, "C", name="Abolt")
    with tiny.database.read() as reader:
        frame = find_clients(reader, ClientSearch(text=text))
    assert "".join(frame["organization_id"]) == found


def test_an_unknown_client_is_an_error(tiny: Tiny) -> None:
    with pytest.raises(UnknownOrganization):
        ask(tiny)
    query = ScoreHistoryQuery(organization_id="A", start_date=FIRST, end_date=TODAY)
    with tiny.database.read() as reader, pytest.raises(UnknownOrganization):
        score_history(reader, query)


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(ArgumentError, match="as_of"):
        ClientQuery(organization_id="A", as_of=None)
    with pytest.raises(ArgumentError, match="start_date"):
        ScoreHistoryQuery(organization_id="A", start_date=TODAY, end_date=FIRST)
    with pytest.raises(ArgumentError, match="limit"):
        ClientSearch(limit=0)


def test_the_last_data_of_each_component_is_found_up_to_the_day(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, TODAY - timedelta(days=400), campaign_response_rate=0)
    tiny.usage(1, TODAY - timedelta(days=9), daily_active_users=0, cases_closed=1)
    tiny.usage(1, TODAY - timedelta(days=3), cases_closed=0, support_tickets=0)
    tiny.usage(1, TODAY + timedelta(days=1), campaign_response_rate=50, monthly_active_users=1)
    tiny.feature(1, "SSO", last_used_at=TODAY - timedelta(days=2))
    tiny.feature(1, "AI_ASSISTANT", last_used_at=TODAY, is_enabled=False)
    tiny.feature(1, "EMPLOYEE_PORTAL", last_used_at=TODAY + timedelta(days=1))
    with tiny.database.read() as reader:
        found = last_data(reader, ClientQuery(organization_id="A", as_of=TODAY))
    assert {part: (TODAY - day).days for part, day in found.items() if day} == {
        Component.LOGIN: 9,
        Component.CASE_RESOLUTION: 9,
        Component.CAMPAIGN_COMPLETION: 400,
        Component.FEATURE_ADOPTION: 2,
        Component.SUPPORT_TICKET: 3,
    }


def test_a_component_that_never_had_data_has_no_last_day(tiny: Tiny) -> None:
    tiny.client(1, "A")
    with tiny.database.read() as reader:
        found = last_data(reader, ClientQuery(organization_id="A", as_of=TODAY))
        assert found == dict.fromkeys(Component)
        with pytest.raises(UnknownOrganization):
            last_data(reader, ClientQuery(organization_id="nobody", as_of=TODAY))
