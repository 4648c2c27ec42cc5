"""Opens a database after a power cut: checkpoints are undone, and torn logs cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.errors import DatabaseInUse, DatabaseUnusable
from health.storage import disk, engine
from health.storage.recovery import checkpoint, locks, torn_log

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from health.storage.receipts import Repair

_MOST_CUTS: Final = 6
"""Times a log is cut in one opening: the files of a checkpoint under way may be torn as well."""


def connect(
    path: Path, configuration: dict[str, str], *, is_held: bool
) -> tuple[duckdb.DuckDBPyConnection, tuple[Repair, ...]]:
    """Open the file, cutting its log where it is torn; the files as they were are kept.

    is_held: whether this process has the database open already.
    """
    try:
        return _after_checkpoint(path, configuration, is_held=is_held), ()
    except torn_log.TornLog:
        pass
    # Whoever else meets the torn log waits here and finds it repaired.
    with locks.only_one(path.parent):
        repairs: list[Repair] = []
        for _ in range(_MOST_CUTS):
            try:
                return engine.connect(path, configuration), tuple(repairs)
            except torn_log.TornLog as found:
                if found.log not in disk.logs(path):
                    raise engine.unusable(path, str(found)) from found
                if not repairs:
                    repairs.append(torn_log.keep(path, found))
                torn_log.cut(found)
    raise engine.unusable(path, "its log is torn in more places than one")


def _after_checkpoint(
    path: Path, configuration: dict[str, str], *, is_held: bool
) -> duckdb.DuckDBPyConnection:
    """Open the file, undoing a checkpoint that was cut off."""
    # Held by this process, the file has a lock that would go with our handle.
    may_undo = not is_held
    if may_undo and checkpoint.is_cut_off(path):
        _undo(path)
    try:
        connection = engine.connect(path, configuration)
    except DatabaseUnusable:
        if not (may_undo and checkpoint.is_cut_off(path) and _undo(path, headers=True)):
            raise
        connection = engine.connect(path, configuration)
    if checkpoint.is_cut_off(path):  # the checkpoint was done, and only its note left behind
        checkpoint.beside(path).unlink()
    return connection


def _undo(path: Path, *, headers: bool = False) -> bool:
    """Undo a checkpoint that was cut off, unless the file is held; whether it was."""
    try:
        with locks.only_one(path.parent), locks.held(path) as handle:
            return checkpoint.undo(path, handle, headers=headers)
    except DatabaseInUse:
        return False  # the checkpoint of a process that lives
