"""What people decide about calls is remembered, with who and why, and can be taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_files import organizations

from health import imports
from health.accounts.decisions import LONGEST_REASON, bring_back, decisions, dismiss, put_off
from health.accounts.visits import last_visit, remember_visit
from health.errors import ArgumentError, UnknownOrganization
from health.queries.alerts.rules import AlertRule
from health.storage.database import Database

DAY = date(2026, 11, 20)
LATER = date(2026, 12, 1)


@pytest.fixture
def acme(database: Database) -> Database:
    """Two clients with usage up to the day."""
    with database.write() as writer:
        for number, name in enumerate("AB", start=1):
            writer.execute(
                """INSERT INTO clients BY NAME SELECT $number AS organization,
                    $name AS organization_id, 'Client ' || $name AS name, 'NONE' AS alert_level,
                    true AS is_active, TIMESTAMP '2026-01-01' AS created_at,
                    TIMESTAMP '2026-01-01' AS updated_at""",
                {"number": number, "name": name},
            )
        writer.execute("INSERT INTO usage_span VALUES (1, $day, $day)", {"day": DAY})
    return database


def stand(database: Database, as_of: date = DAY) -> list[Any]:
    with database.read() as reader:
        columns = ("organization_id", "until_day", "reason", "decided_by")
        return decisions(reader, as_of).select(columns).rows()


def test_a_decision_is_listed_with_who_and_why(acme: Database) -> None:
    put_off(acme, "A", until=LATER, reason=" They are on holiday. ", by="ada")
    dismiss(acme, "B", reason="Merged with A.", known=[AlertRule.DECLINING], by="bob")
    assert stand(acme) == [
        ("B", None, "Merged with A.", "bob"),
        ("A", LATER, "They are on holiday.", "ada"),
    ]


def test_a_client_that_was_put_off_is_not_listed_from_the_day_on(acme: Database) -> None:
    put_off(acme, "A", until=LATER, by="ada")
    assert stand(acme, LATER) == []


def test_the_last_decision_about_a_client_is_the_one_that_stands(acme: Database) -> None:
    put_off(acme, "A", until=LATER, by="ada")
    dismiss(acme, "A", reason="Gone.", known=[], by="ada")
    assert stand(acme) == [("A", None, "Gone.", "ada")]


def test_what_is_taken_back_says_by_whom(acme: Database) -> None:
    put_off(acme, "A", until=LATER, by="ada")
    bring_back(acme, "A", by="bob")
    assert stand(acme) == []
    assert acme.query("SELECT revoked_by FROM decisions").item() == "bob"


def test_a_client_cannot_be_put_off_until_a_day_that_is_there_already(acme: Database) -> None:
    with pytest.raises(ArgumentError, match="is not after the latest data"):
        put_off(acme, "A", until=DAY, by="ada")
    assert stand(acme) == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_dismissed_without_a_reason(acme: Database, reason: str) -> None:
    with pytest.raises(ArgumentError, match="reason"):
        dismiss(acme, "A", reason=reason, known=[], by="ada")


def test_a_reason_is_no_essay(acme: Database) -> None:
    with pytest.raises(ArgumentError, match="letters at most"):
        dismiss(acme, "A", reason="x" * (LONGEST_REASON + 1), known=[], by="ada")


def test_a_client_that_is_not_on_file_is_named(acme: Database) -> None:
    with pytest.raises(UnknownOrganization):
        bring_back(acme, "C", by="ada")


def seen(database: Database, viewer: str) -> tuple[date | None, date | None]:
    with database.read() as reader:
        return last_visit(reader, viewer)


def test_the_day_seen_before_stays_while_the_same_day_is_looked_at_again(
    database: Database,
) -> None:
    assert seen(database, "ada") == (None, None)
    for day in (DAY, DAY, LATER, LATER):
        remember_visit(database, "ada", day)
    assert seen(database, "ada") == (LATER, DAY)
    assert seen(database, "bob") == (None, None)


def test_what_was_decided_of_a_client_goes_with_it(database: Database) -> None:
    [stored] = imports.store(database, [organizations({"organization_id": "A"})], by="ada")
    assert stored.import_id is not None
    put_off(database, "A", until=LATER, by="ada")
    imports.undo(database, stored.import_id, by="ada")
    imports.store(database, [organizations({"organization_id": "B"})], by="ada")
    assert database.query("SELECT * FROM decisions").is_empty()
