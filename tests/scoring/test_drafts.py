"""Saved drafts: one a name, the newest first, and they score nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from health.scoring.drafts import drafts, remove_draft, save_draft
from health.scoring.model import STANDARD, TARGETS
from health.scoring.schemes import model_in_force

if TYPE_CHECKING:
    from health.storage.database import Database


def test_a_draft_is_kept_under_its_name(database: Database) -> None:
    save_draft(database, replace(TARGETS, label="First"), by="ada")
    save_draft(database, replace(STANDARD, label="Second", points_per_ticket=4), by="bo")
    save_draft(database, replace(STANDARD, label="First", points_per_ticket=3), by="bo")
    with database.read() as reader:
        saved = drafts(reader)
        assert model_in_force(reader, None) == STANDARD
    assert [(one.model.label, one.model.points_per_ticket, one.saved_by) for one in saved] == [
        ("First", 3, "bo"),
        ("Second", 4, "bo"),
    ]
    remove_draft(database, saved[0].draft_id)
    with database.read() as reader:
        assert [one.model.label for one in drafts(reader)] == ["Second"]
