"""JSON lines as a table: an object a line, its keys the columns.

The columns are the keys of the first lines. A later line with another key refuses the file: it
would be left out in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from health.errors import UnreadableFile
from health.files.blocks import OpenedFile, RawRows
from health.files.csv_bytes import LONGEST_RECORD
from health.files.headers import MOST_COLUMNS, too_many_columns
from health.files.quoting import quoted
from health.files.sources import SAVE_AS, Stream

Objects = list[dict[str, Any]]

_WORDS: Final = {True: "true", False: "false"}


@dataclass(frozen=True, kw_only=True)
class JsonBlock:
    """Whole lines as bytes, and the number of the first one."""

    data: bytes
    first_line: int
    columns: tuple[str, ...]

    def read(self) -> RawRows:
        """The objects as columns of text; raises UnreadableFile naming the line at fault."""
        lines, objects = _objects(self.data, self.first_line)
        known = set(self.columns)
        for line, each in zip(lines, objects, strict=True):
            if not known.issuperset(each):
                name = next(key for key in each if key not in known)
                raise UnreadableFile(
                    f"Line {line} has the key {quoted(name)}, which none of the first lines has. "
                    "Give each line the same keys."
                )
        columns = [
            pl.Series(str(place), _texts(name, lines, objects), dtype=pl.String)
            for place, name in enumerate(self.columns)
        ]
        return RawRows(lines=pl.Series("line", lines, dtype=pl.Int64), cells=pl.DataFrame(columns))


def open_json_lines(head: bytes, stream: Stream, *, block_bytes: int) -> OpenedFile:
    """The lines of a file that begins with ``head``, of which ``stream`` gives the rest."""
    lines = head.rpartition(b"\n")[0] if len(head) > LONGEST_RECORD else head
    _, objects = _objects(lines, 1)
    columns = tuple(dict.fromkeys(key for each in objects for key in each))
    if len(columns) > MOST_COLUMNS:
        raise too_many_columns(len(columns))
    return OpenedFile(header=columns, blocks=_blocks(head, stream, columns, block_bytes))


def _blocks(
    head: bytes, stream: Stream, columns: tuple[str, ...], block_bytes: int
) -> Iterator[JsonBlock]:
    line, data = 1, head
    while True:
        end = data.rfind(b"\n") + 1
        whole, data = data[:end], data[end:]
        if whole:
            yield JsonBlock(data=whole, first_line=line, columns=columns)
            line += whole.count(b"\n")
        if len(data) > LONGEST_RECORD:
            raise UnreadableFile(f"Line {line} is longer than {LONGEST_RECORD:,} characters.")
        chunk = stream.read(block_bytes)
        if not chunk:
            break
        data += chunk
    if data:
        yield JsonBlock(data=data, first_line=line, columns=columns)


def _objects(data: bytes, first_line: int) -> tuple[list[int], Objects]:
    """The objects and the lines they stand on; numbers stay the text they are."""
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object
    )
    lines, objects = [], []
    for line, raw in enumerate(data.split(b"\n"), start=first_line):
        text = raw.strip()
        if not text:
            continue
        try:
            found = decoder.decode(text.decode())
        except (ValueError, RecursionError) as error:
            raise _refused(line, str(error)) from error
        if not isinstance(found, dict):
            raise _refused(line, "it is no object")
        lines.append(line)
        objects.append(found)
    return lines, objects


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _texts(name: str, lines: list[int], objects: Objects) -> list[str | None]:
    """The values of a key as text; raises UnreadableFile where one is a list or an object."""
    values = [each.get(name) for each in objects]
    for place, value in enumerate(values):
        if isinstance(value, bool):
            values[place] = _WORDS[value]
        elif value is not None and not isinstance(value, str):
            raise UnreadableFile(
                f"Line {lines[place]} has a list or an object under {quoted(name)}. Write one "
                "value under each key."
            )
    return values


def _refused(line: int, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"By its content the file is JSON, but line {line} is not an object on a line of its own "
        f"({why}). Write a row a line, such as "
        f'{{"organization_id": "ORG-1", "name": "Northwind"}}. {SAVE_AS}'
    )
