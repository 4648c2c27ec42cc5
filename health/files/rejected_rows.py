"""The rejected rows of a file as a file of their own: to be mended and loaded again.

It has the file's own columns as they stood, and in front of them :data:`WRONG`, which says of each
row on which line it stood and what is wrong with it. A reader that finds that column leaves it
out, and takes away the apostrophe that keeps a spreadsheet from running a text as a formula.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import polars as pl

from health.files.checking import check
from health.files.csv_bytes import blank, checked
from health.files.csv_table import CsvBlock
from health.files.formulas import neutralize, neutralize_cell
from health.files.reading import opened
from health.files.reasons import REJECTS
from health.files.shapes import WRONG, shapes, squeeze, understood
from health.files.sources import MAXIMUM_BYTES, received

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from health.files.tables import Block

_BOM: Final = b"\xef\xbb\xbf"  # without it Excel takes the text for another encoding


def write_rejected_rows(
    source: Path | bytes,
    sink: BinaryIO,
    *,
    today: date,
    refused: pl.DataFrame,
    max_bytes: int = MAXIMUM_BYTES,
) -> int:
    """Read a file again, write each row of it that is rejected, and return how many there are.

    All rejected rows are written, also those that a list of rejects leaves out. Rows with a wrong
    number of fields come behind the others of their part of the file.

    refused: the rejects of an import of the file, with those that only the database knows of.
    today, max_bytes: as for :func:`~health.files.read_file`.

    Raises :class:`~health.errors.UnreadableFile` where the file is not what it was.
    """
    number = 0
    with received(source, maximum=max_bytes) as intake:
        table = opened(intake)
        header = understood(table.header, shapes(today))
        own = [place for place, name in enumerate(table.header) if squeeze(name) != squeeze(WRONG)]
        out: _Out | None = None
        for block in table.blocks:
            out = out or _Out(sink, block, [WRONG, *(table.header[place] for place in own)])
            cells = block.read()
            found = check(cells, header)
            lines = pl.DataFrame({"line": cells.lines})
            known = refused.join(lines, on="line", how="semi")
            reasons = _reasons(pl.concat([found.rejects.cast(pl.Schema(REJECTS)), known]))
            rows = cells.cells.select(cells.cells.columns[place] for place in own).with_columns(
                lines["line"]
            )
            number += out.rows(rows.join(reasons, on="line", how="inner", maintain_order="left"))
            if cells.torn_count and isinstance(block, CsvBlock):
                number += out.torn(_torn(block), len(table.header))
        if out is None:
            _Out(sink, None, [WRONG, *(table.header[place] for place in own)])
    return number


def rejected_rows(
    source: Path | bytes,
    *,
    today: date,
    refused: pl.DataFrame,
    max_bytes: int = MAXIMUM_BYTES,
) -> bytes:
    """The rejected rows as CSV; see :func:`write_rejected_rows`."""
    sink = io.BytesIO()
    write_rejected_rows(source, sink, today=today, refused=refused, max_bytes=max_bytes)
    return sink.getvalue()


@dataclass(frozen=True, kw_only=True)
class _TornRow:
    """A record whose number of fields is not that of the header."""

    line: int
    fields: list[str]


class _Out:
    """The CSV that is written, with the delimiter of the file it is about."""

    def __init__(self, sink: BinaryIO, block: Block | None, header: Sequence[str]) -> None:
        self._sink = sink
        self._delimiter = block.dialect.delimiter.decode() if isinstance(block, CsvBlock) else ","
        sink.write(_BOM)
        self._write([header])

    def rows(self, rows: pl.DataFrame) -> int:
        """Write whole rows, each with ``wrong`` in front."""
        rows = rows.select("wrong", pl.exclude("wrong", "line"))
        # Blanks do not count, and before an apostrophe they would hide it from the reader.
        bare = pl.col(pl.String).str.strip_chars()
        harmless = rows.with_columns(neutralize(bare, reversibly=True))
        text = harmless.write_csv(include_header=False, separator=self._delimiter)
        self._sink.write(text.encode())
        return rows.height

    def torn(self, rows: Sequence[_TornRow], width: int) -> int:
        """Write rows that do not fit the columns."""
        self._write(
            [f"line {row.line}: {len(row.fields)} fields, but the header has {width}", *row.fields]
            for row in rows
        )
        return len(rows)

    def _write(self, rows: Iterable[Sequence[str]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\n")
        writer.writerows([neutralize_cell(cell.strip()) for cell in row] for row in rows)
        self._sink.write(text.getvalue().encode())


def _reasons(rejects: pl.DataFrame) -> pl.DataFrame:
    """For each line what is wrong with it, as one text: line, wrong."""
    sentence = pl.concat_str(
        pl.when(pl.col("column").fill_null("") != "")
        .then(pl.concat_str("column", pl.lit(": ")))
        .otherwise(pl.lit("")),
        "reason",
        pl.lit(". "),
        "accepted",
    )
    texts = rejects.group_by("line").agg(sentence.unique(maintain_order=True).str.join(" "))
    return texts.select("line", wrong=pl.format("line {}: {}", "line", texts.columns[1]))


def _torn(block: CsvBlock) -> list[_TornRow]:
    """The records of a block with a wrong number of fields, whole."""
    dialect = block.dialect
    text, records = checked(
        block.data,
        line_end=dialect.line_end,
        delimiter=dialect.delimiter,
        first_line=block.first_line,
    )
    torn = np.flatnonzero(
        (records.fields != dialect.fields) & ~blank(text, records, dialect.delimiter)
    )
    return [
        _TornRow(
            line=int(records.lines[place]),
            fields=next(
                csv.reader(
                    io.StringIO(
                        text[records.starts[place] : records.ends[place]].decode(), newline=""
                    ),
                    delimiter=dialect.delimiter.decode(),
                )
            ),
        )
        for place in torn
    ]
