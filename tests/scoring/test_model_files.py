"""A model as TOML: what is written is read, and what is wrong is named where it is wrong."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from random_models import models

from health.errors import InvalidModel
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.model_files import UNNAMED, model_from_toml, model_to_toml

NAMED = 'name = "Mine"\n'


@given(model=models())
def test_a_model_is_read_back_as_it_was_without_its_version(model: ScoringModel) -> None:
    model = replace(model, label=model.label.strip() or "x")
    assert model_from_toml(model_to_toml(model)) == replace(model, version=UNNAMED)


def test_weights_are_written_in_percent() -> None:
    weights = {**STANDARD.weights, "login": 1250, "case_resolution": 3250}
    model = ScoringModel(version="v", label="l", weights=weights)
    assert tomllib.loads(model_to_toml(model))["weights"]["login"] == 12.5


def test_what_a_file_leaves_out_is_as_in_the_standard_model() -> None:
    model = model_from_toml(NAMED + "points_per_ticket = 5\n[targets]\nlogin = 70\n")
    assert model.weights == STANDARD.weights
    assert (model.points_per_ticket, model.targets["login"]) == (5, TARGETS.targets["login"])


@pytest.mark.parametrize(
    ("text", "field", "sentence"),
    [
        ("colour = 1\n", "colour", "“colour” means nothing in a model"),
        ("points_per_ticket = 200\n", "points_per_ticket", "from 0 to 100"),
        ("window_days = 1.5\n", "window_days", "must be a whole number, not 1.5"),
        ("tickets_per_hundred_users = 1\n", "tickets_per_hundred_users", "true or false"),
        ("name = 3\n", "name", "needs a name, in quotes"),
        ('name = " "\n', "name", "needs a name, in quotes"),
        ('version = "v"\n', "version", "“version” means nothing in a model"),
        ("[weights]\nlogin = 50\n", "weights", "add up to 100 %, not 50 %"),
        ("[weights]\nlogin = 50.001\n", "weights.login", "two decimals at most, not 50.001"),
        ("[weights]\nlogin = inf\n", "weights.login", "not Infinity"),
        ("[weights]\nlogin = true\n", "weights.login", "a percentage"),
        ("[weights]\ncolour = 100\n", "weights", "colour"),
        ("weights = 3\n", "weights", "numbers by component, not 3"),
        ("[targets]\nlogin = 0\n", "targets.login", "from 1 to 100"),
    ],
)
def test_what_is_wrong_is_named_where_it_is_wrong(text: str, field: str, sentence: str) -> None:
    named = "" if text.startswith("name") else NAMED
    with pytest.raises(InvalidModel) as refused:
        model_from_toml(named + text)
    assert list(refused.value.faults) == [field]
    assert sentence in refused.value.message


def test_a_text_that_is_no_toml_says_at_which_line() -> None:
    with pytest.raises(InvalidModel, match=r"It is not TOML: .*line 2"):
        model_from_toml("login = 1\nlogin\n")
