"""Drafts of the scoring model that somebody saved; they score nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from health.clock import now
from health.scoring.model import ScoringModel
from health.scoring.model_files import UNNAMED

if TYPE_CHECKING:
    from datetime import datetime

    from health.storage.database import Database, Reader


@dataclass(frozen=True, kw_only=True)
class SavedDraft:
    """A draft by the name that is its model's label, and who saved it when (UTC)."""

    draft_id: int
    model: ScoringModel
    saved_by: str
    saved_at: datetime


def drafts(reader: Reader) -> list[SavedDraft]:
    """Return the saved drafts, the newest first."""
    rows = reader.query(
        """SELECT draft_id, definition, saved_by, saved_at FROM model_drafts
        ORDER BY saved_at DESC, draft_id DESC"""
    )
    return [
        SavedDraft(draft_id=draft_id, model=ScoringModel.from_json(text), saved_by=by, saved_at=at)
        for draft_id, text, by, at in rows.iter_rows()
    ]


def save_draft(database: Database, model: ScoringModel, *, by: str) -> SavedDraft:
    """Save a draft under its label; it takes the place of one with the same name."""
    model = replace(model, version=UNNAMED)
    saved_at = now()
    with database.write() as writer:
        writer.execute("DELETE FROM model_drafts WHERE name = $name", {"name": model.label})
        number = int(writer.value("SELECT coalesce(max(draft_id), 0) + 1 FROM model_drafts"))
        writer.execute(
            """INSERT INTO model_drafts (draft_id, name, definition, saved_by, saved_at)
            SELECT $number, $name, $definition, $by, $at""",
            {
                "number": number,
                "name": model.label,
                "definition": model.to_json(),
                "by": by,
                "at": saved_at,
            },
        )
    return SavedDraft(draft_id=number, model=model, saved_by=by, saved_at=saved_at)


def remove_draft(database: Database, draft_id: int) -> None:
    """Remove a saved draft."""
    with database.write() as writer:
        writer.execute("DELETE FROM model_drafts WHERE draft_id = $number", {"number": draft_id})
