"""Two clients become one, and two again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_files import organizations, table, usage
from stored import contents, empty, everything, scores, tables

from health import imports
from health.accounts.calls import log_call
from health.accounts.decisions import dismiss
from health.accounts.entries import add_note
from health.accounts.pulses import set_pulse
from health.accounts.tasks import add_task
from health.errors import UndoHeld, UndoRefused, UnknownOrganization
from health.imports import identity
from health.imports.identity import snapshot
from health.imports.identity.merging import MergeConflict, Preferred
from health.scoring import runs
from health.storage.database import Database

DAY = date(2026, 6, 30)
HISTORY = {"identity_actions", "state"}
OUT_OF_DATE = {"scores", "stale"}


@pytest.fixture
def both(database: Database) -> Database:
    """KEEP and OTHER with a month of usage each, that of OTHER ten days later."""
    imports.store(
        database,
        [
            organizations(
                {"organization_id": "KEEP", "total_users": 50, "csm": None},
                {"organization_id": "OTHER", "total_users": 70, "csm": "ada@example.org"},
                {"organization_id": "ELSE", "total_users": 5, "csm": None},
            ),
            table(
                {"organization_id": one, "feature_name": feature, "is_enabled": True}
                for one, feature in (("KEEP", "SSO"), ("OTHER", "SSO"), ("OTHER", "AI_ASSISTANT"))
            ),
            usage(
                *(("KEEP", "DAILY_ACTIVE_USERS", DAY - timedelta(n), 20) for n in range(10, 40)),
                *(("OTHER", "DAILY_ACTIVE_USERS", DAY - timedelta(n), 20) for n in range(30)),
                *(("ELSE", "DAILY_ACTIVE_USERS", DAY - timedelta(n), 3) for n in range(30)),
            ),
        ],
        by="ada",
    )
    return database


def score(database: Database) -> None:
    runs.score(database, requested_by="ada")


def held(database: Database, *, but: set[str] = HISTORY) -> dict[str, list[Any]]:
    """Everything on file, without the history of ids and what says how often it was changed."""
    return {name: rows for name, rows in everything(database).items() if name not in but}


def test_the_usage_of_both_is_under_the_id_that_is_kept(both: Database) -> None:
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    assert (done.days, done.shared_days, done.conflicts) == (30, 20, 0)
    assert (done.features, done.fields) == (1, ("csm",))
    found = both.query("SELECT DISTINCT organization_id FROM usage_metrics ORDER BY 1")
    assert found["organization_id"].to_list() == ["ELSE", "KEEP"]
    days = both.query("SELECT date FROM usage_metrics WHERE organization_id = 'KEEP'")
    assert days.height == days["date"].n_unique() == 40
    client = both.query("SELECT total_users, csm FROM organizations WHERE organization_id = 'KEEP'")
    assert client.row(0) == (50, "ada@example.org")


def test_a_file_that_names_the_other_finds_the_client(both: Database) -> None:
    identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    later = imports.store(both, [usage(("OTHER", "API_CALLS", DAY, 7))], by="ada")[0]
    assert (later.rows_new, later.rows_rejected) == (1, 0)
    found = both.query("SELECT organization_id FROM usage_metrics WHERE metric_type = 'API_CALLS'")
    assert found["organization_id"].to_list() == ["KEEP"]


def test_a_file_that_names_both_is_read_as_one_client(both: Database) -> None:
    identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    file = usage(("OTHER", "API_CALLS", DAY, 7), ("KEEP", "API_CALLS", DAY, 8))
    with pytest.raises(imports.FilesRefused) as refused:
        imports.store(both, [file], by="ada")
    assert refused.value.outcomes[0].rows_rejected == 2


def test_different_values_of_one_day_are_shown_and_asked_about(both: Database) -> None:
    imports.store(both, [usage(("OTHER", "DAILY_ACTIVE_USERS", DAY - timedelta(12), 9))], by="ada")
    before = everything(both)
    with pytest.raises(MergeConflict, match=r"Daily active users: 20 and 9.*--prefer"):
        identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    assert everything(both) == before
    assert identity.plan_merge(both, "KEEP", "OTHER").conflicts == 1
    assert everything(both) == before
    identity.merge_clients(both, "KEEP", "OTHER", by="eva", prefer=Preferred.OTHER)
    value = both.query(
        "SELECT value FROM usage_metrics WHERE organization_id = 'KEEP' AND date = $day",
        {"day": DAY - timedelta(12)},
    )
    assert value["value"].to_list() == [9]


def test_an_undo_gives_back_every_row(both: Database) -> None:
    score(both)
    first = scores(both)
    dismiss(both, "OTHER", reason="They moved.", known=(), by="ada")
    before = held(both)
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    score(both)
    assert scores(both) != first
    assert held(both) != before
    assert done.action_id is not None
    identity.undo_action(both, done.action_id, by="eva")
    but = OUT_OF_DATE | {"scoring_runs"}
    assert {k: v for k, v in held(both).items() if k not in but} == {
        k: v for k, v in before.items() if k not in but
    }
    score(both)
    assert scores(both) == first


def test_what_was_decided_meanwhile_stays_with_the_client_that_was_kept(both: Database) -> None:
    dismiss(both, "OTHER", reason="They moved.", known=(), by="ada")
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    dismiss(both, "KEEP", reason="It is one company.", known=(), by="ada")
    assert done.action_id is not None
    identity.undo_action(both, done.action_id, by="eva")
    found = both.query(
        "SELECT organization_id, reason FROM decisions JOIN clients USING (organization) ORDER BY 1"
    )
    assert found.rows() == [("KEEP", "It is one company."), ("OTHER", "They moved.")]


def test_what_was_written_about_a_client_goes_along_and_comes_back(both: Database) -> None:
    of = {"day": DAY, "by": "ada"}
    log_call(both, "OTHER", outcome="REACHED", note="They moved.", **of)
    add_note(both, "OTHER", note="Two offices.", **of)
    add_task(both, "OTHER", task="Send a map.", due_day=DAY, person="ada", **of)
    set_pulse(both, "OTHER", level="GOOD", reason="They grow.", until_day=DAY, **of)
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    add_note(both, "KEEP", note="It is one company.", **of)
    for kind in ("calls", "notes", "tasks", "pulses"):
        assert both.query(f"SELECT DISTINCT organization_id FROM {kind}").rows() == [("KEEP",)]
    assert done.action_id is not None
    identity.undo_action(both, done.action_id, by="eva")
    for kind in ("calls", "tasks", "pulses"):
        assert both.query(f"SELECT organization_id FROM {kind}").rows() == [("OTHER",)]
    assert both.query("SELECT organization_id, note FROM notes ORDER BY note_id").rows() == [
        ("OTHER", "Two offices."),
        ("KEEP", "It is one company."),
    ]


def test_an_import_that_both_rest_on_is_undone_after_the_merge(both: Database) -> None:
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    with pytest.raises(UndoHeld, match="Undo the merge first"):
        imports.undo(both, 3, by="ada", anyway=True)
    assert done.action_id is not None
    identity.undo_action(both, done.action_id, by="eva")
    imports.undo(both, 3, by="ada")
    assert both.query("SELECT * FROM usage_metrics").is_empty()


def test_a_merge_that_a_later_import_rests_on_is_undone_after_it(both: Database) -> None:
    done = identity.merge_clients(both, "KEEP", "OTHER", by="eva")
    number = imports.store(both, [usage(("KEEP", "API_CALLS", DAY, 7))], by="ada")[0].import_id
    assert done.action_id is not None
    assert number is not None
    with pytest.raises(UndoRefused, match=f"client-health undo {number}"):
        identity.undo_action(both, done.action_id, by="eva")
    imports.undo(both, number, by="ada")
    identity.undo_action(both, done.action_id, by="eva")


def test_a_new_client_never_gets_the_number_of_one_that_can_come_back(both: Database) -> None:
    # ELSE is the last; when it is merged its number is free.
    done = identity.merge_clients(both, "KEEP", "ELSE", by="eva", prefer=Preferred.KEEP)
    imports.store(both, [organizations({"organization_id": "NEW"})], by="ada")
    assert done.action_id is not None
    identity.undo_action(both, done.action_id, by="eva")
    numbers = both.query("SELECT organization FROM clients")["organization"]
    assert numbers.n_unique() == numbers.len() == 4


def test_every_table_that_names_clients_goes_along(database: Database) -> None:
    with database.read() as reader:
        naming = {
            table
            for table in tables(reader)
            if reader.value(
                """SELECT count(*) FROM duckdb_columns()
                WHERE table_name = $table AND column_name = 'organization'""",
                {"table": table},
            )
        }
    assert naming == {*snapshot.TABLES, *snapshot.MOVED}


def test_unknown_ids_are_told(both: Database) -> None:
    with pytest.raises(UnknownOrganization, match="NOBODY"):
        identity.merge_clients(both, "KEEP", "NOBODY", by="eva")
    with pytest.raises(identity.IdentityRefused, match="one client"):
        identity.merge_clients(both, "KEEP", "KEEP", by="eva")


values = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from(["API_CALLS", "SUPPORT_TICKETS"]),
        st.integers(0, 5).map(lambda n: DAY - timedelta(n)),
        st.integers(0, 3),
    ),
    max_size=8,
    unique_by=lambda row: row[:3],
)
records = st.fixed_dictionaries(
    {"total_users": st.sampled_from([None, 4, 5]), "csm": st.sampled_from([None, "x, 'y'", "[z]"])}
)


@settings(max_examples=25)
@given(values, values, records, records, st.sampled_from(Preferred))
def test_whatever_is_on_file_an_undo_gives_it_back(
    shared_database: Database,
    first: list[Any],
    second: list[Any],
    one: dict[str, Any],
    other: dict[str, Any],
    prefer: Preferred,
) -> None:
    empty(shared_database)
    clients = organizations({"organization_id": "A", **one}, {"organization_id": "B", **other})
    changed = organizations({"organization_id": "A", **other}, {"organization_id": "B", **one})
    imports.store(shared_database, [clients, *([usage(*first)] if first else [])], by="ada")
    imports.store(shared_database, [changed, *([usage(*second)] if second else [])], by="ada")
    before = held(shared_database, but=HISTORY | OUT_OF_DATE)
    done = identity.merge_clients(shared_database, "A", "B", by="eva", prefer=prefer)
    assert contents(shared_database, ("clients",))["clients"][0][1] == "A"
    assert done.action_id is not None
    identity.undo_action(shared_database, done.action_id, by="eva")
    assert held(shared_database, but=HISTORY | OUT_OF_DATE) == before
