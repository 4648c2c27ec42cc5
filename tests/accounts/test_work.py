"""Calls, notes, tasks and pulses are written down, signed, and removed without a trace lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from small_files import organizations

from health import imports
from health.accounts import pulses, tasks
from health.accounts.calls import NextStep, log_call
from health.accounts.decisions import decisions, put_off
from health.accounts.entries import LONGEST_TEXT, add_note, remove_entry
from health.errors import ArgumentError, UndoHeld, UnknownOrganization
from health.queries.alerts.rules import AlertRule
from health.storage.database import Database
from health.vocabulary import CallOutcome, CallSound, PulseLevel

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 23)
NEXT_WEEK = TODAY + timedelta(days=7)
STEP = NextStep(task="Send the plan.", due_day=NEXT_WEEK, person="Ada")


@pytest.fixture
def acme(database: Database) -> Database:
    """Two clients, Client A with usage and a score of 72 on the day."""
    imports.store(
        database,
        [
            organizations(
                {"organization_id": "A", "name": "Client A", "csm": "ada@example.org"},
                {"organization_id": "B", "name": "Client B"},
            )
        ],
        by="ada",
    )
    with database.write() as writer:
        writer.execute(
            """INSERT INTO usage_span (organization, first_date, last_date)
            SELECT organization, $day, $day FROM clients WHERE organization_id = 'A'""",
            {"day": DAY},
        )
        score(writer, DAY, 72, "LOW")
    return database


def score(writer: Any, day: date, points: int, risk: str) -> None:
    writer.execute(
        """INSERT INTO scores BY NAME SELECT organization, $day AS score_date,
            $points AS overall_score, 100 AS coverage, 'STABLE' AS trend, $risk AS risk_level,
            1 AS run_id
        FROM clients WHERE organization_id = 'A'""",
        {"day": day, "points": points, "risk": risk},
    )


def called(database: Database, **given: Any) -> int:
    return log_call(
        database, "A", **{"outcome": CallOutcome.REACHED, "day": TODAY, "by": "Ada"} | given
    )


def held(database: Database, as_of: date = DAY) -> list[tuple[Any, ...]]:
    with database.read() as reader:
        columns = ("organization_id", "outcome", "until_day", "reason")
        return decisions(reader, as_of).select(columns).rows()


def due(database: Database, today: date, **query: Any) -> list[tuple[Any, ...]]:
    with database.read() as reader:
        found = tasks.follow_ups(reader, tasks.FollowUpQuery(day=today, **query))
        return found.select("organization_name", "task", "person", "days_overdue").rows()


def test_a_call_takes_the_client_off_the_calls_and_says_why(acme: Database) -> None:
    called(acme, note=" They wait for campaigns. ", sound="MIXED", known=[AlertRule.DECLINING])
    assert held(acme) == [("A", "REACHED", None, "They wait for campaigns.")]
    assert acme.query("SELECT known FROM decisions").item() == "DECLINING"
    row = acme.query("SELECT organization_id, day, outcome, sound, note, created_by FROM calls")
    assert row.rows() == [("A", TODAY, "REACHED", "MIXED", "They wait for campaigns.", "Ada")]


def test_after_no_answer_the_client_is_off_until_the_next_day_of_data(acme: Database) -> None:
    called(acme, outcome="NO_ANSWER")
    assert held(acme) == [("A", "NO_ANSWER", DAY + timedelta(days=1), "")]
    assert held(acme, DAY + timedelta(days=1)) == []


def test_the_next_step_comes_back_on_its_day_and_not_before(acme: Database) -> None:
    called(acme, next_step=STEP)
    assert due(acme, NEXT_WEEK - timedelta(days=1)) == []
    assert due(acme, NEXT_WEEK) == [("Client A", "Send the plan.", "Ada", 0)]
    assert due(acme, NEXT_WEEK + timedelta(days=3)) == [("Client A", "Send the plan.", "Ada", 3)]


def test_a_call_that_was_removed_took_nobody_off_and_has_no_next_step(acme: Database) -> None:
    number = called(acme, next_step=STEP)
    remove_entry(acme, "calls", number, by="Bob")
    assert held(acme) == []
    assert due(acme, NEXT_WEEK) == []
    assert acme.query("SELECT note, removed_by FROM calls").rows() == [("", "Bob")]
    assert acme.query("SELECT revoked_by FROM decisions").item() == "Bob"


def test_a_next_step_that_is_done_outlives_its_call(acme: Database) -> None:
    number = called(acme, next_step=STEP)
    tasks.finish_task(acme, 1, day=TODAY, by="Ada")
    remove_entry(acme, "calls", number, by="Bob")
    assert acme.query("SELECT removed_by FROM tasks").item() is None


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"outcome": "SHOUTED"}, "outcome"),
        ({"outcome": "NOT_NEEDED", "note": "  "}, "note"),
        ({"outcome": "NO_ANSWER", "sound": "GOOD"}, "sound"),
        ({"sound": "ANGRY"}, "sound"),
        ({"note": "x" * (LONGEST_TEXT + 1)}, "note"),
        ({"by": " "}, "by"),
        ({"day": "2026-11-23"}, "day"),
        ({"next_step": NextStep(task="Send.", due_day=DAY, person="Ada")}, "due_day"),
        ({"next_step": NextStep(task="", due_day=NEXT_WEEK, person="Ada")}, "task"),
        ({"next_step": NextStep(task="Send.", due_day=NEXT_WEEK, person="")}, "person"),
    ],
)
def test_a_call_with_a_wrong_argument_is_refused_by_its_name_and_nothing_is_stored(
    acme: Database, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        called(acme, **given)
    assert refused.value.argument == argument
    for table in ("calls", "tasks", "decisions"):
        assert acme.query(f"FROM {table}").is_empty()


def test_a_client_that_is_not_on_file_is_named(acme: Database) -> None:
    with pytest.raises(UnknownOrganization):
        add_note(acme, "C", note="Hello.", day=TODAY, by="Ada")


def test_a_task_is_done_reopened_and_done_again(acme: Database) -> None:
    number = tasks.add_task(
        acme, "B", task="Ask.", due_day=TODAY, person="Bob", day=TODAY, by="Ada"
    )
    assert due(acme, TODAY, person="Bob") == [("Client B", "Ask.", "Bob", 0)]
    assert due(acme, TODAY, person="Ada") == []
    assert due(acme, TODAY, csm="ada@example.org") == []
    tasks.finish_task(acme, number, day=TODAY, by="Bob")
    assert due(acme, TODAY) == []
    with pytest.raises(ArgumentError, match="done already"):
        tasks.finish_task(acme, number, day=TODAY, by="Bob")
    tasks.reopen_task(acme, number)
    assert len(due(acme, TODAY)) == 1
    with pytest.raises(ArgumentError, match="is not done"):
        tasks.reopen_task(acme, number)


@pytest.mark.parametrize("table", ["calls", "notes", "tasks", "pulses"])
def test_what_is_not_there_cannot_be_removed(acme: Database, table: str) -> None:
    with pytest.raises(ArgumentError, match="there is no"):
        remove_entry(acme, table, 1, by="Ada")


def test_only_what_people_wrote_can_be_removed(acme: Database) -> None:
    with pytest.raises(ArgumentError, match="is none of calls, notes, tasks, pulses"):
        remove_entry(acme, "clients", 1, by="Ada")


def pulsed(database: Database, **given: Any) -> int:
    stated = {"level": "GOOD", "reason": "They renewed.", "until_day": NEXT_WEEK, "day": TODAY}
    return pulses.set_pulse(database, "A", **stated | {"by": "Ada"} | given)


def test_a_pulse_knows_the_score_that_stood_beside_it(acme: Database) -> None:
    pulsed(acme)
    with acme.read() as reader:
        found = pulses.pulse_of(reader, "A", TODAY)
    assert found is not None
    assert (found.level, found.score_then, found.until_day) == (PulseLevel.GOOD, 72, NEXT_WEEK)


def test_a_pulse_is_ended_once(acme: Database) -> None:
    pulsed(acme)
    pulses.end_pulse(acme, "A", day=TODAY, by="Bob")
    with acme.read() as reader:
        assert pulses.pulse_of(reader, "A", TODAY) is None
    with pytest.raises(ArgumentError, match="has no pulse"):
        pulses.end_pulse(acme, "A", day=TODAY, by="Bob")


@pytest.mark.parametrize("days", [-1, pulses.LONGEST_DAYS + 1])
def test_a_pulse_counts_for_90_days_at_most(acme: Database, days: int) -> None:
    pulsed(acme, until_day=TODAY)
    pulsed(acme, until_day=TODAY + timedelta(days=pulses.LONGEST_DAYS))
    with pytest.raises(ArgumentError, match="until_day"):
        pulsed(acme, until_day=TODAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("given", "argument"),
    [({"level": "FINE"}, "level"), ({"reason": ""}, "reason"), ({"day": None}, "day")],
)
def test_a_pulse_with_a_wrong_argument_is_refused_by_its_name(
    acme: Database, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        pulsed(acme, **given)
    assert refused.value.argument == argument


@pytest.mark.parametrize(
    ("level", "points", "risk", "expected"),
    [
        ("GOOD", 68, "LOW", False),
        ("GOOD", 67, "LOW", True),
        ("GOOD", 72, "HIGH", True),
        ("CONCERNED", 20, "HIGH", False),
        ("AT_RISK", 72, "LOW", True),
        ("AT_RISK", 72, "MEDIUM", False),
    ],
)
def test_a_pulse_and_a_score_disagree_where_they_say_different_things(
    acme: Database, level: str, points: int, risk: str, expected: bool
) -> None:
    pulsed(acme, level=level)
    with acme.write() as writer:
        score(writer, TODAY, points, risk)
    with acme.read() as reader:
        found = pulses.disagreements(reader, TODAY, TODAY)
        others = pulses.disagreements(reader, TODAY, TODAY, "eva@example.org")
    assert (found.height == 1) is expected
    assert others.is_empty()


def test_an_import_is_not_undone_while_somebody_wrote_about_its_clients(acme: Database) -> None:
    imports.store(acme, [organizations({"organization_id": "C", "name": "New"})], by="ada")
    number = add_note(acme, "C", note="They start in May.", day=TODAY, by="Ada")
    with pytest.raises(UndoHeld, match="notes"):
        imports.undo(acme, 2, by="ada")
    remove_entry(acme, "notes", number, by="Ada")
    imports.undo(acme, 2, by="ada")
    assert acme.query("FROM account_notes").is_empty()


def test_a_snooze_is_replaced_by_the_call(acme: Database) -> None:
    put_off(acme, "A", until=NEXT_WEEK, by="Ada")
    called(acme)
    assert held(acme) == [("A", "REACHED", None, "")]


def test_the_words_of_a_call_have_labels() -> None:
    assert [one.label for one in CallOutcome] == ["Called", "No answer", "Not needed"]
    assert [one.label for one in CallSound] == ["Good", "Mixed", "Worried"]
