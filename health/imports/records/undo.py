"""Clients and features back to what they were before an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.errors import UndoHeld
from health.imports.identity import snapshot
from health.imports.records import histories, marking
from health.storage.record_kinds import KINDS, Kind
from health.storage.schema import WORK
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from health.storage.database import Writer
    from health.vocabulary import FileKind


_WRITTEN_ABOUT: Final = " UNION ".join(
    f"SELECT organization FROM {inside} WHERE removed_at IS NULL" for inside in WORK
)
"""SQL of the clients about whom somebody wrote something that was not removed."""


def undo_records(writer: Writer, file_kind: FileKind, import_id: int, *, anyway: bool) -> None:
    """Give every record that this import changed its earlier fields and histories back.

    What a later import changed again, or built on, stays. Without ``anyway`` such a field or
    record raises :class:`UndoHeld`.
    """
    kind = KINDS[file_kind]
    history_fields = ", ".join(f"'{field}'" for field in kind.history_fields)
    _find_written(writer, kind, import_id)
    held = writer.record(
        """SELECT count(*) AS number, min(next_import) AS next FROM written
        WHERE is_held AND field <> 'updated_at'"""
    )
    if held["number"] and not anyway:
        if held["next"] is None:
            raise UndoHeld(
                f"Usage, features, calls, notes, tasks or pulses of {held['number']:,} of its "
                "clients are on file. Remove those first, or undo this import anyway: then these "
                "clients stay."
            )
        raise UndoHeld(
            f"Later imports changed or built on {held['number']:,} of its records and fields "
            f"(first import {held['next']}). Undo those first, or undo this one anyway: "
            "then what later imports rest on stays."
        )
    marking.remember_import(writer, kind, import_id)
    writer.execute(
        """UPDATE record_changes
        SET old_value = written.old_value, old_history = written.old_history FROM written
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
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE restored AS
        SELECT organization, coalesce(feature_name, '') AS feature_name, field,
            coalesce(old_history,
                [{{'valid_from': DATE '{ALWAYS}', 'value': old_value}}]) AS entries
        FROM written WHERE NOT is_held AND field IN ({history_fields})"""
    )
    histories.store(writer, kind, "restored")
    for field in (*kind.fields, "updated_at"):
        if field in kind.history_fields:
            continue
        writer.execute(
            f"""UPDATE {kind.table} SET {field} = written.old_value::{kind.sql_type(field)}
            FROM written
            WHERE NOT written.is_held AND written.field = '{field}'
                AND {kind.same(kind.table, "written")}"""
        )
    # All that is on file about a record that goes: its later values are among what was written.
    writer.execute(
        """DELETE FROM record_history USING written
        WHERE NOT written.is_held AND written.field = ''
            AND record_history.organization = written.organization
            AND record_history.feature_name IS NOT DISTINCT FROM written.feature_name"""
    )
    writer.execute(
        f"""DELETE FROM {kind.table} USING written
        WHERE NOT written.is_held AND written.field = ''
            AND {kind.same(kind.table, "written")}"""
    )
    if kind.table == "clients":
        # The next new client would get the number of one that is gone, and what was decided of it.
        for table in (*snapshot.MOVED, "aliases"):
            writer.execute(
                f"""DELETE FROM {table}
                WHERE organization NOT IN (SELECT organization FROM clients)"""
            )
    marking.mark(writer, kind)


def _find_written(writer: Writer, kind: Kind, import_id: int) -> None:
    """Fill ``written``: what this import changed, and whether a later one holds it in place."""
    built_on = ""
    if kind.table == "clients":
        built_on = f"""
            OR (field = '' AND organization IN (
                SELECT organization FROM usage_span UNION SELECT organization FROM adoption
                UNION SELECT organization FROM ({_WRITTEN_ABOUT})))"""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE written AS
        SELECT *, next_import IS NOT NULL{built_on} AS is_held
        FROM (
            SELECT mine.* EXCLUDE (import_id, new_value, valid_from),
                min(later.import_id) AS next_import
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
