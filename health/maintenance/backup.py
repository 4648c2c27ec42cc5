"""Backup and restore: a whole copy while the database is in use, and the way back.

What is copied is the file, by
another process, as DuckDB has no access to other files and as a handle closed here would drop
its lock: see :mod:`health.storage.disk`.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from health import clock
from health.errors import BackupFailed, DatabaseUnusable
from health.maintenance import checks
from health.maintenance.check import State
from health.storage import disk
from health.storage.database import Database
from health.storage.recovery import checkpoint, locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.storage.receipts import Missing


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What a backup holds: its size in bytes, and the data it is a copy of."""

    path: Path
    size: int
    version: int
    imports: int


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came of a restore.

    replaced: where the database that was there before is kept; None where there was none.
    missing: what was stored after the backup, by the receipts.
    """

    backup: Backup
    replaced: Path | None
    missing: tuple[Missing, ...]


def back_up(database: Database, target: Path) -> Backup:
    """Write a copy of the database as it is now; it appears whole under its name, or not at all.

    Questions go on meanwhile; changes wait while the file is copied. A file of that name is
    replaced. Raises :class:`BackupFailed` where it cannot be written or read back.
    """
    if _is_same(target, database.path):
        raise BackupFailed(f"{target} is the database itself. Name another file.")
    with _place(target, "written") as place:
        copy = place / "backup.duckdb"
        database.copy_to(copy)
        found = _whole(copy)
        disk.sync_folder(place)
        copy.replace(target)
        disk.sync_folder(target.parent)
    return Backup(path=target, size=target.stat().st_size, **found)


def restore(source: Path, path: Path) -> Restored:
    """Put a backup in the place of the database, which is kept aside under another name.

    The backup is copied and looked at first, and stays as it is. This process must not have the
    database open. Raises :class:`DatabaseInUse` where another one has, and
    :class:`DatabaseUnusable` where the backup is damaged, none, or of a newer version; the
    database is as it was then.
    """
    if _is_same(source, path):
        raise BackupFailed(f"{source} is the database itself. Name its backup.")
    with _place(path, "restored") as place:
        copy = place / "restored.duckdb"
        disk.copy_with_logs(source, copy)
        found = _whole(copy, of=source)
        if path.exists():
            # Its log belongs into it: apart from each other they would be two states of the data.
            # One that cannot be opened is kept as it is. Not below: what mends it waits its turn.
            with contextlib.suppress(DatabaseUnusable):
                Database.open(path).close()
        with locks.only_one(path.parent):
            replaced = _swap(copy, path)
    with Database.open(path) as database:
        missing = database.missing
    backup = Backup(path=source, size=path.stat().st_size, **found)
    return Restored(backup=backup, replaced=replaced, missing=missing)


def _swap(new: Path, path: Path) -> Path | None:
    if not path.exists():
        new.replace(path)
        disk.sync_folder(path.parent)
        return None
    with locks.held(path):
        kept = disk.free_name(path, "replaced", clock.now())
        kept.hardlink_to(path)
        undoing = checkpoint.beside(path)
        for log in [*disk.logs(path), *([undoing] if undoing.exists() else [])]:
            log.replace(kept.with_name(kept.name + log.name[len(path.name) :]))
        disk.sync_folder(path.parent)
        new.replace(path)
        disk.sync_folder(path.parent)
    return kept


def _whole(copy: Path, *, of: Path | None = None) -> dict[str, int]:
    """Look at all of a copy, and fold its log into it; return what it holds.

    of: the file it is a copy of, which is the one to be named.
    """
    shown = of or copy
    try:
        Database.open(copy).close()
        with Database.verify(copy) as database:
            failed = [
                result
                for result in checks.run(database, only=(checks.READABLE,))
                if result.state is State.FAIL
            ]
            with database.read() as reader:
                version = int(reader.value("SELECT data_version FROM state"))
                imports = int(reader.value("SELECT count(*) FROM imports"))
    except DatabaseUnusable as error:
        words = error.message.replace(str(copy), str(shown))
        raise DatabaseUnusable(words, title=error.title) from error
    if failed:
        raise DatabaseUnusable(f"{shown} is not whole: {'; '.join(failed[0].examples)}.")
    return {"version": version, "imports": imports}


@contextlib.contextmanager
def _place(path: Path, done: str) -> Iterator[Path]:
    """A folder on the same disk as ``path``, so that what is made in it can be renamed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise BackupFailed(
            f"{path} could not be {done} ({error}). Nothing was changed. Check that its folder "
            "may be written and the disk has space."
        ) from error


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
