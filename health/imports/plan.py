"""Planning an import: it is stored and rolled back, so a preview cannot disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from health.imports.merge import merge_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.files import ParsedFile
    from health.imports.outcome import ImportOutcome
    from health.storage.database import Database


def plan(
    database: Database, files: Sequence[ParsedFile], *, empty_clears: bool = False
) -> tuple[ImportOutcome, ...]:
    """Say what storing the valid rows of these files would do, and store nothing.

    empty_clears: as in :func:`~health.imports.store.store`.
    """
    with database.rehearse() as writer:
        outcomes = merge_files(writer, files, by="", empty_clears=empty_clears)
    return tuple(replace(outcome, import_id=None) for outcome in outcomes)
