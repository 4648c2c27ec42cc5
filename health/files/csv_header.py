"""The header of a CSV file: where it stands and what divides its fields."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from health.errors import UnreadableFile
from health.files.csv_bytes import LONGEST_RECORD
from health.files.header_search import (
    LINES_SEARCHED,
    find_header,
    is_whole_header,
    named,
    skipped,
)
from health.files.headers import MOST_COLUMNS
from health.files.stated import Stated

LONGEST_HEADER: Final = 100_000
"""The most bytes of a line that is looked at as a header below the first line."""

LONGEST_SHOWN: Final = 400
"""The most bytes of a skipped line that are kept to show."""

CHARACTER: Final = 5
"""Bytes beyond the longest record, so that a character cut in two is never the first fault."""

_DELIMITERS: Final[tuple[bytes, ...]] = (b",", b";", b"\t")
_STATED_DELIMITER: Final = re.compile(rb"sep=([^\r\n])(?:\r\n|\n|\r)", re.IGNORECASE)
_BLANK_LINES: Final = re.compile(rb"(?:[ \t]*+(?:\r\n|\n|\r))*+")


@dataclass(frozen=True, kw_only=True)
class HeaderRecord:
    """The record of a header: where it starts, on which line, and what divides its fields."""

    start: int
    line: int
    record: bytes
    delimiter: bytes
    notes: tuple[str, ...] = ()


def _delimiter(stated: str) -> bytes:
    """The stated delimiter as one byte."""
    byte = {"tab": b"\t", "\\t": b"\t"}.get(stated.lower(), stated.encode())
    if len(byte) != 1 or byte in b'"\r\n':
        raise UnreadableFile(
            f"The delimiter “{stated[:20]}” is not one character, such as ; or a tab."
        )
    return byte


def header_record(head: bytes, line_end: bytes, stated: Stated) -> HeaderRecord:
    """The header of a file that begins with ``head``; raises UnreadableFile if there is none."""
    start, delimiters = 0, _DELIMITERS
    if said := _STATED_DELIMITER.match(head):
        start, delimiters = said.end(), (said[1],)
    if stated.delimiter is not None:
        delimiters = (_delimiter(stated.delimiter),)
    if stated.header_line is not None:
        return _at_line(head, line_end, delimiters, stated.header_line)
    return _find_header(head, start, line_end, delimiters)


def _find_header(
    head: bytes, start: int, line_end: bytes, delimiters: Sequence[bytes]
) -> HeaderRecord:
    """The header among the first lines of ``head`` from byte ``start`` on."""
    start += _blank_lines(head[start:])
    if start == len(head):
        raise UnreadableFile("There is no header: the file begins with nothing but blank lines.")
    line = 1 + head.count(line_end, 0, start)
    first = _split(head, start, line, line_end, delimiters)
    if is_whole_header(fields_of(first.record, first.delimiter)):
        return first
    places = _first_lines(head, start, line, line_end)
    lines = [_split(head, at, number, line_end, delimiters) for at, number, _ in places]
    best = find_header([fields_of(each.record, each.delimiter) for each in lines]) if lines else 0
    above = [(number, text) for _, number, text in places[:best]]
    return replace(lines[best], notes=skipped(above)) if best else first


def _at_line(head: bytes, line_end: bytes, delimiters: Sequence[bytes], line: int) -> HeaderRecord:
    """The header on the line where it is stated to be."""
    start = 0
    for _ in range(line - 1):
        start = head.find(line_end, start) + 1
        if not start:
            raise UnreadableFile(
                f"The header is stated to be on line {line}; there is no such line."
            )
    if not head[start:].strip():
        raise UnreadableFile(f"The header is stated to be on line {line}; nothing is there.")
    return _split(head, start, line, line_end, delimiters)


def _first_lines(head: bytes, start: int, line: int, line_end: bytes) -> list[tuple[int, int, str]]:
    """Of the first lines that are not blank: where each starts, its number, its text."""
    found: list[tuple[int, int, str]] = []
    while start < len(head) and len(found) < LINES_SEARCHED:
        end = head.find(line_end, start, start + LONGEST_HEADER)
        if end < 0 and len(head) - start > LONGEST_HEADER:
            break
        end = len(head) if end < 0 else end
        text = head[start:end].strip()
        if text:
            found.append((start, line, text[:LONGEST_SHOWN].decode(errors="ignore")))
        start, line = end + 1, line + 1
    return found


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
    return data[: LONGEST_RECORD + CHARACTER]


def _split(
    head: bytes, start: int, line: int, line_end: bytes, delimiters: Sequence[bytes]
) -> HeaderRecord:
    """The record that starts there, and the delimiter under which most of its cells are known."""
    record = _first_record(head[start : start + LONGEST_RECORD + CHARACTER], line_end)
    delimiter = max(delimiters, key=lambda each: _fitness(record, each))
    return HeaderRecord(start=start, line=line, record=record, delimiter=delimiter)


def _fitness(record: bytes, delimiter: bytes) -> tuple[int, int]:
    count = record.count(delimiter)
    return (named(fields_of(record, delimiter)) if count < MOST_COLUMNS else 0), count


def fields_of(record: bytes, delimiter: bytes) -> list[str]:
    """The cells of a single record; none where it is broken."""
    text = io.StringIO(record.decode(errors="replace"), newline="")
    try:
        return next(csv.reader(text, delimiter=delimiter.decode()), [])
    except csv.Error:
        return []
