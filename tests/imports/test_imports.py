"""Imports: what is stored, what is refused, and a way back to exactly what was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import random_portfolios
from hypothesis import given, settings
from hypothesis import strategies as st
from scores_by_hand import Client, Usage
from small_files import TODAY, Cell, organizations, table, usage
from stored import contents, empty, everything, fill, one, scores

from health import clock, imports
from health.errors import (
    ArgumentError,
    ImportRefused,
    UndoRefused,
    UnknownOrganization,
)
from health.files import ParsedFile, read_file
from health.imports import FilesRefused, ImportOutcome, outcome
from health.scoring import runs
from health.storage.database import Database
from health.vocabulary import FileKind, MetricType

DAY = date(2026, 6, 30)
CALLS, TICKETS = "API_CALLS", "SUPPORT_TICKETS"


def store(database: Database, *files: ParsedFile, **options: Any) -> ImportOutcome:
    """Store the files and return what the last of them did."""
    return imports.store(database, files, by="ada", **options)[-1]


def outcome_of(database: Database, file: ParsedFile) -> ImportOutcome:
    """What storing the valid rows of a file does, or would have done had it any."""
    try:
        return store(database, file, valid_rows_only=True)
    except FilesRefused as refused:
        return refused.outcomes[-1]


def number_of(database: Database, *files: ParsedFile) -> int:
    """Store the files and return the number of the last import."""
    number = store(database, *files).import_id
    assert number is not None
    return number


def counts(outcome: ImportOutcome) -> tuple[int, int, int, int]:
    """Rows new, changed, unchanged, rejected; together they are the rows read."""
    found = (
        outcome.rows_new,
        outcome.rows_changed,
        outcome.rows_unchanged,
        outcome.rows_rejected,
    )
    assert sum(found) == outcome.rows_read
    return found


def client(database: Database, name: str) -> dict[str, Any]:
    return one(
        database.query("SELECT * FROM organizations WHERE organization_id = $name", {"name": name})
    )


def values(database: Database) -> list[tuple[Any, ...]]:
    """All usage: client, metric, day of the month, value."""
    return database.query(
        """SELECT organization_id, metric_type, extract(day FROM date)::INTEGER, value
        FROM usage_metrics ORDER BY ALL"""
    ).rows()


def defects(outcome: ImportOutcome) -> list[tuple[Any, ...]]:
    return outcome.rejects.select("line", "column", "value", "reason").rows()


def without_times(held: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows of the three tables without when they were stored."""
    return {
        name: sorted((row[: -1 if name == "usage_metrics" else -2] for row in rows), key=repr)
        for name, rows in held.items()
    }


@pytest.fixture
def clients(database: Database) -> Database:
    """A and B, licensed for 60 users, with nothing else."""
    fill(database, [Client(organization_id=name, total_users=60) for name in ("A", "B")])
    return database


# Organizations


def test_a_client_of_whom_only_the_name_is_known_is_active_and_alerts_on_the_dashboard(
    database: Database,
) -> None:
    done = store(database, organizations({"organization_id": "A", "name": "Ada & Co"}))
    row = client(database, "A")
    at = row["created_at"]
    assert row == {
        "organization_id": "A",
        "name": "Ada & Co",
        "total_users": None,
        "renewal_date": None,
        "industry": None,
        "employee_count": None,
        "csm": None,
        "annual_value": None,
        "alert_level": "DASHBOARD_ONLY",
        "is_active": True,
        "inactive_from": None,
        "created_at": at,
        "updated_at": at,
    }
    assert counts(done) == (1, 0, 0, 0)
    assert (done.clients, done.first_date, done.last_date) == (1, None, None)


FULL: dict[str, Cell] = {
    "organization_id": "A",
    "name": "Ada & Co",
    "total_users": 60,
    "renewal_date": DAY,
    "industry": "Energy",
    "employee_count": 700,
    "csm": "grace@example.org",
    "annual_value": "12000.50",
    "alert_level": "PROACTIVE",
    "is_active": False,
}


def test_every_column_of_a_client_is_stored(database: Database) -> None:
    store(database, organizations(FULL))
    row = client(database, "A")
    assert {name: row[name] for name in FULL} == FULL | {"annual_value": Decimal("12000.50")}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "Ada Ltd"),
        ("total_users", 61),
        ("renewal_date", date(2027, 1, 1)),
        ("industry", "Water"),
        ("employee_count", 701),
        ("csm", "lin@example.org"),
        ("annual_value", "12000.51"),
        ("alert_level", "NONE"),
        ("is_active", True),
    ],
)
def test_a_changed_column_is_replaced_and_nothing_else(
    database: Database, column: str, value: Cell
) -> None:
    store(database, organizations(FULL))
    before = client(database, "A")
    changed = {"organization_id": "A", "name": "Ada & Co", column: value}
    done = store(database, organizations(changed))
    after = client(database, "A")
    assert counts(done) == (0, 1, 0, 0)
    assert {name for name in after if after[name] != before[name]} == {column, "updated_at"}
    assert str(after[column]) == str(value)
    assert after["updated_at"] > after["created_at"]
    assert done.changes.drop("name").rows() == [
        (
            "A",
            column,
            None,
            str(before[column]).replace("False", "false"),
            str(value).replace("True", "true"),
        )
    ]


EMPTY: dict[str, Cell] = {**dict.fromkeys(FULL), "organization_id": "A", "name": "Ada"}


def test_an_empty_cell_keeps_what_is_on_file(database: Database) -> None:
    store(database, organizations(FULL))
    before = client(database, "A")
    done = store(database, organizations(EMPTY))
    assert done.cleared == {}
    assert client(database, "A") | {"updated_at": None} == before | {
        "name": "Ada",
        "updated_at": None,
    }


def test_an_empty_cell_clears_what_may_be_empty_where_that_is_asked_for(database: Database) -> None:
    store(database, organizations(FULL))
    (planned,) = imports.plan(database, [organizations(EMPTY)], empty_clears=True)
    done = store(database, organizations(EMPTY), empty_clears=True)
    row = client(database, "A")
    kept = ["organization_id", "name", "alert_level", "is_active"]
    assert [name for name in FULL if row[name] is not None] == kept
    assert (row["alert_level"], row["is_active"]) == ("PROACTIVE", False)
    assert done.cleared == planned.cleared == dict.fromkeys(sorted({*FULL} - {*kept}), 1)

    imports.undo(database, done.import_id or 0, by="ada")
    assert client(database, "A")["csm"] == FULL["csm"]


def test_ids_differ_by_case(database: Database) -> None:
    store(database, organizations({"organization_id": "a"}, {"organization_id": "A"}))
    assert [row[0] for row in contents(database)["organizations"]] == ["A", "a"]


# Usage


LONG = usage(
    ("A", CALLS, DAY, 7),
    ("A", TICKETS, DAY, 0),
    ("B", CALLS, DAY, 9),
    ("A", CALLS, date(2026, 6, 1), 5),
)
WIDE = table(
    [
        {"organization_id": "A", "date": DAY, "api_calls": 7, "support_tickets": 0},
        {"organization_id": "B", "date": DAY, "api_calls": 9, "support_tickets": None},
        {"organization_id": "A", "date": date(2026, 6, 1), "api_calls": 5},
    ]
)


@pytest.mark.parametrize(("file", "rows"), [(LONG, 4), (WIDE, 3)], ids=["long", "wide"])
def test_usage_is_stored_with_its_zeros_and_without_its_gaps(
    clients: Database, file: ParsedFile, rows: int
) -> None:
    done = store(clients, file)
    assert values(clients) == [
        ("A", CALLS, 1, 5),
        ("A", CALLS, 30, 7),
        ("A", TICKETS, 30, 0),
        ("B", CALLS, 30, 9),
    ]
    assert counts(done) == (rows, 0, 0, 0)
    assert (done.clients, done.first_date, done.last_date) == (2, date(2026, 6, 1), DAY)


@pytest.mark.parametrize("again", [LONG, WIDE], ids=["long", "wide"])
def test_usage_loaded_twice_is_usage_loaded_once(clients: Database, again: ParsedFile) -> None:
    store(clients, LONG)
    once = contents(clients)
    done = store(clients, again)
    assert contents(clients) == once
    assert counts(done) == (0, 0, again.row_count, 0)
    assert done.clients == 0


def test_a_changed_value_and_one_beside_it_are_counted_apart(clients: Database) -> None:
    store(clients, LONG)
    done = store(
        clients,
        usage(("A", CALLS, DAY, 8), ("A", "CASES_CLOSED", DAY, 1), ("B", CALLS, DAY, 9)),
    )
    assert counts(done) == (1, 1, 1, 0)
    assert done.clients == 1
    assert done.changes.drop("name").rows() == [("A", CALLS, DAY, "7", "8")]
    assert ("A", CALLS, 30, 8) in values(clients)


def test_a_wide_row_is_changed_where_any_of_its_values_is(clients: Database) -> None:
    store(clients, LONG)
    done = store(
        clients,
        table(
            [
                {"organization_id": "A", "date": DAY, "api_calls": 8, "cases_closed": 1},
                {"organization_id": "B", "date": DAY, "api_calls": 9, "cases_closed": 2},
                {"organization_id": "B", "date": date(2026, 6, 2), "api_calls": 3},
                {"organization_id": "B", "date": date(2026, 6, 3)},
                {"organization_id": "A", "date": date(2026, 6, 1), "api_calls": 5},
            ]
        ),
    )
    assert counts(done) == (2, 1, 2, 0)


def test_an_empty_cell_of_a_wide_file_leaves_the_stored_value(clients: Database) -> None:
    store(clients, LONG)
    before = values(clients)
    store(
        clients,
        table([{"organization_id": "A", "date": DAY, "api_calls": None, "cases_closed": 1}]),
    )
    assert values(clients) == sorted([*before, ("A", "CASES_CLOSED", 30, 1)])


def test_a_file_of_new_days_counts_from_first_to_last(clients: Database) -> None:
    done = store(clients, *(usage(("A", CALLS, DAY + timedelta(n), n)) for n in (0, 3)))
    assert (done.first_date, done.last_date) == (DAY + timedelta(3), DAY + timedelta(3))
    spans = clients.query("SELECT first_date, last_date FROM usage_span").rows()
    assert spans == [(DAY, DAY + timedelta(3))]


def test_a_row_without_a_value_is_no_usage(clients: Database) -> None:
    rows = [
        {"organization_id": "A", "date": DAY, "api_calls": 7},
        {"organization_id": "B", "date": DAY + timedelta(3)},
        {"organization_id": "B", "date": DAY - timedelta(3)},
    ]
    done = store(clients, table(rows))
    assert counts(done) == (1, 0, 2, 0)
    assert (done.clients, done.first_date, done.last_date) == (1, DAY, DAY)
    assert clients.query("SELECT first_date, last_date FROM usage_span").rows() == [(DAY, DAY)]


def test_a_value_says_when_it_was_imported(clients: Database) -> None:
    store(clients, LONG)
    at = clients.query("SELECT DISTINCT created_at FROM usage_metrics").item()
    assert at == clients.query("SELECT max(imported_at) FROM imports").item()


# Features


def test_a_feature_is_neither_enabled_nor_used_unless_the_file_says_so(clients: Database) -> None:
    done = store(clients, table([{"organization_id": "A", "feature_name": "SSO"}]))
    row = contents(clients)["feature_adoption"][0]
    assert row[:7] == ("A", "SSO", False, False, None, None, None)
    assert counts(done) == (1, 0, 0, 0)


def test_a_feature_is_merged_column_by_column(clients: Database) -> None:
    key: dict[str, Cell] = {"organization_id": "A", "feature_name": "SSO"}
    first = {"is_enabled": True, "is_used": True, "first_used_at": DAY, "usage_count": 3}
    store(clients, table([key | first]))
    done = store(clients, table([key | {"is_used": None, "last_used_at": DAY, "usage_count": 4}]))
    row = contents(clients)["feature_adoption"][0]
    assert row[:7] == ("A", "SSO", True, True, DAY, DAY, 4)
    assert counts(done) == (0, 1, 0, 0)
    assert done.changes.drop("name").rows() == [
        ("A", "SSO last_used_at", None, None, str(DAY)),
        ("A", "SSO usage_count", None, "3", "4"),
    ]
    assert store(clients, table([key | {"usage_count": 4}])).rows_unchanged == 1


# What is refused


def test_a_client_that_is_not_on_file_is_refused_with_its_line(clients: Database) -> None:
    file = usage(("A", CALLS, DAY, 7), ("X", CALLS, DAY, 7), ("A", TICKETS, DAY, 7))
    with pytest.raises(FilesRefused) as raised:
        store(clients, file)
    refused = raised.value.outcomes[0]
    assert refused.rejects.rows(named=True) == [
        {
            "line": 3,
            "column": "organization_id",
            "value": "X",
            "reason": "unknown organization",
            "accepted": "The organization_id of a client on file; load it with an organizations "
            "file first.",
        }
    ]
    assert counts(refused) == (2, 0, 0, 1)
    assert isinstance(raised.value, ImportRefused)
    assert "1 of 3\N{NO-BREAK SPACE}rows" in raised.value.message
    assert "store the valid rows only" in raised.value.message


def test_features_of_a_client_that_is_not_on_file_are_refused(clients: Database) -> None:
    rows = [{"organization_id": name, "feature_name": "SSO"} for name in ("X", "A")]
    done = store(clients, table(rows), valid_rows_only=True)
    assert defects(done) == [(2, "organization_id", "X", "unknown organization")]
    assert counts(done) == (1, 0, 0, 1)


KEY_TWICE = "key twice in the file with different values"


TWICE: dict[str, tuple[Callable[[Cell, Cell], ParsedFile], str, tuple[str, str]]] = {
    "organizations": (
        lambda one, two: organizations(
            {"organization_id": "N", "total_users": one},
            {"organization_id": "M", "total_users": one},
            {"organization_id": "N", "total_users": two},
        ),
        "organization_id",
        ("N", "N"),
    ),
    "long": (
        lambda one, two: usage(
            ("A", CALLS, DAY, one), ("B", CALLS, DAY, one), ("A", CALLS, DAY, two)
        ),
        "value",
        ("1", "2"),
    ),
    "wide": (
        lambda one, two: table(
            {"organization_id": name, "date": DAY, "api_calls": value}
            for name, value in (("A", one), ("B", one), ("A", two))
        ),
        "date",
        (str(DAY), str(DAY)),
    ),
    "features": (
        lambda one, two: table(
            {"organization_id": name, "feature_name": "SSO", "usage_count": value}
            for name, value in (("A", one), ("B", one), ("A", two))
        ),
        "feature_name",
        ("SSO", "SSO"),
    ),
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_key_that_is_twice_with_the_same_values_is_stored_once(
    clients: Database, kind: str
) -> None:
    file, _, _ = TWICE[kind]
    assert counts(store(clients, file(4, 4))) == (2, 0, 1, 0)
    assert counts(store(clients, file(4, 4))) == (0, 0, 3, 0)


@pytest.mark.parametrize("kind", TWICE)
def test_a_key_that_is_twice_with_different_values_is_refused_in_both_lines(
    clients: Database, kind: str
) -> None:
    file, column, shown = TWICE[kind]
    before = everything(clients)
    with pytest.raises(FilesRefused) as raised:
        store(clients, file(1, 2))
    assert everything(clients) == before
    refused = raised.value.outcomes[0]
    assert counts(refused) == (1, 0, 0, 2)
    assert defects(refused) == [
        (2, column, shown[0], KEY_TWICE),
        (4, column, shown[1], KEY_TWICE),
    ]
    others = refused.rejects["accepted"].str.extract("Line ([0-9]+) has the same key")
    assert others.to_list() == ["4", "2"]


def test_one_day_may_stand_in_two_rows_of_a_wide_file_for_different_metrics(
    clients: Database,
) -> None:
    rows = [
        {"organization_id": "A", "date": DAY, "api_calls": 1, "support_tickets": None},
        {"organization_id": "A", "date": DAY, "api_calls": None, "support_tickets": 2},
    ]
    store(clients, table(rows))
    assert values(clients) == [("A", CALLS, 30, 1), ("A", TICKETS, 30, 2)]


def test_a_key_of_an_unknown_client_is_refused_for_that_alone(clients: Database) -> None:
    file = usage(
        ("X", CALLS, DAY, 1), ("X", CALLS, DAY, 2), ("A", CALLS, DAY, 1), ("A", CALLS, DAY, 2)
    )
    with pytest.raises(FilesRefused) as raised:
        store(clients, file, valid_rows_only=True)
    done = raised.value.outcomes[0]
    assert counts(done) == (0, 0, 0, 4)
    assert [(line, reason) for line, _, _, reason in defects(done)] == [
        (2, "unknown organization"),
        (3, "unknown organization"),
        (4, KEY_TWICE),
        (5, KEY_TWICE),
    ]


def test_what_the_reader_and_the_database_refuse_is_listed_by_line(clients: Database) -> None:
    file = usage(
        ("X", CALLS, DAY, 1),
        ("A", CALLS, DAY, "many"),
        ("A", CALLS, DAY, 3),
        ("A", "COFFEE", DAY, -1),
        ("Y", CALLS, DAY, 5),
    )
    done = store(clients, file, valid_rows_only=True)
    assert [(line, column) for line, column, _, _ in defects(done)] == [
        (2, "organization_id"),
        (3, "value"),
        (5, "metric_type"),
        (5, "value"),
        (6, "organization_id"),
    ]
    assert counts(done) == (1, 0, 0, 4)
    assert values(clients) == [("A", CALLS, 30, 3)]


def test_a_refused_load_stores_nothing_and_the_version_stays(clients: Database) -> None:
    store(clients, LONG)
    before, version = everything(clients), clients.version
    files = [
        organizations({"organization_id": "A", "name": "Other"}, {"organization_id": "NEW"}),
        usage(("A", CALLS, DAY, 99), ("NEW", CALLS, DAY, 1), ("X", CALLS, DAY, 1)),
        table([{"organization_id": "A", "feature_name": "SSO"}]),
    ]
    with pytest.raises(FilesRefused) as raised:
        imports.store(clients, files, by="ada")
    assert [done.rows_rejected for done in raised.value.outcomes] == [0, 1, 0]
    assert everything(clients) == before
    assert clients.version == version


def test_the_good_rows_are_stored_where_that_is_what_is_asked_for(clients: Database) -> None:
    done = store(clients, usage(("A", CALLS, DAY, 7), ("X", CALLS, DAY, 7)), valid_rows_only=True)
    assert counts(done) == (1, 0, 0, 1)
    assert values(clients) == [("A", CALLS, 30, 7)]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (usage(("X", CALLS, DAY, 7), ("Y", CALLS, DAY, 7)), "none of its 2 rows can be stored"),
        (read_file(b"organization_id,date,api_calls\n", name="a.csv", today=DAY), "no rows"),
        (read_file(b"organization_id,name\n", name="a.csv", today=DAY), "no rows"),
        (
            table([{"organization_id": "A", "date": DAY, "api_calls": None}]),
            "its only row holds no value",
        ),
    ],
)
def test_a_file_with_nothing_to_store_is_refused_with_its_valid_rows_too(
    clients: Database, file: ParsedFile, why: str
) -> None:
    before = everything(clients)
    good = usage(("A", CALLS, DAY, 7))
    with pytest.raises(FilesRefused) as raised:
        imports.store(clients, [good, file], by="ada", valid_rows_only=True)
    assert why in raised.value.message.replace("\N{NO-BREAK SPACE}", " ")
    assert [outcome.has_nothing for outcome in raised.value.outcomes] == [False, True]
    assert everything(clients) == before


# Several files


def test_clients_are_stored_before_what_speaks_of_them_whatever_the_order(
    database: Database,
) -> None:
    files = [
        usage(("A", CALLS, DAY, 7)),
        table([{"organization_id": "A", "feature_name": "SSO"}]),
        organizations({"organization_id": "A"}),
    ]
    done = imports.store(database, files, by="ada")
    assert [file.kind for file in done] == [
        FileKind.USAGE,
        FileKind.FEATURES,
        FileKind.ORGANIZATIONS,
    ]
    assert [counts(file) for file in done] == [(1, 0, 0, 0)] * 3
    assert sorted(file.import_id or 0 for file in done) == [1, 2, 3]


def test_files_together_are_one_version_of_the_data(database: Database) -> None:
    version = database.version
    store(database, organizations({"organization_id": "A"}), usage(("A", CALLS, DAY, 7)))
    assert database.version == version + 1


# The preview


def test_a_preview_says_what_storing_would_do_and_stores_nothing(clients: Database) -> None:
    store(clients, LONG)
    files = [
        usage(("A", CALLS, DAY, 8), ("NEW", TICKETS, DAY, 1), ("X", CALLS, DAY, 1)),
        organizations({"organization_id": "NEW"}, {"organization_id": "A", "total_users": 7}),
        table([{"organization_id": "A", "feature_name": "SSO", "is_enabled": True}]),
    ]
    before, version = everything(clients), clients.version
    planned = imports.plan(clients, files)
    assert everything(clients) == before
    assert clients.version == version
    assert [file.import_id for file in planned] == [None, None, None]
    assert [counts(file) for file in planned] == [(1, 1, 0, 1), (1, 1, 0, 0), (1, 0, 0, 0)]
    done = imports.store(clients, files, by="ada", valid_rows_only=True)
    assert [comparable(file) for file in done] == [comparable(file) for file in planned]


def comparable(outcome: ImportOutcome) -> dict[str, Any]:
    """An outcome without its number, its frames as rows."""
    fields = {name: getattr(outcome, name) for name in outcome.__dataclass_fields__}
    del fields["import_id"]
    fields["warnings"] = [
        (doubt.kind, doubt.count, doubt.clients, doubt.examples.rows())
        for doubt in outcome.warnings
    ]
    frames = ("changes", "rejects", "new_clients")
    return fields | {name: fields[name].rows() for name in frames}


def test_a_preview_lists_the_first_changes_and_counts_all(clients: Database) -> None:
    days = [DAY - timedelta(number) for number in range(1_100)]
    store(clients, usage(*(("A", CALLS, day, 1) for day in days)))
    planned = imports.plan(clients, [usage(*(("A", CALLS, day, 2) for day in days))])[0]
    assert planned.rows_changed == 1_100
    assert planned.changes.height == outcome.SHOWN_CHANGES
    assert planned.changes.schema == outcome.CHANGES


@pytest.mark.parametrize(
    "file", [LONG, organizations({"organization_id": "A"})], ids=["usage", "orgs"]
)
def test_the_lists_of_a_preview_have_their_columns_even_when_empty(
    clients: Database, file: ParsedFile
) -> None:
    planned = imports.plan(clients, [file])[0]
    assert planned.changes.schema == outcome.CHANGES
    assert planned.rejects.schema == file.rejects.schema


# The history


def test_the_history_has_who_when_what_and_how_much(clients: Database) -> None:
    file = usage(("A", CALLS, DAY, 7), ("A", CALLS, date(2026, 6, 1), 7), ("X", CALLS, DAY, 7))
    done = store(clients, file, valid_rows_only=True)
    row = one(clients.query("SELECT * FROM imports WHERE import_id > 0"))
    assert row.pop("imported_at") is not None
    assert row == {
        "import_id": done.import_id,
        "kind": "usage",
        "name": "metric_type.csv",
        "size": file.size,
        "sha256": file.sha256,
        "imported_by": "ada",
        "rows_new": 2,
        "rows_changed": 0,
        "rows_unchanged": 0,
        "rows_rejected": 1,
        "clients": 1,
        "first_date": date(2026, 6, 1),
        "last_date": DAY,
        "undone_by": None,
        "undone_at": None,
        "settled_at": None,
        "day": TODAY,
        "feed": None,
        "feed_version": None,
    }


def test_the_same_file_is_recognised_until_it_is_undone(clients: Database) -> None:
    first = store(clients, LONG)
    assert first.same_as is None
    assert imports.plan(clients, [LONG])[0].same_as == first.import_id
    again = store(clients, LONG)
    assert again.same_as == again.import_id == first.import_id
    stored = clients.query(
        "SELECT count(*) FROM imports WHERE sha256 = $sha256", {"sha256": LONG.sha256}
    )
    assert stored.item() == 1
    imports.undo(clients, first.import_id or 0, by="ada")
    assert imports.plan(clients, [LONG])[0].same_as is None


def test_the_same_file_that_changes_something_back_is_an_import_of_its_own(
    clients: Database,
) -> None:
    first = store(clients, LONG)
    store(clients, usage(("A", CALLS, DAY, 999)))
    again = store(clients, LONG)
    assert again.same_as == first.import_id
    assert (again.import_id or 0) > (first.import_id or 0)


def test_an_import_keeps_its_number_when_a_later_one_is_undone(clients: Database) -> None:
    numbers = [number_of(clients, LONG), number_of(clients, WIDE)]
    imports.undo(clients, numbers[1], by="ada")
    assert number_of(clients, WIDE) == numbers[1] + 1


# Undo


STEPS = {
    "usage that is new": (LONG, usage(("B", TICKETS, date(2026, 6, 2), 5))),
    "usage that is changed": (LONG, usage(("A", CALLS, DAY, 8), ("B", CALLS, DAY, 8))),
    "usage beside other": (LONG, usage(("A", "CASES_CLOSED", DAY, 8))),
    "usage that is the same": (LONG, WIDE),
    "usage of a later day": (LONG, usage(("A", CALLS, DAY + timedelta(9), 8))),
    "a wide mixture": (
        LONG,
        table(
            [
                {"organization_id": "A", "date": DAY, "api_calls": 8, "cases_closed": 1},
                {"organization_id": "B", "date": date(2026, 5, 1), "api_calls": 9},
            ]
        ),
    ),
    "a new client": (organizations(FULL), organizations({"organization_id": "NEW"})),
    "every field of a client": (
        organizations(FULL),
        organizations(
            {**dict.fromkeys(FULL), "organization_id": "A", "name": "Ada", "is_active": 1}
        ),
    ),
    "the first fields of a client": (organizations({"organization_id": "A"}), organizations(FULL)),
    "a name like a formula": (organizations(FULL), organizations(FULL | {"name": "=1+1'; --"})),
    "a new feature": (LONG, table([{"organization_id": "A", "feature_name": "SSO"}])),
    "every field of a feature": (
        table(
            [{"organization_id": "A", "feature_name": "SSO", "is_enabled": 1, "last_used_at": DAY}]
        ),
        table(
            [
                {
                    "organization_id": "A",
                    "feature_name": "SSO",
                    "is_enabled": 0,
                    "is_used": 1,
                    "first_used_at": DAY,
                    "last_used_at": None,
                    "usage_count": 7,
                }
            ]
        ),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_undo_gives_back_exactly_what_was_before(clients: Database, name: str) -> None:
    first, then = STEPS[name]
    store(clients, first)
    before = contents(clients)
    spans = contents(clients, ("usage_span",))
    number = number_of(clients, then)
    imports.undo(clients, number, by="grace")
    assert contents(clients) == before
    assert contents(clients, ("usage_span",)) == spans


def test_undoing_everything_leaves_nothing(database: Database) -> None:
    number_of(database, organizations(FULL))
    number_of(database, usage(("A", CALLS, DAY, 7)))
    number_of(database, table([{"organization_id": "A", "feature_name": "SSO"}]))
    runs.score(database)
    for number in (3, 2, 1):
        imports.undo(database, number, by="grace")
    held = everything(database)
    assert {name for name, rows in held.items() if rows} <= {
        "imports",
        "state",
        "scoring_models",
        "scoring_runs",
        "settled",
    }
    assert len(held["imports"]) == 3


def test_an_undo_is_signed_and_dated(clients: Database) -> None:
    number = number_of(clients, LONG)
    imports.undo(clients, number, by="grace")
    row = one(clients.query("SELECT * FROM imports WHERE import_id > 0"))
    assert row["undone_by"] == "grace"
    assert row["undone_at"] > row["imported_at"]


def test_an_import_is_undone_once(clients: Database) -> None:
    number = number_of(clients, LONG)
    imports.undo(clients, number, by="grace")
    before = everything(clients)
    for anyway in (False, True):
        with pytest.raises(UndoRefused, match=f"Import {number} is undone already"):
            imports.undo(clients, number, by="grace", anyway=anyway)
    assert everything(clients) == before


def test_an_import_that_does_not_exist_is_a_wrong_argument(clients: Database) -> None:
    with pytest.raises(ArgumentError, match="there is no import 99") as raised:
        imports.undo(clients, 99, by="grace")
    assert raised.value.argument == "import_id"


OVERWRITTEN = {
    "a value": (
        LONG,
        usage(("A", CALLS, DAY, 8), ("B", CALLS, date(2026, 6, 1), 8)),
        usage(("A", CALLS, DAY, 9)),
        "1 of its values were changed again",
    ),
    "a new value": (
        table([{"organization_id": "A", "feature_name": "SSO"}]),
        LONG,
        usage(("A", CALLS, DAY, 9), ("A", "CASES_CLOSED", DAY, 9), ("B", CALLS, DAY, 10)),
        "2 of its values were changed again",
    ),
    "a field of a client": (
        organizations({"organization_id": "A", "csm": "x"}),
        organizations({"organization_id": "A", "csm": "y", "industry": "Water"}),
        organizations({"organization_id": "A", "csm": "z", "total_users": 9}),
        "Later imports changed or built on 1 of its records",
    ),
    "a new client": (
        LONG,
        organizations({"organization_id": "NEW", "csm": "y"}, {"organization_id": "NEXT"}),
        organizations({"organization_id": "NEW", "csm": "z"}),
        "Later imports changed or built on 1 of its records",
    ),
    "a field of a feature": (
        table([{"organization_id": "A", "feature_name": "SSO", "usage_count": 1}]),
        table([{"organization_id": "A", "feature_name": "SSO", "usage_count": 2, "is_used": 1}]),
        table([{"organization_id": "A", "feature_name": "SSO", "usage_count": 3, "is_enabled": 1}]),
        "Later imports changed or built on 1 of its records",
    ),
    "a new feature": (
        LONG,
        table([{"organization_id": "A", "feature_name": "SSO", "usage_count": 2}]),
        table([{"organization_id": "A", "feature_name": "SSO", "usage_count": 3}]),
        "Later imports changed or built on 1 of its records",
    ),
}


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_what_a_later_import_changed_again_is_not_undone_without_asking(
    clients: Database, name: str
) -> None:
    first, then, later, sentence = OVERWRITTEN[name]
    store(clients, first)
    number = number_of(clients, then)
    last = number_of(clients, later)
    before = everything(clients)
    with pytest.raises(
        UndoRefused, match=f"{sentence}.*first.* import {last}.*undo this one anyway"
    ):
        imports.undo(clients, number, by="grace")
    assert everything(clients) == before


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_undoing_the_earlier_anyway_and_then_the_later_gives_back_what_was_before(
    clients: Database, name: str
) -> None:
    first, then, later, _ = OVERWRITTEN[name]
    store(clients, first)
    before = contents(clients)
    number = number_of(clients, then)
    last = number_of(clients, later)
    imports.undo(clients, number, by="grace", anyway=True)
    assert contents(clients) != before
    imports.undo(clients, last, by="grace")
    assert contents(clients) == before


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_the_later_can_be_undone_first_as_if_it_had_never_been(
    clients: Database, name: str
) -> None:
    first, then, later, _ = OVERWRITTEN[name]
    store(clients, first)
    before = contents(clients)
    number = number_of(clients, then)
    between = contents(clients)
    imports.undo(clients, number_of(clients, later), by="grace")
    assert contents(clients) == between
    imports.undo(clients, number, by="grace")
    assert contents(clients) == before


def test_undone_anyway_later_values_stay_and_the_others_go_back(clients: Database) -> None:
    store(clients, LONG)
    number = number_of(clients, usage(("A", CALLS, DAY, 8), ("B", CALLS, DAY, 8)))
    store(clients, usage(("A", CALLS, DAY, 100)))
    imports.undo(clients, number, by="grace", anyway=True)
    assert ("A", CALLS, 30, 100) in values(clients)
    assert ("B", CALLS, 30, 9) in values(clients)


def test_a_value_that_others_put_beside_its_own_does_not_hold_an_import(clients: Database) -> None:
    number = number_of(clients, usage(("A", CALLS, DAY, 7)))
    store(clients, usage(("A", TICKETS, DAY, 1)))
    store(clients, usage(("A", TICKETS, DAY, 2)))
    imports.undo(clients, number, by="grace")
    assert values(clients) == [("A", TICKETS, 30, 2)]


def test_a_day_that_several_imports_filled_keeps_what_each_of_them_wrote(
    clients: Database,
) -> None:
    first, second, third = (
        number_of(clients, usage(("A", metric, DAY, 7)))
        for metric in (CALLS, TICKETS, "CASES_CLOSED")
    )
    imports.undo(clients, first, by="grace")
    imports.undo(clients, third, by="grace")
    assert values(clients) == [("A", TICKETS, 30, 7)]
    imports.undo(clients, second, by="grace")
    assert values(clients) == []


def test_a_value_that_was_inherited_is_counted_once(clients: Database) -> None:
    numbers = [number_of(clients, usage(("A", CALLS, DAY, value))) for value in (1, 2, 3)]
    imports.undo(clients, numbers[0], by="grace", anyway=True)
    with pytest.raises(UndoRefused, match="1 of its values"):
        imports.undo(clients, numbers[1], by="grace")
    imports.undo(clients, numbers[2], by="grace")
    assert values(clients) == [("A", CALLS, 30, 2)]
    imports.undo(clients, numbers[1], by="grace")
    assert values(clients) == []


def test_undone_anyway_later_fields_stay_and_the_others_go_back(clients: Database) -> None:
    store(clients, organizations(FULL))
    number = number_of(clients, organizations(FULL | {"csm": "y", "industry": "Water"}))
    store(clients, organizations(FULL | {"csm": "z", "industry": "Water"}))
    later = client(clients, "A")["updated_at"]
    imports.undo(clients, number, by="grace", anyway=True)
    row = client(clients, "A")
    assert (row["csm"], row["industry"], row["updated_at"]) == ("z", "Energy", later)


@pytest.mark.parametrize(
    "built",
    [usage(("NEW", CALLS, DAY, 1)), table([{"organization_id": "NEW", "feature_name": "SSO"}])],
    ids=["usage", "features"],
)
def test_a_client_with_data_is_not_taken_away(clients: Database, built: ParsedFile) -> None:
    before = contents(clients)
    number = number_of(clients, organizations({"organization_id": "NEW"}))
    alone = contents(clients)
    last = number_of(clients, built)
    with pytest.raises(UndoRefused, match="of 1 of its clients are on file"):
        imports.undo(clients, number, by="grace")
    imports.undo(clients, last, by="grace")
    assert contents(clients) == alone
    imports.undo(clients, number, by="grace")
    assert contents(clients) == before


def test_undone_anyway_a_client_with_data_stays(clients: Database) -> None:
    number = number_of(
        clients, organizations({"organization_id": "NEW"}, {"organization_id": "NEXT"})
    )
    store(clients, usage(("NEW", CALLS, DAY, 1)))
    imports.undo(clients, number, by="grace", anyway=True)
    assert {row[0] for row in contents(clients)["organizations"]} == {"A", "B", "NEW"}
    assert values(clients) == [("NEW", CALLS, 30, 1)]


def test_a_number_inside_that_is_free_again_brings_nothing_of_its_last_owner(
    database: Database,
) -> None:
    store(database, organizations({"organization_id": "A"}))
    numbers = [
        number_of(database, organizations({"organization_id": "OLD", "csm": "x"})),
        number_of(database, usage(("OLD", TICKETS, DAY, 3))),
        number_of(database, table([{"organization_id": "OLD", "feature_name": "SSO"}])),
    ]
    runs.score(database)
    for number in reversed(numbers):
        imports.undo(database, number, by="grace")
    store(database, organizations({"organization_id": "YOUNG"}), usage(("A", TICKETS, DAY, 1)))
    runs.score(database)
    assert {name for name, _ in scores(database)} == {"A"}
    assert client(database, "YOUNG")["csm"] is None
    assert contents(database)["feature_adoption"] == []


def test_scores_of_usage_that_is_gone_are_gone(clients: Database) -> None:
    store(clients, usage(("A", TICKETS, DAY, 1)))
    number = number_of(
        clients, usage(("B", TICKETS, DAY, 1), ("A", TICKETS, DAY + timedelta(9), 1))
    )
    runs.score(clients, everything=True)
    assert {name for name, _ in scores(clients)} == {"A", "B"}
    imports.undo(clients, number, by="grace")
    assert {name for name, _ in scores(clients)} == {"A"}
    assert max(day for _, day in scores(clients)) == DAY


# One value by form


def test_recording_a_value_is_an_import_of_one_row(clients: Database) -> None:
    done = imports.record_usage(clients, "A", MetricType.API_CALLS, 7, DAY, by="ada", today=DAY)
    assert counts(done) == (1, 0, 0, 0)
    assert values(clients) == [("A", CALLS, 30, 7)]
    assert imports.record_usage(clients, "A", "API_CALLS", 8, DAY, today=DAY).rows_changed == 1
    row = clients.query("SELECT kind, name, imported_by FROM imports WHERE import_id = 1").row(0)
    assert row == ("usage", "By hand: A, API calls on 30\xa0Jun\xa02026", "ada")
    imports.undo(clients, 2, by="ada")
    assert values(clients) == [("A", CALLS, 30, 7)]


@pytest.mark.parametrize(
    ("arguments", "argument", "sentence"),
    [
        (("A", "COFFEE", 1, DAY), "metric_type", "“COFFEE” is unknown metric"),
        (("A", CALLS, -1, DAY), "value", "“-1” is negative"),
        (("A", CALLS, 10**12, DAY), "value", "is too large"),
        (("A", "CAMPAIGN_RESPONSE_RATE", 101, DAY), "value", "is percentage above 100"),
        (("A", CALLS, 1, DAY + timedelta(2)), "date", "is date later than tomorrow"),
        (("", CALLS, 1, DAY), "organization_id", "empty required cell"),
        (("A\nB", CALLS, 1, DAY), "organization_id", "line break"),
    ],
)
def test_recording_a_wrong_value_names_the_argument(
    clients: Database, arguments: tuple[str, str, int, date], argument: str, sentence: str
) -> None:
    before = everything(clients)
    with pytest.raises(ArgumentError, match=sentence) as raised:
        imports.record_usage(clients, *arguments, today=DAY)
    assert raised.value.argument == argument
    assert everything(clients) == before


def test_tomorrow_can_be_recorded_already(clients: Database) -> None:
    tomorrow = DAY + timedelta(1)
    assert imports.record_usage(clients, "A", CALLS, 7, tomorrow, today=DAY).rows_new == 1


def test_recording_counts_by_the_calendar_of_this_machine(
    clients: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY - timedelta(1))
    assert imports.record_usage(clients, "A", CALLS, 7, DAY).rows_new == 1
    with pytest.raises(ArgumentError, match="date later than tomorrow"):
        imports.record_usage(clients, "A", CALLS, 7, DAY + timedelta(1))


def test_recording_for_a_client_that_is_not_on_file_says_so(clients: Database) -> None:
    before = everything(clients)
    with pytest.raises(UnknownOrganization, match="“X”"):
        imports.record_usage(clients, "X", CALLS, 1, DAY, today=DAY)
    with pytest.raises(UnknownOrganization, match="“X”"):
        imports.update_feature_adoption(clients, "X", "SSO", is_enabled=True, is_used=True)
    assert everything(clients) == before


def test_updating_a_feature_leaves_its_first_and_last_use(clients: Database) -> None:
    key: dict[str, Cell] = {"organization_id": "A", "feature_name": "SSO"}
    store(clients, table([key | {"first_used_at": DAY, "last_used_at": DAY, "usage_count": 3}]))
    imports.update_feature_adoption(clients, "A", "SSO", is_enabled=True, is_used=False)
    row = contents(clients)["feature_adoption"][0]
    assert row[:7] == ("A", "SSO", True, False, DAY, DAY, 3)
    imports.update_feature_adoption(clients, "A", "SSO", True, True, 0, by="ada")
    assert contents(clients)["feature_adoption"][0][6] == 0


@pytest.mark.parametrize(
    ("feature", "count", "argument"), [("COFFEE", 1, "feature_name"), ("SSO", -1, "usage_count")]
)
def test_updating_a_feature_wrongly_names_the_argument(
    clients: Database, feature: str, count: int, argument: str
) -> None:
    with pytest.raises(ArgumentError) as raised:
        imports.update_feature_adoption(clients, "A", feature, True, True, count)
    assert raised.value.argument == argument


# From the file to the score


def test_the_small_files_of_the_project_are_loaded_together(database: Database) -> None:
    tiny = Path(__file__).parents[1] / "data" / "tiny"
    names = ("usage_long.csv", "usage_wide.csv", "features.csv", "organizations.csv")
    files = [read_file(tiny / name, name=name, today=TODAY) for name in names]
    done = imports.store(database, files, by="ada", valid_rows_only=True)
    assert [file.rows_rejected for file in done] == [0, 0, 0, 0]
    runs.score(database)
    assert scores(database)


# Laws, on random data

SPAN = 4


@st.composite
def files(draw: st.DrawFn) -> tuple[ParsedFile, list[Usage]]:
    """A small file of any kind about the clients A, B and C, and the usage in it."""
    kind = draw(st.sampled_from(("usage", "usage", "clients", "features")))
    if kind == "usage":
        rows = draw(random_portfolios.usage_rows(SPAN, most=6).filter(bool))
        return table(map(asdict, rows)), rows
    if kind == "clients":
        names = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=2, unique=True))
        clients = draw(random_portfolios.clients(names))
        return organizations(*map(asdict, clients)), []
    features = draw(random_portfolios.features(SPAN).filter(bool))
    return table(map(asdict, features)), []


Key = tuple[str, str, date]


class Writers:
    """Who wrote which usage value, as lists: an import writes what differs from what it finds."""

    def __init__(self) -> None:
        self._written: dict[Key, dict[int, int]] = {}

    def store(self, number: int, rows: list[Usage]) -> None:
        for row in rows:
            written = self._written.setdefault((row.organization_id, row.metric_type, row.date), {})
            if [row.value] != list(written.values())[-1:]:
                written[number] = row.value

    def undo(self, number: int) -> None:
        for written in self._written.values():
            written.pop(number, None)

    def values(self) -> list[tuple[Any, ...]]:
        """All usage as :func:`values` lists it."""
        return [
            (name, metric, day.day, list(written.values())[-1])
            for (name, metric, day), written in sorted(self._written.items())
            if written
        ]


@settings(max_examples=15)
@given(data=st.data(), loads=st.lists(files(), min_size=1, max_size=4))
def test_imports_undone_in_any_order_give_back_what_was_before(
    shared_database: Database, data: st.DataObject, loads: list[tuple[ParsedFile, list[Usage]]]
) -> None:
    database = shared_database
    empty(database)
    fill(database, [Client(organization_id=name, total_users=60) for name in "ABC"])
    writers = Writers()
    numbers: list[int] = []
    snapshots = [contents(database)]
    for file, rows in loads:
        number = number_of(database, file)
        if number not in numbers:  # the same file again is no other import
            numbers.append(number)
            writers.store(number, rows)
            snapshots.append(contents(database))
        assert values(database) == writers.values()
    left = list(numbers)
    for number in data.draw(st.permutations(numbers)):
        imports.undo(database, number, by="grace", anyway=True)
        writers.undo(number)
        left.remove(number)
        assert values(database) == writers.values()
        if left == numbers[: len(left)]:
            assert contents(database) == snapshots[len(left)]


@settings(max_examples=10)
@given(data=st.data(), earlier=files(), load=files())
def test_a_preview_never_differs_from_what_is_stored(
    shared_database: Database,
    data: st.DataObject,
    earlier: tuple[ParsedFile, list[Usage]],
    load: tuple[ParsedFile, list[Usage]],
) -> None:
    database = shared_database
    empty(database)
    known = data.draw(st.sampled_from(("ABC", "AB", "C")))
    fill(database, [Client(organization_id=name, total_users=60) for name in known])
    outcome_of(database, earlier[0])
    before = everything(database)
    planned = imports.plan(database, [load[0]])[0]
    assert everything(database) == before
    done = outcome_of(database, load[0])
    assert comparable(done) == comparable(planned)
    assert sum(counts(done)) == load[0].row_count


@settings(max_examples=6)
@given(data=st.data(), rows=random_portfolios.usage_rows(SPAN, most=12).filter(bool))
def test_the_order_and_the_shape_of_rows_and_loading_them_twice_change_nothing(
    shared_database: Database, data: st.DataObject, rows: list[Usage]
) -> None:
    database = shared_database
    clients = [Client(organization_id=name) for name in "ABC"]
    # Twice a 1 of one day looks like one row an event, and is held for a person to look at.
    rows = [replace(row, value=2) if row.value == 1 else row for row in rows]
    days: dict[tuple[str, date], dict[str, Cell]] = {}
    for row in rows:
        days.setdefault((row.organization_id, row.date), {})[row.metric_type] = row.value
    wide = [{"organization_id": n, "date": day, **cells} for (n, day), cells in days.items()]
    shuffled = data.draw(st.permutations(rows))
    half = len(rows) // 2
    once = Writers()
    once.store(1, rows)
    ways = (
        [table(map(asdict, rows))],
        [table(map(asdict, shuffled + rows))],
        [table(map(asdict, part)) for part in (shuffled[half:], shuffled[:half]) if part],
        [table(data.draw(st.permutations(wide)))] * 2,
    )
    for way in ways:
        empty(database)
        fill(database, clients)
        store(database, *way)
        assert values(database) == once.values()
