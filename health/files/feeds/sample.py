"""The first rows of an unknown file, and where its table seems to begin and to end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl

from health import formatting
from health.errors import UnreadableFile
from health.files.blocks import Block, OpenedFile, RawRows
from health.files.feeds.cells import trimmed
from health.files.feeds.feed import Source, distinct_names
from health.files.feeds.table_end import TableEnd, first_filled
from health.files.opening import open_file
from health.files.placeholders import TOTALS, plain
from health.files.sources import MAXIMUM_BYTES, open_source
from health.files.stated import Stated

MOST_ROWS: Final = 200_000
"""Rows that are looked at; more would not decide what these leave open."""

_FOOTER: Final = 5
"""Rows below a blank line that are a footer, however short the table is."""

_GUESSED: Final = "cp1252"
"""How text that is not UTF-8 is likely encoded."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The first rows of a file by the names of its columns (String, nulls for empty cells).

    above: what stands above the header, in sentences.
    evidence: by key of a feed's TOML, sentences.
    """

    names: tuple[str, ...]
    cells: pl.DataFrame
    source: Source
    above: tuple[str, ...] = ()
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)


def sample(
    source: Path | bytes, *, sheet: str | None = None, max_bytes: int = MAXIMUM_BYTES
) -> Sample:
    """Look at a file; raises :class:`UnreadableFile` where it holds no table at all."""
    way = Stated(sheet=sheet)
    evidence: dict[str, tuple[str, ...]] = {}
    try:
        opened = _opened(source, way, max_bytes)
    except UnreadableFile as refused:
        way = replace(way, encoding=_GUESSED)
        try:
            opened = _opened(source, way, max_bytes)
        except UnreadableFile:
            raise refused from None
        evidence["file.encoding"] = (
            f"{refused.message.split('. ')[0]}. As Windows-1252 it can be read.",
        )
    above, rows = opened.notes, opened.rows
    names = distinct_names(opened.header)
    stated = Source(
        sheet=sheet,
        encoding=way.encoding,
        header_line=opened.line if above else None,
    )
    if above:
        evidence["file.header_line"] = above
    end = TableEnd(Source(ends_at_blank_line=True))
    before = _opened(source, way, max_bytes, end).rows
    if end.ended_at is not None and 0 < end.ignored <= max(_FOOTER, before.lines.len()):
        stated = replace(stated, ends_at_blank_line=True)
        evidence["file.ends_at_blank_line"] = (
            f"Line {formatting.number(end.ended_at)} is blank, and "
            f"{formatting.count(end.ignored, 'row')} below it {_is(end.ignored)} no part of the "
            "table.",
        )
        rows = before
    total = _total(rows)
    if total is not None:
        stated = replace(stated, left_out=(total,))
        evidence["file.left_out"] = (f"A row begins with “{total}”: it is a sum, and no data.",)
        first = first_filled(rows).fill_null("")
        rows = _kept(rows, ~first.str.to_lowercase().str.starts_with(total.lower()))
    return Sample(
        names=names,
        cells=rows.cells.rename(dict(zip(rows.cells.columns, names, strict=True))),
        source=stated,
        above=above,
        evidence=evidence,
    )


@dataclass(frozen=True, kw_only=True)
class _Opened:
    header: tuple[str, ...]
    line: int
    notes: tuple[str, ...]
    rows: RawRows


def _opened(
    source: Path | bytes, way: Stated, max_bytes: int, end: TableEnd | None = None
) -> _Opened:
    with open_source(source, maximum=max_bytes) as intake:
        table = open_file(intake, stated=way)
        blocks = end.blocks(table.blocks) if end else table.blocks
        return _Opened(
            header=table.header,
            line=table.header_line,
            notes=table.notes,
            rows=_rows(table, blocks),
        )


def _rows(table: OpenedFile, blocks: Iterable[Block]) -> RawRows:
    """The first rows, trimmed, without those that hold nothing."""
    parts: list[RawRows] = []
    for block in blocks:
        parts.append(block.read())
        if sum(part.lines.len() for part in parts) >= MOST_ROWS:
            break
    schema = {str(place): pl.String() for place in range(len(table.header))}
    cells = pl.concat(
        [
            pl.DataFrame(schema=schema),
            *(part.cells.select(pl.all().cast(pl.String)) for part in parts),
        ]
    )
    cells = pl.DataFrame([trimmed(column) for column in cells])
    lines = pl.concat([pl.Series("line", [], dtype=pl.Int64), *(part.lines for part in parts)])
    rows = RawRows(
        lines=lines,
        cells=cells,
        is_trimmed=True,
        misfit_count=sum(part.misfit_count for part in parts),
    )
    if not cells.width:
        return rows
    return _kept(rows, cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series())


def _total(rows: RawRows) -> str | None:
    """What a row of totals begins with, if there is one."""
    first = first_filled(rows).drop_nulls()
    for text in first.tail(3):
        if plain(text) in TOTALS or plain(text.split()[0]) in TOTALS:
            return str(text).split(":")[0]
    return None


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _kept(rows: RawRows, kept: pl.Series) -> RawRows:
    return replace(rows, lines=rows.lines.filter(kept), cells=rows.cells.filter(kept))
