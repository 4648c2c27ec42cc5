"""Tables of the contract out of the database: CSV, JSON or Parquet, exactly what is stored.

Scores have the columns of the contract, and after them one for each extra part of their models.

Rows come out in the order of their key, a few clients at a time, so that a table of any size
needs the memory of one batch, and all of it is one version of the data.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import polars as pl
import pyarrow.parquet as pq

from health.errors import ArgumentError
from health.files.formulas import neutralize
from health.queries.extra_points import scores_with_extra_parts
from health.storage.schema import CONTRACT, TENANT_HEALTH_SCORES, Table, frame_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from health.storage.database import Reader

SCORES: Final = "scores"
"""The name of the export of one day of ``tenant_health_scores``."""

EXPORTS: Final = (*CONTRACT, SCORES)
"""What can be exported."""

BATCH_ROWS: Final = 1_000_000
"""Rows of a batch, give or take a client: about 100 MB."""

TIMESTAMP: Final = "%Y-%m-%dT%H:%M:%S"


class Format(StrEnum):
    """How an export is written.

    CSV: null is the empty field, dates are ISO, booleans true and false; it can be loaded again.
    SPREADSHEET: CSV to be opened in a spreadsheet: a text that starts like a formula gets an
    apostrophe in front, so that nothing runs. JSON: one array of objects, dates as in CSV.
    Parquet: the types of the table.
    """

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    SPREADSHEET = "spreadsheet"


@dataclass(frozen=True, kw_only=True)
class Export:
    """One table to write; ``as_of`` leaves one day of the scores.

    Raises :class:`ArgumentError` for a table that is none, or a day where the table has none.
    """

    table: str
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for what cannot be exported."""
        if self.table not in EXPORTS:
            raise ArgumentError(
                "table", f"“{self.table}” is none of {', '.join(EXPORTS[:-1])} and {EXPORTS[-1]}."
            )
        if self.table == SCORES and self.as_of is None:
            raise ArgumentError("as_of", "the scores of one day need a day.")
        if self.as_of is not None and self.source is not TENANT_HEALTH_SCORES:
            raise ArgumentError(
                "as_of", f"{self.table} has no days to choose from; leave the day out."
            )

    @property
    def source(self) -> Table:
        """The table of the contract that the rows come from."""
        return TENANT_HEALTH_SCORES if self.table == SCORES else CONTRACT[self.table]

    def write(
        self,
        reader: Reader,
        sink: BinaryIO,
        file_format: Format,
        progress: Callable[[float], None] | None = None,
    ) -> int:
        """Write the rows to ``sink`` and return how many there are.

        progress: told the finished share, from 0 to 1, after each batch.
        """
        table = self.source
        if table is TENANT_HEALTH_SCORES:
            table = scores_with_extra_parts(reader, self.as_of)
        batches = _batches(reader, self)
        total = sum(batch.rows for batch in batches)
        finished = 0

        def frames() -> Iterator[pl.DataFrame]:
            nonlocal finished
            for batch in batches:
                yield _read(reader, self, table, batch)
                finished += batch.rows
                if progress is not None:
                    progress(finished / total)

        _WRITERS[file_format](frames(), table, sink)
        return total


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name when the block ends, or not at all.

    Raises :class:`ArgumentError` where it cannot be written.
    """
    if path.exists() and not path.is_file():  # a device or a pipe would be replaced by the file
        raise ArgumentError("output", f"{path} is not a file. Choose another place.")
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as directory:
            unfinished = Path(directory) / "export"
            with unfinished.open("wb") as sink:
                yield sink
                sink.flush()
                os.fsync(sink.fileno())
            unfinished.replace(path)
    except OSError as error:
        raise ArgumentError(
            "output", f"{path} cannot be written ({error.strerror}). Choose another place."
        ) from error


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """The clients from ``first`` to ``last`` in the order of their ids."""

    first: str
    last: str
    rows: int


def _condition(export: Export) -> tuple[str, dict[str, object]]:
    if export.as_of is None:
        return "true", {}
    return "score_date = $as_of", {"as_of": export.as_of}


def _batches(reader: Reader, export: Export) -> list[_Batch]:
    """Cut the clients, in the order of their ids, into runs of about :data:`BATCH_ROWS` rows.

    Sorting the whole table in DuckDB instead takes its size again on disk.
    """
    condition, parameters = _condition(export)
    frame = reader.query(
        f"""
        SELECT min(organization_id) AS first, max(organization_id) AS last,
            sum(rows)::BIGINT AS rows
        FROM (
            SELECT *, (sum(rows) OVER (ORDER BY organization_id) - 1) // $batch AS batch
            FROM (
                SELECT organization_id, count(*) AS rows FROM {export.source.relation}
                WHERE {condition} GROUP BY organization_id
            )
        )
        GROUP BY batch ORDER BY first""",
        {**parameters, "batch": BATCH_ROWS},
    )
    return [_Batch(**row) for row in frame.iter_rows(named=True)]


def _read(reader: Reader, export: Export, table: Table, batch: _Batch) -> pl.DataFrame:
    condition, parameters = _condition(export)
    return reader.query(
        f"""SELECT {", ".join(table.column_names)} FROM {table.relation}
        WHERE organization_id BETWEEN $first AND $last AND {condition}
        ORDER BY {", ".join(table.key)}""",
        {**parameters, "first": batch.first, "last": batch.last},
    )


def _write_csv(frames: Iterator[pl.DataFrame], table: Table, sink: BinaryIO) -> None:
    sink.write(f"{','.join(table.column_names)}\n".encode())
    sink.writelines(
        frame.write_csv(include_header=False, datetime_format=TIMESTAMP).encode()
        for frame in frames
    )


def _write_spreadsheet(frames: Iterator[pl.DataFrame], table: Table, sink: BinaryIO) -> None:
    harmless = neutralize(pl.col(pl.String))
    _write_csv((frame.with_columns(harmless) for frame in frames), table, sink)


def _write_json(frames: Iterator[pl.DataFrame], table: Table, sink: BinaryIO) -> None:
    types = frame_schema(table)
    readable = [
        pl.col(name).dt.strftime(TIMESTAMP)
        if isinstance(dtype, pl.Datetime)
        else pl.col(name).cast(pl.Float64)
        for name, dtype in types.items()
        if isinstance(dtype, (pl.Datetime, pl.Decimal))
    ]
    opening = "[\n"
    for frame in frames:
        lines = frame.with_columns(readable).write_ndjson().rstrip("\n")
        # A line break inside a text is written as \n, so these are the ones between objects.
        sink.write(f"{opening}{lines}".replace("}\n{", "},\n{").encode())
        opening = ",\n"
    sink.write(b"[]\n" if opening == "[\n" else b"\n]\n")


def _write_parquet(frames: Iterator[pl.DataFrame], table: Table, sink: BinaryIO) -> None:
    types = pl.Schema(frame_schema(table))
    # Strings as every reader of Parquet knows them, not as views.
    level = pl.CompatLevel.oldest()
    schema = pl.DataFrame(schema=types).to_arrow(compat_level=level).schema
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for frame in frames:
            writer.write_table(frame.cast(types).to_arrow(compat_level=level))


_WRITERS: Final = {
    Format.CSV: _write_csv,
    Format.JSON: _write_json,
    Format.PARQUET: _write_parquet,
    Format.SPREADSHEET: _write_spreadsheet,
}
