"""What a file says of values that have a history becomes what was in force when.

All of it is worked out in temporary tables before anything is stored. The tables have one row per
value and day; ``organization``, ``feature_name`` (empty for a value of a client, so that the tables
can be joined by it) and ``field`` name the value whose history it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from health.storage.database import Writer
    from health.storage.record_kinds import Kind

NAMES: Final = "organization, feature_name, field"
"""The columns that name a value with a history."""

_KNOWN: Final = """(
    SELECT organization, coalesce(feature_name, '') AS feature_name, field, valid_from, value
    FROM record_history
)"""
"""The histories on file."""


def work_out(writer: Writer, kind: Kind, fields: list[str], *, empty_clears: bool) -> None:
    """Fill ``changed``: the histories that ``staged`` changes, before and after.

    Columns: organization, feature_name, field, is_new (the record), has_history (before), shown
    (the latest day of which the file says something), old_value and new_value (in force on it),
    entries and old_entries (lists of valid_from and value; old_entries null where there was none).
    """
    _find_said(writer, kind, fields, empty_clears=empty_clears)
    _find_before(writer)
    _find_after(writer)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS
        SELECT {NAMES}, is_new, has_history, shown, before.value AS old_value,
            after.value AS new_value, after.entries, before.entries AS old_entries
        FROM subjects JOIN ({_packed("after")}) AS after USING (number)
        LEFT JOIN ({_packed("before")}) AS before USING (number)
        WHERE after.entries IS DISTINCT FROM before.entries"""
    )


def _packed(histories: str) -> str:
    """SQL of a row a history: number, entries, and the value in force on the day shown."""
    # A list sorted where it is made takes DuckDB eight times as long, where the lists are many.
    return f"""SELECT number, arg_max_null(value, valid_from) FILTER (valid_from <= shown) AS value,
            list_sort(list({{'valid_from': valid_from, 'value': value}})) AS entries
        FROM {histories} JOIN subjects USING (number) GROUP BY number"""


def store(writer: Writer, kind: Kind, histories: str) -> None:
    """Store a relation of histories (:data:`NAMES`, entries), and the newest values they end with.

    A history of one value that always held is none.
    """
    fields = [field for (field,) in writer.query(f"SELECT DISTINCT field FROM {histories}").rows()]
    if not fields:
        return
    writer.execute(
        f"""DELETE FROM record_history USING {histories} AS new
        WHERE record_history.organization = new.organization AND record_history.field = new.field
            AND coalesce(record_history.feature_name, '') = new.feature_name"""
    )
    writer.execute(
        f"""INSERT INTO record_history (organization, feature_name, field, valid_from, value)
        SELECT organization, nullif(feature_name, ''), field, entry.valid_from, entry.value
        FROM (SELECT {NAMES}, unnest(entries) AS entry FROM {histories} WHERE len(entries) > 1)
        ORDER BY {NAMES}, entry.valid_from"""
    )
    for field in fields:
        writer.execute(
            f"""UPDATE {kind.table} SET {field} = new.entries[-1].value::{kind.sql_type(field)}
            FROM {histories} AS new
            WHERE new.field = '{field}' AND {kind.same(kind.table, "new")}"""
        )


def _find_said(writer: Writer, kind: Kind, fields: list[str], *, empty_clears: bool) -> None:
    """Fill ``said``: what the file says of values, but where that is what is on file already.

    Columns: number (of the value), valid_from, is_stated (not merely the day of the import), ends
    (the time as a client), value. Table ``subjects`` has a row a value: number, :data:`NAMES`,
    is_new, has_history, present (the newest on file), shown (the latest day said), resets (the
    whole history), end_day.
    """
    has_first_use = kind.table == "adoption" and "first_used_at" in fields
    cells = ", ".join(
        f"""{{
            'field': '{field}', 'value': ({_value(field, fields)})::VARCHAR,
            'present': {kind.table}.{field}::VARCHAR, 'valid_from': {_day(field)},
            'ends': {"staged.inactive_from IS NOT NULL" if field == "is_active" else "false"},
            'clears': {str(empty_clears and field not in kind.kept_if_empty).lower()}
        }}"""
        for field in kind.history_fields
        if field in fields or (field == "is_active" and "inactive_from" in fields)
    )
    # One scan for all the fields: one for each took DuckDB longer to plan than to run.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE told AS
        WITH cells AS (
            SELECT staged.organization,
                {"staged.feature_name" if "feature_name" in kind.key else "''"} AS feature_name,
                is_new, is_stated, staged.valid_from = DATE '{ALWAYS}' AS resets,
                {"staged.first_used_at" if has_first_use else "NULL::DATE"} AS used_from,
                unnest({f"[{cells}]" if cells else _NO_CELLS}) AS cell
            FROM staged LEFT JOIN {kind.table} ON {kind.same("staged", kind.table)}
        ),
        values AS (
            SELECT * EXCLUDE (cell), unnest(cell), newest IS NOT NULL AS has_history
            FROM (SELECT *, cell.field AS field FROM cells)
            LEFT JOIN (
                SELECT {NAMES}, max(valid_from) AS newest FROM {_KNOWN} GROUP BY ALL
            ) USING ({NAMES})
            WHERE cell.value IS NOT NULL
                OR (cell.clears AND NOT is_new
                    AND (cell.present IS NOT NULL OR newest IS NOT NULL))
        )
        SELECT {NAMES}, is_stated, resets, ends, value, present, is_new, has_history,
            CASE
                -- In use since a day that the file knows: since then, and not since the import.
                WHEN field = 'is_used' AND value = 'true' AND present = 'false' AND NOT resets
                    AND used_from > coalesce(newest, DATE '{ALWAYS}') THEN used_from
                ELSE valid_from END AS valid_from
        FROM values"""
    )
    # Numbers, as joining by three names takes DuckDB twice as long.
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE subjects AS
        SELECT row_number() OVER () AS number, *
        FROM (
            SELECT {NAMES}, any_value(is_new) AS is_new, any_value(has_history) AS has_history,
                any_value(present) AS present, max(valid_from) AS shown, bool_or(resets) AS resets,
                min(valid_from) FILTER (ends) AS end_day
            FROM told GROUP BY {NAMES}
            HAVING bool_or(has_history OR CASE WHEN is_new THEN is_stated OR ends
                ELSE value IS DISTINCT FROM told.present END)
        )"""
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
        SELECT number, valid_from, is_stated, ends, value
        FROM told JOIN subjects USING ({NAMES})"""
    )


_NO_CELLS: Final = """[]::STRUCT(field VARCHAR, value VARCHAR, present VARCHAR, valid_from DATE,
    ends BOOLEAN, clears BOOLEAN)[]"""


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


def _find_before(writer: Writer) -> None:
    """Fill ``before``: the histories of what was said, as they are."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE before AS
        SELECT number, valid_from, value FROM {_KNOWN} JOIN subjects USING ({NAMES})
        UNION ALL
        SELECT number, DATE '{ALWAYS}', present FROM subjects
        WHERE NOT has_history AND NOT is_new AND present IS NOT NULL"""
    )


def _find_after(writer: Writer) -> None:
    """Fill ``after``: the histories as the file leaves them."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE after AS
        WITH kept AS (
            SELECT number, valid_from, value
            FROM before JOIN subjects USING (number)
            LEFT JOIN (
                SELECT number, max(valid_from) AS last_return
                FROM before JOIN subjects USING (number)
                WHERE value = 'true' AND valid_from < end_day GROUP BY number
            ) USING (number)
            -- A new day of leaving takes the place of the one on file.
            WHERE NOT resets AND (end_day IS NULL OR valid_from <= last_return)
        ),
        -- The first value on file holds for all time before it.
        new AS (
            SELECT number, start AS valid_from, bool_or(ends) AS ends, is_first,
                -- Who left on a day left, whatever else was said of that day.
                arg_max_null(value, 2 * (valid_from - DATE '{ALWAYS}') + ends::INTEGER) AS value
            FROM (
                SELECT said.*, has_kept IS NULL AS is_first,
                    CASE WHEN is_stated OR ends OR has_kept THEN valid_from
                        ELSE DATE '{ALWAYS}' END AS start
                FROM said LEFT JOIN (SELECT DISTINCT number, true AS has_kept FROM kept)
                    USING (number)
            )
            GROUP BY number, start, is_first
        ),
        entries AS (
            SELECT number, valid_from,
                CASE WHEN is_first IS NULL THEN kept.value ELSE new.value END AS value,
                kept.number IS NULL AND NOT is_first AS is_new
            FROM kept FULL JOIN new USING (number, valid_from)
            UNION ALL
            SELECT number, DATE '{ALWAYS}',
                CASE WHEN arg_min(ends, valid_from) THEN 'true'
                    ELSE arg_min_null(value, valid_from) END, false
            FROM new WHERE is_first GROUP BY number HAVING min(valid_from) > DATE '{ALWAYS}'
        )
        SELECT number, valid_from, value FROM entries JOIN subjects USING (number)
        -- What says the same again adds nothing; leaving again changes no day of leaving.
        QUALIFY (NOT entries.is_new AND end_day IS NULL) OR value IS DISTINCT FROM lag(value) OVER (
            PARTITION BY number ORDER BY valid_from)"""
    )
