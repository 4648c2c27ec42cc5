"""What is written down outside the database, and what is told where the database lacks it."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
from small_files import organizations, usage
from stored import everything

from health import imports
from health.cli import main
from health.errors import DatabaseUnusable
from health.maintenance import checks
from health.maintenance.check import State
from health.scoring import runs
from health.storage import receipts
from health.storage.database import Database
from health.storage.receipts import Journal

DAY = date(2026, 11, 1)
CLIENTS = organizations({"organization_id": "A"}, {"organization_id": "B"})
USAGE = usage(("A", "SUPPORT_TICKETS", DAY, 5), ("B", "SUPPORT_TICKETS", DAY, 7))


def path_of(folder: Path) -> Path:
    return folder / "health.duckdb"


def lines(folder: Path) -> list[receipts.Line]:
    return Journal.of(path_of(folder)).lines


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database put back to where it was before its second import, beside its receipts."""
    path = path_of(tmp_path)
    with Database.open(path) as database:
        imports.store(database, [CLIENTS], by="day")
    before = path.read_bytes()
    with Database.open(path) as database:
        imports.store(database, [USAGE], by="night")
    path.write_bytes(before)
    return path


def test_each_import_undo_and_scoring_run_has_one_line(tmp_path: Path) -> None:
    with Database.open(path_of(tmp_path)) as database:
        imports.store(database, [CLIENTS, USAGE], by="night")
        runs.score(database, requested_by="night")
        imports.undo(database, 2, by="day")
        with database.write() as writer:
            writer.execute("UPDATE state SET is_demo = true")
    stored, scored, undone = lines(tmp_path)
    assert [one["sha256"] for one in stored["imports"]] == [CLIENTS.sha256, USAGE.sha256]
    assert stored["imports"][1]["rows_new"] == 2
    assert stored["imports"][1]["by"] == "night"
    assert stored["version"] == 1
    assert scored["run"]["scores"] == 2
    assert [(one["import_id"], one["undone_by"]) for one in undone["imports"]] == [(2, "day")]


def test_what_has_its_receipts_lacks_nothing(tmp_path: Path) -> None:
    with Database.open(path_of(tmp_path)) as database:
        imports.store(database, [CLIENTS, USAGE], by="night")
        imports.undo(database, 2, by="day")
    with Database.open(path_of(tmp_path)) as database:
        assert database.missing == ()
        assert database.notices == ()
    assert len(lines(tmp_path)) == 2


def test_a_database_behind_its_receipts_names_what_is_missing(older: Path) -> None:
    with Database.open(older) as database:
        (missing,) = database.missing
        assert (missing.import_id, missing.name, missing.by) == (2, USAGE.name, "night")
        (notice,) = database.notices
    assert USAGE.sha256 in notice
    assert "Load these files again" in notice


def test_what_is_missing_is_there_again_once_its_file_is_loaded_again(older: Path) -> None:
    with Database.open(older) as database:
        imports.store(database, [USAGE], by="day")
        assert database.notices == ()
    with Database.open(older) as database:
        assert database.missing == ()


def test_another_file_under_the_same_number_does_not_hide_what_is_missing(older: Path) -> None:
    other = usage(("A", "API_CALLS", DAY, 9))
    with Database.open(older) as database:
        imports.store(database, [other], by="day")
        assert [one.sha256 for one in database.missing] == [USAGE.sha256]
    with Database.open(older) as database:
        assert [one.sha256 for one in database.missing] == [USAGE.sha256]


def test_an_undo_that_got_lost_is_named(tmp_path: Path) -> None:
    path = path_of(tmp_path)
    with Database.open(path) as database:
        imports.store(database, [CLIENTS, USAGE], by="night")
    before = path.read_bytes()
    with Database.open(path) as database:
        imports.undo(database, 2, by="day")
    path.write_bytes(before)
    with Database.open(path) as database:
        assert "the undo of import 2" in database.notices[0]
        imports.undo(database, 2, by="day")
        assert database.notices == ()


def test_what_was_loaded_and_undone_is_not_missed(tmp_path: Path) -> None:
    path = path_of(tmp_path)
    with Database.open(path) as database:
        imports.store(database, [CLIENTS], by="night")
    before = path.read_bytes()
    with Database.open(path) as database:
        imports.store(database, [USAGE], by="night")
        imports.undo(database, 2, by="day")
    path.write_bytes(before)
    with Database.open(path) as database:
        assert database.missing == ()


def test_what_a_kill_left_out_is_added_when_it_is_opened(tmp_path: Path) -> None:
    with Database.open(path_of(tmp_path)) as database:
        imports.store(database, [CLIENTS], by="night")
        before = database._receipts.journal.path.read_bytes()
        imports.store(database, [USAGE], by="night")
        database._receipts.journal.path.write_bytes(before)
    Database.open(path_of(tmp_path)).close()
    assert [one["name"] for line in lines(tmp_path) for one in line["imports"]] == [
        CLIENTS.name,
        USAGE.name,
    ]


def test_a_torn_line_costs_neither_the_one_before_nor_the_one_after(tmp_path: Path) -> None:
    journal = Journal.of(path_of(tmp_path))
    journal.add({"version": 1})
    with journal.path.open("ab") as file:
        file.write(b'{"version": 2, "imp')
    journal = Journal.of(path_of(tmp_path))
    journal.add({"version": 3})
    assert [line["version"] for line in lines(tmp_path)] == [1, 3]


def test_the_journal_stays_small(tmp_path: Path) -> None:
    journal = Journal.of(path_of(tmp_path))
    journal.lines = [{"version": number} for number in range(receipts.MOST_LINES)]
    journal.add({"version": receipts.MOST_LINES})
    kept = lines(tmp_path)
    assert len(kept) == receipts.MOST_LINES // 2
    assert kept[-1] == {"version": receipts.MOST_LINES}


def test_receipts_of_a_database_that_is_gone_say_nothing_of_a_new_one(tmp_path: Path) -> None:
    with Database.open(path_of(tmp_path)) as database:
        imports.store(database, [CLIENTS], by="night")
    path_of(tmp_path).unlink()
    with Database.open(path_of(tmp_path)) as database:
        assert database.missing == ()


def test_a_receipt_that_cannot_be_written_does_not_undo_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with Database.open(path_of(tmp_path)) as database:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            imports.store(database, [CLIENTS], by="night")
        assert database.version == 1


def test_check_tells_what_is_missing_until_it_is_let_go(
    older: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Database.open(older) as database:
        found = {result.check.name: result for result in checks.run(database)}
        assert found["receipts"].state is State.FAIL
    assert main(["check", "--database", str(older)]) == 1
    told = capsys.readouterr()
    assert f"import 2: {USAGE.name} (SHA-256 {USAGE.sha256})" in told.out
    assert "Load these files again" in told.err
    assert main(["check", "--accept-missing", "--database", str(older)]) == 0
    assert main(["check", "--database", str(older)]) == 0


def test_every_command_tells_what_is_missing(
    older: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["imports", "--database", str(older)]) == 0
    assert USAGE.sha256 in capsys.readouterr().err


# A torn log


def torn(folder: Path, tail: bytes) -> Path:
    """A database whose log ends in something that is no entry."""
    path = path_of(folder)
    with Database.open(path) as database:
        imports.store(database, [CLIENTS, USAGE], by="night")
        log = path.with_name(f"{path.name}.wal").read_bytes()
        data = path.read_bytes()
    path.write_bytes(data)
    path.with_name(f"{path.name}.wal").write_bytes(log + tail)
    return path


WRONG_ENTRY = (50).to_bytes(8, "little") + b"checksum" + b"x" * 50
"""An entry whose checksum is that of another; every engine refuses it, and some drop the others."""

TAILS = {
    "noise": bytes(range(1, 200)),
    "zeros": bytes(500),
    "a lost page": bytes(16) + b"x" * 99,
    "a wrong entry": WRONG_ENTRY,
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_a_torn_log_mends_itself_and_loses_nothing(tmp_path: Path, tail: bytes) -> None:
    path = torn(tmp_path, tail)
    with Database.open(path) as database:
        assert database.missing == ()
        assert len(everything(database)["clients"]) == 2
        told = " ".join(database.notices)
        # Noise may say that it is longer than what is left: then the engine drops it by itself.
        assert bool(told) == bool(database.opening_repairs)
    if told:
        (kept,) = tmp_path.glob("*.torn-*.wal")
        assert kept.read_bytes().endswith(tail)
        assert str(kept.with_suffix("")) in told


def test_check_tells_that_a_log_was_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = torn(tmp_path, WRONG_ENTRY)
    assert main(["check", "--database", str(path)]) == 0
    assert "the log of the database was torn" in capsys.readouterr().out


def test_a_torn_log_is_left_alone_where_no_copy_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = torn(tmp_path, WRONG_ENTRY)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("health.storage.disk.copy", full)
    with pytest.raises(
        DatabaseUnusable, match=r"repairs itself.*No space left.*Nothing was changed"
    ):
        Database.open(path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_line_is_json_with_days_and_times_in_words(tmp_path: Path) -> None:
    journal = Journal.of(path_of(tmp_path))
    journal.add({"at": DAY, "name": "Ä.csv\nx"})
    (line,) = journal.path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {"at": "2026-11-01", "name": "Ä.csv\nx"}
