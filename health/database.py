"""The one seam to DuckDB, and the only module that imports it.

A :class:`Database` is one open file. Questions run in read-only transactions on cursors of their
own, so that everything a page shows comes from one version of the data; changes run one at a
time. Every engine error becomes one of :mod:`health.errors`.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb
import polars as pl
import polars.selectors as cs
import pyarrow as pa

from health import schema
from health.errors import DatabaseBusy, DatabaseInUse, DatabaseUnusable
from health.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RELATIONS_BIND: Final = int(duckdb.__version__.split(".")[0]) >= 2
"""Each engine is slow on the other's way to a frame: before 2.0 a relation with parameters turns
every value into a Python object (3.7 s for a million rows, 7 ms for a few, against 0.2 s and
0.5 ms); since 2.0 what ``execute`` returns is copied once more, with a warning."""

_BATCH: Final = 122_880
"""Rows handed to one engine thread at a time: as many as a row group has."""

_LOCKED: Final = re.compile(r"Could not set lock on file.*?\(PID (\d+)\)", re.DOTALL)


class Reader:
    """Asks questions inside one transaction; made by :meth:`Database.read`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Return the rows of a SELECT; ``$name`` in it takes the value of that name."""
        bound = dict(parameters or {})
        if _RELATIONS_BIND:
            frame = self._cursor.sql(sql, params=bound).pl()
        else:
            frame = pl.DataFrame(self._cursor.execute(sql, bound).to_arrow_table())
        # An ENUM is how the engine keeps a word; everyone else reads the word.
        return frame.with_columns(cs.categorical().cast(pl.String), cs.enum().cast(pl.String))

    def value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the first column of the first row, or None where there is no row."""
        rows = self._cursor.execute(sql, dict(parameters or {})).fetchall()
        return rows[0][0] if rows else None

    def record(self, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the first row by column name; empty where there is no row."""
        frame = self.query(sql, parameters)
        return frame.row(0, named=True) if frame.height else {}


class Writer(Reader):
    """Changes data inside one transaction; made by :meth:`Database.write`."""

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one statement and return how many rows it changed (0 where that has no meaning)."""
        rows = self._cursor.execute(sql, dict(parameters or {})).fetchall()
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def register(self, name: str, frame: pl.DataFrame) -> None:
        """Let the following statements read ``frame`` as a table called ``name``."""
        # As Arrow, made once: reading polars, the engine would convert every string again for
        # each statement (5 million rows: 2.5 s against 0.2 s). In batches, as one is read by one
        # thread.
        table = frame.to_arrow()
        batches = table.to_batches(max_chunksize=_BATCH)
        self._cursor.register(name, pa.Table.from_batches(batches, table.schema))


class Database:
    """One open database file, safe to share between threads.

    Open it with :meth:`open`, close it with :meth:`close` or a ``with`` block.
    """

    def __init__(self, path: Path, configuration: dict[str, str]) -> None:
        self.path = path
        self._configuration = configuration
        self._connection = _connect(path, configuration)
        self._writing = threading.RLock()

    @classmethod
    def open(cls, path: Path | str, *, memory_limit: str = "", threads: int = 0) -> Self:
        """Open the file, creating it or lifting it to the present schema where needed.

        memory_limit: most memory the engine takes, such as ``4GB``; beyond it, it uses the disk.
        threads: engine threads; 0 for one a core.

        Raises :class:`DatabaseInUse` while another process holds the file, and
        :class:`DatabaseUnusable` where it is damaged, no database, or of a newer version.
        """
        path = Path(path).absolute()
        # The engine needs no file or network of its own; its functions for that stay off.
        configuration = {
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": f"{path}.tmp",
        }
        if memory_limit:
            configuration["memory_limit"] = memory_limit
        if threads:
            configuration["threads"] = str(threads)
        if not path.exists():
            _create(path)
        database = cls(path, configuration)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a change under way is finished first."""
        with self._writing:
            self._connection.close()

    @contextlib.contextmanager
    def read(self) -> Iterator[Reader]:
        """Ask several questions of one version of the data."""
        with self._transaction("BEGIN TRANSACTION READ ONLY") as cursor:
            yield Reader(cursor)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Ask one question; see :meth:`Reader.query`."""
        with self.read() as reader:
            return reader.query(sql, parameters)

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        """Change data: everything in the block is stored when it ends, or nothing is.

        One block runs at a time; others wait. Each raises the data version by one.
        """
        with self._writing, self._transaction("BEGIN TRANSACTION") as cursor:
            yield Writer(cursor)
            cursor.execute("UPDATE state SET data_version = data_version + 1")

    @contextlib.contextmanager
    def rehearse(self) -> Iterator[Writer]:
        """Do what :meth:`write` would, look at the outcome, and store nothing."""
        with self._writing, self._transaction("BEGIN TRANSACTION", keep=False) as cursor:
            yield Writer(cursor)

    @property
    def version(self) -> int:
        """A number that grows with every stored change; what was read at one may be kept."""
        with self.read() as reader:
            return int(reader.value("SELECT data_version FROM state"))

    @contextlib.contextmanager
    def _transaction(self, begin: str, *, keep: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._cursor()
        try:
            cursor.execute("SET python_enable_replacements = false")
            cursor.execute(begin)
            try:
                yield cursor
                cursor.execute("COMMIT" if keep else "ROLLBACK")
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                raise
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._reopen()
            raise _busy(error) from error
        except (
            duckdb.IOException,
            duckdb.OutOfMemoryException,
            duckdb.TransactionException,
        ) as error:
            raise _busy(error) from error
        finally:
            cursor.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.cursor()
        except duckdb.Error:
            self._reopen()
            return self._connection.cursor()

    def _reopen(self) -> None:
        """After a fatal error (a full disk, say) the engine refuses everything until reopened."""
        with self._writing:
            with contextlib.suppress(duckdb.Error):
                self._connection.close()
            self._connection = _connect(self.path, self._configuration)

    def _migrate(self) -> None:
        with self.read() as reader:
            found = _schema_version(reader)
        if found > schema.VERSION:
            raise DatabaseUnusable(
                f"{self.path} was written by a newer Client Health (schema {found}; this one "
                f"knows {schema.VERSION}). Update Client Health, or open another database."
            )
        for version in range(found + 1, schema.VERSION + 1):
            with self._writing, self._transaction("BEGIN TRANSACTION") as cursor:
                _lift(cursor, version)


def open_database(path: Path | str | None = None) -> Database:
    """Open the database at ``path``, or the one of the settings; see :meth:`Database.open`."""
    settings = Settings.read(database=path)
    return Database.open(
        settings.database, memory_limit=settings.memory_limit, threads=settings.threads
    )


def _schema_version(reader: Reader) -> int:
    tables = reader.value("SELECT count(*) FROM duckdb_tables() WHERE NOT internal")
    if not tables:
        return 0
    if not reader.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'state'"):
        raise DatabaseUnusable(
            "The file is a DuckDB database, but not one of Client Health. "
            "Choose another path with --database."
        )
    return int(reader.value("SELECT schema_version FROM state"))


def _lift(cursor: duckdb.DuckDBPyConnection, version: int) -> None:
    for statement in duckdb.extract_statements(schema.MIGRATIONS[version]):
        cursor.execute(statement)
    cursor.execute("UPDATE state SET schema_version = $version", {"version": version})


def _create(path: Path) -> None:
    """Make a new database under a temporary name and rename it: it is there whole or not at all.

    A power cut inside the first creation of a DuckDB file leaves one that cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as directory:
            new = Path(directory) / path.name
            with contextlib.closing(duckdb.connect(str(new))) as connection:
                for version in range(1, schema.VERSION + 1):
                    connection.execute("BEGIN TRANSACTION")
                    _lift(connection, version)
                    connection.execute("COMMIT")
            # Another process may have been faster; its database is as good as this one.
            with contextlib.suppress(FileExistsError):
                os.link(new, path)
    except (OSError, duckdb.IOException) as error:
        raise DatabaseUnusable(
            f"{path} cannot be created ({_first_line(error)}). Check that its folder may be "
            "written and the disk has space, or choose another path with --database."
        ) from error


def _connect(path: Path, configuration: dict[str, str]) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), config=dict(configuration))
        opened = connection.execute("SELECT path FROM duckdb_databases() WHERE NOT internal")
        files = opened.fetchall()
    except duckdb.Error as error:
        locked = _LOCKED.search(str(error))
        if locked:
            raise DatabaseInUse(
                f"{path} is held by another process (number {locked[1]}), such as an open "
                "dashboard or a running load. Nothing was changed. Try again when it has finished."
            ) from error
        raise _unusable(path, _first_line(error)) from error
    # A CSV, JSON or Parquet file opens as a view in memory: what is written would be gone.
    if files == [(None,)]:
        connection.close()
        raise _unusable(path, "it holds a table")
    return connection


def _unusable(path: Path, reason: str) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"{path} is damaged or not a DuckDB database ({reason}). "
        "Restore it from a backup, or choose another path with --database."
    )


def _busy(error: duckdb.Error) -> DatabaseBusy:
    return DatabaseBusy(
        f"The database could not finish the work ({_first_line(error)}). Nothing was stored. "
        "Check that the disk has space and try again."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
