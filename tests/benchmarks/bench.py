"""What a figure is told: the sizes chosen, how often to measure, and where data may lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import ROOT
from tests.benchmarks.sizes import L, Size

SCRATCH: Final = "scratch-"
"""How the names of folders begin that a figure works in and takes away again."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """sizes: chosen, the smallest first. repeat: measured rounds. folder: data and report.

    before: a checkout of an earlier commit whose dashboard runs beside this one.
    """

    sizes: tuple[Size, ...]
    repeat: int
    folder: Path
    before: Path | None = None

    @property
    def data(self) -> Path:
        """Where generated databases are kept."""
        return self.folder / "data"

    @property
    def has_before(self) -> bool:
        """Whether there is an earlier commit to run beside."""
        return self.before is not None

    @property
    def checkouts(self) -> tuple[Path, ...]:
        """This checkout and, where it is given, the earlier one."""
        return (ROOT,) if self.before is None else (ROOT, self.before)

    def largest(self, up_to: Size = L) -> Size:
        """The largest size chosen that is no larger than ``up_to``, or the smallest of all."""
        fitting = [size for size in self.sizes if size.values <= up_to.values]
        return fitting[-1] if fitting else self.sizes[0]
