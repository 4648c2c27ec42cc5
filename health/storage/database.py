"""One open database: its transactions, and the queue of those who change it.

Questions run in read-only transactions on cursors of their own, so that everything a page shows
comes from one version of the data; changes run one at a time. Every error of DuckDB becomes one of
:mod:`health.errors`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from health import clock
from health.errors import DatabaseBusy, DatabaseInUse, DatabaseUnusable
from health.settings import Settings
from health.storage import disk, engine, migrations, receipts, schema
from health.storage.commits import Commits
from health.storage.receipt_keeper import ReceiptKeeper
from health.storage.recovery import checkpoint, locks, opening, torn_log
from health.storage.transaction import Reader, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl

    from health.storage.receipts import Missing, Repair

__all__ = ["Database", "Reader", "Writer", "open_database"]

_LOG = logging.getLogger("health")

_ASKED_AGAIN: Final = 3
"""Times a question is asked among changes, before they have to wait for it."""

_GAVE_UP: Final = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)
_BEGIN_READING: Final = "BEGIN TRANSACTION READ ONLY"


class Database:
    """One open database file, safe to share between threads.

    Open it with :meth:`open`, close it with :meth:`close` or a ``with`` block.
    """

    def __init__(
        self,
        path: Path,
        configuration: dict[str, str],
        connection: duckdb.DuckDBPyConnection,
        repairs: tuple[Repair, ...] = (),
    ) -> None:
        self.path = path
        self._configuration = configuration
        self._connection = connection
        _OPEN.add(self)
        self.is_changing = False  # whether a change is under way
        self._writing = threading.RLock()
        self._next = threading.Lock()
        self._commits = Commits.of(path)
        self._receipts = ReceiptKeeper(path, self.read)
        self._guard = locks.Guard(path)
        self.opening_repairs = repairs
        """Torn logs that opening it had to repair."""

    @classmethod
    def open(cls, path: Path | str, *, memory_limit: str = "", threads: int = 0) -> Self:
        """Open the file, creating it or lifting it to the present schema where needed.

        A log that a power cut tore is repaired: see :attr:`opening_repairs` and :attr:`missing`.

        memory_limit: most memory DuckDB takes, such as ``4GB``; beyond it, it uses the disk.
        threads: engine threads; 0 for one a core.

        Raises :class:`DatabaseInUse` while another process holds the file, and
        :class:`DatabaseUnusable` where it is damaged, no database, or of a newer version.
        """
        path = Path(path).absolute()
        if "?" in str(path):  # DuckDB takes what follows for a query, and its log elsewhere
            raise DatabaseUnusable(
                f"{path} has a question mark in it, which the database engine cannot have in the "
                "name of a file or folder. Choose another path with --database."
            )
        configuration = {**engine.SAFE, "temp_directory": f"{path}.tmp"}
        if memory_limit:
            configuration["memory_limit"] = memory_limit
        if threads:
            configuration["threads"] = str(threads)
        if not path.exists():
            engine.create(path)
        is_held = any(database.path.resolve() == path.resolve() for database in _OPEN)
        connection, repairs = opening.connect(path, configuration, is_held=is_held)
        database = cls(path, configuration, connection, repairs)
        try:
            database._migrate()
            database._receipts.compare()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def verify(cls, path: Path) -> Self:
        """Open a copy of a database only to look at it; nothing on the disk is changed.

        Raises :class:`DatabaseUnusable` where :meth:`open` would, or where its log is torn.
        """
        try:
            path, looking = path.absolute(), {**engine.SAFE, "access_mode": "read_only"}
            database = cls(path, looking, engine.connect(path, looking))
        except torn_log.TornLog as error:
            raise engine.unusable(path, str(error)) from error
        try:
            with database.read() as reader:
                found = migrations.version_of(reader)
            if found > migrations.latest():
                raise engine.too_new(path, found)
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
            if self._configuration.get("access_mode") != "read_only":
                with contextlib.suppress(DatabaseUnusable, DatabaseInUse):
                    self._checkpoint(0)
            self._connection.close()
            _OPEN.discard(self)
            self._guard.close()

    @contextlib.contextmanager
    def read(self) -> Iterator[Reader]:
        """Ask several questions of one version of the data."""
        commits = self._commits.number
        with (
            contextlib.ExitStack() as renewed,
            self._transaction(_BEGIN_READING, keep=False) as cursor,
        ):
            yield Reader(cursor, lambda: self._begin_again(commits, renewed), self._undisturbed)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Ask one question; see :meth:`Reader.query`."""
        with self.read() as reader:
            return reader.query(sql, parameters)

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        """Change data: everything in the block is stored when it ends, or nothing is.

        One block runs at a time; others wait, and a run of many blocks lets them in between two.
        Each raises the data version by one.
        """
        with self._turn():
            with self._transaction("BEGIN TRANSACTION") as cursor:
                yield Writer(cursor)
                cursor.execute("UPDATE state SET data_version = data_version + 1")
            self._receipts.give()
            self._checkpoint(checkpoint.LONG_LOG)

    @contextlib.contextmanager
    def rehearse(self) -> Iterator[Writer]:
        """Do what :meth:`write` would, look at the outcome, and store nothing."""
        with self._turn(), self._transaction("BEGIN TRANSACTION", keep=False) as cursor:
            yield Writer(cursor)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the change under way, and hold up others."""
        # A lock alone is taken again by who just let go of it: who is next holds a second one.
        with self._next:
            self._writing.acquire()
        self.is_changing = True
        try:
            yield
        finally:
            self.is_changing = False
            self._writing.release()

    @property
    def version(self) -> int:
        """A number that grows with every stored change; what was read at one may be kept."""
        return self._commits.version(
            lambda: int(self.query("SELECT data_version FROM state").item())
        )

    def copy_to(self, target: Path) -> list[Path]:
        """Copy the file as it is at this moment while others read; changes wait so long.

        Returns the copies: the log comes along where it could not be written into it.
        DuckDB could copy by itself, but only with access to files, and by writing every row anew.
        Raises OSError where the copy cannot be written.
        """
        with self._turn():
            self._checkpoint(0)
            return disk.copy_with_logs(self.path, target)

    @property
    def files(self) -> tuple[Path, ...]:
        """The database and all that lies beside it at times."""
        logs = disk.places_of_logs(self.path)
        return (self.path, self._receipts.journal.path, checkpoint.beside(self.path), *logs)

    @property
    def notices(self) -> tuple[str, ...]:
        """What has to be told to whoever opens it, in sentences: repairs, what is missing.

        The receipts are looked at when it is opened, and after each change while some is missing.
        """
        said = tuple(repair.sentence for repair in self.opening_repairs)
        return (*said, receipts.sentence(self.missing)) if self.missing else said

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What the receipts beside the database tell of and the database lacks."""
        return self._receipts.missing

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The torn logs that were repaired since the journal of receipts began."""
        return self._receipts.journal.repairs

    @property
    def has_receipts(self) -> bool:
        """Whether there is any import that :attr:`missing` was looked up for."""
        return bool(self._receipts.journal.imports())

    def accept_missing(self) -> None:
        """Let what is missing be gone: from here on only later receipts count."""
        with self._writing:
            self._receipts.journal.begin("accepted", clock.now())
            self._receipts.compare()

    def _checkpoint(self, longest: int) -> None:
        """Write the log into the database once it is long, where the disk has room for that."""
        try:
            with contextlib.closing(self._cursor()) as cursor:
                checkpoint.write_log(self.path, cursor, longest)
        except duckdb.FatalException as error:
            _LOG.warning("the log of the database stays long (%s)", type(error).__name__)
            self._reopen(self._connection)
        except (duckdb.Error, OSError) as error:
            _LOG.warning("the log of the database stays long (%s)", type(error).__name__)

    @contextlib.contextmanager
    def _transaction(self, begin: str, *, keep: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connection
        cursor = self._cursor()
        try:
            cursor.execute(begin)
            try:
                yield cursor
                self._end(cursor, keep=keep)
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                raise
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._reopen(connection)
            raise self._in_words(error, keep=keep) from error
        except _GAVE_UP as error:
            raise self._in_words(error, keep=keep) from error
        except duckdb.Error as error:
            if engine.is_damage(error):
                raise self._in_words(error, keep=keep) from error
            raise
        finally:
            cursor.close()
            if connection is not self._connection:
                with self._writing:
                    self._guard.lock_again()

    def _end(self, cursor: duckdb.DuckDBPyConnection, *, keep: bool) -> None:
        if not keep:
            with contextlib.suppress(duckdb.FatalException):  # what was begun again ended it
                cursor.execute("ROLLBACK")
            return
        rows = cursor.execute("SELECT data_version FROM state").fetchall()
        with self._commits.lock:
            # Before and after: a reader in between cannot tell which side it saw.
            self._commits.number += 1
            try:
                cursor.execute("COMMIT")
            except duckdb.FatalException:
                # The log may have it and DuckDB have died of what came after. Look what is there.
                self._reopen(self._connection)
                if self._reached(rows[0][0]):
                    _LOG.warning("the database was reopened after a change that was stored")
                    return
                raise
            finally:
                self._commits.number += 1

    def _undisturbed(self, ask: Callable[[], Any]) -> Any:
        """Ask a question, and again where a change was committed meanwhile.

        A transaction does not keep that away: while DuckDB commits, what was inserted from a
        table is seen by every reader where it is a row group (122,880 rows) or more, and what was
        deleted is seen too, so that clients scored anew count twice (1.5.5 and 2.0.0; 2 of 889
        pages beside loaders and scorers). After the commit each reader sees its version again.
        """
        for _ in range(_ASKED_AGAIN):
            with self._commits.lock:
                commits = self._commits.number
            answer = ask()
            if commits == self._commits.number:
                return answer
        with self._turn():  # a long question among many changes
            return ask()

    def _reached(self, version: int) -> bool:
        with contextlib.closing(self._connection.cursor()) as cursor:
            (stored,) = cursor.execute("SELECT data_version FROM state").fetchall()
        return bool(stored[0] >= version)

    def _begin_again(self, commits: int, stack: contextlib.ExitStack) -> duckdb.DuckDBPyConnection:
        """Go on reading after DuckDB died, unless what is on file has changed meanwhile."""
        with self._writing:
            self._reopen_dead()
            if commits != self._commits.number:
                raise DatabaseBusy(
                    "The data changed while it was being read. Ask again.",
                    title=engine.NOT_ANSWERED,
                )
            cursor = stack.enter_context(contextlib.closing(self._cursor()))
            cursor.execute(_BEGIN_READING)
            return cursor

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        connection = self._connection
        try:
            return connection.cursor()
        except duckdb.Error:
            self._reopen(connection)
            return self._connection.cursor()

    def _reopen_dead(self) -> None:
        connection = self._connection
        try:
            connection.execute("SELECT 1").fetchall()
        except duckdb.Error:
            self._reopen(connection)

    def _reopen(self, dead: duckdb.DuckDBPyConnection) -> None:
        """After a fatal error (a full disk, say) DuckDB refuses everything until reopened."""
        with self._writing:
            if dead is not self._connection:
                return  # another thread has done it
            with contextlib.suppress(duckdb.Error):
                dead.close()
            if checkpoint.is_cut_off(self.path):
                checkpoint.undo(self.path, self._guard.handle)
            self._connection = engine.connect(self.path, self._configuration)
            self._guard.lock_again()

    def _in_words(self, error: duckdb.Error, *, keep: bool) -> DatabaseBusy | DatabaseUnusable:
        if engine.is_damage(error):
            return engine.unusable(self.path, engine.first_line(error))
        return engine.busy(error, is_question=not keep)

    def _migrate(self) -> None:
        with self.read() as reader:
            found = migrations.version_of(reader)
        if found > migrations.latest():
            raise engine.too_new(self.path, found)
        for version in range(found + 1, migrations.latest() + 1):
            with self._writing, self._transaction("BEGIN TRANSACTION") as cursor:
                migrations.lift(cursor, version)
        with self._transaction(_BEGIN_READING, keep=False) as cursor:
            statements = schema.to_follow(cursor)
        if statements:
            with self._writing, self._transaction("BEGIN TRANSACTION") as cursor:
                cursor.execute(";".join(statements))


_OPEN: Final[weakref.WeakSet[Database]] = weakref.WeakSet()
"""The databases that are open in this process."""


def open_database(path: Path | str | None = None) -> Database:
    """Open the database at ``path``, or the one of the settings; see :meth:`Database.open`."""
    settings = Settings.read(database=path)
    return Database.open(
        settings.database, memory_limit=settings.memory_limit, threads=settings.threads
    )
