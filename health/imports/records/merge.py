"""Organizations and feature adoption into their tables, and back out of them.

Both are small, so every changed field is kept as text in ``record_changes``: its old and its new
value, and an entry without a field name for a record that was not there before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.files import ParsedFile, RejectReason
from health.imports.records.kinds import KINDS, SCORED_FIELDS, Kind
from health.imports.staging import ACCEPTED, Merged, refuse, refuse_unknown_clients
from health.scoring import staleness
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from health.storage.database import Writer

_CHANGE: Final = "import_id, organization, feature_name, field, old_value, new_value"


def merge_records(
    writer: Writer, parsed: ParsedFile, import_id: int, at: datetime, reach: int
) -> Merged:
    """Merge the accepted records, registered as ``incoming``, and mark scores."""
    kind = KINDS[parsed.kind]
    if parsed.kind is FileKind.FEATURES:
        refuse_unknown_clients(writer)
    _refuse_conflicts(writer, kind)
    fields = [name for name in kind.fields if name in parsed.columns]
    _stage(writer, kind, fields)
    _compare(writer, kind, fields, import_id)
    if parsed.kind is FileKind.FEATURES:
        _mark_features(writer, fields, reach)
    _insert(writer, kind, fields, at)
    _update(writer, kind, fields, at)
    if parsed.kind is FileKind.ORGANIZATIONS:
        mark(writer, f"field IN {SCORED_FIELDS}", import_id, reach)
    return Merged(
        **writer.record(
            f"""SELECT count(DISTINCT record) FILTER (field = '') AS rows_new,
                count(DISTINCT record) FILTER (field <> '') AS rows_changed,
                count(DISTINCT organization) AS clients
            FROM (SELECT *, (organization, feature_name) AS record
                FROM record_changes WHERE import_id = {import_id:d})"""
        )
    )


def _refuse_conflicts(writer: Writer, kind: Kind) -> None:
    key = ", ".join(kind.file_key)
    refuse(
        writer,
        RejectReason.KEY_TWICE,
        f"""SELECT line, '{kind.contract.key[-1]}', {kind.shown}::VARCHAR,
            coalesce(lag(line) OVER same, lead(line) OVER same)
        FROM incoming JOIN named USING (client)
        SEMI JOIN (
            SELECT {key} FROM (SELECT DISTINCT * EXCLUDE (line) FROM {ACCEPTED})
            GROUP BY {key} HAVING count(*) > 1
        ) USING ({key})
        WINDOW same AS (PARTITION BY {key} ORDER BY line)""",
        names_other_line=True,
    )


def _stage(writer: Writer, kind: Kind, fields: list[str]) -> None:
    """Fill ``staged``: a row a record with its surrogate key; new clients get theirs here."""
    values = "".join(f", {name}" for name in fields)
    if kind.table == "clients":
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE staged AS
            SELECT coalesce(organization, (SELECT coalesce(max(organization), 0)
                    FROM clients) + row_number() OVER (
                    PARTITION BY organization IS NULL ORDER BY line))::INTEGER
                    AS organization,
                organization IS NULL AS is_new, * EXCLUDE (organization)
            FROM (
                SELECT min(line) AS line, client{values} FROM {ACCEPTED} GROUP BY ALL
            ) JOIN named USING (client)"""
        )
    else:
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE staged AS
            SELECT rows.*, adoption.organization IS NULL AS is_new
            FROM (
                SELECT DISTINCT organization, feature::VARCHAR AS feature_name{values}
                FROM {ACCEPTED} JOIN named USING (client)
            ) AS rows LEFT JOIN adoption USING (organization, feature_name)"""
        )


def _new_value(kind: Kind, field: str) -> str:
    """SQL of a field's value after the import: an empty cell keeps what must not be empty."""
    if field in kind.defaults:
        return f"coalesce(staged.{field}, {kind.table}.{field})"
    return f"staged.{field}"


def _compare(writer: Writer, kind: Kind, fields: list[str], import_id: int) -> None:
    """Write the new records and the changed fields into ``record_changes``."""
    feature = "staged.feature_name" if "feature_name" in kind.key else "NULL"
    record = f"{import_id:d}, staged.organization, {feature}"
    differing = "".join(
        f"""
        UNION ALL
        SELECT {record}, '{field}', {kind.table}.{field}::VARCHAR,
            ({_new_value(kind, field)})::VARCHAR
        FROM staged JOIN {kind.table} ON {kind.same("staged", kind.table)}
        WHERE {kind.table}.{field} IS DISTINCT FROM {_new_value(kind, field)}"""
        for field in fields
    )
    writer.execute(
        f"""INSERT INTO record_changes ({_CHANGE})
        SELECT {record}, '', NULL, NULL FROM staged WHERE is_new {differing}"""
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
        SELECT {", ".join(values.values())}, $at, $at FROM staged WHERE is_new
        ORDER BY {", ".join(kind.key)}""",
        {"at": at},
    )


def _update(writer: Writer, kind: Kind, fields: list[str], at: datetime) -> None:
    values = "".join(f"{name} = {_new_value(kind, name)}, " for name in fields)
    writer.execute(
        f"""UPDATE {kind.table} SET {values} updated_at = $at
        FROM (FROM staged SEMI JOIN touched ON {kind.same("staged", "touched")}) AS staged
        WHERE {kind.same(kind.table, "staged")}""",
        {"at": at},
    )


def mark(writer: Writer, condition: str, import_id: int, reach: int) -> None:
    """Mark the scores of clients of which this import changed something that counts."""
    staleness.mark_clients(
        writer,
        f"""(SELECT DISTINCT organization, NULL::DATE AS first_day FROM record_changes
        WHERE import_id = {import_id:d} AND {condition})""",
        reach,
    )


def _mark_features(writer: Writer, fields: list[str], reach: int) -> None:
    """Mark clients from the day on which a feature counts differently; before it nothing changes.

    Runs before the new states are stored, so that both are there to be compared.
    """

    def state(prefix: str, value: Callable[[str], str]) -> str:
        enabled = f"coalesce({value('is_enabled')}, false)"
        return f"""{enabled} AS {prefix}_enabled, CASE WHEN {enabled} AND {value("is_used")}
            THEN coalesce({value("first_used_at")}, DATE '0001-01-01') END AS {prefix}_used_from"""

    def old(name: str) -> str:
        return f"adoption.{name}"

    def new(name: str) -> str:
        return _new_value(KINDS[FileKind.FEATURES], name) if name in fields else old(name)

    staleness.mark_clients(
        writer,
        f"""(
        SELECT organization, CASE WHEN old_enabled = new_enabled
            THEN least(old_used_from, new_used_from) END AS first_day
        FROM (
            SELECT staged.organization, {state("old", old)}, {state("new", new)}
            FROM staged LEFT JOIN adoption USING (organization, feature_name)
        )
        WHERE old_enabled <> new_enabled OR old_used_from IS DISTINCT FROM new_used_from)""",
        reach,
    )
