"""Outcomes back to what they were before an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.errors import UndoHeld, UndoRefused
from health.storage.outcome_laws import IMPOSSIBLE_SQL, KEY

if TYPE_CHECKING:
    from health.storage.database import Writer


def undo_outcomes(writer: Writer, import_id: int, *, anyway: bool) -> None:
    """Give every outcome that this import wrote what was there before, or take it away again.

    One that a later import wrote again stays as that one left it, and that import will give back
    what was before this one; without ``anyway`` it raises :class:`UndoHeld`.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE undone AS
        SELECT mine.* EXCLUDE (import_id), min(later.import_id) AS next_import
        FROM outcome_changes AS mine
        LEFT JOIN outcome_changes AS later
            ON later.import_id > mine.import_id AND later.organization = mine.organization
            AND later.date = mine.date AND later.outcome = mine.outcome
        WHERE mine.import_id = {import_id:d} GROUP BY ALL"""
    )
    held = writer.record(
        "SELECT count(next_import) AS number, min(next_import) AS next FROM undone"
    )
    if held["number"] and not anyway:
        raise UndoHeld(
            f"Later imports changed {formatting.count(held['number'], 'outcome')} of it again "
            f"(first import {held['next']}). Undo those first, or undo this one anyway: then the "
            "later ones stay."
        )
    writer.execute(
        """UPDATE outcome_changes
        SET old_value_change = undone.old_value_change, old_reason = undone.old_reason,
            old_import_id = undone.old_import_id, old_recorded_at = undone.old_recorded_at
        FROM undone
        WHERE outcome_changes.import_id = undone.next_import
            AND outcome_changes.organization = undone.organization
            AND outcome_changes.date = undone.date AND outcome_changes.outcome = undone.outcome"""
    )
    writer.execute(f"DELETE FROM outcome_changes WHERE import_id = {import_id:d}")
    writer.execute("DELETE FROM undone WHERE next_import IS NOT NULL")
    writer.execute(f"DELETE FROM outcomes WHERE ({KEY}) IN (SELECT ({KEY}) FROM undone)")
    writer.execute(
        f"""INSERT INTO outcomes ({KEY}, value_change, reason, import_id, recorded_at)
        SELECT {KEY}, old_value_change, old_reason, old_import_id, old_recorded_at
        FROM undone WHERE old_import_id IS NOT NULL"""
    )


def refuse_impossible(writer: Writer) -> None:
    """Raise :class:`UndoRefused` where an outcome on file rests on what an undo takes away."""
    found = writer.record(
        f"""SELECT count(*) AS number, min(organization_id) AS client,
            arg_min(outcomes.import_id, organization_id) AS written_by
        FROM {IMPOSSIBLE_SQL} JOIN outcomes USING ({KEY}) JOIN clients USING (organization)"""
    )
    if found["number"]:
        raise UndoRefused(
            f"{formatting.count(found['number'], 'outcome')} on file would be impossible without "
            "it: before the first usage, or a client that leaves twice (first of "
            f"{found['client']}, stored by import {found['written_by']}). Undo that first."
        )
