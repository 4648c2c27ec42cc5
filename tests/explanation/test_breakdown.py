"""A score taken apart: the worked examples of the contract, and sums that always hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inputs import replace, score_inputs

from health.explanation.breakdown import (
    age,
    between,
    component_scores,
    explain,
    half_up,
    is_stale,
    late,
    summary,
)
from health.queries.client import ClientScore
from health.scoring.components import Component
from health.scoring.components.inputs import ScoreInputs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.vocabulary import HealthTrend, MetricType, RiskLevel

NOTHING = score_inputs(
    window_start=date(2026, 10, 22),
    window_end=date(2026, 11, 20),
    licensed_users=None,
    active_users=None,
    active_metric=None,
    active_date=None,
    cases_closed=None,
    cases_on_time=None,
    responses=0,
    response_days=0,
    features_enabled=0,
    features_used=0,
    tickets=None,
)
WORKED = replace(
    NOTHING,
    licensed_users=60,
    active_users=38,
    active_metric=MetricType.MONTHLY_ACTIVE_USERS,
    active_date=date(2026, 11, 20),
    cases_closed=50,
    cases_on_time=45,
    responses=972,
    response_days=12,
    features_enabled=9,
    features_used=6,
    tickets=2,
)
"""The client the contract works out by hand: 63, 90, 81, 67 and 80 make 77."""

CUSTOM = ScoringModel(
    version="custom-1",
    label="Custom",
    weights={
        "login": 3333,
        "case_resolution": 1,
        "campaign_completion": 3333,
        "feature_adoption": 3333,
        "support_ticket": 0,
    },
    targets={"login": 33},
    points_per_ticket=7,
)
amounts = st.integers(min_value=0, max_value=500)
days = st.integers(min_value=0, max_value=30)


@st.composite
def inputs(draw: st.DrawFn) -> ScoreInputs:
    """Any raw numbers a window can have."""
    response_days = draw(days)
    enabled = draw(st.integers(0, 12))
    active = draw(st.none() | amounts)
    return replace(
        NOTHING,
        licensed_users=draw(st.none() | amounts),
        active_users=active,
        active_metric=None if active is None else MetricType.DAILY_ACTIVE_USERS,
        active_date=None if active is None else date(2026, 11, 3),
        cases_closed=draw(st.none() | amounts),
        cases_on_time=draw(st.none() | amounts),
        responses=draw(st.integers(0, 100 * response_days)),
        response_days=response_days,
        features_enabled=enabled,
        features_used=draw(st.integers(0, enabled)),
        tickets=draw(st.none() | amounts),
    )


models = st.sampled_from([STANDARD, TARGETS, CUSTOM])


def basis(of: ScoreInputs, component: Component, model: ScoringModel = STANDARD) -> str:
    parts = {part.component: part for part in explain(of, model).contributions}
    return parts[component].basis.replace("\u00a0", " ")


def test_the_worked_example_of_the_contract_scores_77_at_full_coverage() -> None:
    explained = explain(WORKED, STANDARD)
    assert list(explained.scores.values()) == [63, 90, 81, 67, 80]
    assert (explained.overall, explained.coverage) == (77, 100)
    assert explained.rounding == Fraction(-4, 10)


def test_the_worked_example_without_campaigns_and_tickets_scores_75_at_60_percent() -> None:
    explained = explain(replace(WORKED, responses=0, response_days=0, tickets=None), STANDARD)
    assert (explained.overall, explained.coverage) == (75, 60)
    assert [part.component for part in explained.without_data] == [
        Component.CAMPAIGN_COMPLETION,
        Component.SUPPORT_TICKET,
    ]


def test_half_a_point_rounds_up() -> None:
    only_two = replace(NOTHING, cases_closed=100, cases_on_time=60, responses=61, response_days=1)
    explained = explain(only_two, STANDARD)
    assert (explained.overall, explained.coverage) == (61, 50)
    assert explained.rounding == Fraction(1, 2)


def test_what_is_unknown_gives_a_range() -> None:
    explained = explain(replace(WORKED, responses=0, response_days=0, tickets=None), STANDARD)
    # 45.15 points are certain; campaigns and tickets could add 40.
    assert (explained.lowest, explained.highest) == (45, 85)


def test_a_fully_covered_score_has_no_range() -> None:
    explained = explain(WORKED, STANDARD)
    assert explained.lowest == explained.highest == explained.overall


def test_weights_are_shared_out_among_the_components_that_have_data() -> None:
    explained = explain(replace(WORKED, responses=0, response_days=0, tickets=None), STANDARD)
    login, cases, campaigns, *_ = explained.contributions
    assert login.effective_weight == Fraction(1, 3)
    assert cases.points == Fraction(5, 12) * 90
    assert (campaigns.points, campaigns.most) == (0, 0)


def test_feature_adoption_alone_is_no_score() -> None:
    explained = explain(replace(NOTHING, features_enabled=9, features_used=6), STANDARD)
    assert explained.overall is None
    assert explained.scores[Component.FEATURE_ADOPTION] == 67
    assert {part.points for part in explained.contributions} == {Fraction(0)}


def test_nothing_at_all_is_no_score() -> None:
    explained = explain(NOTHING, STANDARD)
    assert (explained.overall, explained.coverage) == (None, 0)
    assert set(explained.scores.values()) == {None}


@pytest.mark.parametrize(
    ("changed", "component"),
    [
        ({"licensed_users": 0}, Component.LOGIN),
        ({"licensed_users": None}, Component.LOGIN),
        ({"active_users": None}, Component.LOGIN),
        ({"cases_closed": 0}, Component.CASE_RESOLUTION),
        ({"cases_closed": None}, Component.CASE_RESOLUTION),
        ({"cases_on_time": None}, Component.CASE_RESOLUTION),
        ({"responses": 0, "response_days": 0}, Component.CAMPAIGN_COMPLETION),
        ({"features_enabled": 0, "features_used": 0}, Component.FEATURE_ADOPTION),
        ({"tickets": None}, Component.SUPPORT_TICKET),
    ],
)
def test_a_component_without_data_is_none_and_not_zero(
    changed: dict[str, int | None], component: Component
) -> None:
    assert component_scores(replace(WORKED, **changed), STANDARD)[component] is None


@pytest.mark.parametrize(
    ("changed", "component", "score"),
    [
        ({"active_users": 72}, Component.LOGIN, 100),
        ({"active_users": 0}, Component.LOGIN, 0),
        ({"licensed_users": 8, "active_users": 5}, Component.LOGIN, 63),
        ({"cases_on_time": 60}, Component.CASE_RESOLUTION, 100),
        ({"responses": 161, "response_days": 2}, Component.CAMPAIGN_COMPLETION, 81),
        ({"tickets": 0}, Component.SUPPORT_TICKET, 100),
        ({"tickets": 10}, Component.SUPPORT_TICKET, 0),
        ({"tickets": 11}, Component.SUPPORT_TICKET, 0),
    ],
)
def test_scores_stay_within_their_range_and_round_half_up(
    changed: dict[str, int], component: Component, score: int
) -> None:
    assert component_scores(replace(WORKED, **changed), STANDARD)[component] == score


def test_targets_give_all_points_from_the_target_on() -> None:
    # 42 of 60 is 70 %, 45 of 50 is 90 %, 85 %, 6 of 9 is over 60 %.
    reached = replace(WORKED, active_users=42, responses=85, response_days=1)
    assert list(component_scores(reached, TARGETS).values())[:4] == [100] * 4
    assert component_scores(WORKED, TARGETS)[Component.LOGIN] == 90  # 63.33 / 0.7 = 90.48


def test_tickets_per_hundred_users_depend_on_the_licences() -> None:
    scores = component_scores(replace(WORKED, licensed_users=200, tickets=5), TARGETS)
    assert scores[Component.SUPPORT_TICKET] == 75
    unknown = component_scores(replace(WORKED, licensed_users=None), TARGETS)
    assert unknown[Component.SUPPORT_TICKET] is None


@given(inputs(), models)
def test_shown_points_and_rounding_add_up_to_the_score(
    of: ScoreInputs, model: ScoringModel
) -> None:
    explained = explain(of, model)
    shown = sum((part.shown_points for part in explained.contributions), Decimal(0))
    exact = sum((part.points for part in explained.contributions), Fraction(0))
    assert shown + explained.shown_rounding == (explained.overall or 0)
    assert exact + explained.rounding == (explained.overall or 0)
    for part in explained.contributions:
        assert abs(Fraction(part.shown_points) - part.points) < Fraction(1, 10)


@given(inputs(), models)
def test_a_score_lies_within_its_range(of: ScoreInputs, model: ScoringModel) -> None:
    explained = explain(of, model)
    assert 0 <= explained.lowest <= explained.highest <= 100
    if explained.overall is not None:
        assert explained.lowest <= explained.overall <= explained.highest
        assert all(part.points <= part.most for part in explained.contributions)


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.5", 1), ("1.4", 1), ("-0.5", 0), ("-0.6", -1), ("2.5", 3)]
)
def test_half_up_rounds_to_the_greater_neighbour(value: str, rounded: int) -> None:
    assert half_up(Fraction(value)) == rounded


def test_every_component_says_what_it_was_computed_from() -> None:
    assert [basis(WORKED, component) for component in Component] == [
        "38 of 60 licensed users active in the month to 20 Nov 2026",
        "45 of 50 closed cases on time",
        "Average response 81 % over 12 days",
        "6 of 9 enabled features used",
        "2 tickets in 30 days",
    ]


def test_every_component_says_why_it_has_no_data() -> None:
    assert [basis(NOTHING, component) for component in Component] == [
        "No active users were recorded in these 30 days",
        "No case was closed in these 30 days",
        "No campaign response was recorded in these 30 days",
        "No feature is enabled",
        "No ticket count was recorded in these 30 days",
    ]


@pytest.mark.parametrize(
    ("changed", "component", "sentence"),
    [
        (
            {"licensed_users": 0},
            Component.LOGIN,
            "The number of licensed users is not on file",
        ),
        (
            {"active_metric": MetricType.DAILY_ACTIVE_USERS, "active_date": date(2026, 11, 3)},
            Component.LOGIN,
            "38 of 60 licensed users active on the busiest day, 3 Nov 2026",
        ),
        (
            {"cases_on_time": None},
            Component.CASE_RESOLUTION,
            "50 closed cases, but how many on time was not recorded",
        ),
        ({"tickets": 0}, Component.SUPPORT_TICKET, "No tickets in 30 days"),
        ({"tickets": 1}, Component.SUPPORT_TICKET, "1 ticket in 30 days"),
    ],
)
def test_the_sentence_follows_the_numbers(
    changed: dict[str, object], component: Component, sentence: str
) -> None:
    assert basis(replace(WORKED, **changed), component) == sentence


def test_the_sentence_names_a_target_below_100_percent() -> None:
    assert basis(WORKED, Component.CASE_RESOLUTION, TARGETS) == (
        "45 of 50 closed cases on time (all points from 90 %)"
    )
    assert basis(WORKED, Component.SUPPORT_TICKET, TARGETS) == (
        "2 tickets in 30 days, 3.3 for each 100 licensed users"
    )


def summarized(**changed: object) -> str:
    explained = explain(replace(WORKED, **changed), STANDARD)
    score = ClientScore(
        score_date=date(2026, 11, 20),
        overall_score=explained.overall or 0,
        components=explained.scores,
        previous_score=None,
        previous_date=date(2026, 10, 21),
        coverage=100,
        trend=HealthTrend.STABLE,
        risk_level=RiskLevel.MEDIUM,
        calculated_at=datetime(2026, 11, 21),
    )
    return summary(score, explained).partition(". ")[2].replace("\u00a0", " ")


def test_a_summary_names_the_biggest_gap_with_the_points_of_the_picture() -> None:
    assert summarized() == (
        "Biggest gap: logins, 12.6 of 20 points: 38 of 60 licensed users active in the month to "
        "20 Nov 2026."
    )


def test_a_gap_that_rests_on_one_or_two_cases_says_so_and_is_not_named_first() -> None:
    few = {"cases_closed": 2, "cases_on_time": 0}
    assert summarized(**few).endswith(
        "to 20 Nov 2026; larger is case resolution, 0 of 25 points, but it rests on 2 cases."
    )
    whole = {"active_users": 60, "responses": 1200, "features_used": 9, "tickets": 0}
    assert summarized(**few, **whole) == (
        "Biggest gap: case resolution, 0 of 25 points: 0 of 2 closed cases on time "
        "(rests on 2 cases)."
    )


@pytest.mark.parametrize(
    ("component", "last", "said"),
    [
        (
            Component.CASE_RESOLUTION,
            date(2026, 10, 12),
            "last case closed 12 Oct 2026, 39 days ago",
        ),
        (Component.LOGIN, date(2026, 11, 20), "last count of active users 20 Nov 2026"),
        (Component.CAMPAIGN_COMPLETION, None, "no campaign response on file"),
        (
            Component.SUPPORT_TICKET,
            date(2026, 11, 19),
            "last count of tickets 19 Nov 2026, yesterday",
        ),
    ],
)
def test_each_component_says_how_old_its_data_is(
    component: Component, last: date | None, said: str
) -> None:
    assert age(component, last, date(2026, 11, 20)).replace("\u00a0", " ") == said


def test_data_is_old_after_two_weeks_or_without_any() -> None:
    as_of = date(2026, 11, 20)
    assert not is_stale(date(2026, 11, 6), as_of)
    assert is_stale(date(2026, 11, 5), as_of)
    assert is_stale(None, as_of)


@pytest.mark.parametrize(
    ("overall", "lowest", "highest", "said"),
    [
        (50, 38, 63, "38–63"),
        (50, 50, 50, ""),
        (70, 38, 63, ""),  # of other data
        (None, 0, 100, ""),
    ],
)
def test_a_score_with_gaps_lies_between_two(
    overall: int | None, lowest: int, highest: int, said: str
) -> None:
    assert between(overall, lowest, highest) == said


@pytest.mark.parametrize(("days", "said"), [(6, ""), (7, "No usage for 7 days"), (None, "")])
def test_a_feed_that_stands_still_is_said(days: int | None, said: str) -> None:
    day = date(2026, 11, 20)
    last = None if days is None else day - timedelta(days=days)
    assert late(last, day).replace("\u00a0", " ") == said
