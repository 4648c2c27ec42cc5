"""How far back imports can be undone, and what goes when that time is over.

An import is settled when it is older than the days undo is kept for, and every import before it
is: what an import replaced is only understood together with what came later. A settled import
cannot be undone, and its entries in the histories are removed, a bounded number with each load.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from health.storage.database import Writer

STEP: Final = 500_000
"""Entries of each history removed at most with one load."""


def settle(writer: Writer, undo_days: int, at: datetime) -> None:
    """Settle the imports older than ``undo_days`` and remove some of their history."""
    settled = writer.execute(
        """UPDATE imports SET settled_at = $at
        WHERE settled_at IS NULL AND import_id < (
            SELECT coalesce(min(import_id) FILTER (imported_at >= $kept_from),
                max(import_id) + 1) FROM imports)""",
        {"at": at, "kept_from": at - timedelta(days=undo_days)},
    )
    last = writer.value("SELECT max(import_id) FROM imports WHERE settled_at IS NOT NULL")
    if last is None:
        return
    for history in ("usage_changes", "record_changes", "outcome_changes"):
        if settled or writer.value(
            f"SELECT 1 FROM {history} WHERE import_id <= $last LIMIT 1", {"last": last}
        ):
            writer.execute(
                f"""DELETE FROM {history} WHERE rowid IN (
                    SELECT rowid FROM {history} WHERE import_id <= $last LIMIT {STEP})""",
                {"last": last},
            )
