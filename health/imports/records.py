"""Organizations and feature adoption into their tables, and back out of them.

Both are small, so every changed field is kept as text in ``record_changes``: its old and its new
value, and an entry without a field name for a record that was not there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.errors import UndoHeld
from health.files import RejectReason
from health.imports.staging import ACCEPTED, Merged, refuse, refuse_unknown_clients
from health.scoring import staleness
from health.storage.schema import FEATURE_ADOPTION, ORGANIZATIONS, Table
from health.vocabulary import AlertLevel, FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from health.files import ParsedFile
    from health.storage.database import Writer


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How records of a kind are stored.

    contract: the table as the contract has it.
    table: the table inside; ``key`` names a record in it.
    identity: the columns that a new record is given once and for all.
    file_key: the columns of ``incoming`` that name a record; shown: the one shown in a reject.
    defaults: SQL for fields that a new record must have and a file may leave empty; an empty
    cell of these leaves a stored value as it is.
    """

    contract: Table
    table: str
    key: tuple[str, ...]
    identity: tuple[str, ...]
    file_key: tuple[str, ...]
    shown: str
    defaults: Mapping[str, str]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields a file can change, in the contract's order."""
        apart = {*self.contract.key, "created_at", "updated_at"}
        return tuple(name for name in self.contract.column_names if name not in apart)

    def sql_type(self, field: str) -> str:
        """The engine's type of a field."""
        return next(c.sql_type for c in self.contract.columns if c.name == field)

    def same(self, left: str, right: str) -> str:
        """SQL that is true where two relations speak of one record."""
        return " AND ".join(f"{left}.{name} = {right}.{name}" for name in self.key)


KINDS: Final[Mapping[FileKind, Kind]] = {
    FileKind.ORGANIZATIONS: Kind(
        contract=ORGANIZATIONS,
        table="clients",
        key=("organization",),
        identity=("organization", "organization_id"),
        file_key=("client",),
        shown="organization_id",
        defaults={"alert_level": f"'{AlertLevel.DASHBOARD_ONLY}'", "is_active": "true"},
    ),
    FileKind.FEATURES: Kind(
        contract=FEATURE_ADOPTION,
        table="adoption",
        key=("organization", "feature_name"),
        identity=("organization", "feature_name"),
        file_key=("client", "feature"),
        shown="feature",
        defaults={"is_enabled": "false", "is_used": "false"},
    ),
}

_SCORED_FIELDS: Final = "('total_users', 'is_active', 'is_enabled', 'is_used', 'first_used_at')"
"""Fields whose change moves scores."""


def merge(writer: Writer, parsed: ParsedFile, import_id: int, at: datetime, reach: int) -> Merged:
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
        _mark(writer, f"field IN {_SCORED_FIELDS}", import_id, reach)
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
        f"""SELECT line, '{kind.contract.key[-1]}', {kind.shown}::VARCHAR
        FROM incoming JOIN named USING (client)
        SEMI JOIN (
            SELECT {key} FROM (SELECT DISTINCT * EXCLUDE (line) FROM {ACCEPTED})
            GROUP BY {key} HAVING count(*) > 1
        ) USING ({key})""",
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


_CHANGE: Final = "import_id, organization, feature_name, field, old_value, new_value"


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


def _mark(writer: Writer, condition: str, import_id: int, reach: int) -> None:
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


def undo(writer: Writer, file_kind: FileKind, import_id: int, reach: int, *, anyway: bool) -> None:
    """Give every record that this import changed its earlier fields back.

    What a later import changed again, or built on, stays. Without ``anyway`` such a field or
    record raises :class:`UndoHeld`.
    """
    kind = KINDS[file_kind]
    _find_written(writer, kind, import_id)
    held = writer.record(
        """SELECT count(*) AS number, min(next_import) AS next FROM written
        WHERE is_held AND field <> 'updated_at'"""
    )
    if held["number"] and not anyway:
        raise UndoHeld(
            f"Later imports changed or built on {held['number']:,} of its records and fields "
            f"(first import {held['next']}). Undo those first, or undo this one anyway: "
            "then what later imports rest on stays."
        )
    _mark(
        writer,
        f"(field IN {_SCORED_FIELDS} OR (field = '' AND feature_name IS NOT NULL))",
        import_id,
        reach,
    )
    writer.execute(
        """UPDATE record_changes SET old_value = written.old_value FROM written
        WHERE written.is_held AND record_changes.import_id = written.next_import
            AND record_changes.organization = written.organization
            AND record_changes.feature_name IS NOT DISTINCT FROM written.feature_name
            AND record_changes.field = written.field AND written.field <> ''"""
    )
    # A record that a later import changed is that one's from now on, to be undone with it.
    writer.execute(
        f"""UPDATE record_changes SET import_id = written.next_import FROM written
        WHERE written.field = '' AND written.next_import IS NOT NULL
            AND record_changes.import_id = {import_id:d} AND record_changes.field = ''
            AND record_changes.organization = written.organization
            AND record_changes.feature_name IS NOT DISTINCT FROM written.feature_name"""
    )
    writer.execute(f"DELETE FROM record_changes WHERE import_id = {import_id:d}")
    for field in (*kind.fields, "updated_at"):
        writer.execute(
            f"""UPDATE {kind.table} SET {field} = written.old_value::{kind.sql_type(field)}
            FROM written
            WHERE NOT written.is_held AND written.field = '{field}'
                AND {kind.same(kind.table, "written")}"""
        )
    writer.execute(
        f"""DELETE FROM {kind.table} USING written
        WHERE NOT written.is_held AND written.field = ''
            AND {kind.same(kind.table, "written")}"""
    )
    if kind.table == "clients":
        # The next new client would get the number of one that is gone, and what was decided of it.
        writer.execute(
            "DELETE FROM decisions WHERE organization NOT IN (SELECT organization FROM clients)"
        )


def _find_written(writer: Writer, kind: Kind, import_id: int) -> None:
    """Fill ``written``: what this import changed, and whether a later one holds it in place."""
    built_on = ""
    if kind.table == "clients":
        built_on = """
            OR (field = '' AND organization IN (
                SELECT organization FROM usage_span UNION SELECT organization FROM adoption))"""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE written AS
        SELECT *, next_import IS NOT NULL{built_on} AS is_held
        FROM (
            SELECT mine.* EXCLUDE (import_id, new_value), min(later.import_id) AS next_import
            FROM record_changes AS mine
            LEFT JOIN record_changes AS later
                ON later.import_id > mine.import_id
                AND later.organization = mine.organization
                AND later.feature_name IS NOT DISTINCT FROM mine.feature_name
                AND (later.field = mine.field OR mine.field = '')
            WHERE mine.import_id = {import_id:d}
            GROUP BY ALL
        )"""
    )
