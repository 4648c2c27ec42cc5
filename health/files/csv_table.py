"""CSV as a table: its header, its delimiter, and its rows block by block as text.

Blocks are cut between records, so they can be read in any order and in threads, and what they
give does not depend on their size. Only records with as many fields as the header go to the
reader; it never gets the chance to pad or to drop one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from health.errors import UnreadableFile
from health.files.blocks import OpenedFile, RawRows
from health.files.csv_bytes import (
    AS_UTF8,
    LONGEST_RECORD,
    Positions,
    Records,
    are_blank,
    find_records,
)
from health.files.headers import MOST_COLUMNS, count_known, too_many_columns
from health.files.reasons import SHOWN_LENGTH, RejectReason, rejects_of
from health.files.sources import Stream, refuse_other_formats

BLOCK_BYTES: Final = 8_000_000
"""Bytes read at a time: large enough for vectors, small enough for a few at once in memory."""

BLOCK_FIELDS: Final = 800_000
"""The most fields of a block: eight megabytes of tiny rows took 250 MB to look through."""

MISFITS_SHOWN: Final = 100_000
"""The most records of a block with a wrong number of fields that are kept to show."""

# Bytes beyond the longest record, so that a character cut in two is never the first fault.
_CHARACTER: Final = 5
_DELIMITERS: Final = (b",", b";", b"\t")
_BLANKS_AND_QUOTES: Final = (b" ", b"\t", b"\v", b"\f", b"\r", b'"')
_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BLANK_LINES: Final = re.compile(rb"(?:[ \t]*+(?:\r\n|\n|\r))*+")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a file is written: what ends a line, what divides fields, and how many there are."""

    line_end: bytes
    delimiter: bytes
    fields: int


@dataclass(frozen=True, kw_only=True)
class CsvBlock:
    """Whole records as bytes, and the number of the line the first one starts on."""

    data: bytes
    first_line: int
    dialect: Dialect

    def read(self) -> RawRows:
        """The records as columns of text; raises UnreadableFile naming the line at fault."""
        text, records = find_records(
            self.data,
            line_end=self.dialect.line_end,
            delimiter=self.dialect.delimiter,
            first_line=self.first_line,
        )
        whole = records.fields == self.dialect.fields
        if whole.all():
            return self._cells(text, records.lines)
        misfits = np.flatnonzero(~whole & ~are_blank(text, records, self.dialect.delimiter))
        kept = np.repeat(whole, records.ends - records.starts)
        rest = np.frombuffer(text, np.uint8)[kept].tobytes()
        return replace(
            self._cells(rest, records.lines[whole]),
            misfits=self._misfits(text, records, misfits[:MISFITS_SHOWN]),
            misfit_count=len(misfits),
        )

    def _cells(self, text: bytes, lines: Positions) -> RawRows:
        cells = _columns_of_text(text, self.dialect)
        if cells.height != len(lines):
            # The check and the reader must agree on every record, or lines would shift.
            raise RuntimeError(f"{cells.height} rows were read from {len(lines)} records")
        is_trimmed = text.isascii() and not any(byte in text for byte in _BLANKS_AND_QUOTES)
        return RawRows(
            lines=pl.Series("line", lines, dtype=pl.Int64), cells=cells, is_trimmed=is_trimmed
        )

    def _misfits(self, text: bytes, records: Records, misfits: Positions) -> pl.DataFrame:
        """Rejects for ``misfits``: the beginning of each record, and its number of fields."""
        enough = 4 * (SHOWN_LENGTH + 1)  # bytes of UTF-8
        values = [
            text[start : min(end - 1, start + enough)].decode(errors="ignore")
            for start, end in zip(records.starts[misfits], records.ends[misfits], strict=True)
        ]
        fields = pl.DataFrame({"found": records.fields[misfits]}).select(
            pl.format("{} fields, as in the header; this row has {}.", self.dialect.fields, "found")
        )
        return rejects_of(
            RejectReason.FIELD_COUNT,
            column="",
            lines=pl.Series(records.lines[misfits]),
            values=pl.Series(values, dtype=pl.String),
            accepted=fields.to_series(),
        )


def open_csv(stream: Stream, *, block_bytes: int = BLOCK_BYTES) -> OpenedFile:
    """Find line ends, header and delimiter; raises UnreadableFile if this is no CSV text.

    The header is the first line that is not blank. The delimiter is the comma, semicolon or tab
    that gives the most known column names.
    """
    head = _head(stream)
    if head.startswith(_WIDE_BOMS):
        raise UnreadableFile(f"The text is encoded as UTF-16 or UTF-32, not as UTF-8. {AS_UTF8}")
    refuse_other_formats(head)
    head = head.removeprefix(_BOM)
    line_end = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
    skipped = _blank_lines(head)
    if skipped == len(head):
        raise UnreadableFile("There is no header: the file begins with nothing but blank lines.")
    line = 1 + head.count(line_end, 0, skipped)
    record = _first_record(head[skipped:], line_end)
    delimiter, names = _split(record, line_end, line)
    return OpenedFile(
        header=tuple(names),
        blocks=_blocks(
            _Rest(head[skipped + len(record) :], stream),
            Dialect(line_end=line_end, delimiter=delimiter, fields=len(names)),
            first_line=line + record.count(line_end),
            block_bytes=block_bytes,
        ),
    )


class _Rest:
    """A stream of which some bytes have been read already."""

    def __init__(self, here: bytes, stream: Stream) -> None:
        self._here = io.BytesIO(here)
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._here.read(size) or self._stream.read(size)


def _head(stream: Stream) -> bytes:
    """Enough bytes for some blank lines and the longest header, or the whole file."""
    head = b""
    while len(head) <= 2 * LONGEST_RECORD:
        chunk = stream.read(LONGEST_RECORD)
        if not chunk:
            break
        head += chunk
    return head


def _blank_lines(head: bytes) -> int:
    """How many bytes of blank lines a file begins with."""
    found = _BLANK_LINES.match(head)
    end = found.end() if found else 0
    return end if head[end:].strip(b" \t") else len(head)


def _first_record(data: bytes, line_end: bytes) -> bytes:
    """The first record with its line end, or more than the longest one accepted."""
    end = quotes = 0
    while end <= LONGEST_RECORD:
        after = data.find(line_end, end) + 1
        if not after:
            break
        quotes += data.count(b'"', end, after)
        if quotes % 2 == 0:
            return data[:after]
        end = after
    return data[: LONGEST_RECORD + _CHARACTER]


def _split(record: bytes, line_end: bytes, line: int) -> tuple[bytes, list[str]]:
    """The delimiter under which most cells of a header are known, and those cells."""
    delimiter = max(_DELIMITERS, key=lambda each: _fitness(record, each))
    find_records(record, line_end=line_end, delimiter=delimiter, first_line=line)
    if record.count(delimiter) >= MOST_COLUMNS:
        raise too_many_columns(record.count(delimiter) + 1)
    return delimiter, _fields(record, delimiter)


def _fitness(record: bytes, delimiter: bytes) -> tuple[int, int]:
    count = record.count(delimiter)
    return (count_known(_fields(record, delimiter)) if count < MOST_COLUMNS else 0), count


def _fields(record: bytes, delimiter: bytes) -> list[str]:
    """The cells of a single record; none where it is broken."""
    text = io.StringIO(record.decode(errors="replace"), newline="")
    try:
        return next(csv.reader(text, delimiter=delimiter.decode()), [])
    except csv.Error:
        return []


def _blocks(
    rest: _Rest, dialect: Dialect, *, first_line: int, block_bytes: int
) -> Iterator[CsvBlock]:
    """The records after the header in blocks of at most about ``block_bytes``.

    A record too long to be accepted comes unfinished, for its check to refuse.
    """
    line, data = first_line, b""
    while chunk := rest.read(block_bytes):
        data += chunk
        cut = _end_of_records(data, dialect.line_end)
        whole, data = data[:cut], data[cut:]
        for piece in _pieces(whole, dialect):
            yield CsvBlock(data=piece, first_line=line, dialect=dialect)
            line += _count(piece, dialect.line_end)
        if len(data) > LONGEST_RECORD + _CHARACTER:
            break
    if data:
        yield CsvBlock(data=data, first_line=line, dialect=dialect)


def _pieces(data: bytes, dialect: Dialect) -> Iterator[bytes]:
    """Whole records cut in halves until none has too many fields."""
    fields = _count(data, dialect.line_end) + _count(data, dialect.delimiter)
    dense = fields > BLOCK_FIELDS
    if dense and (half := _end_of_records(data[: len(data) // 2], dialect.line_end)):
        yield from _pieces(data[:half], dialect)
        yield from _pieces(data[half:], dialect)
    elif data:
        yield data


def _count(data: bytes, byte: bytes) -> int:
    """How often a byte occurs; bytes.count takes six times as long where it is frequent."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == byte[0]))


def _end_of_records(data: bytes, line_end: bytes) -> int:
    """Where the last whole record ends; 0 if there is none."""
    end = data.rfind(line_end)
    quotes = data.count(b'"', 0, max(end, 0))
    while end >= 0 and quotes % 2:
        before = data.rfind(line_end, 0, data.rfind(b'"', 0, end))
        quotes -= data.count(b'"', max(before, 0), end)
        end = before
    return end + 1


def _columns_of_text(text: bytes, dialect: Dialect) -> pl.DataFrame:
    """Records that all have as many fields as the header, as columns "0", "1", … of text."""
    # One empty record in front: polars unpacks what begins like zlib, so a block that starts
    # with an id like "x^1" came back without rows.
    empty = dialect.delimiter * (dialect.fields - 1) + b"\n"
    return pl.read_csv(
        empty + text,
        has_header=False,
        schema={str(place): pl.String() for place in range(dialect.fields)},
        separator=dialect.delimiter.decode(),
        quote_char='"' if b'"' in text else None,
        infer_schema=False,
    ).slice(1)
