"""SQL of what can be wrong with stored rows: one text column ``example``, a row a defect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from health.storage import engine
from health.storage.migrations import MIGRATIONS
from health.storage.schema import COMPONENT_COLUMNS, CONTRACT, METRIC_COLUMNS
from health.vocabulary import MAXIMUM_VALUE, FileKind, IdentityChange, MetricType, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from health.storage.database import Reader

CLIENT: Final = "coalesce(client_id, 'client number ' || organization)"
"""SQL of how a client is called in a defect, after :func:`named`."""


def named(relation: str) -> str:
    """A relation with ``organization``, and the client's id beside it where there is one."""
    return f"""({relation}) AS found LEFT JOIN (
        SELECT organization, any_value(organization_id) AS client_id
        FROM clients GROUP BY organization
    ) USING (organization)"""


def of_clients(table: str) -> str:
    """Rows of the clients from ``$low`` to ``$high``."""
    return f"FROM {table} WHERE organization BETWEEN $low AND $high"


def duplicates(table: str, *key: str, of: str | None = None) -> str:
    """Keys that a table has more than once."""
    words = " || ' ' || ".join(f"{name}::VARCHAR" for name in key)
    return f"""SELECT '{table} has ' || {words} || ' ' || count(*) || ' times' AS example
        {of or f"FROM {table}"} GROUP BY {", ".join(key)} HAVING count(*) > 1"""


def duplicates_of_a_client(table: str, *key: str) -> str:
    """Keys that a client has more than once."""
    words = "".join(f" || ', ' || {name}" for name in key)
    keys = "".join(f", {name}" for name in key)
    return f"""SELECT '{table} has ' || {CLIENT}{words} || ' ' || rows || ' times' AS example
        FROM {
        named(
            f"SELECT organization{keys}, count(*) AS rows {of_clients(table)} "
            f"GROUP BY ALL HAVING count(*) > 1"
        )
    }"""


def out_of_range(table: str, column: str, low: int, high: int, where: str = "''") -> str:
    """Numbers below the least or above the greatest."""
    return f"""SELECT {CLIENT} || {where} || ': {column} is ' || {column} AS example
        FROM {named(f"{of_clients(table)} AND {column} NOT BETWEEN {low} AND {high}")}"""


def unknown_words(table: str, column: str, accepted: type[StrEnum]) -> str:
    """Words that are none of those accepted."""
    words = ", ".join(f"'{member}'" for member in accepted)
    return f"""SELECT '{table}: {column} is ' || {column} AS example
        FROM {table} WHERE {column} NOT IN ({words})"""


def dangling(table: str, column: str, target: str) -> str:
    """Numbers that another table does not have."""
    return f"""SELECT '{table}: {column} ' || {column} || ' is not in {target}' AS example
        FROM (SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL)
        ANTI JOIN {target} USING ({column})"""


def shape_defects() -> tuple[str, ...]:
    """Each contract table has to be there with its columns, in their order."""
    return tuple(
        f"""SELECT '{table.name} has ' || coalesce(nullif(names, ''), 'no columns') AS example
        FROM (
            SELECT coalesce(string_agg(column_name, ', ' ORDER BY column_index), '') AS names
            FROM duckdb_columns() WHERE table_name = '{table.relation}' AND NOT internal
        )
        WHERE names <> '{", ".join(table.column_names)}'"""
        for table in CONTRACT.values()
    )


_VOCABULARY_COLUMNS: Final = frozenset((*METRIC_COLUMNS, *COMPONENT_COLUMNS))


def misshapen_tables(reader: Reader) -> list[str]:
    """Each table has to have its columns with their types, in their order.

    Those of metrics and of parts of the score may stand anywhere: an older database got the later
    ones at its end.
    """
    found: dict[str, list[str]] = {
        row["table_name"]: row["columns"] for row in reader.records(engine.COLUMNS)
    }
    defects = []
    for table, expected in engine.columns_of_new().items():
        columns = found.get(table, [])
        if not set(expected) <= set(columns) or _in_fixed_order(columns) != _in_fixed_order(
            expected
        ):
            defects.append(f"{table} has {', '.join(columns) or 'no columns'}")
    return defects


def _in_fixed_order(columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column.split()[0] not in _VOCABULARY_COLUMNS]


def impossible_imports() -> tuple[str, ...]:
    """Usage of which the import on file cannot be the one that made it, as after a shifted insert.

    What an import too old to be undone changed is forgotten, so its clients cannot be counted.
    Clients that were merged since count as one.
    """
    return (
        f"""SELECT 'usage_daily: import ' || import_id || ' cannot have made days from ' || first
            || ' to ' || last AS example
        FROM (
            SELECT import_id, min(date) AS first, max(date) AS last
            FROM usage_daily GROUP BY import_id
        ) JOIN imports USING (import_id)
        WHERE kind <> '{FileKind.USAGE}' OR undone_at IS NOT NULL
            OR first_date IS NULL OR first < first_date OR last > last_date""",
        f"""SELECT 'import ' || import_id || ' stored usage of ' || coalesce(found, 0)
            || ' clients instead of ' || clients AS example
        FROM imports LEFT JOIN (
            SELECT import_id, count(*) AS found FROM (
                SELECT import_id, organization FROM usage_daily UNION
                SELECT import_id, organization FROM usage_changes
            ) GROUP BY import_id
        ) USING (import_id)
        WHERE kind = '{FileKind.USAGE}' AND undone_at IS NULL AND settled_at IS NULL
            AND coalesce(found, 0) <> clients AND (found > clients OR import_id NOT IN (
                SELECT unnest(imports) FROM identity_actions
                WHERE action = '{IdentityChange.MERGE}' AND undone_at IS NULL))""",
    )


def limit_of(metric: MetricType) -> int:
    """The greatest value of a metric."""
    return 100 if metric.unit is Unit.PERCENT else MAXIMUM_VALUE


_STEPS: Final = " ".join(MIGRATIONS.values())
_DROPPED: Final = frozenset(re.findall(r"DROP TABLE (\w+)", _STEPS))
_TABLES: Final = tuple(
    name for name in re.findall(r"CREATE TABLE (\w+)", _STEPS) if name not in _DROPPED
)


def unreadable() -> tuple[str, ...]:
    """The greatest value of a metric."""
    """Numbers that another table does not have."""
    """Words that are none of those accepted."""
    """Numbers below the least or above the greatest."""
    """Keys that a client has more than once."""
    """Keys that a table has more than once."""
    """Rows of the clients from ``$low`` to ``$high``."""
    """Read every value: DuckDB compares each block with its checksum as it reads it."""
    return tuple(
        f"""SELECT CASE WHEN count(*) > 0 AND bit_xor(hash(stored)) IS NULL
            THEN '{table} cannot be read' END AS example FROM {table} AS stored"""
        for table in _TABLES
    )
