"""What a file says of values that have a history becomes what was in force when.

All of it is worked out in temporary tables before anything is stored. The tables have one row per
value and day; ``organization``, ``feature_name`` (null for a value of a client) and ``field`` name
the value whose history it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from health.imports.records.kinds import Kind
    from health.storage.database import Writer

NAMES: Final = "organization, feature_name, field"
"""The columns that name a value with a history."""


def same(left: str, right: str) -> str:
    """SQL that is true where two relations speak of the history of one value."""
    return (
        f"{left}.organization = {right}.organization AND {left}.field = {right}.field "
        f"AND {left}.feature_name IS NOT DISTINCT FROM {right}.feature_name"
    )


def work_out(writer: Writer, kind: Kind, fields: list[str], *, empty_clears: bool) -> None:
    """Fill ``changed``: the histories that ``staged`` changes, before and after.

    Columns: organization, feature_name, field, is_new (the record), has_history (before), shown
    (the latest day of which the file says something), old_value (in force on it before), entries
    and old_entries (lists of valid_from and value; old_entries null where there was no value).
    """
    _find_said(writer, kind, fields, empty_clears=empty_clears)
    _find_before(writer)
    _find_after(writer)
    packed = "list({'valid_from': valid_from, 'value': value} ORDER BY valid_from)"
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS
        SELECT said.*, after.entries, before.old_entries, (
            SELECT arg_max_null(value, valid_from) FROM before
            WHERE {same("before", "said")} AND before.valid_from <= said.shown
        ) AS old_value
        FROM (
            SELECT {NAMES}, any_value(is_new) AS is_new, any_value(has_history) AS has_history,
                max(valid_from) AS shown
            FROM said GROUP BY ALL
        ) AS said
        JOIN (SELECT {NAMES}, {packed} AS entries FROM after GROUP BY ALL) AS after
            ON {same("said", "after")}
        LEFT JOIN (SELECT {NAMES}, {packed} AS old_entries FROM before GROUP BY ALL) AS before
            ON {same("said", "before")}
        WHERE entries IS DISTINCT FROM old_entries"""
    )


def store(writer: Writer, kind: Kind, histories: str) -> None:
    """Store a relation of histories (:data:`NAMES`, entries), and the newest values they end with.

    A history of one value that always held is none. Entries null or empty: there is no value.
    """
    writer.execute(
        f"DELETE FROM record_history USING {histories} AS new WHERE {same('record_history', 'new')}"
    )
    writer.execute(
        f"""INSERT INTO record_history ({NAMES}, valid_from, value)
        SELECT {NAMES}, entry.valid_from, entry.value
        FROM (SELECT {NAMES}, unnest(entries) AS entry FROM {histories} WHERE len(entries) > 1)
        ORDER BY {NAMES}, entry.valid_from"""
    )
    for (field,) in writer.query(f"SELECT DISTINCT field FROM {histories}").rows():
        writer.execute(
            f"""UPDATE {kind.table} SET {field} = new.entries[-1].value::{kind.sql_type(field)}
            FROM {histories} AS new
            WHERE new.field = '{field}' AND {kind.same(kind.table, "new")}"""
        )


def _find_said(writer: Writer, kind: Kind, fields: list[str], *, empty_clears: bool) -> None:
    """Fill ``said``: what the file says of values, but where that is what is on file already.

    Columns beside :data:`NAMES`: valid_from, is_stated (not merely the day of the import), resets
    (the whole history), ends (the time as a client), value, present (the newest on file), is_new,
    has_history.
    """
    feature = "staged.feature_name" if "feature_name" in kind.key else "NULL::VARCHAR"
    said = "\nUNION ALL\n".join(
        f"""SELECT staged.organization, {feature} AS feature_name, '{field}' AS field,
            {_day(field)} AS valid_from, is_stated,
            staged.valid_from = DATE '{ALWAYS}' AS resets,
            {"staged.inactive_from IS NOT NULL" if field == "is_active" else "false"} AS ends,
            ({_value(field, fields)})::VARCHAR AS value, {kind.table}.{field}::VARCHAR AS present,
            is_new
        FROM staged LEFT JOIN {kind.table} ON {kind.same("staged", kind.table)}
        WHERE ({_value(field, fields)}) IS NOT NULL
            {_cleared(kind, field) if empty_clears else ""}"""
        for field in kind.history_fields
        if field in fields or (field == "is_active" and "inactive_from" in fields)
    )
    if not said:
        said = """SELECT organization, NULL::VARCHAR AS feature_name, '' AS field,
            valid_from, is_stated, false AS resets, false AS ends, NULL::VARCHAR AS value,
            NULL::VARCHAR AS present, is_new FROM staged WHERE false"""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
        SELECT said.* REPLACE (CASE
                -- In use since a day that the file knows: since then, and not since the import.
                WHEN said.field = 'is_used' AND said.value = 'true' AND said.present = 'false'
                    AND said.valid_from <> DATE '{ALWAYS}'
                    AND used_from > coalesce(newest, DATE '{ALWAYS}') THEN used_from
                ELSE said.valid_from END AS valid_from),
            newest IS NOT NULL AS has_history
        FROM ({said}) AS said
        LEFT JOIN ({_used_from(kind, fields)}) AS used
            ON used.organization = said.organization AND used.feature_name = said.feature_name
        LEFT JOIN (
            SELECT {NAMES}, max(valid_from) AS newest FROM record_history GROUP BY ALL
        ) AS known ON {same("said", "known")}
        QUALIFY bool_or(
            newest IS NOT NULL OR CASE WHEN is_new THEN is_stated OR ends
                ELSE said.value IS DISTINCT FROM said.present END
        ) OVER (PARTITION BY said.organization, said.feature_name, said.field)"""
    )


def _day(field: str) -> str:
    """SQL of the day from which a staged value holds."""
    if field == "is_active":
        return "coalesce(staged.inactive_from, staged.valid_from)"
    return "staged.valid_from"


def _value(field: str, fields: list[str]) -> str:
    """SQL of a staged value; who left on a day is no client from then on."""
    if field != "is_active":
        return f"staged.{field}"
    given = "staged.is_active" if "is_active" in fields else "NULL::BOOLEAN"
    return f"CASE WHEN staged.inactive_from IS NOT NULL THEN false ELSE {given} END"


def _cleared(kind: Kind, field: str) -> str:
    """SQL of what else is said where an empty cell clears a value that may be empty."""
    return "" if field in kind.kept_if_empty else f"OR {kind.table}.{field} IS NOT NULL"


def _used_from(kind: Kind, fields: list[str]) -> str:
    """SQL of (organization, feature_name, used_from): the first uses that the file knows."""
    if kind.table == "adoption" and "first_used_at" in fields:
        return """SELECT organization, feature_name, max(first_used_at) AS used_from FROM staged
            GROUP BY ALL"""
    return "SELECT NULL::INTEGER AS organization, NULL AS feature_name, NULL::DATE AS used_from"


def _find_before(writer: Writer) -> None:
    """Fill ``before``: the histories of what was said, as they are."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE before AS
        SELECT {NAMES}, valid_from, value FROM record_history
        WHERE EXISTS (FROM said WHERE {same("said", "record_history")})
        UNION ALL
        SELECT DISTINCT {NAMES}, DATE '{ALWAYS}', present FROM said
        WHERE NOT has_history AND NOT is_new AND present IS NOT NULL"""
    )


def _find_after(writer: Writer) -> None:
    """Fill ``after``: the histories as the file leaves them."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE after AS
        WITH kept AS (
            SELECT before.* FROM before
            JOIN (
                SELECT {NAMES}, bool_or(resets) AS resets,
                    min(valid_from) FILTER (ends) AS end_day
                FROM said GROUP BY ALL
            ) AS said ON {same("before", "said")}
            -- A new day of leaving takes the place of the one on file.
            WINDOW value_of AS (
                PARTITION BY before.organization, before.feature_name, before.field)
            QUALIFY NOT resets AND (end_day IS NULL OR before.valid_from <= max(before.valid_from)
                FILTER (before.value = 'true' AND before.valid_from < end_day) OVER value_of)
        ),
        -- The first value on file holds for all time before it.
        new AS (
            SELECT {NAMES}, CASE WHEN is_stated OR ends OR NOT is_first THEN valid_from
                    ELSE DATE '{ALWAYS}' END AS valid_from,
                arg_max_null(value, valid_from) AS value, bool_or(ends) AS ends,
                is_first
            FROM (
                SELECT said.*, NOT EXISTS (FROM kept WHERE {same("kept", "said")}) AS is_first
                FROM said
            )
            GROUP BY ALL
        ),
        entries AS (
            SELECT {NAMES}, valid_from, value, false AS is_new FROM kept
            WHERE NOT EXISTS (
                FROM new WHERE {same("new", "kept")} AND new.valid_from = kept.valid_from)
            UNION ALL
            SELECT {NAMES}, valid_from, value, NOT is_first AND NOT EXISTS (
                FROM kept WHERE {same("kept", "new")} AND kept.valid_from = new.valid_from)
            FROM new
            UNION ALL
            SELECT {NAMES}, DATE '{ALWAYS}',
                CASE WHEN arg_min(ends, valid_from) THEN 'true'
                    ELSE arg_min_null(value, valid_from) END, false
            FROM new WHERE is_first GROUP BY {NAMES} HAVING min(valid_from) > DATE '{ALWAYS}'
        )
        SELECT {NAMES}, valid_from, value FROM entries
        -- What says the same again adds nothing.
        QUALIFY NOT is_new OR value IS DISTINCT FROM lag(value) OVER (
            PARTITION BY {NAMES} ORDER BY valid_from)"""
    )
