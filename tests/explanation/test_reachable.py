"""What would help: steps somebody can take, and what a score computed anew says of each."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from inputs import replace
from ledger_at_random import random_inputs, random_model
from worked_example import NO_CAMPAIGN, WORKED

from health.explanation.breakdown import component_scores, explain
from health.explanation.reachable import Way, ways
from health.explanation.remedies import apply
from health.scoring.components import Component
from health.scoring.components.inputs import ScoreInputs
from health.scoring.model import STANDARD
from health.vocabulary import FeatureName

LOW = replace(WORKED, active_users=20, tickets=9)
"""33, 90, 81, 67 and 10 make 60.9."""


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def told(found: tuple[Way, ...]) -> dict[str, str]:
    return {plain(way.title): plain(way.says) for way in found}


def earlier(**changed: object) -> ScoreInputs:
    return replace(WORKED, window_end=WORKED.window_start, **changed)


def test_the_level_of_an_earlier_day_is_a_step_for_each_part_that_was_higher() -> None:
    found = told(ways(LOW, STANDARD, before=earlier()))
    assert found["Back to 29 days ago"] == "7 fewer tickets (+10), 18 more active users (+6)"


def test_the_median_of_the_peers_is_a_step_for_each_part_below_it() -> None:
    medians = {
        Component.LOGIN: Fraction(1, 2) + 49,
        Component.CASE_RESOLUTION: Fraction(90),
        Component.SUPPORT_TICKET: Fraction(40),
    }
    found = told(ways(LOW, STANDARD, medians=medians))
    assert found["To the peers' median"] == "3 fewer tickets (+4), 10 more active users (+3)"


def test_each_unused_feature_is_a_step() -> None:
    unused = [FeatureName.AI_ASSISTANT, FeatureName.SSO]
    found = told(ways(LOW, STANDARD, unused=unused))
    assert found["Using a feature"] == (
        f"{FeatureName.AI_ASSISTANT.label} (+2), {FeatureName.SSO.label} (+2)"
    )


def test_half_of_what_is_missing_is_a_step_where_nothing_else_is() -> None:
    found = ways(LOW, STANDARD, before=earlier(active_users=1), unused=[FeatureName.SSO])
    assert told(found)["Half of what is missing"].startswith("20 more active users (+7), ")
    (half,) = (way for way in found if way.title == "Half of what is missing")
    assert {step.component for step, _ in half.steps} == {
        Component.LOGIN,
        Component.CASE_RESOLUTION,
        Component.CAMPAIGN_COMPLETION,
    }


def test_a_step_that_rests_on_one_or_two_cases_comes_last() -> None:
    few = replace(LOW, cases_closed=1, cases_on_time=0)
    found = told(ways(few, STANDARD, before=earlier()))
    assert found["Back to 29 days ago"].endswith("closing the only case on time (+25)")


def test_without_a_score_or_with_all_points_there_is_no_step() -> None:
    nothing = replace(WORKED, active_users=None, cases_closed=None, tickets=None, **NO_CAMPAIGN)
    assert ways(nothing, STANDARD, before=earlier()) == ()
    whole = {
        "active_users": 60,
        "cases_on_time": 50,
        "responses": 1200,
        "features_used": 9,
        "tickets": 0,
    }
    assert ways(replace(WORKED, **whole), STANDARD, before=earlier()) == ()


@given(st.randoms(use_true_random=False))
def test_the_points_of_a_step_are_what_a_score_computed_anew_gains(draw: Random) -> None:
    inputs, before, model = random_inputs(draw), random_inputs(draw), random_model(draw)
    medians = {part: Fraction(draw.randint(0, 200), 2) for part in Component}
    enabled = inputs.features_enabled - inputs.features_used
    unused = draw.sample(list(FeatureName), min(enabled, len(FeatureName)))
    now = explain(inputs, model)
    for way in ways(inputs, model, before=before, medians=medians, unused=unused):
        assert way.steps
        for step, points in way.steps:
            after = apply(inputs, step)
            assert explain(after, model).overall == (now.overall or 0) + points
            assert points > 0
            if way.title == "To the peers' median":
                reached = component_scores(after, model)[step.component]
                assert reached is not None
                assert reached >= medians[step.component]
