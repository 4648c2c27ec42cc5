"""Events, one a row, counted per client and day.

Each block is counted by itself, so that what is joined in the end is small; different values are
kept once for each client and day until then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from health.errors import UnreadableFile
from health.files.blocks import RawRows
from health.files.checking import Checked, check
from health.files.feeds.cells import Cell, cell, header_of, rows_of, trimmed
from health.files.feeds.columns import Places
from health.files.feeds.feed import CLIENT, Condition, Count, Counted, Feed, shape_of
from health.files.feeds.notation import Texts, without
from health.files.feeds.tables import identified
from health.files.file_columns import FileColumn
from health.files.rules import Integer, Rule
from health.vocabulary import MAXIMUM_VALUE

_NO_LINE: Final = 0
"""Stands for the line of a client without an event."""

_PART: Final = ("line", CLIENT, "date", "amount", "word")


class _Anything(Rule):
    """Any text, to be told apart from others."""

    dtype = pl.String()

    def typed(self, cells: pl.Series) -> pl.Series:
        """The text itself."""
        return cells

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """Never asked for, as nothing is refused."""
        return cell


class Events:
    """The events of a source, as usage in long rows."""

    def __init__(
        self,
        feed: Feed,
        places: Places,
        today: date,
        identify: Texts,
        clients: Sequence[str] = (),
    ) -> None:
        """Prepare to count events whose columns stand in ``places``.

        clients: those on file, where each of them counts as 0 without an event.
        """
        shape = shape_of(feed.kind, today)
        client, metric, day, _ = shape.columns
        source = next(column.source for column in feed.columns if column.target == CLIENT)
        self._counts = feed.counts
        self._metric = metric.rule.dtype
        self._places = places
        self._no_value = without(feed.notation.no_value)
        self._identify = identify
        self._clients = clients
        self._cells: list[list[Cell]] = []
        for count in feed.counts:
            cells = [
                cell(feed, places, source, client),
                cell(feed, places, count.day, replace(day, header=count.day)),
            ]
            if count.of is not None:
                rule = Integer() if count.what is Counted.SUM else _Anything()
                column = FileColumn(header=count.of, name="counted", rule=rule, required=False)
                cells.append(cell(feed, places, count.of, column))
            self._cells.append(cells)
        self._headers = [header_of(shape, cells) for cells in self._cells]
        self.columns = tuple(column.header for column in shape.columns)
        self.schema = {"line": pl.Int64(), **{c.name: c.rule.dtype for c in shape.columns}}

    def check(self, rows: RawRows) -> tuple[Checked, int]:
        """The events that a condition selects, held against the rules and counted."""
        selected = [self._selected(rows, count) for count in self._counts]
        checks = [
            check(rows_of(chosen, cells), header)
            for chosen, cells, header in zip(selected, self._cells, self._headers, strict=True)
        ]
        used = pl.concat([chosen.lines for chosen in selected]).n_unique() if selected else 0
        rejects = pl.concat([found.rejects for found in checks])
        rejects = rejects.unique(maintain_order=True).sort("line", maintain_order=True)
        bad = rejects["line"].unique()
        parts = [
            _counted(found.rows.filter(~pl.col("line").is_in(bad.implode())), count, self._metric)
            for found, count in zip(checks, self._counts, strict=True)
        ]
        counts = dict(rejects["reason"].value_counts().rows())
        return (
            Checked(
                rows=pl.concat(parts),
                rejects=pl.concat([rejects, rows.misfits]).sort("line", maintain_order=True)
                if rows.misfit_count
                else rejects,
                rejected_rows=len(bad) + rows.misfit_count,
                no_value=dict(sum((Counter(found.no_value) for found in checks), Counter())),
                mis_encoded=pl.concat([found.mis_encoded for found in checks]),
                counts={
                    reason: counts.get(reason.label, number)
                    for found in checks
                    for reason, number in found.counts.items()
                },
            ),
            rows.lines.len() - used,
        )

    def joined(self, blocks: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """A row for each client, day and metric; its line is that of the first event."""
        if not blocks:
            return pl.DataFrame(schema=self.schema)
        parts = identified(pl.concat(blocks), self._identify)
        key = [CLIENT, "metric", "date"]
        distinct = [count.metric.value for count in self._counts if count.what is Counted.DISTINCT]
        is_distinct = pl.col("metric").cast(pl.String).is_in(distinct)
        first = pl.col("line").min()
        sums = parts.filter(~is_distinct).group_by(key).agg(first, pl.col("amount").sum())
        words = (
            parts.filter(is_distinct)
            .group_by(key)
            .agg(first, pl.col("word").n_unique().cast(pl.Int64).alias("amount"))
        )
        rows = pl.concat([sums, words]).rename({"amount": "value"})
        rows = self._with_zeros(rows).sort("line", *key)
        if (rows["value"] > MAXIMUM_VALUE).any():
            raise UnreadableFile(f"A day adds up to more than {MAXIMUM_VALUE:,}.")
        return rows.select(*self.schema)

    def _with_zeros(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows, and a 0 for each client and day without one where that is stated."""
        metrics = [count.metric.value for count in self._counts if count.every_client]
        if not metrics or not self._clients or rows.is_empty():
            return rows
        days = rows.select(pl.date_range(pl.col("date").min(), pl.col("date").max()).alias("date"))
        zeros = (
            pl.DataFrame({CLIENT: self._clients}, schema={CLIENT: pl.String()})
            .join(pl.DataFrame({"metric": pl.Series(metrics, dtype=self._metric)}), how="cross")
            .join(days, how="cross")
            .join(rows, on=[CLIENT, "metric", "date"], how="anti")
            .with_columns(line=pl.lit(_NO_LINE, pl.Int64), value=pl.lit(0, pl.Int64))
        )
        return pl.concat([rows, zeros.select(rows.columns)])

    def _selected(self, rows: RawRows, count: Count) -> RawRows:
        """The rows that the conditions of a count select, without the misfits."""
        chosen = pl.repeat(True, rows.lines.len(), dtype=pl.Boolean, eager=True)
        for condition in count.where:
            cells = rows.cells.to_series(self._places.columns[condition.column])
            chosen &= _fulfils(self._no_value(trimmed(cells)), condition)
        if chosen.all():
            return RawRows(lines=rows.lines, cells=rows.cells)
        return RawRows(lines=rows.lines.filter(chosen), cells=rows.cells.filter(chosen))


def _fulfils(cells: pl.Series, condition: Condition) -> pl.Series:
    words = [" ".join(word.split()).lower() for word in condition.words]
    found = cells.fill_null("").str.to_lowercase().is_in(words)
    return ~found if condition.negated else found


def _counted(rows: pl.DataFrame, count: Count, metric: pl.DataType) -> pl.DataFrame:
    """What a block says of one count; different values are not yet counted."""
    key = [CLIENT, "date"]
    first = pl.col("line").min()
    if count.what is Counted.DISTINCT:
        made = rows.drop_nulls("counted").group_by(*key, "counted").agg(first)
        made = made.with_columns(amount=pl.lit(1, pl.Int64)).rename({"counted": "word"})
    else:
        amount = pl.len() if count.what is Counted.ROWS else pl.col("counted").sum()
        made = rows.group_by(key).agg(first, amount.cast(pl.Int64).alias("amount"))
        made = made.with_columns(word=pl.lit(None, pl.String))
    return made.select(*_PART, pl.lit(count.metric.value).cast(metric).alias("metric"))
