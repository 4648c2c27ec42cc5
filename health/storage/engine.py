"""The file of a database as DuckDB knows it: made, opened, and what went wrong in words."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

import duckdb

from health import clock
from health.errors import DatabaseBusy, DatabaseInUse, DatabaseUnusable
from health.storage import disk, migrations, receipts, schema
from health.storage.recovery import torn_log

SAFE: Final = {
    # DuckDB needs no file or network of its own; its functions for that stay off.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # nor variables of ours as tables
    "checkpoint_threshold": "1TB",  # see health.storage.database
    # It counts deleted rows: ORDER BY with LIMIT may find fewer rows than there are, or none
    # (1.5.5 and 2.0.1; duckdb/duckdb#22911).
    "disabled_optimizers": "row_group_pruner",
    # Groups of up to 16,384 clients, or of days and levels, are counted in place and not hashed:
    # a year by day takes two thirds of the processor time, whom to call nine tenths.
    "perfect_ht_threshold": "14",
}

COLUMNS: Final = """
    SELECT table_name, list(
        column_name || ' ' || data_type || CASE WHEN is_nullable THEN '' ELSE ' NOT NULL' END
        ORDER BY column_index) AS columns
    FROM duckdb_columns() SEMI JOIN duckdb_tables() AS tables USING (database_name, table_name)
    WHERE NOT internal AND database_name = current_database()
    GROUP BY table_name"""
"""Question for the columns of each table, in their order."""

NOT_ANSWERED: Final = "The question was not answered"
"""The title of an error of a question."""

_LOCKED: Final = re.compile(r"Could not set lock on file.*?\(PID (\d+)\)", re.DOTALL)
_TORN: Final = re.compile(r'WAL file "([^"]+)": Corrupt WAL file: entry at byte position (\d+)')
_DAMAGED: Final = re.compile(r"Corrupt database file|Could not read enough bytes")


def create(path: Path) -> None:
    """Make a new database under a temporary name and rename it: it is there whole or not at all.

    A power cut inside the first creation of a DuckDB file leaves one that cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as directory:
            new = Path(directory) / path.name
            with contextlib.closing(duckdb.connect(str(new))) as connection:
                build(connection)
            # Receipts of a database that is gone say nothing of the new one.
            receipts.Journal.of(path).begin("created", clock.now())
            # Another process may have been faster; its database is as good as this one.
            with contextlib.suppress(FileExistsError):
                os.link(new, path)
            disk.sync_folder(path.parent)
    except (OSError, duckdb.IOException) as error:
        raise DatabaseUnusable(
            f"{path} cannot be created ({first_line(error)}). Check that its folder may be "
            "written and the disk has space, or choose another path with --database."
        ) from error


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables and views of today in an empty database."""
    for version in migrations.MIGRATIONS:
        connection.execute("BEGIN TRANSACTION")
        migrations.lift(connection, version)
        connection.execute("COMMIT")
    connection.execute("BEGIN TRANSACTION READ ONLY")
    statements = schema.to_follow(connection)
    connection.execute("ROLLBACK")
    connection.execute("BEGIN TRANSACTION")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")


def columns_of_new() -> dict[str, list[str]]:
    """The columns of each table of a new database, with their types: see :data:`COLUMNS`."""
    with contextlib.closing(duckdb.connect(":memory:")) as connection:
        build(connection)
        return dict(connection.execute(COLUMNS).fetchall())


def connect(path: Path, configuration: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """Open the file for reading and writing, or as ``configuration`` says.

    Raises :class:`DatabaseInUse` where another process holds it,
    :class:`health.storage.recovery.torn_log.TornLog` where
    its log is torn, and :class:`DatabaseUnusable` where it is no database.
    """
    try:
        connection = duckdb.connect(str(path), config=dict(configuration))
        # Closing folds the log in as well, where nothing is kept of what that overwrites.
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        opened = connection.execute("SELECT path FROM duckdb_databases() WHERE NOT internal")
        files = opened.fetchall()
    except duckdb.Error as error:
        locked = _LOCKED.search(str(error))
        if locked:
            raise DatabaseInUse(
                f"{path} is held by another process (number {locked[1]}), such as an open "
                "dashboard or a running load. Nothing was changed. Try again when it has finished."
            ) from error
        named = _TORN.search(str(error))
        if named:
            raise torn_log.TornLog(Path(named[1]), int(named[2]), first_line(error)) from error
        # Of an entry that seems to be longer than the memory DuckDB names no place.
        for log in disk.logs(path):
            if (position := torn_log.overrun(log)) is not None:
                raise torn_log.TornLog(log, position, first_line(error)) from error
        raise unusable(path, first_line(error)) from error
    # A CSV, JSON or Parquet file opens as a view in memory: what is written would be gone.
    if files == [(None,)]:
        connection.close()
        raise unusable(path, "it holds a table")
    return connection


def is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB speaks of damage: since 2.0 that has no class of its own."""
    return _DAMAGED.search(str(error)) is not None


def too_new(path: Path, found: int) -> DatabaseUnusable:
    """Say that a newer Client Health wrote the file."""
    return DatabaseUnusable(
        f"{path} was written by a newer Client Health (schema {found}; this one knows "
        f"{migrations.latest()}). Nothing was changed. Update Client Health, or open another "
        "database."
    )


def unusable(path: Path, reason: str) -> DatabaseUnusable:
    """Say that the file is damaged or something else."""
    return DatabaseUnusable(
        f"{path} is damaged or not a DuckDB database ({reason}). Nothing was changed. Restore it "
        "from a backup (client-health restore FILE), or choose another path with --database."
    )


def busy(error: duckdb.Error, *, is_question: bool) -> DatabaseBusy:
    """Say that DuckDB gave up, on a question or a change."""
    if is_question:
        return DatabaseBusy(
            f"The database could not finish the work ({first_line(error)}). Your data is as it "
            "was. Check that the disk has space and ask again.",
            title=NOT_ANSWERED,
        )
    return DatabaseBusy(
        f"The database could not finish the work ({first_line(error)}). Nothing was stored. "
        "Check that the disk has space and try again."
    )


def first_line(error: Exception) -> str:
    """Return what an error says, without DuckDB's trace."""
    return str(error).strip().splitlines()[0]
