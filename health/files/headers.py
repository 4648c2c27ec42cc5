"""The header of a file: which kind of file it announces, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from health.errors import UnreadableFile
from health.files.file_columns import WHAT_IS_WRONG, FileColumn, Shape, shapes, squeeze
from health.files.header_refusals import TITLE, doubled, lacking, refused, renames_for, unknown
from health.files.rules import Nothing

MOST_COLUMNS: Final = 500
"""The most columns of a file that is looked at; the contract knows far fewer."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a column of the contract stands in a file: ``position`` counts from 0."""

    position: int
    column: FileColumn


@dataclass(frozen=True, kw_only=True)
class Header:
    """A header that was understood: the shape of the file, and its columns in contract order.

    ``has_rejected_rows``: the file is one of rejected rows, whose formulas were neutralized.
    """

    shape: Shape
    places: tuple[Place, ...]
    unnamed: tuple[Place, ...]
    has_rejected_rows: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's names of the columns that are read."""
        return tuple(place.column.header for place in self.places)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns and types of the accepted rows."""
        typed = {place.column.name: place.column.rule.dtype for place in self.places}
        return {"line": pl.Int64(), **typed}


_UNNAMED: Final = FileColumn(header="", name="", rule=Nothing(), required=False)

_KNOWN: Final = frozenset(squeeze(name) for shape in shapes(date.min) for name in shape.headers)


def read_header(names: Sequence[str], known: Sequence[Shape]) -> Header:
    """The header with these cells, or :class:`UnreadableFile` saying what is wrong with it."""
    if len(names) > MOST_COLUMNS:
        raise too_many_columns(len(names))
    last = max((place for place, name in enumerate(names) if name.strip()), default=-1)
    named = {squeeze(name): place for place, name in enumerate(names[: last + 1])}
    if len(named) <= last:
        raise refused(doubled(names[: last + 1]))
    shape = min(known, key=lambda shape: _distance(shape, named))
    if shape.missing(named):
        likely = min(known, key=lambda shape: _distance(shape, _meant(shape, names[: last + 1])))
        raise refused(lacking(likely, names[: last + 1]))
    if not shape.keys.issuperset(named):
        raise refused(unknown(shape, names[: last + 1]))
    return Header(
        shape=shape,
        places=tuple(
            Place(position=named[squeeze(column.header)], column=column)
            for column in shape.columns
            if squeeze(column.header) in named
        ),
        unnamed=tuple(
            Place(position=place, column=_UNNAMED) for place in range(last + 1, len(names))
        ),
        has_rejected_rows=squeeze(WHAT_IS_WRONG) in named,
    )


def too_many_columns(count: int) -> UnreadableFile:
    """The refusal of a header with ``count`` columns."""
    said = f"The header has {count:,} columns; at most {MOST_COLUMNS} are read."
    return UnreadableFile(said, title=TITLE)


def count_known(names: Iterable[str]) -> int:
    """How many of these header cells the contract knows, in whatever kind of file."""
    return len({squeeze(name) for name in names} & _KNOWN)


def _distance(shape: Shape, named: Iterable[str]) -> tuple[bool, int, int]:
    """Orders shapes by how well they fit: whole ones first, then by columns in common."""
    common = len(set(named) & shape.keys)
    lacks = shape.missing(named)
    return bool(lacks), -common, len(lacks)


def _meant(shape: Shape, names: Sequence[str]) -> set[str]:
    """The columns of a header, as they are called and as they may be meant."""
    meant = {squeeze(ours) for ours in renames_for(shape, names).values()}
    return meant | {squeeze(name) for name in names}
