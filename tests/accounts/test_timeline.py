"""A timeline holds all that happened to a client, each event on its day and with who said so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from small_files import organizations, table, usage
from tiny import Tiny

from health import imports
from health.accounts import pulses, tasks
from health.accounts.calls import NextStep, log_call
from health.accounts.entries import add_note, remove_entry
from health.accounts.timeline import GAP_DAYS, TimelineQuery, timeline
from health.errors import ArgumentError, UnknownOrganization
from health.explanation.timeline_wording import happened, wrote
from health.output.work_tables import timeline as as_table
from health.scoring.model import TARGETS
from health.storage.database import Database
from health.vocabulary import TimelineKind

DAY = date(2026, 11, 20)


@pytest.fixture
def acme(database: Database) -> Database:
    """A client with an owner, a feature, and usage on a few days."""
    client = {"organization_id": "A", "name": "Acme", "csm": "ada@example.org"}
    imports.store(database, [organizations(client)], by="ada")
    return database


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def events(database: Database, *kinds: TimelineKind, **query: Any) -> list[tuple[Any, ...]]:
    """Day, who, and what happened."""
    with database.read() as reader:
        found = timeline(reader, TimelineQuery(organization_id="A", kinds=kinds, **query))
    return [
        (row["day"], row["who"], plain(": ".join(filter(None, (happened(row, "EUR"), wrote(row))))))
        for row in found.iter_rows(named=True)
    ]


def test_what_people_wrote_is_told_with_who(acme: Database) -> None:
    later = DAY + timedelta(days=7)
    step = NextStep(task="Send the plan.", due_day=later, person="Eva")
    log_call(
        acme, "A", outcome="REACHED", sound="WORRIED", note="Slow.", day=DAY, by="Ada",
        next_step=step,
    )  # fmt: skip
    add_note(acme, "A", note="New boss.", day=DAY - timedelta(days=1), by="Bob")
    pulses.set_pulse(
        acme, "A", level="AT_RISK", reason="Slow.", until_day=later, day=later, by="Ada"
    )
    assert events(acme) == [
        (later, "Ada", "Pulse at risk until 27 Nov 2026: Slow."),
        (DAY, "Ada", "Task for Eva, due 27 Nov 2026: Send the plan."),
        (DAY, "Ada", "Called, sounded worried: Slow."),
        (DAY - timedelta(days=1), "Bob", "Note: New boss."),
    ]
    tasks.finish_task(acme, 1, day=later, by="Eva")
    assert events(acme, TimelineKind.TASK)[0] == (later, "Eva", "Task done: Send the plan.")
    pulses.end_pulse(acme, "A", day=later, by="Eva")
    assert (later, "Eva", "Pulse at risk ended") in events(acme, TimelineKind.PULSE)


def test_what_was_removed_is_not_told(acme: Database) -> None:
    number = add_note(acme, "A", note="New boss.", day=DAY, by="Bob")
    remove_entry(acme, "notes", number, by="Bob")
    assert events(acme) == []


def test_a_change_is_told_with_the_value_before_and_who_said_so(acme: Database) -> None:
    changed = {"organization_id": "A", "name": "Acme", "csm": "eva@example.org"}
    imports.store(acme, [organizations(changed | {"valid_from": "2026-11-01"})], by="bob")
    assert events(acme, TimelineKind.CHANGE) == [
        (date(2026, 11, 1), "bob", "Owner: ada@example.org → eva@example.org")
    ]
    imports.undo(acme, 2, by="bob")
    assert events(acme) == []


def test_a_feature_switched_on_is_told(acme: Database) -> None:
    one = {"organization_id": "A", "feature_name": "SSO", "is_enabled": "false"}
    imports.store(acme, [table([one])], by="ada")
    later = one | {"is_enabled": "true", "valid_from": "2026-11-02"}
    imports.store(acme, [table([later])], by="bob")
    assert events(acme, TimelineKind.FEATURE) == [
        (date(2026, 11, 2), "bob", "Single sign-on switched on")
    ]


def test_data_that_stopped_and_came_back_is_told(acme: Database) -> None:
    first, back = DAY - timedelta(days=30), DAY - timedelta(days=30 - GAP_DAYS - 1)
    rows = [("A", "API_CALLS", day, 1) for day in (first, back)]
    imports.store(acme, [usage(*rows)], by="ada")
    assert events(acme, TimelineKind.DATA) == [
        (back, None, "Usage data came back after 7 days"),
        (first + timedelta(days=1), None, "Usage data stopped, for 7 days"),
    ]
    imports.store(acme, [organizations({"organization_id": "B", "name": "B"})], by="ada")
    imports.store(acme, [usage(("B", "API_CALLS", DAY, 1))], by="ada")
    assert events(acme, TimelineKind.DATA)[0] == (
        back + timedelta(days=1),
        None,
        f"Usage data stopped, for {(DAY - back).days} days",
    )


def test_a_shorter_gap_is_no_news(acme: Database) -> None:
    rows = [("A", "API_CALLS", day, 1) for day in (DAY - timedelta(days=GAP_DAYS), DAY)]
    imports.store(acme, [usage(*rows)], by="ada")
    assert events(acme) == []


def test_a_score_that_crosses_a_level_is_told(acme: Database) -> None:
    with acme.write() as writer:
        writer.execute(
            """INSERT INTO scoring_runs BY NAME SELECT 1 AS run_id, 'standard-1' AS model_version,
                'ada' AS requested_by, TIMESTAMP '2026-11-20' AS started_at, 0 AS scores"""
        )
        writer.execute(
            """INSERT INTO scores BY NAME SELECT 1 AS organization, score_date, overall_score,
                100 AS coverage, trend, risk_level, 1 AS run_id
            FROM (VALUES (DATE '2026-11-18', 72, 'STABLE', 'LOW'),
                (DATE '2026-11-19', 55, 'DECLINING', 'HIGH'),
                (DATE '2026-11-20', 56, 'STABLE', 'MEDIUM'))
                AS rows (score_date, overall_score, trend, risk_level)"""
        )
    imports.store(
        acme, [usage(("A", "API_CALLS", DAY, 1), ("A", "API_CALLS", date(2026, 11, 18), 1))], by="a"
    )
    assert [event[::2] for event in events(acme)] == [
        (date(2026, 11, 20), "Alert over: declining"),
        (date(2026, 11, 20), "Alert over: high risk"),
        (date(2026, 11, 20), "High risk → medium risk, with a score of 56"),
        (date(2026, 11, 19), "Alert raised: declining, with a score of 55"),
        (date(2026, 11, 19), "Alert raised: high risk, with a score of 55"),
        (date(2026, 11, 19), "Low risk → high risk, with a score of 55"),
    ]
    assert len(events(acme, until=date(2026, 11, 19))) == 3
    assert len(events(acme, limit=1)) == 1


def test_another_model_is_told_by_name(database: Database) -> None:
    tiny = Tiny(database)
    tiny.client(1, "A")
    tiny.run()
    tiny.run_by(2, TARGETS)
    for ago, run in ((3, 1), (2, 2), (1, 2), (0, 1)):
        tiny.score(1, DAY - timedelta(days=ago), 70, run_id=run)
    assert events(tiny.database, TimelineKind.MODEL) == [
        (DAY, None, "Scored by the model Standard instead of Targets"),
        (DAY - timedelta(days=2), None, "Scored by the model Targets instead of Standard"),
    ]


def test_every_event_can_be_downloaded(acme: Database) -> None:
    add_note(acme, "A", note="New boss.", day=DAY, by="Bob")
    with acme.read() as reader:
        table = as_table(timeline(reader, TimelineQuery(organization_id="A")), "EUR")
    assert table.rows() == [(DAY, "Notes", "Note", "New boss.", "Bob")]


@pytest.mark.parametrize(
    ("query", "argument"),
    [({"kinds": ("RAIN",)}, "kinds"), ({"limit": 0}, "limit"), ({"until": "today"}, "until")],
)
def test_a_wrong_argument_is_named(query: dict[str, Any], argument: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        TimelineQuery(organization_id="A", **query)
    assert refused.value.argument == argument


def test_a_client_that_is_not_on_file_is_named(database: Database) -> None:
    with database.read() as reader, pytest.raises(UnknownOrganization):
        timeline(reader, TimelineQuery(organization_id="A"))


def test_outcomes_are_told_with_what_they_changed_and_why(acme: Database) -> None:
    rows = usage(("A", "API_CALLS", DAY - timedelta(days=9), 1))
    imports.store(acme, [rows], by="night")
    imports.record_outcome(
        acme, "A", "DOWNGRADED", DAY - timedelta(days=1), value_change=-1200, reason="Fewer users",
        by="Ada", today=DAY,
    )  # fmt: skip
    imports.record_outcome(acme, "A", "RENEWED", DAY, by="Bob", today=DAY)
    assert events(acme, TimelineKind.OUTCOME) == [
        (DAY, "Bob", "Renewed"),
        (DAY - timedelta(days=1), "Ada", "Downgraded: €1,200 less a year: Fewer users"),
    ]
