"""How the text of one of the contract's columns is had from the columns of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from health.files.blocks import RawRows
from health.files.feeds import notation
from health.files.feeds.columns import Places
from health.files.feeds.feed import Feed
from health.files.feeds.notation import Texts
from health.files.file_columns import PERCENTAGE, FileColumn, Shape
from health.files.formulas import restore
from health.files.headers import Header, Place
from health.files.rules import Amount, Day, Integer, Rule


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A column of the contract: from a place of the source, or a constant in every row."""

    column: FileColumn
    place: int | None = None
    constant: str | None = None
    steps: tuple[Texts, ...] = ()

    def read(self, cells: pl.DataFrame) -> pl.Series:
        """The text of the column for some rows of the source."""
        if self.place is None:
            return repeated(self.constant, cells.height)
        return reduce(lambda text, step: step(text), self.steps, cells.to_series(self.place))


def repeated(text: str | None, height: int) -> pl.Series:
    """A column that holds the same text everywhere."""
    return pl.Series([text], dtype=pl.String).new_from_index(0, height)


def cell(feed: Feed, places: Places, source: str, column: FileColumn) -> Cell:
    """How a column of the source is read as one of the contract's."""
    words = next((each.values for each in feed.columns if each.source == source), {})
    steps = [trimmed, notation.without(feed.notation.no_value), notation.translated(words)]
    if places.has_rejected_rows:
        steps.insert(1, restore)
    return Cell(
        column=column,
        place=places.columns[source],
        steps=(*steps, *written(feed, column.rule)),
    )


def written(feed: Feed, rule: Rule) -> tuple[Texts, ...]:
    """How values of a rule are turned into the contract's text."""
    if isinstance(rule, Day):
        return (notation.days(feed.notation),)
    if rule == PERCENTAGE:
        return (notation.percentages(feed.notation),)
    if isinstance(rule, Integer | Amount):
        return (notation.numbers(feed.notation, whole=isinstance(rule, Integer)),)
    return ()


def trimmed(cells: pl.Series) -> pl.Series:
    """Text without blanks around it; null where nothing is left."""
    text = cells.str.strip_chars()
    empty = text.str.len_bytes() == 0
    return text.set(empty, None) if empty.any() else text


def header_of(shape: Shape, cells: Sequence[Cell]) -> Header:
    """The header of a table that holds these cells in this order."""
    return Header(
        shape=shape,
        places=tuple(Place(position=at, column=each.column) for at, each in enumerate(cells)),
        unnamed=(),
    )


def rows_of(rows: RawRows, cells: Sequence[Cell]) -> RawRows:
    """Rows of the source as rows with these cells; those with nothing in them are left out."""
    columns = [each.read(rows.cells).alias(str(at)) for at, each in enumerate(cells)]
    read = [str(at) for at, each in enumerate(cells) if each.place is not None]
    frame = pl.DataFrame(columns)
    lines = rows.lines
    if all(frame[name].null_count() for name in read):
        some = frame.select(pl.any_horizontal(pl.col(read).is_not_null())).to_series()
        frame, lines = frame.filter(some), lines.filter(some)
    return RawRows(
        lines=lines,
        cells=frame,
        is_trimmed=True,
        misfits=rows.misfits,
        misfit_count=rows.misfit_count,
    )
