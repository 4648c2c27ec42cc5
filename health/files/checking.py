"""Rows of text become typed rows and rejects, by the rules of the columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from health.files.blocks import RawRows
from health.files.file_columns import PERCENTAGE, FileColumn
from health.files.formulas import restore
from health.files.headers import Header
from health.files.reasons import REJECTS, RejectReason, rejects_of
from health.vocabulary import MetricType, Unit

_PERCENTAGES: Final = [metric.value for metric in MetricType if metric.unit is Unit.PERCENT]

_BY_LABEL: Final = {reason.label: reason for reason in RejectReason}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of some rows: those accepted, and why the others were not.

    ``rejects`` may hold several entries for a row; ``counts`` has the number of entries of each
    reason and ``rejected_rows`` the number of rows, both exact even where entries were left out.
    ``notes`` are sentences with {} for a number, and that number.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    rejected_rows: int
    counts: dict[RejectReason, int]
    notes: dict[str, int] = field(default_factory=dict)


def check(block: RawRows, header: Header) -> Checked:
    """Hold each cell against the rule of its column.

    Blanks around a cell do not count. A row with nothing in any cell is no row and is left out.
    """
    lines, cells = _filled(block)
    values: dict[str, pl.Series] = {"line": lines}
    entries: list[pl.DataFrame] = []
    for place in (*header.places, *header.unnamed):
        column, text = place.column, cells[place.position]
        if header.has_rejected_rows:
            text = _trimmed(restore(text))
        typed = column.rule.typed(text)
        entries += _refused(column, lines, text, typed)
        if place in header.places:
            values[column.name] = typed.rename(column.name)
    rows = pl.DataFrame(values)
    entries += _above_100(rows)
    return _separate(rows, entries, block)


def _filled(block: RawRows) -> tuple[pl.Series, list[pl.Series]]:
    """Lines and columns without the blanks around cells, and without rows that hold nothing."""
    columns = block.cells.get_columns()
    if not block.is_trimmed:
        columns = [_trimmed(column) for column in columns]
    if not all(column.null_count() for column in columns):
        return block.lines, columns
    cells = pl.DataFrame(columns)
    some = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    return block.lines.filter(some), cells.filter(some).get_columns()


def _trimmed(cells: pl.Series) -> pl.Series:
    """Text without blanks around it; null where nothing is left."""
    text = cells.str.strip_chars()
    empty = text.str.len_bytes() == 0
    return text.set(empty, None) if empty.any() else text


def _refused(
    column: FileColumn, lines: pl.Series, text: pl.Series, typed: pl.Series
) -> Iterator[pl.DataFrame]:
    """Rejects for the cells of one column: refused by its rule, or empty where none may be."""
    empty = text.is_null()
    if column.required and empty.any():
        yield rejects_of(
            RejectReason.EMPTY_REQUIRED,
            column=column.header,
            lines=lines.filter(empty),
            values=text.filter(empty),
        )
    refused = typed.is_null() & ~empty
    if not refused.any():
        return
    frame = pl.DataFrame({"line": lines, "value": text}).filter(refused)
    frame = frame.with_columns(reason=column.rule.reason(pl.col("value")))
    for (reason,), group in frame.group_by("reason", maintain_order=True):
        yield rejects_of(
            RejectReason[str(reason)],
            column=column.header,
            lines=group["line"],
            values=group["value"],
        )


def _above_100(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rejects for percentages in long usage rows, where the limit depends on the metric."""
    if "metric" not in rows.columns:
        return
    is_rate = pl.any_horizontal(pl.col("metric") == name for name in _PERCENTAGES)
    above = rows.filter(is_rate & (pl.col("value") > PERCENTAGE.maximum))
    if above.height:
        yield rejects_of(
            PERCENTAGE.above,
            column="value",
            lines=above["line"],
            values=above["value"].cast(pl.String),
        )


def _separate(rows: pl.DataFrame, entries: list[pl.DataFrame], block: RawRows) -> Checked:
    """Rows apart from rejects; the entries of a row stay in the order of the columns."""
    if not entries and not block.misfit_count:
        return Checked(rows=rows, rejects=block.misfits, rejected_rows=0, counts={})
    rejects = pl.concat([pl.DataFrame(schema=REJECTS), *entries])
    bad = rejects["line"].unique()
    counts = {_BY_LABEL[label]: count for label, count in rejects["reason"].value_counts().rows()}
    if block.misfit_count:
        counts[RejectReason.FIELD_COUNT] = block.misfit_count
    return Checked(
        rows=rows.filter(~pl.col("line").is_in(bad.implode())),
        rejects=pl.concat([rejects, block.misfits]).sort("line", maintain_order=True),
        rejected_rows=len(bad) + block.misfit_count,
        counts=counts,
    )
