"""The rows of clients as they are, kept as text, and put back cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.storage.schema import WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.storage.database import Reader, Writer

TABLES: Final = (
    "clients",
    "usage_daily",
    "usage_span",
    "usage_changes",
    "adoption",
    "record_changes",
    "record_history",
    "scores",
    "stale",
    "aliases",
    "outcomes",
    "outcome_changes",
)
"""The tables whose rows a merge may change, and an undo puts back."""

MOVED: Final = {
    "decisions": "decision_id",
    **{inside: table.key[-1] for inside, table in WORK.items()},
}
"""Tables whose rows go along to the client that is kept, and back, with what numbers them; later
ones stay there."""


def keep(writer: Writer, action_id: int, clients: Sequence[int]) -> None:
    """Keep every row of some clients, and which models score, under the number of an action."""
    writer.execute(
        f"""INSERT INTO identity_rows (action_id, table_name, columns, cells)
        SELECT {action_id:d}, 'state', ['publication_id'], [$published]""",
        {"published": published(writer)},
    )
    numbers = ", ".join(f"{client:d}" for client in clients)
    for table in (*TABLES, *MOVED):
        columns = _columns(writer, table)
        names = ", ".join(f"'{name}'" for name in columns)
        cells = ", ".join(
            f"to_json({name})::VARCHAR" if _is_nested(kind) else f"{name}::VARCHAR"
            for name, kind in columns.items()
        )
        writer.execute(
            f"""INSERT INTO identity_rows (action_id, table_name, columns, cells)
            SELECT {action_id:d}, '{table}', [{names}], [{cells}]
            FROM {table} WHERE organization IN ({numbers})"""
        )


def put_back(writer: Writer, action_id: int, clients: Sequence[int]) -> str | None:
    """Give some clients the rows that were kept, and no others.

    Returns what :func:`published` was then.
    """
    was: str | None = writer.value(
        f"""SELECT cells[1] FROM identity_rows
        WHERE action_id = {action_id:d} AND table_name = 'state'"""
    )
    numbers = ", ".join(f"{client:d}" for client in clients)
    for table in TABLES:
        writer.execute(f"DELETE FROM {table} WHERE organization IN ({numbers})")
        kept = writer.value(
            f"""SELECT columns FROM identity_rows
            WHERE action_id = {action_id:d} AND table_name = '{table}' LIMIT 1"""
        )
        if kept is None:
            continue
        kinds = _columns(writer, table)
        cells = ", ".join(
            f"cells[{place}]::{f'JSON::{kinds[name]}' if _is_nested(kinds[name]) else kinds[name]}"
            for place, name in enumerate(kept, start=1)
        )
        writer.execute(
            f"""INSERT INTO {table} ({", ".join(kept)}) SELECT {cells} FROM identity_rows
            WHERE action_id = {action_id:d} AND table_name = '{table}'"""
        )
    for table, key in MOVED.items():
        writer.execute(
            f"""UPDATE {table} SET organization = kept.organization
            FROM (
                SELECT cells[list_position(columns, '{key}')]::INTEGER AS {key},
                    cells[list_position(columns, 'organization')]::INTEGER AS organization
                FROM identity_rows WHERE action_id = {action_id:d} AND table_name = '{table}'
            ) AS kept
            WHERE {table}.{key} = kept.{key}"""
        )
    writer.execute(f"DELETE FROM identity_rows WHERE action_id = {action_id:d}")
    return was


def published(reader: Reader) -> str:
    """Which models score: the number of the publication in force."""
    number = reader.value("SELECT max(publication_id) FROM models_in_force WHERE undone_at IS NULL")
    return str(number or 0)


def _columns(reader: Reader, table: str) -> dict[str, str]:
    """The columns of a table with their types."""
    return {row["column_name"]: row["column_type"] for row in reader.records(f"DESCRIBE {table}")}


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith("STRUCT")
