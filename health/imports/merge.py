"""Merging files into what is on file: for storing them, and for planning to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from health.clock import now
from health.imports import staging, warnings
from health.imports.identity.aliases import by_aliases
from health.imports.outcome import CHANGES, SHOWN_CHANGES, ImportOutcome
from health.imports.outcomes.merge import merge_outcomes
from health.imports.outcomes.status import record_status
from health.imports.records.merge import merge_records
from health.imports.usage.merge import ANY_VALUE, merge_usage
from health.imports.warnings.cells import EMPTIED_SQL
from health.scoring import staleness
from health.scoring.active_model import latest_day
from health.vocabulary import FileKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from health.files import ParsedFile
    from health.storage.database import Reader, Writer

_ORDER: Final = (FileKind.ORGANIZATIONS, FileKind.FEATURES, FileKind.USAGE, FileKind.OUTCOMES)
"""Clients come before what speaks of them, and usage before what became of them."""


def merge_files(
    writer: Writer, files: Sequence[ParsedFile], *, by: str, empty_clears: bool
) -> tuple[ImportOutcome, ...]:
    """Merge files in the open transaction; return what each did, in the order given."""
    in_order = sorted(range(len(files)), key=lambda index: _ORDER.index(files[index].kind))
    last_import = warnings.begin(writer)
    outcomes = {
        index: _merge(writer, files[index], by, empty_clears=empty_clears) for index in in_order
    }
    fed = {index: day for index in in_order if (day := outcomes[index].last_date) is not None}
    if fed:
        # What did not come is told once, with the file that reaches furthest.
        latest = max(in_order, key=lambda index: fed.get(index, date.min))
        outcomes[latest] = replace(
            outcomes[latest],
            warnings=outcomes[latest].warnings + warnings.of_feed(writer, last_import),
        )
    for outcome in outcomes.values():
        # A file sent again keeps what was said of it the first time.
        if outcome.import_id is not None and outcome.import_id != outcome.same_as:
            warnings.keep(writer, outcome.import_id, outcome.warnings)
    return tuple(outcomes[index] for index in range(len(files)))


def _merge(writer: Writer, parsed: ParsedFile, by: str, *, empty_clears: bool) -> ImportOutcome:
    import_id = int(writer.value("SELECT coalesce(max(import_id), 0) + 1 FROM imports"))
    same_as = writer.value(
        """SELECT max(import_id) FROM imports
        WHERE sha256 = $sha256 AND undone_at IS NULL""",
        {"sha256": parsed.sha256},
    )
    parsed = by_aliases(writer, parsed)
    at = now()
    staging.begin(writer, parsed)
    use = parsed.feed_use
    clears = empty_clears or (use is not None and use.feed.empty_clears)
    days: Mapping[str, date | None] = {"first": None, "last": None}
    outcomes: Mapping[Outcome, int] = {}
    if parsed.kind is FileKind.USAGE:
        merged = merge_usage(writer, parsed, import_id)
        days = writer.record(
            f"""SELECT min(date) AS first, max(date) AS last
            FROM staged WHERE {ANY_VALUE}"""
        )
        found = warnings.of_usage(writer, parsed, days, changes=merged.rows_changed > 0)
    elif parsed.kind is FileKind.OUTCOMES:
        merged = merge_outcomes(writer, parsed, import_id, at, empty_clears=clears)
        found = warnings.of_cells(writer, import_id, "written WHERE old_import_id IS NOT NULL")
        found += warnings.of_outcomes(writer)
    else:
        merged = merge_records(writer, parsed, import_id, at, empty_clears=clears)
        found = warnings.of_cells(writer, import_id)
        if parsed.kind is FileKind.ORGANIZATIONS:
            found += warnings.of_organizations(writer, parsed.columns)
            found += warnings.of_identity(writer, import_id)
        if parsed.reason is not None:
            outcomes = record_status(writer, import_id, at, parsed.reason)
    refused = staging.refused(writer)
    latest = latest_day(writer)
    marked = None
    if latest and parsed.kind is not FileKind.OUTCOMES:
        marked = staleness.marked(writer, latest)
    rejected = parsed.row_count - parsed.rows.height + staging.refused_rows(writer)
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
        outcomes=outcomes,
        cleared=_cleared(writer, import_id),
        changes=_changes(writer, parsed.kind, import_id, parsed.day),
        rejects=pl.concat([parsed.rejects, refused.cast(parsed.rejects.schema)]).sort(
            "line", maintain_order=True
        ),
        same_as=same_as,
        warnings=found,
        new_clients=warnings.new_clients(writer, import_id),
    )
    if not is_repeated:
        _remember(writer, outcome, parsed, by, at)
    return outcome


def _changes(reader: Reader, kind: FileKind, import_id: int, day: date) -> pl.DataFrame:
    """The first changed values as :attr:`ImportOutcome.changes` has them."""
    if kind is FileKind.USAGE:
        source = """SELECT organization, metric AS field, date, old_value::VARCHAR AS old_value,
                new_value::VARCHAR AS new_value, import_id
            FROM usage_changes WHERE old_value IS NOT NULL"""
    elif kind is FileKind.OUTCOMES:
        source = " UNION ALL ".join(
            f"""SELECT organization, outcome || ' {name}' AS field, date,
                old_{name}::VARCHAR AS old_value, {name}::VARCHAR AS new_value,
                {import_id:d} AS import_id
            FROM written
            WHERE old_import_id IS NOT NULL AND old_{name} IS DISTINCT FROM {name}"""
            for name in ("value_change", "reason")
        )
    else:
        source = """SELECT organization, concat_ws(' ', feature_name, field) AS field,
                nullif(valid_from, $day) AS date, old_value, new_value, import_id
            FROM record_changes WHERE field NOT IN ('', 'updated_at')"""
    frame = reader.query(
        f"""SELECT {", ".join(CHANGES)}
        FROM (
            FROM ({source}) WHERE import_id = $id
            ORDER BY organization, date, field LIMIT {SHOWN_CHANGES}
        ) JOIN clients USING (organization)
        ORDER BY organization_id, date, field""",
        {"id": import_id} | ({"day": day} if "$day" in source else {}),
    )
    return frame.cast(CHANGES)


def _cleared(reader: Reader, import_id: int) -> dict[str, int]:
    """How many values of each field became empty."""
    found = reader.query(
        f"""SELECT field, count(*) FROM ({EMPTIED_SQL}) WHERE import_id = $id
        GROUP BY field ORDER BY field""",
        {"id": import_id},
    )
    return dict(found.iter_rows())


def _remember(
    writer: Writer, outcome: ImportOutcome, parsed: ParsedFile, by: str, at: datetime
) -> None:
    values = {
        "import_id": outcome.import_id,
        "kind": outcome.kind.value,
        "name": outcome.name,
        "size": outcome.size,
        "sha256": outcome.sha256,
        "imported_by": by,
        "imported_at": at,
        "day": parsed.day,
        "rows_new": outcome.rows_new,
        "rows_changed": outcome.rows_changed,
        "rows_unchanged": outcome.rows_unchanged,
        "rows_rejected": outcome.rows_rejected,
        "clients": outcome.clients,
        "first_date": outcome.first_date,
        "last_date": outcome.last_date,
        "feed": parsed.feed_use.name if parsed.feed_use else None,
        "feed_version": parsed.feed_use.version if parsed.feed_use else None,
    }
    writer.execute(
        f"INSERT INTO imports ({', '.join(values)}) SELECT {', '.join(f'${n}' for n in values)}",
        values,
    )
