"""The rejected rows of a file as a file of their own: to be fixed and loaded again.

It has the file's own columns as they stood, and in front of them
:data:`~health.files.file_columns.WHAT_IS_WRONG`, which says of each row on which line it stood and
what is wrong with it. A reader that finds that column leaves it out, and removes the apostrophe
that keeps a spreadsheet from running a text as a formula.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import polars as pl

from health.files.checking import check
from health.files.csv_bytes import are_blank, find_records
from health.files.csv_table import CsvBlock
from health.files.feeds.reading import judge, open_as, stated, table_of
from health.files.feeds.table_end import TableEnd
from health.files.file_columns import WHAT_IS_WRONG, shapes, squeeze
from health.files.formulas import neutralize, neutralize_cell
from health.files.headers import read_header
from health.files.opening import open_file
from health.files.reasons import REJECTS
from health.files.sources import MAXIMUM_BYTES, open_source
from health.files.stated import Stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from health.files.blocks import Block
    from health.files.feeds import Feed

_BOM: Final = b"\xef\xbb\xbf"  # without it Excel takes the text for another encoding


def write_rejected_rows(
    source: Path | bytes,
    sink: BinaryIO,
    *,
    today: date,
    refused: pl.DataFrame,
    max_bytes: int = MAXIMUM_BYTES,
    sheet: str | None = None,
    feed: Feed | None = None,
) -> int:
    """Read a file again, write each row of it that is rejected, and return how many there are.

    All rejected rows are written, also those that a list of rejects leaves out. Rows with a wrong
    number of fields come behind the others of their part of the file.

    refused: the rejects of an import of the file, with those that only the database knows of.
    today, max_bytes, sheet: as for :func:`~health.files.read_file`.
    feed: the one that the file was read by. Not one that counts rows: a row alone would replace
    what was counted of its day.

    Raises :class:`~health.errors.UnreadableFile` where the file is not what it was.
    """
    number = 0
    with open_source(source, maximum=max_bytes) as intake:
        if feed is None:
            table = open_file(intake, stated=Stated(sheet=sheet))
            blocks: Iterable[Block] = table.blocks
            header = read_header(table.header, shapes(today))
        else:
            table = open_as(intake, stated(feed, sheet))
            blocks = TableEnd(feed.source).blocks(table.blocks)
            ours = table_of(feed, table.header, today)
        own = [
            place
            for place, name in enumerate(table.header)
            if squeeze(name) != squeeze(WHAT_IS_WRONG)
        ]
        out: _Out | None = None
        for block in blocks:
            out = out or _Out(sink, block, [WHAT_IS_WRONG, *(table.header[place] for place in own)])
            cells = block.read()
            found = judge(cells, feed, ours).checked if feed else check(cells, header)
            lines = pl.DataFrame({"line": cells.lines})
            known = refused.join(lines, on="line", how="semi")
            reasons = _reasons(pl.concat([found.rejects.cast(pl.Schema(REJECTS)), known]))
            rows = cells.cells.select(cells.cells.columns[place] for place in own).with_columns(
                lines["line"]
            )
            number += out.rows(rows.join(reasons, on="line", how="inner", maintain_order="left"))
            if cells.misfit_count and isinstance(block, CsvBlock):
                number += out.misfits(_misfits(block), len(table.header))
        if out is None:
            _Out(sink, None, [WHAT_IS_WRONG, *(table.header[place] for place in own)])
    return number


def rejected_rows(
    source: Path | bytes,
    *,
    today: date,
    refused: pl.DataFrame,
    max_bytes: int = MAXIMUM_BYTES,
    sheet: str | None = None,
    feed: Feed | None = None,
) -> bytes:
    """The rejected rows as CSV; see :func:`write_rejected_rows`."""
    sink = io.BytesIO()
    write_rejected_rows(
        source, sink, today=today, refused=refused, max_bytes=max_bytes, sheet=sheet, feed=feed
    )
    return sink.getvalue()


@dataclass(frozen=True, kw_only=True)
class _Misfit:
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
        neutral = rows.with_columns(neutralize(bare, reversibly=True))
        text = neutral.write_csv(include_header=False, separator=self._delimiter)
        self._sink.write(text.encode())
        return rows.height

    def misfits(self, rows: Sequence[_Misfit], width: int) -> int:
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
        pl.col("accepted").str.strip_suffix("."),
        pl.lit("."),
    )
    texts = rejects.group_by("line").agg(sentence.unique(maintain_order=True).str.join(" "))
    return texts.select("line", wrong=pl.format("line {}: {}", "line", texts.columns[1]))


def _misfits(block: CsvBlock) -> list[_Misfit]:
    """The records of a block with a wrong number of fields, whole."""
    dialect = block.dialect
    text, records = find_records(
        block.data,
        line_end=dialect.line_end,
        delimiter=dialect.delimiter,
        first_line=block.first_line,
    )
    misfits = np.flatnonzero(
        (records.fields != dialect.fields) & ~are_blank(text, records, dialect.delimiter)
    )
    return [
        _Misfit(
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
        for place in misfits
    ]
