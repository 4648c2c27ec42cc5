"""Parquet as a table: its values as the text that a CSV of the same rows would hold.

One set of rules serves every format that way; what a column of numbers or dates costs to become
text is small beside reading it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from health.errors import UnreadableFile
from health.files.blocks import OpenedFile, RawRows
from health.files.headers import MOST_COLUMNS, too_many_columns
from health.files.quoting import quoted
from health.files.reasons import TEXT_LENGTH
from health.files.sources import Intake, refuse_bomb, refuse_too_many_rows

BATCH_ROWS: Final = 200_000
"""Rows turned into text at a time."""

_FIRST_LINE: Final = 2  # the header counts as line 1
_EXACT: Final = 2**53  # whole numbers up to here are exact as floats


@dataclass(frozen=True, kw_only=True)
class ParquetBlock:
    """A batch of rows, and the line of the first one."""

    batch: Any  # pyarrow ships no types
    first_line: int

    def read(self) -> RawRows:
        """The rows as text; raises UnreadableFile for types that no column can have."""
        lines = pl.int_range(self.first_line, self.first_line + self.batch.num_rows, eager=True)
        try:
            texts = [
                _text(self.batch.schema.names[place], column).alias(str(place))
                for place, column in enumerate(self.batch.columns)
            ]
        except pa.ArrowException as error:  # text that is not UTF-8, a word that is not there
            raise _damaged() from error
        return RawRows(lines=lines.rename("line"), cells=pl.DataFrame(texts))


def open_parquet(intake: Intake) -> OpenedFile:
    """The columns and batches of a Parquet file; raises UnreadableFile if it is damaged."""
    data = intake.read()
    try:
        schema = pq.read_schema(pa.BufferReader(data))
        # Text stays a dictionary: a few bytes can stand for gigabytes of repeated text.
        texts = [field.name for field in schema if _is_text(field.type)]
        file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts, pre_buffer=False)
        names = tuple(schema.names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged() from error
    if len(names) > MOST_COLUMNS:
        raise too_many_columns(len(names))
    _refuse_bomb(file.metadata, packed=len(data), maximum=intake.maximum)
    return OpenedFile(header=names, blocks=_blocks(file))


def _blocks(file: Any) -> Iterator[ParquetBlock]:
    line = _FIRST_LINE
    batches = file.iter_batches(batch_size=BATCH_ROWS)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise _damaged() from error
        if batch is None:
            return
        yield ParquetBlock(batch=batch, first_line=line)
        line += batch.num_rows


def _refuse_bomb(metadata: Any, *, packed: int, maximum: int) -> None:
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    unpacked = sum(max(0, group.total_byte_size) for group in groups)
    refuse_bomb(unpacked=unpacked, packed=packed, maximum=maximum)
    refuse_too_many_rows(metadata.num_rows, packed)


def _text(name: str, column: Any) -> pl.Series:
    """One column as text, written as a CSV would have it."""
    kind = column.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        # Only so much of a text that it is still seen to be too long.
        words = pc.utf8_slice_codeunits(column.dictionary, 0, TEXT_LENGTH + 1)
        column = pa.DictionaryArray.from_arrays(column.indices, words).cast(pa.large_string())
    elif not _is_value(kind):
        raise UnreadableFile(
            f"The column {quoted(name)} holds values of the type {kind}, which is no number, "
            "date or text. Write it as one of these."
        )
    return _series(column)


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_value(kind: Any) -> bool:
    checks = (
        pa.types.is_null,
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_date,
        pa.types.is_timestamp,
    )
    return any(check(kind) for check in checks)


def _series(column: Any) -> pl.Series:
    """Numbers, days and text as text; a timestamp as its day where it was written."""
    values = pl.Series(column)
    if values.dtype.is_float():
        values = values.cast(pl.Float64)
        whole = (values == values.floor()) & (values.abs() < _EXACT)
        digits = values.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.select(pl.when(whole).then(digits).otherwise(values.cast(pl.String))).to_series()
    if values.dtype.is_decimal():
        return values.cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix(".")
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.to_string("%Y-%m-%d")
    return values.cast(pl.String)


def _damaged() -> UnreadableFile:
    return UnreadableFile("The Parquet file is damaged or of a newer kind. Write it again.")
