"""What would bring a client to low risk: cases made by hand, and laws that hold for any."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inputs import replace
from remedies_at_random import broken, random_case
from worked_example import NO_CAMPAIGN, WORKED

from health.explanation.remedies import Remedy, advice, remedy
from health.scoring.components import Component
from health.scoring.components.inputs import ScoreInputs
from health.scoring.model import STANDARD, TARGETS, ScoringModel

POOR = replace(
    WORKED,
    active_users=20,
    cases_on_time=40,
    responses=720,
    features_used=5,
    tickets=4,
)
"""33, 80, 60, 56 and 60 make 59.0; 10.5 points are missing to the half under 70."""


def found(
    inputs: ScoreInputs, previous: int | None = None, model: ScoringModel = STANDARD
) -> Remedy:
    answer = remedy(inputs, model, previous)
    assert answer is not None
    return answer


def amounts(answer: Remedy) -> dict[Component, int]:
    return {step.component: step.amount for step in (*answer.single, *answer.pair)}


def said(inputs: ScoreInputs, previous: int | None = None, model: ScoringModel = STANDARD) -> str:
    return advice(found(inputs, previous, model), previous).replace("\u00a0", " ")


@given(st.randoms(use_true_random=False))
def test_a_remedy_reaches_low_risk_and_one_unit_less_does_not(draw: Random) -> None:
    inputs, model, previous = random_case(draw)
    assert broken(inputs, model, previous, remedy(inputs, model, previous)) == []


def test_each_component_that_is_enough_by_itself_is_inverted_exactly() -> None:
    answer = found(POOR)
    # Logins: 33 + 52.5 is 86, which 51.3 of 60 users make; responses: 60 + 42 is over 100, and
    # the others have as little room.
    assert amounts(answer) == {Component.LOGIN: 32}
    assert answer.goal == 70


def test_the_least_effort_stands_first() -> None:
    nearly = replace(POOR, tickets=1, responses=900)
    answer = found(nearly)
    efforts = [step.effort for step in answer.single]
    assert len(efforts) > 1
    assert efforts == sorted(efforts)


def test_a_low_risk_needs_no_remedy() -> None:
    assert remedy(WORKED, STANDARD, None) is None
    assert remedy(WORKED, STANDARD, 81) is None


def test_without_a_score_there_is_nothing_to_lift() -> None:
    nothing = replace(WORKED, active_users=None, cases_closed=None, tickets=None, **NO_CAMPAIGN)
    assert remedy(nothing, STANDARD, None) is None


def test_a_declining_trend_asks_for_more() -> None:
    answer = found(WORKED, 90)
    # 77 is over 70, but 13 under 90: from 86 on it is not declining.
    assert (answer.goal, answer.is_held_by_trend) == (86, True)
    assert advice(answer, 90).startswith(
        "Low risk needs a score of 86: with less it would still be declining from 90. "
    )


def test_ways_are_told_in_the_units_of_their_metrics() -> None:
    assert said(replace(WORKED, tickets=8), 74) == (
        # 68.4, and 69.5 is needed.
        "Low risk needs a score of 70. 1 fewer ticket, or 4 more active users, "
        "or raising campaign responses from 81 % to 86 %, or using 1 more feature, "
        "or closing 3 more of 50 cases on time would be enough."
    )


@pytest.mark.parametrize(("tickets", "told"), [(8, "1 fewer ticket,"), (9, "2 fewer tickets,")])
def test_one_unit_is_singular_and_more_are_plural(tickets: int, told: str) -> None:
    assert told in said(replace(WORKED, tickets=tickets))


def test_tickets_for_each_hundred_users_are_told_as_tickets() -> None:
    # 71, 89, 59, 93 and 17 under Targets make 67.7; 4 tickets among 60 users earn 33.
    targeted = replace(POOR, tickets=5, active_users=30, responses=600)
    assert "1 fewer ticket" in said(targeted, None, TARGETS)


def test_an_only_case_is_told_as_one() -> None:
    told = said(replace(WORKED, cases_closed=1, cases_on_time=0, tickets=0))
    assert "closing the only case on time" in told.lower()


def test_two_changes_are_told_together_where_one_is_not_enough() -> None:
    worse = replace(POOR, active_users=30, cases_on_time=25, tickets=9)
    answer = found(worse)
    assert answer.single == ()
    assert len(answer.pair) == 2
    assert said(worse).startswith(
        "Low risk needs a score of 70. No single change is enough; these two together are: "
    )


def test_where_two_are_not_enough_the_most_effective_is_told() -> None:
    hopeless = replace(
        WORKED, active_users=3, cases_on_time=5, responses=120, features_used=1, tickets=12
    )
    assert said(hopeless) == (
        "Low risk needs a score of 70. No two changes are enough: "
        "closing 45 more of 50 cases on time would do most, up to a score of 30."
    )


def test_what_has_no_data_is_no_way() -> None:
    answer = found(replace(POOR, **NO_CAMPAIGN))
    assert Component.CAMPAIGN_COMPLETION not in amounts(answer)


def test_a_mean_between_two_percentages_is_told_with_its_tenth() -> None:
    assert "raising campaign responses from 61.7 % to " in said(
        replace(WORKED, active_users=30, tickets=4, responses=740)
    )
