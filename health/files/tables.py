"""What every reader hands over: a header, and runs of rows as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from health.files.reasons import REJECTS


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Some rows of a file as text, not yet looked at.

    Attributes:
        lines: The line of each row (Int64).
        cells: One String column per column of the file, in its order.
        bare: That no cell has blanks around it or is an empty string, so nobody needs to look.
        torn: Rejects (columns of ``REJECTS``) for records that cannot be put into columns; maybe
            cut short.
        torn_count: How many such records there are.
    """

    lines: pl.Series
    cells: pl.DataFrame
    bare: bool = False
    torn: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    torn_count: int = 0


class Block(Protocol):
    """A piece of a file that can be read on its own, in any thread."""

    def read(self) -> Cells:
        """The rows of this piece; raises UnreadableFile where the file is at fault."""
        ...


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file opened: the cells of its header, and the rest in the order of the file."""

    header: tuple[str, ...]
    blocks: Iterator[Block]
