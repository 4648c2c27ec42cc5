"""A model is in force from a day on; the days before keep the scores that they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
import random_portfolios
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import SHORT, WIDER
from scores_by_hand import Client, Feature, Portfolio, Score, Usage
from stored import days_between, empty, fill, scores

from health.errors import ArgumentError, HealthError, InvalidModel, PublishingRefused
from health.maintenance import checks
from health.maintenance.check import State
from health.queries.not_scored import NotScoredQuery, not_scored
from health.scoring import publishing, runs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.publishing import Act, put_in_force
from health.scoring.restating import Restatement, preview_restatement
from health.scoring.schemes import model_in_force, register_model
from health.storage.database import Database
from health.vocabulary import ALWAYS

LAST = date(2026, 6, 30)
NEXT = LAST + timedelta(1)

CLIENTS = (Client(organization_id="A", total_users=100), Client(organization_id="B"))
USAGE = [
    *(usage for day in range(40) for usage in (
        Usage(
            organization_id="A",
            metric_type="MONTHLY_ACTIVE_USERS",
            date=LAST - timedelta(day),
            value=60,
        ),
        Usage(
            organization_id="B",
            metric_type="SUPPORT_TICKETS",
            date=LAST - timedelta(day),
            value=day % 2,
        ),
    )),
]  # fmt: skip
DAYS = days_between(LAST - timedelta(39), LAST)
NEXT_USAGE = [Usage(organization_id="A", metric_type="MONTHLY_ACTIVE_USERS", date=NEXT, value=60)]


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, CLIENTS, USAGE)
    runs.score(database, everything=True)
    return database


def publish(database: Database, model: ScoringModel = TARGETS, day: date | None = None) -> date:
    done = publishing.publish(
        database, model, reason="Realistic targets", by="ada", today=LAST, from_day=day
    )
    return done.from_day


def model_on(database: Database, day: date) -> ScoringModel:
    with database.read() as reader:
        return model_in_force(reader, day)


def versions(database: Database) -> dict[date, str]:
    return dict(
        database.query(
            "SELECT DISTINCT score_date, model_version FROM tenant_health_scores"
        ).iter_rows()
    )


def test_what_is_published_holds_from_the_day_after_the_last_one_scored(filled: Database) -> None:
    before = scores(filled)
    assert publish(filled) == NEXT
    assert model_on(filled, LAST) == STANDARD
    assert model_on(filled, NEXT) == TARGETS
    assert runs.score(filled).scores == 0
    assert scores(filled) == before


def test_days_after_it_are_scored_with_it_and_the_days_before_are_not(filled: Database) -> None:
    before = scores(filled)
    publish(filled)
    run = runs.score(filled, from_day=LAST, as_of=NEXT)
    assert run.models == (STANDARD, TARGETS)
    portfolio = Portfolio(CLIENTS, USAGE)
    assert scores(filled) == before | portfolio.scores([NEXT], TARGETS)
    assert versions(filled) == dict.fromkeys(DAYS, "standard-1") | {NEXT: "targets-1"}


def test_a_publication_says_who_why_and_from_when(filled: Database) -> None:
    publish(filled)
    with filled.read() as reader:
        (found,) = publishing.publications(reader)
    assert (found.act, found.from_day, found.model_version) == (Act.PUBLISHED, NEXT, "targets-1")
    assert (found.reason, found.published_by) == ("Realistic targets", "ada")


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda db: publish(db, TARGETS, LAST), PublishingRefused, "30.Jun.2026 are scored"),
        (lambda db: publish(db, STANDARD), PublishingRefused, "in force already"),
        (lambda db: publish(db, SHORT), InvalidModel, "The window has 3 days; it must be 7 to 90"),
        (
            lambda db: publishing.publish(db, TARGETS, reason=" ", by="ada", today=LAST),
            ArgumentError,
            "say why",
        ),
        (
            lambda db: publishing.restate(db, DAYS[0], reason="", by="ada"),
            ArgumentError,
            "reason: say why",
        ),
        (
            lambda db: publishing.restate(db, DAYS[0], reason="Why", by="ada"),
            PublishingRefused,
            "in force on 22.May.2026 already",
        ),
        (lambda db: publishing.take_back(db, by="ada"), PublishingRefused, "Nothing was published"),
    ],
)
def test_what_cannot_be_put_in_force_is_refused_and_changes_nothing(
    filled: Database, attempt: Callable[[Database], object], error: type[HealthError], words: str
) -> None:
    with pytest.raises(error, match=words):
        attempt(filled)
    assert filled.query("FROM models_in_force").is_empty()
    assert filled.query("FROM stale").is_empty()


def test_a_second_publication_comes_after_the_first(filled: Database) -> None:
    publish(filled)
    with pytest.raises(PublishingRefused, match=r"“Targets” is published from 1.Jul.2026 on"):
        publish(filled, replace(STANDARD, version="mine-1", points_per_ticket=5), NEXT)


def test_a_publication_nobody_rests_on_is_taken_back(filled: Database) -> None:
    publish(filled)
    publishing.take_back(filled, by="ada")
    assert model_on(filled, NEXT) == STANDARD
    publish(filled)
    assert model_on(filled, NEXT) == TARGETS


def test_a_publication_that_scores_rest_on_stays(filled: Database) -> None:
    publish(filled)
    runs.score(filled, as_of=NEXT)
    with pytest.raises(PublishingRefused, match=r"Scores up to 1.Jul.2026 rest on it"):
        publishing.take_back(filled, by="ada")


def test_restating_scores_the_past_anew_and_taking_it_back_gives_the_same_integers(
    filled: Database,
) -> None:
    before, middle = scores(filled), DAYS[20]
    publish(filled)
    publishing.restate(filled, middle, reason="One scale", by="ada")
    runs.score(filled)
    portfolio = Portfolio(CLIENTS, USAGE)
    assert scores(filled) == portfolio.scores(DAYS[:20], STANDARD) | portfolio.scores(
        DAYS[20:], TARGETS
    )
    assert scores(filled) != before
    assert publishing.take_back(filled, by="ada").act is Act.RESTATED
    assert model_on(filled, middle) == STANDARD
    assert model_on(filled, NEXT) == TARGETS
    runs.score(filled)
    assert scores(filled) == before


def test_what_restating_would_change_is_told_before(filled: Database) -> None:
    publish(filled)
    before = scores(filled)
    told = preview_restatement(filled, DAYS[20])
    assert scores(filled) == before
    publishing.restate(filled, DAYS[20], reason="One scale", by="ada")
    runs.score(filled)
    after = scores(filled)
    assert told == Restatement(
        scores=sum(key[1] >= DAYS[20] for key in before),
        changed=sum(after[key].overall != before[key].overall for key in after),
        levels=sum(after[key].risk != before[key].risk for key in after),
        gone=len(before) - len(after),
    )
    assert min(told.changed, told.levels) > 0
    assert told.gone


def test_the_check_knows_which_model_is_in_force_on_which_day(filled: Database) -> None:
    publish(filled)
    runs.score(filled, as_of=NEXT)
    publishing.restate(filled, DAYS[20], reason="One scale", by="ada")
    runs.score(filled)
    result = next(result for result in checks.run(filled) if result.check.name == "scores")
    assert result.state is State.PASS


def test_with_a_least_coverage_who_is_known_too_little_has_no_score(filled: Database) -> None:
    strict = replace(STANDARD, version="strict-1", least_coverage=20)
    runs.use_model(filled, strict)
    runs.score(filled)
    assert {name for name, _ in scores(filled)} == {"A"}
    with filled.read() as reader:
        reasons = not_scored(reader, NotScoredQuery(as_of=LAST)).reasons
    assert reasons == {"TOO_LITTLE": 1}
    runs.use_model(filled, replace(strict, version="strict-2", least_coverage=15))
    runs.score(filled)
    assert {name for name, _ in scores(filled)} == {"A", "B"}


MODELS = (
    STANDARD,
    TARGETS,
    SHORT,
    WIDER,
    replace(SHORT, version="strict-1", least_coverage=30, window_days=5, trend_days=2),
)


@settings(max_examples=30)
@given(
    clients=random_portfolios.clients(changing_within=40),
    usage=random_portfolios.usage_rows(span=40),
    features=random_portfolios.features(span=40, changing=True),
    acts=st.lists(
        st.tuples(random_portfolios.days(40) | st.just(ALWAYS), st.sampled_from(MODELS)),
        max_size=3,
    ),
    picked=st.integers(0, 45),
)
def test_every_day_is_scored_with_the_model_in_force_on_it_one_by_one_and_together(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    acts: list[tuple[date, ScoringModel]],
    picked: int,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    runs.score(database, everything=True)
    for day, model in acts:
        with database.write() as writer:
            register_model(writer, model)
            put_in_force(writer, Act.RESTATED, model, day, reason="", by="test")
    days = [row.date for row in usage] or [LAST]
    portfolio = Portfolio(clients, usage, features)

    def expected(first: date, last: date) -> dict[tuple[str, date], Score]:
        found = portfolio.scores(days_between(first, last), STANDARD)
        for start, model in acts:
            if start <= last:
                own = portfolio.scores(days_between(max(start, first), last), model)
                found = {key: score for key, score in found.items() if key[1] < start} | own
        return found

    # What is out of date after the acts is all that changes.
    runs.score(database)
    assert scores(database) == expected(min(days), max(days))
    one = min(days) + timedelta(picked)
    runs.score(database, as_of=one)
    assert scores(database) == expected(min(days), max(days)) | expected(one, one)
    runs.score(database, everything=True)
    assert scores(database) == expected(min(days), max(days)) | expected(one, one)
