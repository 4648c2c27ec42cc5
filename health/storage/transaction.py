"""Questions and changes inside one transaction, as values, records or frames."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar, cast

import duckdb

from health.storage import pandas_import

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

_RELATIONS_BIND: Final = int(duckdb.__version__.split(".")[0]) >= 2
"""Each engine is slow on the other's way to a frame: before 2.0 a relation with parameters turns
every value into a Python object (3.7 s for a million rows, 7 ms for a few, against 0.2 s and
0.5 ms); since 2.0 what ``execute`` returns is copied once more, with a warning."""

_BATCH: Final = 122_880
"""Rows handed to one engine thread at a time: as many as a row group has."""


def asked_once(
    question: Callable[Concatenate[Reader, Arguments], Answer],
) -> Callable[Concatenate[Reader, Arguments], Answer]:
    """Let a reader remember the answer to a question that is a part of many others.

    Nobody changes the answer. Arguments are hashable. A writer asks each time.
    """

    @wraps(question)
    def ask(reader: Reader, *arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        key = (question, arguments, *named.items())
        return reader.remembered(key, lambda: question(reader, *arguments, **named))

    return cast("Callable[Concatenate[Reader, Arguments], Answer]", ask)


_REMEMBERED: Final = 100
"""Answers that a reader remembers: who asks about one client after the other needs no more."""


class Reader:
    """Asks questions inside one transaction; made by ``Database.read``.

    renew: begins again on the same version of the data, after DuckDB had to be reopened.
    undisturbed: asks in a way that no change stored meanwhile shows in the answer.
    """

    _remembers = True

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        renew: Callable[[], duckdb.DuckDBPyConnection] | None = None,
        undisturbed: Callable[[Callable[[], Any]], Any] | None = None,
    ) -> None:
        self._cursor = cursor
        self._renew = renew
        self._undisturbed = undisturbed
        self._answers: dict[object, Any] = {}

    def remembered(self, key: object, ask: Callable[[], Answer]) -> Answer:
        """Return the answer from before where there is one: all that is read is of one version."""
        if not self._remembers:
            return ask()
        if key not in self._answers:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = ask()
        return cast("Answer", self._answers[key])

    def scratch(self) -> Writer:
        """Return what can also fill temporary tables; those on file it cannot change.

        Its statements may run twice: each has to replace what it makes.
        """
        return Writer(self._cursor, undisturbed=self._undisturbed)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Return the rows of a SELECT; ``$name`` in it takes the value of that name."""
        bound = dict(parameters or {})
        answer: pl.DataFrame = self._ask(lambda: _frame(self._cursor, sql, bound))
        return answer

    def value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the first column of the first row, or None where there is no row."""
        bound = dict(parameters or {})
        _, rows = self._ask(lambda: _rows(self._cursor, sql, bound))
        return rows[0][0] if rows else None

    def _ask(self, ask: Callable[[], Any]) -> Any:
        try:
            return self._undisturbed(ask) if self._undisturbed else ask()
        except (duckdb.FatalException, duckdb.InternalException):
            # Of DuckDB, not of the question: in a window without order it now and then takes what
            # another thread of its own is still writing (1.5.5; duckdb/duckdb#25713).
            if self._renew is None:
                raise
            self._cursor = self._renew()
            return ask()

    def record(self, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the first row by column name; empty where there is no row."""
        return next(iter(self.records(sql, parameters)), {})

    def records(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows by column name, without making a frame: for a few rows."""
        bound = dict(parameters or {})
        names, rows = self._ask(lambda: _rows(self._cursor, sql, bound))
        return [dict(zip(names, row, strict=True)) for row in rows]


class Writer(Reader):
    """Changes data inside one transaction; made by ``Database.write``."""

    _remembers = False  # what it changed shows

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one statement and return how many rows it changed (0 where that has no meaning)."""
        bound = dict(parameters or {})
        _, rows = self._ask(lambda: _rows(self._cursor, sql, bound))
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def next_version(self) -> int:
        """Return the version of the data once this transaction is stored."""
        return int(self.value("SELECT data_version + 1 FROM state"))

    def register(self, name: str, frame: pl.DataFrame) -> None:
        """Let the following statements read ``frame`` as a table called ``name``."""
        # As Arrow, made once: reading polars, DuckDB would convert every string again for
        # each statement (5 million rows: 2.5 s against 0.2 s). In batches, as one is read by one
        # thread.
        import pyarrow as pa  # see _frame

        table = frame.to_arrow()
        batches = table.to_batches(max_chunksize=_BATCH)
        with pandas_import.spared():
            self._cursor.register(name, pa.Table.from_batches(batches, table.schema))


def _rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, bound: dict[str, object]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with pandas_import.spared():
        found = cursor.execute(sql, bound)
    names = [column[0] for column in found.description]
    return names, found.fetchall()


def _frame(cursor: duckdb.DuckDBPyConnection, sql: str, bound: dict[str, object]) -> pl.DataFrame:
    # A command that has nothing to do asks for no frame, and starts in a third of the time.
    import polars as pl
    import polars.selectors as cs

    if _RELATIONS_BIND:
        frame = cursor.sql(sql, params=bound).pl()
    else:
        with pandas_import.spared():
            found = cursor.execute(sql, bound)
        frame = pl.DataFrame(found.to_arrow_table())
    # An ENUM is how DuckDB keeps a word; everyone else reads the word.
    return frame.with_columns(cs.categorical().cast(pl.String), cs.enum().cast(pl.String))
