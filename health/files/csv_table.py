"""CSV as a table: its header, its delimiter, and its rows block by block as text.

Blocks are cut between records, so they can be read in any order and in threads, and what they
give does not depend on their size. Only records with as many fields as the header go to the
reader; it never gets the chance to pad or to drop one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from health.files.blocks import OpenedFile, RawRows
from health.files.csv_bytes import (
    LONGEST_RECORD,
    Positions,
    Records,
    are_blank,
    find_records,
)
from health.files.csv_header import CHARACTER, fields_of, header_record
from health.files.encodings import UTF8_MARK, as_utf8, is_coded, is_utf16, refuse_unless_utf8
from health.files.formulas import unforced
from health.files.headers import MOST_COLUMNS, too_many_columns
from health.files.json_lines import open_json_lines
from health.files.other_formats import refuse_binary, refuse_other_formats
from health.files.reasons import SHOWN_LENGTH, RejectReason, rejects_of
from health.files.sources import Stream
from health.files.stated import AS_FOUND, Stated

BLOCK_BYTES: Final = 8_000_000
"""Bytes read at a time: large enough for vectors, small enough for a few at once in memory."""

BLOCK_FIELDS: Final = 800_000
"""The most fields of a block: eight megabytes of tiny rows took 250 MB to look through."""

MISFITS_SHOWN: Final = 100_000
"""The most records of a block with a wrong number of fields that are kept to show."""

_BLANKS_AND_QUOTES: Final = (b" ", b"\t", b"\v", b"\f", b"\r", b'"')


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
        if b'"' in text and b'="' in text:
            cells = cells.select(unforced(column) for column in cells)
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


def open_csv(
    stream: Stream, *, block_bytes: int = BLOCK_BYTES, stated: Stated = AS_FOUND
) -> OpenedFile:
    """Find line ends, header and delimiter; raises UnreadableFile if this is no CSV text.

    The header is the first line that is not blank, or one of the next ones if that names the
    columns better. The delimiter is the comma, semicolon or tab that gives the most known column
    names, or the one that a first line ``sep=;`` gives.
    """
    head, is_whole = _head(stream)
    if not is_utf16(head, stated.encoding):
        refuse_other_formats(head)
        refuse_binary(head)
    if is_coded(head, stated.encoding):
        stream = as_utf8(_Rest(head, stream), head, stated.encoding)
        head, is_whole = _head(stream)
        refuse_other_formats(head)
    refuse_unless_utf8(head, is_whole=is_whole)
    head = head.removeprefix(UTF8_MARK)
    if head.lstrip(b" \t\r\n").startswith(b"{"):
        return open_json_lines(head, stream, block_bytes=block_bytes)
    line_end = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
    found = header_record(head, line_end, stated)
    find_records(found.record, line_end=line_end, delimiter=found.delimiter, first_line=found.line)
    if found.record.count(found.delimiter) >= MOST_COLUMNS:
        raise too_many_columns(found.record.count(found.delimiter) + 1)
    names = fields_of(found.record, found.delimiter)
    return OpenedFile(
        header=tuple(names),
        header_line=found.line,
        notes=found.notes,
        blocks=_blocks(
            _Rest(head[found.start + len(found.record) :], stream),
            Dialect(line_end=line_end, delimiter=found.delimiter, fields=len(names)),
            first_line=found.line + found.record.count(line_end),
            block_bytes=block_bytes,
        ),
    )


class _Rest:
    """A stream of which some bytes have been read already."""

    def __init__(self, here: bytes, stream: Stream) -> None:
        self._here = io.BytesIO(here)
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        return self._here.read(size) or self._stream.read(size)


def _head(stream: Stream) -> tuple[bytes, bool]:
    """Enough bytes for some lines and the longest header, and whether that is the whole file."""
    head = b""
    while len(head) <= 2 * LONGEST_RECORD:
        chunk = stream.read(LONGEST_RECORD)
        if not chunk:
            return head, True
        head += chunk
    return head, False


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
        if len(data) > LONGEST_RECORD + CHARACTER:
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
