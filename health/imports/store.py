"""Storing files: all of them in one transaction, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import log
from health.clock import now
from health.imports import retention
from health.imports.merge import merge_files
from health.imports.outcome import FilesRefused, ImportOutcome
from health.scoring.active_model import latest_day
from health.storage import compaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.files import ParsedFile
    from health.storage.database import Database


def store(
    database: Database,
    files: Sequence[ParsedFile],
    *,
    by: str,
    valid_rows_only: bool = False,
    empty_clears: bool = False,
    undo_days: int | None = None,
) -> tuple[ImportOutcome, ...]:
    """Store files together: all of them, or none.

    by: who is written into the history.
    valid_rows_only: store the good rows of files that have bad ones.
    empty_clears: an empty cell empties the value on file; else it keeps it.
    undo_days: imports older than this can no longer be undone; None keeps all of them undoable.

    Raises :class:`FilesRefused` where a row was rejected and ``valid_rows_only`` is not set.
    """
    with database.write() as writer:
        outcomes = merge_files(writer, files, by=by, empty_clears=empty_clears)
        if not valid_rows_only and any(outcome.rows_rejected for outcome in outcomes):
            log.event("import refused", by=by, files=len(files), rows=_rejected(outcomes))
            raise FilesRefused(outcomes)
        if undo_days is not None:
            retention.settle(writer, undo_days, now())
        latest = latest_day(writer)
        if latest is not None:
            compaction.compact(writer, compaction.USAGE, latest)
    for outcome in outcomes:
        _log(outcome, by)
    return outcomes


def _rejected(outcomes: Sequence[ImportOutcome]) -> int:
    return sum(outcome.rows_rejected for outcome in outcomes)


def _log(outcome: ImportOutcome, by: str) -> None:
    log.event(
        "import",
        import_id=outcome.import_id,
        kind=outcome.kind.value,
        by=by,
        # The user's name of a file may be that of a client.
        sha256=outcome.sha256[:12],
        bytes=outcome.size,
        rows_new=outcome.rows_new,
        rows_changed=outcome.rows_changed,
        rows_unchanged=outcome.rows_unchanged,
        rows_rejected=outcome.rows_rejected,
    )
