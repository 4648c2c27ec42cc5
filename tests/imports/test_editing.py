"""Clients edited by hand: what holds from when, what is refused, and what an undo gives back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scores_by_hand import Client, Usage
from small_files import organizations
from stored import contents, days_between, empty, everything, fill, scores

from health import imports
from health.errors import ArgumentError, UnknownOrganization
from health.queries.imports import ImportsQuery, list_imports
from health.scoring import history, runs
from health.storage.database import Database
from health.vocabulary import AlertLevel

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
HISTORIES = ("organizations", "record_history")
ON_FILE: dict[str, Any] = {
    "csm": "ada@example.org",
    "renewal_date": date(2026, 12, 31),
    "annual_value": "48000.50",
    "total_users": 60,
    "industry": "Banking",
    "alert_level": "DASHBOARD_ONLY",
}
EDITED: dict[str, Any] = {
    "csm": "bob@example.org",
    "renewal_date": date(2027, 1, 31),
    "annual_value": Decimal("50000.00"),
    "total_users": 80,
    "industry": "Insurance",
    "alert_level": AlertLevel.PROACTIVE,
    "is_active": False,
}


@pytest.fixture
def clients(database: Database) -> Database:
    """Two clients: A with all there is, B with a name."""
    file = organizations(
        {"organization_id": "A", "name": "Stelvio AG", **ON_FILE},
        {"organization_id": "B", "name": "Brenner GmbH"},
    )
    imports.store(database, [file], by="night")
    return database


def edit(database: Database, changes: dict[str, Any], **options: Any) -> int:
    """Edit A, and return the number of the import."""
    options = {"by": "ada", "today": LAST} | options
    number = imports.update_organization(database, "A", changes, **options).import_id
    assert number is not None
    return number


def row(database: Database, client: str = "A") -> dict[str, Any]:
    return database.query(f"FROM organizations WHERE organization_id = '{client}'").row(
        0, named=True
    )


def in_force(database: Database, field: str, day: date) -> Any:
    relation = history.clients_sql(f"DATE '{day}'")
    return database.query(f"SELECT {field} FROM {relation} WHERE organization_id = 'A'").item()


@pytest.mark.parametrize("field", EDITED)
def test_a_value_holds_from_its_day_on_and_undo_brings_the_earlier_one_back(
    clients: Database, field: str
) -> None:
    before, old = contents(clients, HISTORIES), row(clients)[field]
    number = edit(clients, {field: EDITED[field]}, valid_from=MARCH)
    assert row(clients)[field] == EDITED[field]
    assert in_force(clients, field, MARCH) == EDITED[field]
    assert in_force(clients, field, MARCH - timedelta(1)) == old
    imports.undo(clients, number, by="ada")
    assert contents(clients, HISTORIES) == before


@pytest.mark.parametrize("field", ON_FILE)
def test_a_value_is_removed_only_where_a_client_can_be_without_it(
    clients: Database, field: str
) -> None:
    if field == "alert_level":
        with pytest.raises(ArgumentError, match="alert_level: it cannot be removed"):
            edit(clients, {field: None})
        return
    edit(clients, {field: None}, valid_from=MARCH)
    assert row(clients)[field] is None
    assert in_force(clients, field, MARCH - timedelta(1)) is not None


def test_what_is_not_edited_stays_whatever_is_removed(clients: Database) -> None:
    before = row(clients)
    edit(clients, {"csm": None, "total_users": 70})
    kept = set(before) - {"csm", "total_users", "updated_at"}
    assert {name: row(clients)[name] for name in kept} == {name: before[name] for name in kept}


def test_a_value_removed_later_can_be_removed_earlier(clients: Database) -> None:
    edit(clients, {"csm": None}, valid_from=APRIL)
    edit(clients, {"csm": None}, valid_from=MARCH)
    assert in_force(clients, "csm", MARCH - timedelta(1)) == "ada@example.org"
    assert in_force(clients, "csm", MARCH) is None


def test_a_client_that_left_comes_back_and_was_away(clients: Database) -> None:
    edit(clients, {"is_active": False}, valid_from=MARCH)
    assert row(clients)["inactive_from"] == MARCH
    edit(clients, {"is_active": True}, valid_from=APRIL)
    assert row(clients)["inactive_from"] is None
    days = (MARCH - timedelta(1), MARCH, APRIL)
    assert [in_force(clients, "is_active", day) for day in days] == [True, False, True]


def test_another_day_of_leaving_replaces_the_first(clients: Database) -> None:
    edit(clients, {"is_active": False}, valid_from=MARCH)
    edit(clients, {"is_active": False}, valid_from=APRIL)
    assert row(clients)["inactive_from"] == APRIL
    assert in_force(clients, "is_active", MARCH)


def test_an_edit_keeps_the_name_of_each_day(clients: Database) -> None:
    renamed = organizations({"organization_id": "A", "name": "Stelvio SE", "valid_from": APRIL})
    imports.store(clients, [renamed], by="night")
    edit(clients, {"csm": "bob@example.org"}, valid_from=MARCH)
    assert in_force(clients, "name", MARCH) == "Stelvio AG"
    assert in_force(clients, "name", APRIL) == "Stelvio SE"


def test_the_history_says_whose_value_was_edited_by_whom_and_why(clients: Database) -> None:
    number = edit(
        clients, {"csm": "bob@example.org", "total_users": 80}, reason="Ada\nis on leave.", by="eve"
    )
    with clients.read() as reader:
        newest = list_imports(reader, ImportsQuery(limit=1)).rows[0]
    assert newest.import_id == number
    assert newest.imported_by == "eve"
    assert newest.name == ("By hand: Stelvio AG (A), owner and licences. Reason: Ada is on leave.")
    assert (newest.rows_changed, newest.clients) == (1, 1)


def test_many_clients_are_one_import(clients: Database) -> None:
    before = contents(clients, HISTORIES)
    outcome = imports.update_organizations(
        clients, ["A", "B", "A"], {"csm": "bob@example.org"}, by="ada", today=LAST
    )
    assert outcome.name == "By hand: 2\u00a0clients, owner"
    assert (outcome.rows_changed, outcome.clients) == (2, 2)
    assert [row(clients, client)["csm"] for client in "AB"] == ["bob@example.org"] * 2
    assert outcome.import_id is not None
    imports.undo(clients, outcome.import_id, by="ada")
    assert contents(clients, HISTORIES) == before


def test_the_same_again_changes_nothing_and_says_so(clients: Database) -> None:
    before = contents(clients, HISTORIES)
    outcome = imports.update_organization(clients, "A", {"total_users": 60}, today=LAST)
    assert (outcome.rows_changed, outcome.rows_unchanged) == (0, 1)
    assert contents(clients, HISTORIES) == before


def test_there_and_back_again_are_imports_of_their_own(clients: Database) -> None:
    numbers = [edit(clients, {"total_users": users}) for users in (80, 60, 80)]
    assert len(set(numbers)) == 3
    assert row(clients)["total_users"] == 80


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({}, "changes", "change at least one value"),
        ({"name": "Other"}, "name", "choose one of csm"),
        ({"csm": "  "}, "csm", "it is empty"),
        ({"csm": "n/a"}, "csm", "“n/a” stands for no value"),
        ({"csm": "a\u200bb"}, "csm", "invisible"),
        ({"industry": "#REF!"}, "industry", "error value"),
        ({"total_users": -1}, "total_users", "negative"),
        ({"total_users": "many"}, "total_users", "not an integer"),
        ({"annual_value": "1.234,50"}, "annual_value", "not an amount"),
        ({"renewal_date": "31.12.2026"}, "renewal_date", "not an ISO date"),
        ({"renewal_date": date(2300, 1, 1)}, "renewal_date", "outside the years"),
        ({"alert_level": "LOUD"}, "alert_level", "unknown alert level"),
        ({"is_active": None}, "is_active", "cannot be removed"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_with_its_field_and_nothing_is_stored(
    clients: Database, changes: dict[str, Any], field: str, sentence: str
) -> None:
    before = everything(clients)
    with pytest.raises(ArgumentError, match=sentence) as refused:
        edit(clients, changes)
    assert refused.value.argument == field
    assert everything(clients) == before


def test_an_unknown_client_stores_nothing_for_the_others(clients: Database) -> None:
    before = everything(clients)
    with pytest.raises(UnknownOrganization, match="“C”"):
        imports.update_organizations(clients, ["A", "C"], {"csm": "bob@example.org"}, today=LAST)
    with pytest.raises(ArgumentError, match="choose a client"):
        imports.update_organizations(clients, [], {"csm": "bob@example.org"}, today=LAST)
    with pytest.raises(ArgumentError, match="500 letters"):
        edit(clients, {"total_users": 80}, reason="x" * 501)
    assert everything(clients) == before


def test_a_preview_says_what_storing_does_and_stores_nothing(clients: Database) -> None:
    before = everything(clients)
    changes = {"csm": None, "total_users": 80}
    planned = imports.plan_update(clients, ["A"], changes, valid_from=MARCH, today=LAST)
    assert everything(clients) == before
    assert planned.changes.drop("name").rows() == [
        ("A", "csm", MARCH, "ada@example.org", None),
        ("A", "total_users", MARCH, "60", "80"),
    ]
    assert dict(planned.cleared) == {"csm": 1}


# Scores


def calm(database: Database, clients: str = "A") -> None:
    """Clients with usage on every day, scored on all days."""
    empty(database)
    fill(
        database,
        [Client(organization_id=client, total_users=60) for client in clients],
        [
            Usage(organization_id=client, metric_type="MONTHLY_ACTIVE_USERS", date=day, value=30)
            for client in clients
            for day in days_between(FIRST, LAST)
        ],
    )
    runs.score(database, everything=True)


@pytest.mark.parametrize("changes", [{"total_users": 80}, {"total_users": None}, {"is_active": 0}])
def test_scores_before_the_day_stay_and_those_after_are_counted_exactly(
    database: Database, changes: dict[str, Any]
) -> None:
    calm(database)
    before = scores(database)
    planned = imports.plan_update(database, ["A"], changes, valid_from=APRIL, today=LAST)
    number = edit(database, changes, valid_from=APRIL)
    assert planned.scores_days == (LAST - APRIL).days + 1
    runs.score(database)
    after = scores(database)
    assert {key for key in before if before[key] != after.get(key)} == {
        ("A", day) for day in days_between(APRIL, LAST)
    }
    imports.undo(database, number, by="ada")
    runs.score(database)
    assert scores(database) == before


def test_what_no_score_rests_on_makes_none_out_of_date(database: Database) -> None:
    calm(database)
    changes = {"csm": "bob", "renewal_date": LAST, "annual_value": 5, "alert_level": "PROACTIVE"}
    planned = imports.plan_update(database, ["A"], changes, valid_from=FIRST, today=LAST)
    assert (planned.rows_changed, planned.scores_days) == (1, 0)


edits = st.lists(
    st.tuples(
        st.sampled_from(("A", "B", "AB")),
        st.sampled_from(
            (
                {"total_users": 30},
                {"total_users": 90},
                {"total_users": None},
                {"is_active": False},
                {"is_active": True},
                {"total_users": 45, "csm": None},
            )
        ),
        st.integers(0, 119).map(lambda number: FIRST + timedelta(number)),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8)
@given(said=edits)
def test_after_any_edits_a_day_a_range_and_a_step_give_the_same_scores(
    shared_database: Database, said: list[tuple[str, dict[str, Any], date]]
) -> None:
    database = shared_database
    calm(database, "AB")
    first = (contents(database, HISTORIES), scores(database))
    numbers = []
    for clients, changes, since in said:
        outcome = imports.update_organizations(
            database, list(clients), changes, valid_from=since, today=LAST
        )
        runs.score(database)
        if outcome.rows_changed:
            numbers.append(outcome.import_id)
    by_steps = scores(database)
    runs.score(database, everything=True)
    assert scores(database) == by_steps, "a range gives what the steps gave"
    for day in {FIRST, MARCH, APRIL, LAST, *(since for _, _, since in said)}:
        runs.score(database, as_of=day)
    assert scores(database) == by_steps, "a day gives what the range gave"
    for number in reversed(numbers):
        assert number is not None
        imports.undo(database, number, by="ada")
    runs.score(database)
    assert (contents(database, HISTORIES), scores(database)) == first
