"""Outcomes in files and forms, what marking a client inactive writes, and all of it undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from health import imports
from health.errors import ArgumentError, UndoHeld, UndoRefused
from health.files import read_file
from health.imports import FilesRefused, ImportOutcome
from health.imports.identity.merging import merge_clients
from health.imports.identity.undo import undo_action
from health.maintenance import checks
from health.maintenance.check import State
from health.storage.database import Database
from health.vocabulary import FileKind, Outcome

TODAY = date(2026, 11, 24)
CLIENTS = "organization_id,name,annual_value\nACME,Acme,1000\nBOLT,Bolt,500\nCOAL,Coal,\n"
USAGE = "organization_id,date,monthly_active_users\n" + "".join(
    f"{client},2026-{month:02}-05,{month}\n"
    for client in ("ACME", "BOLT")
    for month in range(3, 12)
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """ACME and BOLT with usage from 5 March on, COAL without any."""
    with Database.open(tmp_path / "health.duckdb") as database:
        load(database, CLIENTS)
        load(database, USAGE)
        yield database


def load(database: Database, text: str, **options: bool) -> ImportOutcome:
    parsed = read_file(text.encode(), name="file.csv", today=TODAY)
    return imports.store(database, [parsed], by="ada", **options)[0]


def rows(*lines: str) -> str:
    return "organization_id,date,outcome,value_change,reason\n" + "".join(f"{x}\n" for x in lines)


def on_file(database: Database) -> list[tuple[object, ...]]:
    return database.query(
        """SELECT organization_id, date::VARCHAR, outcome, value_change, reason
        FROM outcomes_of_clients ORDER BY ALL"""
    ).rows()


def reasons(database: Database, text: str) -> list[tuple[int, str]]:
    with pytest.raises(FilesRefused) as refused:
        load(database, text)
    return refused.value.outcomes[0].rejects.select("line", "reason").rows()


def assert_sound(database: Database) -> None:
    assert [one for one in checks.run(database) if one.state is State.FAIL] == []


def test_a_file_of_outcomes_is_stored_and_loading_it_twice_changes_nothing(
    database: Database,
) -> None:
    text = rows("ACME,2026-04-01,Renewed,250.5,Three years", "BOLT,2026-05-01,CHURNED,-500,")
    first, second = load(database, text), load(database, text)
    assert (first.kind, first.rows_new, first.clients) == (FileKind.OUTCOMES, 2, 2)
    assert (second.rows_new, second.rows_changed, second.rows_unchanged) == (0, 0, 2)
    assert on_file(database) == [
        ("ACME", "2026-04-01", "RENEWED", Decimal("250.50"), "Three years"),
        ("BOLT", "2026-05-01", "CHURNED", Decimal("-500.00"), None),
    ]
    assert_sound(database)


def test_an_empty_cell_keeps_what_is_on_file_unless_it_is_asked_to_empty_it(
    database: Database,
) -> None:
    load(database, rows("ACME,2026-04-01,RENEWED,250,Three years"))
    kept = load(database, rows("ACME,2026-04-01,RENEWED,300,"))
    assert kept.rows_changed == 1
    assert kept.changes.select("field", "old_value", "new_value").rows() == [
        ("RENEWED value_change", "250.00", "300.00")
    ]
    assert on_file(database)[0][3:] == (Decimal("300.00"), "Three years")
    emptied = load(database, rows("ACME,2026-04-01,RENEWED,300,"), empty_clears=True)
    assert emptied.cleared == {"reason": 1}
    assert on_file(database)[0][3:] == (Decimal("300.00"), None)


def test_what_cannot_be_is_refused_with_its_line(database: Database) -> None:
    text = rows(
        "ACME,2026-03-04,RENEWED,,",
        "COAL,2026-04-01,RENEWED,,",
        "NOBODY,2026-04-01,RENEWED,,",
        "BOLT,2026-04-01,LEFT,,",
        "BOLT,2026-06-01,CHURNED,,",
        "BOLT,2026-05-01,CHURNED,,",
        "ACME,2026-06-01,EXPANDED,1,",
        "ACME,2026-06-01,EXPANDED,2,",
    )
    assert reasons(database, text) == [
        (2, "before the first usage of the client"),
        (3, "before the first usage of the client"),
        (4, "unknown organization"),
        (5, "unknown outcome"),
        (6, "a second time that the client left, without a return between"),
        (8, "key twice in the file with different values"),
        (9, "key twice in the file with different values"),
    ]
    assert on_file(database) == []


def test_a_client_may_leave_again_after_a_return_and_not_before(database: Database) -> None:
    load(database, rows("ACME,2026-06-01,CHURNED,,"))
    for day in ("2026-05-01", "2026-07-01"):
        assert reasons(database, rows(f"ACME,{day},CHURNED,,")) == [
            (2, "a second time that the client left, without a return between")
        ]
    load(database, rows("ACME,2026-08-01,CHURNED,,", "ACME,2026-07-01,REACTIVATED,,"))
    load(database, rows("ACME,2026-08-01,REACTIVATED,,", "ACME,2026-09-01,CHURNED,,"))
    assert len(on_file(database)) == 5
    assert_sound(database)


def test_an_undo_gives_the_earlier_outcome_back(database: Database) -> None:
    load(database, rows("ACME,2026-04-01,RENEWED,250,Three years"))
    before = on_file(database)
    outcome = load(database, rows("ACME,2026-04-01,RENEWED,1,x", "BOLT,2026-05-01,CHURNED,,"))
    assert outcome.import_id is not None
    imports.undo(database, outcome.import_id, by="ada")
    assert on_file(database) == before
    assert_sound(database)


def test_an_undo_is_held_by_a_later_import_of_the_same_outcome(database: Database) -> None:
    first = load(database, rows("ACME,2026-04-01,RENEWED,250,a", "BOLT,2026-04-01,RENEWED,,"))
    second = load(database, rows("ACME,2026-04-01,RENEWED,300,b"))
    assert first.import_id
    assert second.import_id
    with pytest.raises(UndoHeld, match="first import 4"):
        imports.undo(database, first.import_id, by="ada")
    imports.undo(database, first.import_id, by="ada", anyway=True)
    assert [row[:2] for row in on_file(database)] == [("ACME", "2026-04-01")]
    imports.undo(database, second.import_id, by="ada")
    assert on_file(database) == []


def test_an_undo_that_would_leave_the_impossible_is_refused(database: Database) -> None:
    load(database, rows("ACME,2026-05-01,CHURNED,,"))
    back = load(database, rows("ACME,2026-06-01,REACTIVATED,,"))
    load(database, rows("ACME,2026-07-01,CHURNED,,"))
    for import_id in (2, back.import_id):
        with pytest.raises(UndoRefused, match="impossible without it"):
            imports.undo(database, import_id or 0, by="ada", anyway=True)
    assert len(on_file(database)) == 3
    assert_sound(database)


def test_the_form_says_in_a_sentence_what_cannot_be(database: Database) -> None:
    imports.record_outcome(
        database, "ACME", Outcome.CHURNED, date(2026, 5, 1), value_change=-1000, reason="Price",
        by="ada", today=TODAY,
    )  # fmt: skip
    assert on_file(database) == [("ACME", "2026-05-01", "CHURNED", Decimal(-1000), "Price")]
    with pytest.raises(ArgumentError, match="a second time that the client left"):
        imports.record_outcome(database, "ACME", "CHURNED", date(2026, 6, 1), today=TODAY)
    with pytest.raises(ArgumentError, match="before the first usage"):
        imports.record_outcome(database, "BOLT", "RENEWED", date(2026, 1, 1), today=TODAY)


def status(database: Database, active: bool, day: date, reason: str = "") -> ImportOutcome:
    return imports.update_organization(
        database, "ACME", {"is_active": active}, valid_from=day, reason=reason, today=TODAY
    )


def test_marking_a_client_inactive_records_that_it_left_and_one_undo_takes_both_back(
    database: Database,
) -> None:
    outcome = status(database, False, date(2026, 9, 1), "Merged with Bolt")
    assert outcome.outcomes == {Outcome.CHURNED: 1}
    assert on_file(database) == [("ACME", "2026-09-01", "CHURNED", None, "Merged with Bolt")]
    assert_sound(database)
    imports.undo(database, outcome.import_id or 0, by="ada")
    assert on_file(database) == []
    active = database.query("SELECT is_active FROM organizations WHERE organization_id = 'ACME'")
    assert active.item() is True


def test_a_new_day_of_leaving_moves_the_outcome_and_a_return_writes_its_own(
    database: Database,
) -> None:
    status(database, False, date(2026, 9, 1))
    moved = status(database, False, date(2026, 8, 1))
    assert [row[1:3] for row in on_file(database)] == [("2026-08-01", "CHURNED")]
    back = status(database, True, date(2026, 10, 1))
    again = status(database, False, date(2026, 11, 1))
    assert [row[1:3] for row in on_file(database)] == [
        ("2026-08-01", "CHURNED"),
        ("2026-10-01", "REACTIVATED"),
        ("2026-11-01", "CHURNED"),
    ]
    assert_sound(database)
    for one in (again, back, moved):
        imports.undo(database, one.import_id or 0, by="ada")
    assert [row[1:3] for row in on_file(database)] == [("2026-09-01", "CHURNED")]


def test_marking_writes_no_outcome_that_cannot_be(database: Database) -> None:
    load(database, rows("ACME,2026-06-01,CHURNED,,"))
    assert status(database, False, date(2026, 9, 1)).outcomes == {}
    coal = imports.update_organization(
        database, "COAL", {"is_active": False}, valid_from=date(2026, 9, 1), today=TODAY
    )
    assert (coal.rows_changed, coal.outcomes) == (1, {})


def test_clients_that_become_one_keep_what_is_possible_and_part_again(database: Database) -> None:
    load(
        database,
        rows("ACME,2026-06-01,CHURNED,,", "BOLT,2026-05-01,CHURNED,,", "BOLT,2026-04-01,RENEWED,,"),
    )
    before = on_file(database)
    merged = merge_clients(database, "ACME", "BOLT", by="ada", prefer=None)
    assert [row[:3] for row in on_file(database)] == [
        ("ACME", "2026-04-01", "RENEWED"),
        ("ACME", "2026-06-01", "CHURNED"),
    ]
    assert_sound(database)
    undo_action(database, merged.action_id or 0, by="ada")
    assert on_file(database) == before


def test_a_file_whose_losses_have_no_minus_is_doubted(database: Database) -> None:
    text = rows(
        "ACME,2026-05-01,CHURNED,1000,", "BOLT,2026-05-01,DOWNGRADED,100,",
        "BOLT,2026-06-01,CHURNED,400,",
    )  # fmt: skip
    (found,) = load(database, text).warnings
    assert (found.holds, found.count) == (True, 3)
    (found,) = load(database, rows("ACME,2026-05-01,CHURNED,900,")).warnings
    assert not found.holds
