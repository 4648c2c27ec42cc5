"""What a database says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from scores_by_hand import Client, Usage
from stored import fill

from health.errors import InvalidModel
from health.scoring.active_model import active_model, latest_day
from health.scoring.model import STANDARD, TARGETS
from health.scoring.schemes import register_model
from health.storage.database import Database
from health.ui.session.answers import Answers
from health.ui.session.memory import Memory

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


def test_what_is_made_of_several_answers_is_made_once(database: Database) -> None:
    memory, made = Memory(1_000), list[int]()

    def doubled(ask: Answers, number: int) -> int:
        made.append(number)
        return 2 * ask(lambda _: number)

    with database.read() as reader:
        for _ in range(2):
            ask = Answers(7, memory, lambda: reader)
            assert (ask.once(doubled, 3), ask.once(doubled, 4)) == (6, 8)
    assert made == [3, 4]
