"""What a database says of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl
import pytest
from scores_by_hand import Client, Usage
from stored import fill

from health.accounts.visits import remember_visit
from health.errors import InvalidModel
from health.scoring.active_model import active_model, latest_day
from health.scoring.model import STANDARD, TARGETS
from health.scoring.schemes import register_model
from health.storage.database import Database
from health.ui.session import answers
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
            ask = Answers(version, opened.answers_of(version), lambda: reader)
            return ask(question, version)

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


def test_what_is_made_of_several_answers_is_made_once(database: Database) -> None:
    opened, made = _Opened(database), list[int]()

    def doubled(ask: Answers, number: int) -> int:
        made.append(number)
        return 2 * ask(lambda _: number)

    with database.read() as reader:
        for _ in range(2):
            ask = Answers(7, opened.answers_of(7), lambda: reader)
            assert (ask.once(doubled, 3), ask.once(doubled, 4)) == (6, 8)
    assert made == [3, 4]


def test_an_answer_weighs_what_its_frames_and_texts_do() -> None:
    frame = pl.DataFrame({"number": range(1_000)}, schema={"number": pl.Int64})

    @dataclass
    class Found:
        frame: pl.DataFrame
        by_name: dict[str, object]

    assert 8_000 < answers._size(frame) < 9_000
    found = Found(frame, {"a": [frame, "x" * 500], "b": 7})
    assert 16_500 < answers._size(found) < 18_000


def test_answers_outlast_a_change_that_says_only_who_looked(database: Database) -> None:
    opened = _Opened(database)
    before = opened.answers_of(database.version)
    opened.hold_on(remember_visit(database, "eve", DAY))
    assert opened.answers_of(database.version) is before
    with database.write():
        pass  # a load, say, that no page has seen yet
    opened.hold_on(remember_visit(database, "eve", DAY))
    assert opened.answers_of(database.version) is not before
