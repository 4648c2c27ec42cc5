"""Rows of text become typed rows and rejects, by the rules of the columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from health.files.blocks import RawRows
from health.files.cell_hints import accepted
from health.files.file_columns import PERCENTAGE, FileColumn
from health.files.formulas import restore
from health.files.headers import Header
from health.files.mis_encoded import mis_encoded
from health.files.placeholders import NO_VALUE_PATTERN
from health.files.reasons import REJECTS, RejectReason, rejects_of
from health.files.rules import Text
from health.vocabulary import FileKind, MetricType, Unit

_PERCENTAGES: Final = [metric.value for metric in MetricType if metric.unit is Unit.PERCENT]

MIS_ENCODED: Final = {"line": pl.Int64(), "text": pl.String()}
"""The columns of the texts that look decoded twice."""

_BY_LABEL: Final = {reason.label: reason for reason in RejectReason}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of some rows: those accepted, and why the others were not.

    ``rejects`` may hold several entries for a row; ``counts`` has the number of entries of each
    reason and ``rejected_rows`` the number of rows, both exact even where entries were left out.
    ``no_value`` counts the words that were read as an empty cell, by column and word;
    ``mis_encoded`` has ``line`` and ``text`` of what looks decoded twice.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    rejected_rows: int
    counts: dict[RejectReason, int]
    no_value: dict[tuple[str, str], int] = field(default_factory=dict)
    mis_encoded: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MIS_ENCODED))


def check(block: RawRows, header: Header) -> Checked:
    """Hold each cell against the rule of its column.

    Blanks around a cell do not count. A row with nothing in any cell is no row and is left out.
    """
    lines, cells = _filled(block)
    values: dict[str, pl.Series] = {"line": lines}
    entries: list[pl.DataFrame] = []
    no_value: dict[tuple[str, str], int] = {}
    for place in (*header.places, *header.unnamed):
        column, text = place.column, cells[place.position]
        if header.has_rejected_rows:
            text = _trimmed(restore(text))
        typed = column.rule.typed(text)
        refused = typed.is_null() & text.is_not_null()
        if refused.any() and place in header.places and not column.required:
            words = text.filter(refused & text.str.contains(NO_VALUE_PATTERN))
            no_value |= {(column.header, word): n for word, n in words.value_counts().rows()}
            refused &= ~text.is_in(words.unique().implode())
        entries += _refused(column, lines, text, refused)
        if place in header.places:
            values[column.name] = typed.rename(column.name)
    rows = pl.DataFrame(values)
    entries += _above_100(rows)
    checked = _separate(rows, entries, block)
    return replace(checked, no_value=no_value, mis_encoded=_mis_encoded(rows, header))


def _mis_encoded(rows: pl.DataFrame, header: Header) -> pl.DataFrame:
    """The texts about clients that look decoded twice."""
    found = [pl.DataFrame(schema=MIS_ENCODED)]
    if header.shape.kind is FileKind.ORGANIZATIONS:
        for place in header.places:
            if isinstance(place.column.rule, Text):
                texts = rows.select("line", text=place.column.name)
                found.append(texts.filter(mis_encoded(texts["text"])))
    return pl.concat(found)


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
    column: FileColumn, lines: pl.Series, text: pl.Series, refused: pl.Series
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
    if not refused.any():
        return
    frame = pl.DataFrame({"line": lines, "value": text}).filter(refused)
    frame = frame.with_columns(reason=column.rule.reason(pl.col("value")))
    for (reason,), group in frame.group_by("reason", maintain_order=True):
        why = RejectReason[str(reason)]
        yield rejects_of(
            why,
            column=column.header,
            lines=group["line"],
            values=group["value"],
            accepted=accepted(why, group["value"]),
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
