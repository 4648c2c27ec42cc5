"""How far back imports can be undone: at least as long as is said, and no longer than is paid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_files import organizations, usage
from stored import contents

from health import imports
from health.errors import UndoRefused
from health.files import ParsedFile
from health.imports import retention
from health.queries.imports import ImportsQuery, list_imports
from health.storage.database import Database

DAY = date(2026, 6, 30)
CALLS = "API_CALLS"
KEPT = 90
A = organizations({"organization_id": "A"})


def store(database: Database, file: ParsedFile, *, days_ago: int) -> int:
    """Store a file as if it were so many days ago."""
    number = imports.store(database, [file], by="ada", undo_days=KEPT)[0].import_id
    assert number is not None
    with database.write() as writer:
        writer.execute(
            "UPDATE imports SET imported_at = imported_at - to_days($days) WHERE import_id = $id",
            {"days": days_ago, "id": number},
        )
    return number


def value(number: int) -> ParsedFile:
    return usage(("A", CALLS, DAY, number))


def history(database: Database) -> list[int]:
    """The imports whose values are kept, those of records first."""
    return [
        row[0]
        for name in ("record_changes", "usage_changes")
        for row in database.query(f"SELECT DISTINCT import_id FROM {name} ORDER BY 1").rows()
    ]


def fates(database: Database) -> list[str]:
    with database.read() as reader:
        return [row.fate for row in list_imports(reader, ImportsQuery()).rows]


def test_an_import_is_undone_ninety_days_later_under_all_that_came_after(
    database: Database,
) -> None:
    store(database, A, days_ago=200)
    store(database, value(1), days_ago=150)
    before = contents(database, ("usage_metrics",))
    first = store(database, value(2), days_ago=89)
    for ago in range(88, 0, -8):
        store(database, usage(("A", CALLS, DAY + timedelta(ago), ago)), days_ago=ago)
    last = store(database, usage(("A", CALLS, DAY + timedelta(100), 1)), days_ago=0)
    for number in range(last, first - 1, -1):
        imports.undo(database, number, by="ada")
    assert contents(database, ("usage_metrics",)) == before


def test_what_an_older_import_replaced_is_not_kept_and_the_import_says_so(
    database: Database,
) -> None:
    store(database, A, days_ago=120)
    store(database, value(1), days_ago=110)
    old = store(database, value(2), days_ago=91)
    young = store(database, value(3), days_ago=89)
    store(database, value(4), days_ago=0)
    assert fates(database) == ["", "", *3 * ["can no longer be undone"]]
    assert history(database) == [young, young + 1]
    with pytest.raises(UndoRefused, match=r"can no longer be undone: it was stored on .* Load a"):
        imports.undo(database, old, by="ada", anyway=True)


def test_what_is_left_is_undone_to_exactly_what_was_before(database: Database) -> None:
    store(database, A, days_ago=120)
    store(database, value(1), days_ago=110)
    old = store(database, value(2), days_ago=100)
    before = contents(database, ("usage_metrics",))
    young = store(database, value(3), days_ago=10)
    last = store(database, value(4), days_ago=0)
    assert history(database) == [young, last]
    imports.undo(database, young, by="ada", anyway=True)
    imports.undo(database, last, by="ada")
    assert contents(database, ("usage_metrics",)) == before
    assert old < young


def test_an_import_is_kept_while_an_earlier_one_is(database: Database) -> None:
    first = store(database, A, days_ago=10)
    store(database, value(1), days_ago=200)
    store(database, value(2), days_ago=200)
    store(database, value(3), days_ago=0)
    assert first in history(database)
    assert fates(database) == ["", "", "", ""]


def test_history_goes_a_bounded_number_of_entries_with_each_load(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 2)
    store(database, A, days_ago=120)
    many = [usage(*(("A", CALLS, DAY + timedelta(d), n) for d in range(5))) for n in (1, 2)]
    for file in many:
        store(database, file, days_ago=100)
    left = []
    for number in range(4):
        imports.store(database, [value(10 + number)], by="ada", undo_days=KEPT)
        left.append(database.query("SELECT * FROM usage_changes WHERE import_id <= 3").height)
    assert left == [3, 1, 0, 0]


def test_without_a_limit_everything_is_kept(database: Database) -> None:
    store(database, A, days_ago=9_000)
    imports.store(database, [value(1)], by="ada")
    assert fates(database) == ["", ""]
