"""A checkpoint that a power cut tears: undone when the database is opened, and nothing is lost."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest
from other_process import held_by_another_process

from health import imports
from health.errors import DatabaseInUse, DatabaseUnusable
from health.files import read_file
from health.storage.database import Database
from health.storage.recovery import checkpoint

HEADERS = 3 * 4_096
TODAY = date(2026, 11, 1)


@dataclass(frozen=True, kw_only=True)
class State:
    """The bytes of a database, of its log, and of what undoes a checkpoint."""

    data: bytes
    log: bytes
    kept: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Folded:
    """The disk before a checkpoint, and when all of it is written but the end of the log."""

    path: Path
    before: State
    after: State

    def put(self, data: bytes, log: bytes, kept: bytes) -> None:
        self.path.write_bytes(data)
        self.path.with_name(f"{self.path.name}.wal").write_bytes(log)
        checkpoint.beside(self.path).write_bytes(kept)


def load(database: Database, name: str) -> None:
    text = f"organization_id,name\nA,{name}\n".encode()
    imports.store(database, [read_file(text, name=f"{name}.csv", today=TODAY)], by="me")


def names(path: Path) -> list[str]:
    with Database.open(path) as database:
        return database.query("SELECT name FROM organizations")["name"].to_list()


@pytest.fixture
def folded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folded:
    path = tmp_path / "health.duckdb"
    log = path.with_name("health.duckdb.wal")
    with Database.open(path) as database:
        load(database, "Ada")
    with Database.open(path) as database:
        load(database, "Bob")
        before = State(data=path.read_bytes(), log=log.read_bytes())
        found = []
        keep = checkpoint.kept

        @contextlib.contextmanager
        def looking(at: Path, blocks: list[int], size: int) -> Iterator[None]:
            with keep(at, blocks, size):
                try:
                    yield
                finally:
                    kept = checkpoint.beside(path).read_bytes()
                    found.append(State(data=path.read_bytes(), log=log.read_bytes(), kept=kept))

        monkeypatch.setattr(checkpoint, "kept", looking)
        database._connection.execute("SET debug_checkpoint_abort = 'before_truncate'")
        database._checkpoint(0)
    monkeypatch.undo()
    return Folded(path=path, before=before, after=found[0])


def torn(folded: Folded) -> bytes:
    """The file before, with every other page of what the checkpoint wrote, but for its headers."""
    data = bytearray(folded.before.data.ljust(len(folded.after.data), b"\0"))
    for at in range(HEADERS, len(data), 8_192):
        data[at : at + 4_096] = folded.after.data[at : at + 4_096]
    return bytes(data)


def test_a_torn_checkpoint_is_undone(folded: Folded) -> None:
    folded.put(torn(folded), folded.before.log, folded.after.kept)
    assert names(folded.path) == ["Bob"]
    assert not checkpoint.beside(folded.path).exists()


def test_without_what_was_kept_it_could_not_be_opened(folded: Folded) -> None:
    folded.put(torn(folded), folded.before.log, b"")
    with pytest.raises(DatabaseUnusable):
        names(folded.path)


def test_torn_headers_are_put_back(folded: Folded) -> None:
    headers = folded.before.data[:4_200] + folded.after.data[4_200:8_000]
    data = headers + folded.before.data[8_000:HEADERS] + folded.after.data[HEADERS:]
    folded.put(data, folded.after.log, folded.after.kept)
    assert names(folded.path) == ["Bob"]


def test_a_checkpoint_that_was_done_stays(folded: Folded) -> None:
    folded.put(folded.after.data, folded.after.log, folded.after.kept)
    assert names(folded.path) == ["Bob"]
    assert not checkpoint.beside(folded.path).exists()
    with Database.open(folded.path) as database:
        load(database, "Cleo")
    assert names(folded.path) == ["Cleo"]


def test_a_cut_before_the_checkpoint_changes_nothing(folded: Folded) -> None:
    folded.put(folded.before.data, folded.before.log, folded.after.kept[:-1])
    assert names(folded.path) == ["Bob"]


def test_the_checkpoint_of_a_process_that_lives_is_left_alone(folded: Folded) -> None:
    folded.put(folded.before.data, folded.before.log, b"")
    with held_by_another_process(folded.path):
        checkpoint.beside(folded.path).write_bytes(folded.after.kept)
        with pytest.raises(DatabaseInUse):
            names(folded.path)
        assert checkpoint.beside(folded.path).exists()


def test_opening_it_once_more_in_this_process_lets_no_other_one_in(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    other = (
        "import sys; from health.storage.database import Database; "
        "Database.open(sys.argv[1]).close()"
    )
    with Database.open(path):
        checkpoint.beside(path).write_bytes(b"cut off")
        with Database.open(path):
            pass
        words = [sys.executable, "-c", other, str(path)]
        opened = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert "DatabaseInUse" in opened.stderr


def test_closing_folds_the_log_in_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database:
        load(database, "Ada")
    assert {file.name for file in tmp_path.iterdir()} == {
        "health.duckdb",
        "health.duckdb.receipts",
    }


def test_a_log_that_ends_in_ones_mends_itself(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    log = path.with_name("health.duckdb.wal")
    with Database.open(path) as database:
        load(database, "Ada")
        whole = path.read_bytes(), log.read_bytes()
    path.write_bytes(whole[0])
    log.write_bytes(whole[1] + b"\xff" * 5_000)
    with Database.open(path) as database:
        # Since 2.0.1 DuckDB drops such an end by itself.
        assert len(database.opening_repairs) == (duckdb.__version__ < "2.0.1")
        assert database.query("SELECT name FROM organizations").item() == "Ada"
