"""The bytes of CSV text: what makes them unreadable, and where their records are.

A reader of CSV is built to make sense of whatever it gets: it pads short rows, drops cut ends and
takes NUL bytes. So the bytes are checked before any reader sees them, with numpy over a whole
block: encoding, quotation marks, line ends, and the length of a record.

A block begins and ends between two records. The first fault of a file is the same however it is
cut into blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from health.errors import UnclearFile, UnreadableFile
from health.files.encodings import AS_UTF8, not_utf8

LONGEST_RECORD: Final = 1_000_000
"""The most bytes of a record; a longer one is a damaged file or an attack."""

_NEWLINE: Final = 0x0A
_RETURN: Final = 0x0D
_QUOTE: Final = 0x22
_BLANKS: Final = b" \t\n"

Positions = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of a block, one element each.

    ``starts`` and ``ends`` are positions in bytes, the end behind the newline; ``lines`` the
    number in the file of the line a record starts on; ``fields`` how many fields it has.
    """

    starts: Positions
    ends: Positions
    lines: Positions
    fields: Positions


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something at a byte ``position`` that makes a file unreadable; ``at`` names its line."""

    position: int
    at: int
    message: str
    refusal: type[UnreadableFile] = UnreadableFile


def find_records(
    data: bytes, *, line_end: bytes, delimiter: bytes, first_line: int
) -> tuple[bytes, Records]:
    """Whole records with newlines as line ends, and where they are.

    ``first_line`` is the number of the line on which ``data`` starts. Raises UnreadableFile for
    the first fault, naming its line.
    """
    text = data if data.endswith(line_end) else data + line_end
    if b'"' in text and b'="' in text:
        text = quoted_whole(text, delimiter)
    mixed = line_end == b"\r" and b"\n" in text
    faults = [_mixed(text.find(b"\n"))] if mixed else []
    if b"\r" in text:  # searching for one byte costs a hundredth of searching for two
        text = text.replace(line_end if line_end == b"\r" else b"\r\n", b"\n")
    array = np.frombuffer(text, np.uint8)
    inside = _inside_quotes(text, array)
    records = _records(array, inside, ord(delimiter), first_line)
    faults += _text_faults(text)
    faults += _line_end_faults(text, array, inside)
    faults += _quote_faults(text, array, ord(delimiter))
    faults += _length_faults(records, len(text))
    if faults:
        _raise_first(faults, text, first_line)
    return text, records


def quoted_whole(text: bytes, delimiter: bytes) -> bytes:
    """The text with each field ``="00123"`` written as CSV has it: in quotation marks, whole.

    Nothing within a field in quotation marks is changed: a mark in it is doubled.
    """
    sign = re.escape(delimiter)
    field = rb'(^|[\n\r]|%b)="([^"\n\r%b]+)"(?=%b|[\n\r]|$)' % (sign, sign, sign)
    return re.sub(field, rb'\1"=""\2"""', text)


def are_blank(data: bytes, records: Records, delimiter: bytes) -> Mask:
    """Which records consist of blanks and delimiters only."""
    idle = np.zeros(256, np.bool_)
    idle[list(_BLANKS + delimiter)] = True
    busy = ~idle[np.frombuffer(data, np.uint8)]
    return ~np.logical_or.reduceat(busy, records.starts)


def _inside_quotes(text: bytes, array: Bytes) -> Mask | None:
    """Which bytes follow an odd number of quotation marks; None where there is no mark."""
    if b'"' not in text:
        return None
    return np.logical_xor.accumulate(array == _QUOTE)


def _records(array: Bytes, inside: Mask | None, delimiter: int, first_line: int) -> Records:
    newline = array == _NEWLINE
    mark = array == delimiter
    mark |= newline
    if inside is not None:
        mark &= ~inside
    marks = np.flatnonzero(mark)
    last = np.flatnonzero(newline[marks])
    ends = marks[last] + 1
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    lines = np.arange(len(ends), dtype=np.intp)
    if inside is not None and len(ends):
        # A quoted newline is a line of the file too.
        closing = np.flatnonzero(~inside[np.flatnonzero(newline)])
        lines = np.concatenate(([0], closing[:-1] + 1))
    return Records(
        starts=starts, ends=ends, lines=lines + first_line, fields=np.diff(last, prepend=-1)
    )


def _mixed(position: int) -> Fault:
    return Fault(
        position=position,
        at=position,
        message="ends otherwise than the lines before: the file mixes line ends. "
        "Save it again from the program that made it.",
    )


def _text_faults(text: bytes) -> Iterator[Fault]:
    nul = text.find(b"\0")
    if nul >= 0:
        yield Fault(
            position=nul,
            at=nul,
            message="holds a NUL byte, so the file is not plain text, or is encoded as UTF-16 "
            f"without its mark (state encoding = utf-16-le in a feed). {AS_UTF8}",
        )
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        yield Fault(
            position=error.start,
            at=error.start,
            message=not_utf8(text[error.start]),
            refusal=UnclearFile,
        )


def _line_end_faults(text: bytes, array: Bytes, inside: Mask | None) -> Iterator[Fault]:
    if b"\r" not in text:
        return
    returns = np.flatnonzero(array == _RETURN)
    outside = returns if inside is None else returns[~inside[returns]]
    if len(outside):
        position = int(outside[0])
        yield Fault(
            position=position,
            at=position,
            message="holds a carriage return that ends no line: the file mixes line ends. "
            "Save it again from the program that made it.",
        )


def _quote_faults(text: bytes, array: Bytes, delimiter: int) -> Iterator[Fault]:
    """A mark must open a field, close it, or be doubled inside it."""
    if b'"' not in text:
        return
    marks = np.flatnonzero(array == _QUOTE)
    opening, closing = marks[0::2], marks[1::2]
    neighbours = np.array([delimiter, _NEWLINE, _QUOTE], np.uint8)
    before = array[opening - 1]  # the first byte looks at the last one, a newline
    stray = opening[~np.isin(before, neighbours)]
    if len(stray):
        yield Fault(
            position=int(stray[0]),
            at=int(stray[0]),
            message="has a quotation mark in the middle of a field. Put the whole field in "
            "quotation marks and write the mark inside it twice.",
        )
    # The byte after the last one is never looked at: a block ends with a newline.
    loose = np.flatnonzero(~np.isin(array[np.minimum(closing + 1, len(array) - 1)], neighbours))
    if len(loose):
        yield _open(position=int(closing[loose[0]]), at=int(opening[loose[0]]))
    elif len(opening) > len(closing):
        yield _open(position=len(array), at=int(opening[-1]))


def _open(*, position: int, at: int) -> Fault:
    return Fault(
        position=position,
        at=at,
        message="opens a quotation mark that is not closed at the end of its field. Close it, "
        "and write a mark inside a field twice.",
    )


def _length_faults(records: Records, size: int) -> Iterator[Fault]:
    starts, ends = records.starts, records.ends
    unfinished = int(ends[-1]) if len(ends) else 0
    over = np.flatnonzero(ends - starts > LONGEST_RECORD)
    if len(over):
        start = int(starts[over[0]])
    elif size - unfinished > LONGEST_RECORD:
        start = unfinished
    else:
        return
    yield Fault(
        position=start + LONGEST_RECORD,
        at=start,
        message=f"is longer than {LONGEST_RECORD:,} characters. A quotation mark that is never "
        "closed or a wrong line end can be the cause.",
    )


def _raise_first(faults: list[Fault], text: bytes, first_line: int) -> None:
    first = min(faults, key=lambda fault: fault.position)
    line = first_line + text.count(b"\n", 0, first.at)
    raise first.refusal(f"Line {line} {first.message}")
