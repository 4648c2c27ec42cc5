"""The history of the schema: one literal SQL file a version, never changed once released.

A file names no table, column or word by way of today's code, so that a database of any earlier
version is lifted the same way for ever. What follows today's words of the trade is a step of its
own after them, see :mod:`health.storage.schema`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from health.errors import DatabaseUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.storage.transaction import Reader

MIGRATIONS: Final[Mapping[int, str]] = {
    int(file.name[:4]): file.read_text(encoding="utf-8")
    for file in sorted(Path(__file__).parent.glob("*.sql"))
}
"""The statements that lift a database to the version they are under."""


def latest() -> int:
    """The version of the schema; a database of a later one is not opened."""
    return max(MIGRATIONS)


def lift(cursor: duckdb.DuckDBPyConnection, version: int) -> None:
    """Bring the tables from the schema before ``version`` to it."""
    for statement in duckdb.extract_statements(MIGRATIONS[version]):
        cursor.execute(statement)
    cursor.execute(f"UPDATE state SET schema_version = {version:d}")


def version_of(reader: Reader) -> int:
    """The version of a database, 0 where it is empty; raises where it is something else."""
    tables = reader.value("SELECT count(*) FROM duckdb_tables() WHERE NOT internal")
    if not tables:
        return 0
    if not reader.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'state'"):
        raise DatabaseUnusable(
            "The file is a DuckDB database, but not one of Client Health. "
            "Choose another path with --database."
        )
    return int(reader.value("SELECT schema_version FROM state"))
