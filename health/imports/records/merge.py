"""Organizations and feature adoption into their tables, and back out of them.

Both are small, so every changed field is kept as text in ``record_changes``: its old and its new
value, and an entry without a field name for a record that was not there before. A field with a
history has the history before beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.files import ParsedFile, RejectReason
from health.imports.records import histories, marking
from health.imports.staging import ACCEPTED, Merged, refuse, refuse_unknown_clients
from health.storage.record_kinds import KINDS, Kind
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from datetime import datetime

    from health.storage.database import Writer

_CHANGE: Final = "import_id, organization, feature_name, field, old_value, new_value"

_HIGHEST_NUMBER: Final = """(SELECT greatest(
        (SELECT coalesce(max(organization), 0) FROM clients),
        (SELECT coalesce(max(other), 0) FROM identity_actions WHERE undone_at IS NULL)))"""
"""SQL of the highest number of a client; one that was merged gets its own back by an undo."""


def merge_records(
    writer: Writer,
    parsed: ParsedFile,
    import_id: int,
    at: datetime,
    *,
    empty_clears: bool,
) -> Merged:
    """Merge the accepted records, registered as ``incoming``, and mark scores."""
    kind = KINDS[parsed.kind]
    if parsed.kind is FileKind.FEATURES:
        refuse_unknown_clients(writer)
    _refuse_conflicts(writer, kind, parsed)
    _stage(writer, kind, parsed)
    fields = [name for name in kind.fields if name in parsed.columns]
    histories.work_out(writer, kind, list(parsed.columns), empty_clears=empty_clears)
    _write_changes(writer, kind, fields, import_id, empty_clears=empty_clears)
    marking.remember_import(writer, kind, import_id)
    _insert(writer, kind, fields, at)
    _update(writer, kind, fields, at, empty_clears=empty_clears)
    histories.store(writer, kind, "changed")
    marking.mark(writer, kind)
    return Merged(
        **writer.record(
            f"""SELECT count(DISTINCT record) FILTER (field = '') AS rows_new,
                count(DISTINCT record) FILTER (field <> '') AS rows_changed,
                count(DISTINCT organization) AS clients
            FROM (SELECT *, (organization, feature_name) AS record
                FROM record_changes WHERE import_id = {import_id:d})"""
        )
    )


def _start(parsed: ParsedFile) -> str:
    """SQL of the day from which the values of a row hold."""
    day = f"DATE '{parsed.day}'"
    return f"coalesce(valid_from, {day})" if "valid_from" in parsed.columns else day


def _refuse_conflicts(writer: Writer, kind: Kind, parsed: ParsedFile) -> None:
    """Refuse rows of one record and day that differ, and rows that contradict themselves."""
    key = ", ".join((*kind.file_key, "start"))
    cells = "line, valid_from" if "valid_from" in parsed.columns else "line"
    rows = f"(SELECT *, {_start(parsed)} AS start FROM incoming)"
    refuse(
        writer,
        RejectReason.KEY_TWICE,
        f"""SELECT line, '{kind.contract.key[-1]}', {kind.shown}::VARCHAR,
            coalesce(lag(line) OVER same, lead(line) OVER same)
        FROM {rows} JOIN named USING (client)
        SEMI JOIN (
            SELECT {key}
            FROM (SELECT DISTINCT * EXCLUDE ({cells}) FROM {rows} ANTI JOIN refused USING (line))
            GROUP BY {key} HAVING count(*) > 1
        ) USING ({key})
        WINDOW same AS (PARTITION BY {key} ORDER BY line)""",
        names_other_line=True,
    )
    if "valid_from" in parsed.columns:
        # On a first load it would hold from always, on a second one from the day of the import.
        record = ", ".join(kind.file_key)
        refuse(
            writer,
            RejectReason.WITHOUT_START,
            f"""SELECT line, 'valid_from', NULL FROM incoming
            SEMI JOIN (FROM incoming WHERE valid_from IS NOT NULL) USING ({record})
            WHERE valid_from IS NULL""",
        )
    if {"inactive_from", "is_active"} <= set(parsed.columns):
        refuse(
            writer,
            RejectReason.LEFT_AND_ACTIVE,
            """SELECT line, 'inactive_from', inactive_from::VARCHAR FROM incoming
            WHERE is_active AND inactive_from IS NOT NULL""",
        )


def _stage(writer: Writer, kind: Kind, parsed: ParsedFile) -> None:
    """Fill ``staged``: a row a record and day from which it holds; new clients get numbers here.

    Columns: the surrogate key, is_new, line, valid_from, is_stated and what the file has; and
    ``latest``: a row a record, of each column the latest value.
    """
    staged_values = [name for name in kind.fields if name in parsed.columns]
    columns = "".join(f", {name}" for name in staged_values)
    stated = "valid_from IS NOT NULL" if "valid_from" in parsed.columns else "false"
    if kind.table == "clients":
        left = "" if "inactive_from" in parsed.columns else "NULL::DATE AS "
        columns += f", {left}inactive_from"
    rows = f"""SELECT min(line) AS line, {", ".join(kind.file_key)}, {_start(parsed)} AS valid_from,
        {stated} AS is_stated{columns} FROM {ACCEPTED} GROUP BY ALL"""
    if kind.table == "clients":
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE staged AS
            SELECT coalesce(organization, {_HIGHEST_NUMBER}
                    + dense_rank() OVER (
                        PARTITION BY organization IS NULL ORDER BY first_line))::INTEGER
                    AS organization,
                organization IS NULL AS is_new, * EXCLUDE (organization, first_line)
            FROM (SELECT *, min(line) OVER (PARTITION BY client) AS first_line FROM ({rows}))
            JOIN named USING (client)"""
        )
    else:
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE staged AS
            SELECT rows.*, adoption.organization IS NULL AS is_new
            FROM (
                SELECT organization, feature::VARCHAR AS feature_name,
                    min(line) AS line, valid_from, is_stated{columns}
                FROM ({rows}) JOIN named USING (client) GROUP BY ALL
            ) AS rows LEFT JOIN adoption USING (organization, feature_name)"""
        )
    latest = "".join(f", arg_max({name}, valid_from) AS {name}" for name in staged_values)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE latest AS
        SELECT {", ".join(kind.identity)}, is_new{latest} FROM staged GROUP BY ALL"""
    )


def _without_history(kind: Kind, fields: list[str]) -> list[str]:
    return [name for name in fields if name not in kind.history_fields]


def _new_value(kind: Kind, field: str, *, empty_clears: bool) -> str:
    """SQL of a field's value after the import: an empty cell keeps what is on file."""
    if empty_clears and field not in kind.kept_if_empty:
        return f"latest.{field}"
    return f"coalesce(latest.{field}, {kind.table}.{field})"


def _write_changes(
    writer: Writer, kind: Kind, fields: list[str], import_id: int, *, empty_clears: bool
) -> None:
    """Write the new records and the changed fields into ``record_changes``."""
    feature = "latest.feature_name" if "feature_name" in kind.key else "NULL"
    record = f"{import_id:d}, latest.organization, {feature}"
    differing = ""
    for field in _without_history(kind, fields):
        new = _new_value(kind, field, empty_clears=empty_clears)
        differing += f"""
        UNION ALL
        SELECT {record}, '{field}', {kind.table}.{field}::VARCHAR, ({new})::VARCHAR
        FROM latest JOIN {kind.table} ON {kind.same("latest", kind.table)}
        WHERE {kind.table}.{field} IS DISTINCT FROM {new}"""
    writer.execute(
        f"""INSERT INTO record_changes ({_CHANGE})
        SELECT {record}, '', NULL, NULL FROM latest WHERE is_new {differing}"""
    )
    writer.execute(
        f"""INSERT INTO record_changes ({_CHANGE}, valid_from, old_history)
        SELECT {import_id:d}, organization, nullif(feature_name, ''), field, old_value, new_value,
            shown, CASE WHEN has_history THEN old_entries END
        FROM changed WHERE NOT is_new"""
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE touched AS
        SELECT DISTINCT organization, feature_name FROM record_changes
        WHERE import_id = {import_id:d} AND field <> ''"""
    )
    writer.execute(
        f"""INSERT INTO record_changes ({_CHANGE})
        SELECT {import_id:d}, touched.organization, touched.feature_name,
            'updated_at', updated_at::VARCHAR, NULL
        FROM touched JOIN {kind.table} ON {kind.same("touched", kind.table)}"""
    )


def _insert(writer: Writer, kind: Kind, fields: list[str], at: datetime) -> None:
    values = {name: name for name in (*kind.identity, *fields)}
    for name, default in kind.defaults.items():
        values[name] = f"coalesce({name}, {default})" if name in fields else default
    writer.execute(
        f"""INSERT INTO {kind.table} ({", ".join(values)}, created_at, updated_at)
        SELECT {", ".join(values.values())}, $at, $at FROM latest WHERE is_new
        ORDER BY {", ".join(kind.key)}""",
        {"at": at},
    )


def _update(
    writer: Writer, kind: Kind, fields: list[str], at: datetime, *, empty_clears: bool
) -> None:
    """Store the new values that have no history."""
    values = "".join(
        f"{name} = {_new_value(kind, name, empty_clears=empty_clears)}, "
        for name in _without_history(kind, fields)
    )
    writer.execute(
        f"""UPDATE {kind.table} SET {values} updated_at = $at
        FROM (FROM latest SEMI JOIN touched ON {kind.same("latest", "touched")}) AS latest
        WHERE {kind.same(kind.table, "latest")}""",
        {"at": at},
    )
