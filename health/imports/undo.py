"""Undoing an import: what it changed gets its earlier values back, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting, log
from health.clock import now
from health.errors import ArgumentError, UndoRefused
from health.imports.identity.actions import hold_import
from health.imports.outcomes.undo import refuse_impossible, undo_outcomes
from health.imports.records.undo import undo_records
from health.imports.usage.undo import undo_usage
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from health.storage.database import Database


def undo(database: Database, import_id: int, *, by: str, anyway: bool = False) -> None:
    """Give what an import changed its earlier values back.

    anyway: undo it even where later imports changed some of it again; that part stays.

    Raises :class:`ArgumentError` for an unknown number, :class:`UndoRefused` where it is undone
    already or too old, and :class:`UndoHeld` where later imports rest on it.
    """
    with database.write() as writer:
        stored = writer.record(
            """SELECT kind, imported_at, undone_at, settled_at FROM imports
            WHERE import_id = $id""",
            {"id": import_id},
        )
        if not stored:
            raise ArgumentError("import_id", f"there is no import {import_id}.")
        if stored["undone_at"] is not None:
            raise UndoRefused(f"Import {import_id} is undone already.")
        if stored["settled_at"] is not None:
            raise UndoRefused(
                f"Import {import_id} can no longer be undone: it was stored on "
                f"{formatting.day(stored['imported_at'])}, and what it replaced is kept for a "
                "limited "
                "time (CLIENT_HEALTH_UNDO_DAYS). Load a file with the right values instead."
            )
        hold_import(writer, import_id)
        kind = FileKind.of(stored["kind"])
        if kind is FileKind.USAGE:
            undo_usage(writer, import_id, anyway=anyway)
        elif kind is not FileKind.OUTCOMES:
            undo_records(writer, kind, import_id, anyway=anyway)
        undo_outcomes(writer, import_id, anyway=anyway)
        refuse_impossible(writer)
        writer.execute(
            "UPDATE imports SET undone_by = $by, undone_at = $at WHERE import_id = $id",
            {"by": by, "at": now(), "id": import_id},
        )
    log.event("undo", import_id=import_id, kind=kind.value, by=by, anyway=anyway)
