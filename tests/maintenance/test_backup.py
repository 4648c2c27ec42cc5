"""A backup is the data of one moment, whole; a restore changes nothing until it is sure."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import duckdb
import pytest
from other_process import command, held_by_another_process, owned
from small_files import organizations, usage
from stored import everything

from health import imports
from health.errors import BackupFailed, DatabaseInUse, DatabaseUnusable
from health.maintenance.backup import back_up, restore
from health.storage import migrations
from health.storage.database import Database
from health.storage.recovery import checkpoint

CLIENTS = organizations({"organization_id": "A"}, {"organization_id": "B"})
OPENS = (
    "import sys, duckdb\ntry:\n    duckdb.connect(sys.argv[1])\n"
    "except duckdb.IOException:\n    sys.exit(3)"
)


def changed(database: Database, value: int) -> None:
    file = usage(("A", "API_CALLS", date(2026, 11, 1), value))
    imports.store(database, [file], by="test")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one import."""
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database:
        imports.store(database, [CLIENTS], by="test")
    return path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_backup_comes_back_as_it_was(path: Path, tmp_path: Path) -> None:
    with Database.open(path) as database:
        before = everything(database)
        made = back_up(database, tmp_path / "deep" / "copy.duckdb")
        changed(database, 5)
    assert (made.version, made.imports) == (1, 1)
    assert names(tmp_path / "deep") == ["copy.duckdb"]
    done = restore(made.path, path)
    with Database.open(path) as database:
        assert everything(database) == before
    assert [one.import_id for one in done.missing] == [2]
    assert done.replaced is not None
    with Database.open(done.replaced) as database:
        assert database.version == 2


def test_a_backup_is_made_while_others_read_and_write(path: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            changed(database, number)

    with Database.open(path) as database, database.read() as reader:
        version = reader.value("SELECT data_version FROM state")
        thread = threading.Thread(target=write)
        thread.start()
        try:
            for number in range(3):
                made = back_up(database, tmp_path / f"{number}.duckdb")
                with Database.verify(made.path) as copy:
                    (values,) = copy.query(
                        "SELECT count(*), (SELECT count(*) FROM imports), data_version FROM state "
                        "CROSS JOIN usage_daily GROUP BY data_version"
                    ).rows() or [(0, 1, 1)]
                    assert values[0] <= 1
                    assert values[1] == values[2] == made.imports
        finally:
            stop.set()
            thread.join()
        assert reader.value("SELECT data_version FROM state") == version


def test_the_database_stays_ours_after_a_backup(path: Path, tmp_path: Path) -> None:
    with Database.open(path) as database:
        back_up(database, tmp_path / "copy.duckdb")
        other = subprocess.run([sys.executable, "-c", OPENS, str(path)], check=False)
        assert other.returncode == 3


def test_the_owner_makes_a_backup_for_another_process(tmp_path: Path) -> None:
    with owned(tmp_path) as database:
        imports.store(database, [CLIENTS], by="test")
        done = command(tmp_path, "backup", "copy.duckdb")
        assert done.returncode == 0, done.stderr
        assert "1 import" in done.stdout
        refused = command(tmp_path, "restore", "copy.duckdb")
        assert refused.returncode == 1
        assert "held by another process" in refused.stderr
    with Database.open(tmp_path / "copy.duckdb") as copy:
        assert copy.version == 1


def test_a_database_in_use_is_not_replaced(path: Path, tmp_path: Path) -> None:
    with Database.open(path) as database:
        made = back_up(database, tmp_path / "copy.duckdb")
    with held_by_another_process(path), pytest.raises(DatabaseInUse, match="Nothing was changed"):
        restore(made.path, path)
    assert names(tmp_path) == ["copy.duckdb", "health.duckdb", "health.duckdb.receipts"]


def spoiled(kind: str, whole: bytes) -> bytes:
    return {
        "cut short": whole[: len(whole) // 2],
        "noise": whole[: len(whole) // 3] + bytes(range(256)) * 4000,
        "empty": b"",
        "no database": b"organization_id,name\n",
    }[kind]


@pytest.mark.parametrize("kind", ["cut short", "noise", "empty", "no database"])
def test_a_damaged_backup_is_refused_and_nothing_changes(
    path: Path, tmp_path: Path, kind: str
) -> None:
    with Database.open(path) as database:
        copy = back_up(database, tmp_path / "copy.duckdb").path
    copy.write_bytes(spoiled(kind, copy.read_bytes()))
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(DatabaseUnusable, match=str(copy)):
        restore(copy, path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("kind", ["cut short", "noise", "empty"])
def test_a_damaged_database_says_how_it_comes_back_and_does(
    path: Path, tmp_path: Path, kind: str
) -> None:
    with Database.open(path) as database:
        copy = back_up(database, tmp_path / "copy.duckdb").path
    path.write_bytes(spoiled(kind, path.read_bytes()))
    damaged = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="client-health restore FILE"):
        Database.open(path)
    assert path.read_bytes() == damaged
    done = restore(copy, path)
    with Database.open(path) as database:
        assert database.version == 1
        assert database.missing == ()
    assert done.replaced is not None
    assert done.replaced.read_bytes() == damaged


def test_a_backup_of_a_newer_version_is_refused(path: Path, tmp_path: Path) -> None:
    with Database.open(path) as database:
        copy = back_up(database, tmp_path / "copy.duckdb").path
    with duckdb.connect(str(copy)) as other:
        other.execute(f"UPDATE state SET schema_version = {migrations.latest() + 1}")
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="Update Client Health"):
        restore(copy, path)
    assert path.read_bytes() == before


def test_a_backup_appears_where_there_is_no_database(path: Path, tmp_path: Path) -> None:
    with Database.open(path) as database:
        copy = back_up(database, tmp_path / "copy.duckdb").path
    done = restore(copy, tmp_path / "new" / "health.duckdb")
    assert done.replaced is None
    assert done.missing == ()


def test_the_database_is_no_backup_of_itself(path: Path) -> None:
    with Database.open(path) as database, pytest.raises(BackupFailed, match="itself"):
        back_up(database, path)
    with pytest.raises(BackupFailed, match="itself"):
        restore(path, path)


def test_a_backup_that_cannot_be_written_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    before = names(tmp_path)
    monkeypatch.setattr("health.storage.disk.copy", full)
    with (
        Database.open(path) as database,
        pytest.raises(BackupFailed, match="No space left on device"),
    ):
        back_up(database, tmp_path / "copy.duckdb")
    assert names(tmp_path) == before


def test_a_database_whose_checkpoint_was_cut_off_is_replaced_too(tmp_path: Path) -> None:
    path, backup = tmp_path / "health.duckdb", tmp_path / "backup.duckdb"
    with Database.open(path) as database:
        back_up(database, backup)
    # The one can be mended, the other one not: what would undo its checkpoint goes with it.
    for data in (path.read_bytes(), b"damaged"):
        path.write_bytes(data)
        checkpoint.beside(path).write_bytes(b"cut off")
        program = (
            "import sys; from pathlib import Path; from health.maintenance.backup import restore; "
        )
        program += "restore(Path(sys.argv[1]), Path(sys.argv[2]))"
        words = [sys.executable, "-c", program, str(backup), str(path)]
        subprocess.run(words, check=True, timeout=60)  # it once waited for itself
        assert not checkpoint.beside(path).exists()
        assert path.read_bytes() == backup.read_bytes()
