"""Where the table of a file ends, as its feed states it, and which of its rows are no data.

What stands behind the end is not read; its rows are counted, so that every row is accounted for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from health.files.blocks import Block, RawRows
from health.files.csv_bytes import are_blank, find_records
from health.files.csv_table import CsvBlock
from health.files.feeds.cells import trimmed
from health.files.feeds.feed import Source


@dataclass
class TableEnd:
    """Hands on the blocks of a table up to its end; ``ignored`` rows stand behind it."""

    source: Source
    ignored: int = 0
    ended_at: int | None = None

    def blocks(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks before the end, the last one cut."""
        if not self.source.ends_at_blank_line and not self.source.ends_at:
            yield from blocks
            return
        has_rows = False
        for block in blocks:
            if self.ended_at is not None:
                self.ignored += _filled(block)
            elif isinstance(block, CsvBlock):
                before, has_rows = self._cut_csv(block, has_rows)
                if before is not None:
                    yield before
            else:
                before_rows, has_rows = self._cut_rows(block.read(), has_rows)
                yield _Read(rows=before_rows)

    def _cut_csv(self, block: CsvBlock, has_rows: bool) -> tuple[Block | None, bool]:
        dialect = block.dialect
        text, records = find_records(
            block.data,
            line_end=dialect.line_end,
            delimiter=dialect.delimiter,
            first_line=block.first_line,
        )
        blank = are_blank(text, records, dialect.delimiter)
        ends = np.isin(records.starts, _beginnings(text, dialect.delimiter, self.source.ends_at))
        if self.source.ends_at_blank_line:
            ends |= blank & (np.logical_or.accumulate(~blank) | has_rows)
        has_rows = has_rows or not blank.all()
        if not ends.any():
            return block, has_rows
        at = int(ends.argmax())
        self.ended_at = int(records.lines[at])
        self.ignored += int((~blank[at:]).sum())
        start = int(records.starts[at])
        if not start:
            return None, has_rows
        dialect = replace(dialect, line_end=b"\n")  # as find_records made them
        return replace(block, data=text[:start], dialect=dialect), has_rows

    def _cut_rows(self, rows: RawRows, has_rows: bool) -> tuple[RawRows, bool]:
        first = first_filled(rows)
        ends = begins_with(first, self.source.ends_at)
        blank = first.is_null()
        if self.source.ends_at_blank_line:
            lines = pl.int_range(rows.lines.len(), eager=True)
            filled = (~blank).arg_true()
            start = -1 if has_rows else (filled[0] if filled.len() else rows.lines.len())
            ends |= blank & (lines > start)
        has_rows = has_rows or not bool(blank.all())
        if not ends.any():
            return rows, has_rows
        at = int(ends.arg_true()[0])
        self.ended_at = int(rows.lines[at])
        self.ignored += int((~blank).slice(at).sum())
        return replace(rows, lines=rows.lines.head(at), cells=rows.cells.head(at)), has_rows


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A block that was read already."""

    rows: RawRows

    def read(self) -> RawRows:
        return self.rows


def first_filled(rows: RawRows) -> pl.Series:
    """The first cell of each row that is not empty; null where there is none."""
    cells = [trimmed(column) for column in rows.cells.get_columns()]
    return pl.select(pl.coalesce(cells)).to_series() if cells else pl.Series(dtype=pl.String)


def begins_with(texts: pl.Series, beginnings: Iterable[str]) -> pl.Series:
    """Which texts begin with one of these words, whatever the case."""
    found = pl.repeat(False, texts.len(), dtype=pl.Boolean, eager=True)
    lower = texts.fill_null("").str.to_lowercase()
    for beginning in beginnings:
        found |= lower.str.starts_with(beginning.strip().lower())
    return found


def _beginnings(text: bytes, delimiter: bytes, words: Iterable[str]) -> list[int]:
    """Where lines of a CSV begin with one of these words."""
    written = {
        re.escape(form.encode())
        for word in map(str.strip, words)
        for form in (word, word.lower(), word.upper())
    }
    if not written:
        return []
    pattern = b'(?im)^[ \t"' + re.escape(delimiter) + b"]*(?:" + b"|".join(sorted(written)) + b")"
    return [match.start() for match in re.finditer(pattern, text)]


def _filled(block: Block) -> int:
    """How many rows of a block hold anything."""
    rows = block.read()
    return int(first_filled(rows).is_not_null().sum()) + rows.misfit_count
