"""What a database says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from scores_by_hand import Client, Usage
from stored import fill

from health.accounts.visits import remember_visit
from health.errors import InvalidModel
from health.scoring.active_model import active_model, latest_day
from health.scoring.model import STANDARD, TARGETS
from health.scoring.schemes import register_model
from health.storage.database import Database
from health.ui.session.answers import Answers, _Opened
from health.ui.session.cache import cached

DAY = date(2026, 6, 30)


def test_the_latest_day_is_the_greatest_usage_date_of_anyone(database: Database) -> None:
    with database.read() as reader:
        assert latest_day(reader) is None
    rows = [("A", 0), ("A", 9), ("B", 3)]
    fill(
        database,
        [Client(organization_id="A"), Client(organization_id="B")],
        [
            Usage(
                organization_id=name,
                metric_type="API_CALLS",
                date=DAY - timedelta(days),
                value=1,
            )
            for name, days in rows
        ],
    )
    with database.read() as reader:
        assert latest_day(reader) == DAY


def test_a_new_database_scores_with_the_standard_model(database: Database) -> None:
    with database.read() as reader:
        assert active_model(reader) == STANDARD


def test_a_model_is_stored_once_however_often_it_is_used(database: Database) -> None:
    with database.write() as writer:
        register_model(writer, TARGETS)
        register_model(writer, TARGETS)
        register_model(writer, STANDARD)
    versions = database.query("SELECT model_version FROM scoring_models ORDER BY 1").to_series()
    assert versions.to_list() == ["standard-1", "targets-1"]


def test_a_version_cannot_come_to_mean_other_numbers(database: Database) -> None:
    with database.write() as writer:
        register_model(writer, TARGETS)
        with pytest.raises(InvalidModel, match="“targets-1” already names"):
            register_model(writer, replace(TARGETS, targets={"login": 71}))


def test_what_was_asked_of_an_older_version_goes_and_comes_not_back(database: Database) -> None:
    opened, asked = _Opened(database), list[int]()

    def question(_: object, number: int) -> object:
        asked.append(number)
        return object()

    def ask(version: int) -> object:
        with database.read() as reader:
            return Answers(reader, version, opened.answers_of(version))(question, version)

    def computed() -> object:
        return cached(object)

    assert ask(7) is ask(7)
    kept = computed()
    assert computed() is kept
    assert ask(8) is ask(8)
    assert computed() is not kept
    # A page that began before the change: what it asks is not for those that come after.
    assert ask(7) is not ask(7)
    assert ask(8) is ask(8)
    assert asked == [7, 8, 7, 7]


def test_answers_outlast_a_change_that_says_only_who_looked(database: Database) -> None:
    opened = _Opened(database)
    before = opened.answers_of(database.version)
    opened.hold_on(remember_visit(database, "eve", DAY))
    assert opened.answers_of(database.version) is before
    with database.write():
        pass  # a load, say, that no page has seen yet
    opened.hold_on(remember_visit(database, "eve", DAY))
    assert opened.answers_of(database.version) is not before
