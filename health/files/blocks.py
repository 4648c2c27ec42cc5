"""What every reader hands over: a header, and runs of rows as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from health.files.reasons import REJECTS


@dataclass(frozen=True, kw_only=True)
class RawRows:
    """Some rows of a file as text, not yet looked at.

    Attributes:
        lines: The line of each row (Int64).
        cells: One String column per column of the file, in its order.
        is_trimmed: No cell has blanks around it or is an empty string.
        misfits: Rejects (columns of ``REJECTS``) for records that cannot be put into columns; maybe
            cut short.
        misfit_count: How many such records there are.
    """

    lines: pl.Series
    cells: pl.DataFrame
    is_trimmed: bool = False
    misfits: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    misfit_count: int = 0


class Block(Protocol):
    """A piece of a file that can be read on its own, in any thread."""

    def read(self) -> RawRows:
        """The rows of this piece; raises UnreadableFile where the file is at fault."""
        ...


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file opened: the cells of its header, and the rest in the order of the file.

    Attributes:
        header: The names of the columns as written.
        blocks: The rows below the header.
        header_line: The line of the header, from 1.
        notes: Sentences about how it is read, such as which lines were skipped.
        part: The sheet or the file of an archive that was opened, None where there is but one.
    """

    header: tuple[str, ...]
    blocks: Iterator[Block]
    header_line: int = 1
    notes: tuple[str, ...] = ()
    part: str | None = None
