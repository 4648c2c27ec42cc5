"""The table of a source as the contract's table, block by block.

A row of the source is accepted or rejected whole, by the rules of the contract's columns in
:mod:`health.files.checking`. What the source has more of, such as days beside each other, becomes
rows only behind that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Protocol

import polars as pl

from health.errors import FeedChanged
from health.files.blocks import RawRows
from health.files.checking import Checked, check
from health.files.feeds import notation
from health.files.feeds.cells import Cell, cell, header_of, rows_of, trimmed, written
from health.files.feeds.columns import Places
from health.files.feeds.feed import CLIENT, Feed, FeedKind, shape_of
from health.files.feeds.notation import Texts
from health.files.file_columns import PERCENTAGE, FileColumn
from health.files.rules import Integer
from health.vocabulary import MetricType, Unit

_PERCENTAGES: Final = [metric.value for metric in MetricType if metric.unit is Unit.PERCENT]


class Table(Protocol):
    """A source's table as the contract's."""

    columns: tuple[str, ...]
    schema: dict[str, pl.DataType]

    def check(self, rows: RawRows) -> tuple[Checked, int]:
        """The rows held against the rules, and how many of the others count for nothing."""
        ...

    def joined(self, blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The accepted rows of all blocks as one frame of ``schema``."""
        ...


class Records:
    """Clients, features, and usage in long or wide rows: a row of the source is a row of ours."""

    def __init__(self, feed: Feed, places: Places, today: date, identify: Texts) -> None:
        """Prepare to read rows whose columns stand in ``places``."""
        shape = shape_of(feed.kind, today)
        by_target = {column.target: column.source for column in feed.columns}
        self._cells: list[Cell] = []
        for column in shape.columns:
            if column.header in feed.constants:
                self._cells.append(Cell(column=column, constant=feed.constants[column.header]))
            elif column.header in by_target:
                self._cells.append(cell(feed, places, by_target[column.header], column))
        self._header = header_of(shape, self._cells)
        self._identify = identify
        self._feed = feed
        self.columns = self._header.columns
        self.schema = self._header.schema

    def check(self, rows: RawRows) -> tuple[Checked, int]:
        """The rows held against the rules; those with nothing in what is read count for nothing."""
        ours = rows_of(rows, self._cells)
        if self._feed.kind is FeedKind.USAGE_LONG:
            ours = self._with_percentages(rows, ours)
        return check(ours, self._header), rows.lines.len() - ours.lines.len()

    def joined(self, blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """All rows in the order of the file."""
        return identified(pl.concat([pl.DataFrame(schema=self.schema), *blocks]), self._identify)

    def _with_percentages(self, rows: RawRows, ours: RawRows) -> RawRows:
        """Values as percentages where the metric of their row is one."""
        at = {each.column.header: str(place) for place, each in enumerate(self._cells)}
        metric = ours.cells[at["metric_type"]].str.to_uppercase().str.replace_all(r"[\s\-]+", "_")
        is_rate = metric.is_in(_PERCENTAGES)
        if not is_rate.any():
            return ours
        value = next(each for each in self._cells if each.column.header == "value")
        plain = Cell(column=value.column, place=value.place, steps=value.steps[:-1])
        texts = plain.read(rows.cells).filter(rows.lines.is_in(ours.lines.implode()))
        rates = notation.percentages(self._feed.notation)(texts)
        name = at["value"]
        made = pl.select(pl.when(is_rate).then(rates).otherwise(ours.cells[name]).alias(name))
        return RawRows(
            lines=ours.lines,
            cells=ours.cells.with_columns(made.to_series()),
            is_trimmed=True,
            misfits=ours.misfits,
            misfit_count=ours.misfit_count,
        )


class Days:
    """Usage of one metric with a column for each day; an empty cell is no value."""

    def __init__(self, feed: Feed, places: Places, today: date, identify: Texts) -> None:
        """Prepare to read rows whose days stand in ``places``."""
        assert feed.metric is not None
        shape = shape_of(feed.kind, today)
        client, _, day, _ = shape.columns
        _refuse_days(places.days, day)
        source = next(column.source for column in feed.columns if column.target == CLIENT)
        rule = PERCENTAGE if feed.metric.unit is Unit.PERCENT else Integer()
        steps = (trimmed, notation.without(feed.notation.no_value), *written(feed, rule))
        self._cells = [
            cell(feed, places, source, client),
            *(
                Cell(
                    column=FileColumn(header=iso, name=iso, rule=rule, required=False),
                    place=place,
                    steps=steps,
                )
                for iso, place in places.days.items()
            ),
        ]
        self._header = header_of(shape, self._cells)
        self._metric = feed.metric
        self._identify = identify
        self.columns = tuple(column.header for column in shape.columns)
        self.schema = {"line": pl.Int64(), **{c.name: c.rule.dtype for c in shape.columns}}

    def check(self, rows: RawRows) -> tuple[Checked, int]:
        """The rows held against the rules, a row for each client as in the source."""
        ours = rows_of(rows, self._cells)
        return check(ours, self._header), rows.lines.len() - ours.lines.len()

    def joined(self, blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """A row for each value, in the order of the file."""
        rows = pl.concat([pl.DataFrame(schema=self._header.schema), *blocks])
        long = rows.unpivot(
            index=["line", CLIENT], variable_name="date", value_name="value"
        ).drop_nulls("value")
        long = long.with_columns(
            pl.lit(self._metric.value).alias("metric"), pl.col("date").str.to_date("%Y-%m-%d")
        ).sort("line", "date")
        return identified(long.select(*self.schema).cast(pl.Schema(self.schema)), self._identify)


def identified(rows: pl.DataFrame, identify: Texts) -> pl.DataFrame:
    """Rows with the id of each client in place of what the source calls it."""
    return rows.with_columns(identify(rows[CLIENT]).alias(CLIENT))


def _refuse_days(days: Mapping[str, int], day: FileColumn) -> None:
    """Raise :class:`FeedChanged` for a column of a day that no value can have."""
    texts = pl.Series(list(days), dtype=pl.String)
    refused = texts.filter(day.rule.typed(texts).is_null())
    if refused.len():
        raise FeedChanged(f"The column of {refused[0]} is later than tomorrow, or no day.")
