"""Planning, storing and undoing imports: one transaction each, with a name and a time.

A preview does what storing would do and rolls it back, so the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting, log
from health.clock import now
from health.errors import ArgumentError, UndoRefused
from health.imports import records, retention, staging, usage, warnings
from health.imports.outcome import CHANGES, SHOWN_CHANGES, FilesRefused, ImportOutcome
from health.scoring import staleness
from health.scoring.state import active_model, latest_day
from health.storage import compaction
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from health.files import ParsedFile
    from health.storage.database import Database, Reader, Writer

_ORDER: Final = (FileKind.ORGANIZATIONS, FileKind.FEATURES, FileKind.USAGE)
"""Clients come before what speaks of them, in whatever order the files are given."""


def plan(database: Database, files: Sequence[ParsedFile]) -> tuple[ImportOutcome, ...]:
    """Say what storing the valid rows of these files would do, and store nothing."""
    with database.rehearse() as writer:
        outcomes = _merge_all(writer, files, by="")
    return tuple(replace(outcome, import_id=None) for outcome in outcomes)


def store(
    database: Database,
    files: Sequence[ParsedFile],
    *,
    by: str,
    valid_rows_only: bool = False,
    undo_days: int | None = None,
) -> tuple[ImportOutcome, ...]:
    """Store files together: all of them, or none.

    by: who is written into the history.
    valid_rows_only: store the good rows of files that have bad ones.
    undo_days: give up the way back of imports older than this; None keeps it for ever.

    Raises :class:`FilesRefused` where a row was rejected and ``valid_rows_only`` is not set.
    """
    with database.write() as writer:
        outcomes = _merge_all(writer, files, by=by)
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
        kind = FileKind.of(stored["kind"])
        reach = active_model(writer).reach
        if kind is FileKind.USAGE:
            usage.undo(writer, import_id, reach, anyway=anyway)
        else:
            records.undo(writer, kind, import_id, reach, anyway=anyway)
        writer.execute(
            "UPDATE imports SET undone_by = $by, undone_at = $at WHERE import_id = $id",
            {"by": by, "at": now(), "id": import_id},
        )
    log.event("undo", import_id=import_id, kind=kind.value, by=by, anyway=anyway)


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


def _merge_all(
    writer: Writer, files: Sequence[ParsedFile], *, by: str
) -> tuple[ImportOutcome, ...]:
    in_order = sorted(range(len(files)), key=lambda index: _ORDER.index(files[index].kind))
    warnings.begin(writer)
    outcomes = {index: _merge(writer, files[index], by) for index in in_order}
    fed = {index: day for index in in_order if (day := outcomes[index].last_date) is not None}
    if fed:
        # What did not come is told once, with the file that reaches furthest.
        latest = max(in_order, key=lambda index: fed.get(index, date.min))
        outcomes[latest] = replace(
            outcomes[latest],
            warnings=outcomes[latest].warnings + warnings.of_feed(writer),
        )
    return tuple(outcomes[index] for index in range(len(files)))


def _merge(writer: Writer, parsed: ParsedFile, by: str) -> ImportOutcome:
    import_id = int(writer.value("SELECT coalesce(max(import_id), 0) + 1 FROM imports"))
    same_as = writer.value(
        """SELECT max(import_id) FROM imports
        WHERE sha256 = $sha256 AND undone_at IS NULL""",
        {"sha256": parsed.sha256},
    )
    at = now()
    reach = active_model(writer).reach
    staging.begin(writer, parsed)
    if parsed.kind is FileKind.USAGE:
        merged = usage.merge(writer, parsed, import_id, reach)
        days = writer.record(
            f"""SELECT min(date) AS first, max(date) AS last
            FROM staged WHERE {usage.ANY_VALUE}"""
        )
        doubted = warnings.of_usage(writer)
    else:
        merged = records.merge(writer, parsed, import_id, at, reach)
        days = {"first": None, "last": None}
        doubted = (
            warnings.of_organizations(writer, parsed.columns)
            if parsed.kind is FileKind.ORGANIZATIONS
            else ()
        )
    refused = staging.refused(writer)
    latest = latest_day(writer)
    marked = staleness.marked(writer, latest) if latest else None
    rejected = parsed.row_count - parsed.rows.height + refused["line"].n_unique()
    # A file sent again after an answer got lost is the same import, not a second one.
    is_repeated = same_as is not None and not merged.rows_new and not merged.rows_changed
    outcome = ImportOutcome(
        import_id=same_as if is_repeated else import_id,
        name=parsed.name,
        kind=parsed.kind,
        size=parsed.size,
        sha256=parsed.sha256,
        rows_read=parsed.row_count,
        rows_new=merged.rows_new,
        rows_changed=merged.rows_changed,
        rows_unchanged=parsed.row_count - rejected - merged.rows_new - merged.rows_changed,
        rows_rejected=rejected,
        clients=merged.clients,
        first_date=days["first"],
        last_date=days["last"],
        scores_clients=marked.clients if marked else 0,
        scores_days=marked.scores if marked else 0,
        changes=_changes(writer, parsed.kind, import_id),
        rejects=pl.concat([parsed.rejects, refused.cast(parsed.rejects.schema)]).sort(
            "line", maintain_order=True
        ),
        same_as=same_as,
        warnings=doubted,
    )
    if not is_repeated:
        _remember(writer, outcome, by, at)
    return outcome


def _changes(reader: Reader, kind: FileKind, import_id: int) -> pl.DataFrame:
    """The first changed values as :attr:`ImportOutcome.changes` has them."""
    if kind is FileKind.USAGE:
        source = """SELECT organization, metric AS field, date, old_value::VARCHAR AS old_value,
                new_value::VARCHAR AS new_value, import_id
            FROM usage_changes WHERE old_value IS NOT NULL"""
    else:
        source = """SELECT organization, concat_ws(' ', feature_name, field) AS field,
                NULL::DATE AS date, old_value, new_value, import_id
            FROM record_changes WHERE field NOT IN ('', 'updated_at')"""
    frame = reader.query(
        f"""SELECT {", ".join(CHANGES)}
        FROM (
            FROM ({source}) WHERE import_id = $id
            ORDER BY organization, date, field LIMIT {SHOWN_CHANGES}
        ) JOIN clients USING (organization)
        ORDER BY organization_id, date, field""",
        {"id": import_id},
    )
    return frame.cast(CHANGES)


def _remember(writer: Writer, outcome: ImportOutcome, by: str, at: datetime) -> None:
    values = {
        "import_id": outcome.import_id,
        "kind": outcome.kind.value,
        "name": outcome.name,
        "size": outcome.size,
        "sha256": outcome.sha256,
        "imported_by": by,
        "imported_at": at,
        "rows_new": outcome.rows_new,
        "rows_changed": outcome.rows_changed,
        "rows_unchanged": outcome.rows_unchanged,
        "rows_rejected": outcome.rows_rejected,
        "clients": outcome.clients,
        "first_date": outcome.first_date,
        "last_date": outcome.last_date,
    }
    writer.execute(
        f"INSERT INTO imports ({', '.join(values)}) SELECT {', '.join(f'${n}' for n in values)}",
        values,
    )
