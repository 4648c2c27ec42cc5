"""What a figure is told: the sizes chosen, how often to measure, and where data may lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.sizes import L, Size

SCRATCH: Final = "scratch-"
"""How the names of folders begin that a figure works in and takes away again."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """sizes: chosen, the smallest first. repeat: measured rounds. folder: data and report."""

    sizes: tuple[Size, ...]
    repeat: int
    folder: Path

    @property
    def data(self) -> Path:
        """Where generated databases are kept."""
        return self.folder / "data"

    def largest(self, up_to: Size = L) -> Size:
        """The largest size chosen that is no larger than ``up_to``, or the smallest of all."""
        fitting = [size for size in self.sizes if size.values <= up_to.values]
        return fitting[-1] if fitting else self.sizes[0]
