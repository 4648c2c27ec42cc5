"""Each client is scored with the model of the first segment it fits on the day scored."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import random_portfolios
import random_segments
from hypothesis import given, settings
from hypothesis import strategies as st
from random_segments import MODELS
from scores_by_hand import Client, Feature, Portfolio, Score, Usage
from stored import days_between, empty, fill, portfolio, scores, stale

from health import imports
from health.errors import InvalidModel, PublishingRefused
from health.maintenance import checks
from health.maintenance.check import Result, State
from health.scoring import publishing, runs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.placing import models_of
from health.scoring.publishing import Act, put_in_force
from health.scoring.restating import preview_restatement
from health.scoring.schemes import register_model, schemes
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import ALWAYS, FeatureName

LAST = date(2026, 6, 30)
NEXT = LAST + timedelta(1)
BANKS = Rule(industry=("Bank",))
LARGE = Rule(annual_value_from=1000)

CLIENTS = (
    Client(organization_id="A", total_users=100, industry="Bank", annual_value=5000),
    Client(organization_id="B", total_users=100, industry="Shop", annual_value=5000),
    Client(organization_id="C", total_users=100, industry="Inn", csm="bob@x", annual_value=10),
)
USAGE = [
    Usage(
        organization_id=name,
        metric_type="MONTHLY_ACTIVE_USERS",
        date=LAST - timedelta(day),
        value=60,
    )
    for name in "ABC"
    for day in range(40)
]
DAYS = days_between(LAST - timedelta(39), LAST)


def put(
    database: Database,
    segments: tuple[Segment, ...],
    rest: ScoringModel,
    day: date = ALWAYS,
) -> None:
    with database.write() as writer:
        for model in (rest, *(one.model for one in segments)):
            register_model(writer, model)
        put_in_force(writer, Act.RESTATED, rest, day, segments=segments, reason="", by="test")


def by_hand(
    known: Portfolio,
    names: list[str],
    days: list[date],
    acts: list[tuple[date, tuple[Segment, ...], ScoringModel]],
) -> dict[tuple[str, date], Score]:
    """The scores by a plain reading of the rules."""
    found = {}
    for day in days:
        segments, rest = next(
            ((found, rest) for start, found, rest in reversed(acts) if start <= day),
            ((), STANDARD),
        )
        pairs = [(one.rule, one.model) for one in segments]
        for name in names:
            model = known.model_on(name, day, pairs, rest)
            if (score := known.score(name, day, model)) is not None:
                found[name, day] = score
    return found


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "A rule must ask for something"),
        ({"industry": "Bank"}, "The industry must be a list of words."),
        ({"csm": ("",)}, "The owner must be a list of words."),
        ({"total_users_from": -1}, "The bounds of licensed users must be whole numbers from 0."),
        ({"annual_value_from": 9.5}, "The bounds of value a year must be whole numbers from 0."),
        (
            {"annual_value_from": 9, "annual_value_below": 9},
            "No client fits the bounds of value a year",
        ),
        ({"feature": "NOTHING"}, "“NOTHING” is no feature."),
        ({"colour": "red"}, "“colour” means nothing in a rule."),
    ],
)
def test_a_rule_that_cannot_be_says_what_is_wrong(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidModel, match=re.escape(sentence)):
        Rule.of(given)


def test_a_rule_says_in_a_sentence_whom_it_fits() -> None:
    rule = Rule(
        industry=("Bank", "Insurance"),
        total_users_from=50,
        annual_value_below=100_000,
        feature=FeatureName.SSO,
    )
    assert rule.sentence.replace("\u202f", ",").replace("\u2009", ",") == (
        "Industry is Bank or Insurance, and licensed users at least 50, and value a year below "
        "100,000, and Single sign-on is enabled"
    )


@settings(max_examples=200)
@given(rule=random_segments.rules())
def test_a_rule_is_read_back_as_it_was(rule: Rule) -> None:
    import json

    assert Rule.of(json.loads(rule.to_json())) == rule


def test_the_first_rule_that_fits_says_which_model(database: Database) -> None:
    fill(database, CLIENTS, USAGE)
    strict, mild = MODELS[:2]
    put(database, (Segment(rule=BANKS, model=strict), Segment(rule=LARGE, model=mild)), STANDARD)
    with database.read() as reader:
        assert models_of(reader, [1, 2, 3], LAST) == {1: strict, 2: mild, 3: STANDARD}


def test_segments_are_published_for_the_days_to_come_and_the_past_stays(
    database: Database,
) -> None:
    fill(database, CLIENTS, USAGE)
    runs.score(database, everything=True)
    before = scores(database)
    segments = (Segment(rule=BANKS, model=TARGETS),)
    told = {"reason": "Banks differ", "by": "ada", "today": LAST}
    done = publishing.publish(database, STANDARD, segments=segments, **told)
    assert done.segments == ((BANKS, "targets-1"),)
    assert scores(database) == before
    with pytest.raises(PublishingRefused, match="the same segments and is in force already"):
        publishing.publish(database, STANDARD, segments=segments, **told)
    runs.score(database, as_of=NEXT)
    after = scores(database)
    assert {key: after[key] for key in before} == before
    assert (after["A", NEXT].overall, after["B", NEXT].overall) == (86, 60)


def test_restating_with_segments_is_told_before_and_taken_back_to_the_integer(
    database: Database,
) -> None:
    fill(database, CLIENTS, USAGE)
    runs.score(database, everything=True)
    before = scores(database)
    segments = (Segment(rule=BANKS, model=TARGETS),)
    told = {"reason": "Banks differ", "by": "ada"}
    publishing.publish(database, STANDARD, segments=segments, today=LAST, **told)
    preview = preview_restatement(database, DAYS[10])
    publishing.restate(database, DAYS[10], **told)
    runs.score(database)
    after = scores(database)
    changed = {key for key in before if after[key].overall != before[key].overall}
    assert changed == {("A", day) for day in DAYS[10:]}
    assert preview.changed == len(changed)
    publishing.take_back(database, by="ada")
    runs.score(database)
    assert scores(database) == before


def test_the_check_knows_the_model_of_each_segment(database: Database) -> None:
    fill(database, CLIENTS, USAGE)
    put(database, (Segment(rule=BANKS, model=TARGETS),), STANDARD)
    runs.score(database, everything=True)
    assert checked(database).state is State.PASS
    with database.write() as writer:
        writer.execute("UPDATE clients SET industry = 'Shop' WHERE organization = 1")
    found = checked(database)
    assert found.state is not State.PASS
    assert "which is not in force" in found.examples[0]


def checked(database: Database) -> Result:
    return next(result for result in checks.run(database) if result.check.name == "scores")


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"industry": "Bank"}, DAYS[30]),
        ({"annual_value": 5000}, DAYS[0] - timedelta(9)),
        ({"csm": "ada@x"}, LAST),
    ],
)
def test_a_value_that_a_rule_looks_at_marks_the_days_it_moves_and_no_other(
    database: Database, changes: dict[str, object], day: date
) -> None:
    fill(database, CLIENTS, USAGE)
    segments = tuple(
        Segment(rule=rule, model=TARGETS) for rule in (BANKS, LARGE, Rule(csm=("ada@x",)))
    )
    put(database, segments, STANDARD)
    runs.score(database, everything=True)
    until = max(stale(database).get("C", {LAST}))
    imports.update_organizations(database, ["C"], changes, today=LAST, valid_from=day, by="ada")
    marked = stale(database)
    assert {one for one in marked["C"] if one <= LAST} == {one for one in DAYS if one >= day}
    assert max(marked["C"]) >= until
    runs.score(database)
    acts = [(ALWAYS, segments, STANDARD)]
    assert scores(database) == by_hand(portfolio(database), ["A", "B", "C"], DAYS, acts)


def test_a_value_that_moves_nobody_to_another_segment_marks_nothing(database: Database) -> None:
    fill(database, CLIENTS, USAGE)
    put(database, (Segment(rule=BANKS, model=TARGETS),), STANDARD)
    runs.score(database, everything=True)
    before = stale(database)
    told = {"today": LAST, "valid_from": DAYS[3], "by": "ada"}
    imports.update_organizations(database, ["C"], {"industry": "Shop"}, **told)
    imports.update_organizations(database, ["C"], {"csm": "ada@x"}, **told)
    assert stale(database) == before


ACT = st.tuples(
    random_portfolios.days(40) | st.just(ALWAYS),
    random_segments.segments(),
    random_segments.rest(),
)


@settings(max_examples=30)
@given(
    clients=random_portfolios.clients(changing_within=40),
    usage=random_portfolios.usage_rows(span=40),
    features=random_portfolios.features(span=40, changing=True),
    acts=st.lists(ACT, min_size=1, max_size=3),
    picked=st.integers(0, 39),
)
def test_every_score_is_that_of_a_plain_reading_of_the_rules_whatever_way_it_is_computed(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    acts: list[tuple[date, tuple[Segment, ...], ScoringModel]],
    picked: int,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    runs.score(database, everything=True)
    held: list[tuple[date, tuple[Segment, ...], ScoringModel]] = []
    for day, segments, rest in acts:
        put(database, segments, rest, day)
        held = [*(one for one in held if one[0] < day), (day, segments, rest)]
    with database.read() as reader:
        assert len(schemes(reader)) == len(held) + (held[0][0] != ALWAYS)
    if not usage:
        return
    first, last = min(row.date for row in usage), max(row.date for row in usage)
    names = [one.organization_id for one in clients]
    expected = by_hand(Portfolio(clients, usage, features), names, days_between(first, last), held)
    # What is out of date after the acts is all that changes.
    runs.score(database)
    assert scores(database) == expected
    one = min(first + timedelta(picked), last)
    runs.score(database, as_of=one)
    assert scores(database) == expected
    runs.score(database, everything=True)
    assert scores(database) == expected
