"""The scoring model: the contract's numbers, and what numbers it refuses."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from random_models import models

from health.errors import InvalidModel
from health.scoring.components import Component
from health.scoring.model import (
    BUILT_IN,
    HEALTH_WEIGHTS,
    STANDARD,
    TARGETED,
    TARGETS,
    TREND_THRESHOLDS,
    ScoringModel,
)
from health.vocabulary import HealthTrend

WEIGHTS = dict(STANDARD.weights)


def test_the_weights_of_the_contract_add_up_to_exactly_one() -> None:
    assert dict(HEALTH_WEIGHTS) == {
        Component.LOGIN: 0.20,
        Component.CASE_RESOLUTION: 0.25,
        Component.CAMPAIGN_COMPLETION: 0.25,
        Component.FEATURE_ADOPTION: 0.15,
        Component.SUPPORT_TICKET: 0.15,
    }
    assert sum(Fraction(STANDARD.weight(component), 10_000) for component in Component) == 1


def test_the_weights_are_whole_basis_points() -> None:
    assert [STANDARD.weight(component) for component in Component] == [2000, 2500, 2500, 1500, 1500]


def test_a_trend_starts_five_points_away() -> None:
    assert dict(TREND_THRESHOLDS) == {HealthTrend.IMPROVING: 5, HealthTrend.DECLINING: -5}


def test_the_contract_cannot_be_changed_in_passing() -> None:
    with pytest.raises(TypeError):
        HEALTH_WEIGHTS[Component.LOGIN] = 1.0  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        STANDARD.weights = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        STANDARD.weights["login"] = 1  # type: ignore[index]


def test_the_standard_model_has_no_targets_and_ten_points_a_ticket() -> None:
    assert [STANDARD.target(component) for component in Component] == [100, 100, 100, 100, 100]
    assert STANDARD.points_per_ticket == 10
    assert not STANDARD.tickets_per_hundred_users
    assert (STANDARD.window_days, STANDARD.trend_days) == (30, 30)
    assert (STANDARD.high_below, STANDARD.declining_high_below, STANDARD.low_from) == (40, 60, 70)


def test_the_targets_model_differs_in_its_targets_and_how_it_counts_tickets() -> None:
    assert [TARGETS.target(component) for component in Component] == [70, 90, 85, 60, 100]
    assert TARGETS.tickets_per_hundred_users
    numbers = {field.name for field in fields(STANDARD)}
    changed = {name for name in numbers if getattr(TARGETS, name) != getattr(STANDARD, name)}
    assert changed == {"version", "label", "targets", "tickets_per_hundred_users"}


def test_the_built_in_models_are_known_by_name() -> None:
    assert dict(BUILT_IN) == {"standard": STANDARD, "targets": TARGETS}


def test_a_changed_value_reaches_from_its_window_through_the_trend() -> None:
    assert STANDARD.reach == 59
    assert replace(STANDARD, window_days=1, trend_days=1).reach == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": ""}, "needs a version"),
        ({"label": ""}, "needs a label"),
        ({"weights": {**WEIGHTS, "login": 1999}}, "add up to 100 %, not 99.99 %"),
        ({"weights": {**WEIGHTS, "login": 2001}}, "add up to 100 %, not 100.01 %"),
        ({"weights": {**WEIGHTS, "login": -1, "case_resolution": 4501}}, "must be 0 or more"),
        ({"targets": {"login": 0}}, "The target of Logins"),
        ({"targets": {"feature_adoption": 101}}, "The target of Feature adoption"),
        ({"points_per_ticket": -1}, "The points a ticket costs"),
        ({"points_per_ticket": 101}, "The points a ticket costs"),
        ({"improving_from": 0}, "Improving must start above 0"),
        ({"declining_to": 0}, "Declining must start below 0"),
        ({"high_below": 61}, "of high risk when declining must be from 61 to 100, not 60"),
        ({"low_from": 59}, "of low risk must be from 60 to 100, not 59"),
        ({"low_from": 101}, "the three must rise"),
        ({"high_below": -1}, "of high risk must be from 0 to 100, not -1"),
        ({"window_days": 0}, "windows must be from 1 to 366 days"),
        ({"trend_days": 367}, "windows must be from 1 to 366 days"),
        ({"targets": {"login": 99.5}}, "whole number"),
        ({"window_days": True}, "whole number"),
        ({"points_per_ticket": "10"}, "whole number"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidModel, match=sentence):
        replace(STANDARD, **change)


def test_each_number_at_fault_has_its_own_sentence() -> None:
    with pytest.raises(InvalidModel) as refused:
        replace(STANDARD, targets={"login": 0}, window_days=0, low_from=50)
    assert list(refused.value.faults) == ["targets.login", "window_days", "low_from"]
    assert refused.value.message == " ".join(refused.value.faults.values())


@pytest.mark.parametrize(
    "change",
    [
        {"weights": {**WEIGHTS, "login": 0, "case_resolution": 4500}},
        {"targets": {"login": 1}},
        {"points_per_ticket": 0},
        {"points_per_ticket": 100},
        {"high_below": 0, "declining_high_below": 0, "low_from": 0},
        {"high_below": 100, "declining_high_below": 100, "low_from": 100},
        {"window_days": 1, "trend_days": 366},
    ],
)
def test_the_edges_of_a_model_are_accepted(change: dict[str, Any]) -> None:
    model = replace(STANDARD, **change)
    for name, value in change.items():
        given = getattr(model, name)
        assert given == ({**given, **value} if isinstance(value, dict) else value)


@given(model=models())
def test_a_stored_model_is_read_back_as_it_was(model: ScoringModel) -> None:
    assert ScoringModel.from_json(model.to_json()) == model


def test_the_same_model_is_always_stored_as_the_same_text() -> None:
    names = list(json.loads(STANDARD.to_json()))
    assert names == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        "{}",
        '{"version": "v"}',
        '{"version": "v", "label": "l", "colour": "blue"}',
        '{"version": "v", "label": "l", "login_weight": "2000"}',
        '{"version": "v", "label": "l", "login_weight": 2001}',
    ],
)
def test_any_other_text_is_no_model(text: str) -> None:
    with pytest.raises(InvalidModel):
        ScoringModel.from_json(text)


def test_a_model_that_an_earlier_version_stored_is_read() -> None:
    weights = {f"{name}_weight": number for name, number in TARGETS.weights.items()}
    targets = {f"{part.value}_target": TARGETS.target(part) for part in TARGETED}
    rest = json.loads(TARGETS.to_json())
    del rest["weights"], rest["targets"]
    assert ScoringModel.from_json(json.dumps(rest | weights | targets)) == TARGETS


@pytest.mark.parametrize("name", ["weights", "targets"])
def test_numbers_of_no_component_are_refused(name: str) -> None:
    with pytest.raises(InvalidModel, match=f"The {name} must be numbers by component"):
        replace(STANDARD, **{name: {"colour": 10_000}})


def test_an_unknown_part_of_a_stored_model_is_named() -> None:
    with pytest.raises(InvalidModel, match="colour"):
        ScoringModel.from_json('{"version": "v", "label": "l", "colour": "blue"}')
