"""Times, ratios and memory, and the rows they make in the report."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

ROOT: Final = Path(__file__).resolve().parents[2]

Measured = TypeVar("Measured")

Timed = Callable[[int], float]
"""Does a piece of work in round n (0 is the warm-up) and returns the seconds that count."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Repeated measurements of one thing, in short."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(minimum=min(values), median=statistics.median(values), maximum=max(values))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the report.

    work: what was measured, at which size.
    against: what it stands beside.
    value: in ``unit``: "×" for a ratio, else "ms", "MB", "errors".
    at_most: what the value may be, as the project promises; None where nothing is promised.
    aim: what it should become.
    seconds, limit_seconds: of the work and of what it stands beside.
    remarks: definitions and anything that helps to read the value.
    is_detail: whether it belongs to a line above it.
    """

    work: str
    size: str
    against: str
    value: Spread
    unit: str = "×"
    at_most: float | None = None
    aim: float | None = None
    seconds: Spread | None = None
    limit_seconds: Spread | None = None
    remarks: tuple[str, ...] = ()
    is_detail: bool = False

    @property
    def verdict(self) -> str:
        if self.at_most is None:
            return "–"
        if self.value.median > self.at_most:
            return "missed"
        if self.aim is not None and self.value.median > self.aim:
            return "met, aim missed"
        return "met"


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Rounds of a work and of its limit, taken in turns."""

    work: tuple[float, ...]
    limit: tuple[float, ...]
    ratios: Spread = field(init=False)

    def __post_init__(self) -> None:
        pairs = zip(self.work, self.limit, strict=True)
        object.__setattr__(self, "ratios", Spread.of([work / limit for work, limit in pairs]))

    @property
    def seconds(self) -> Spread:
        return Spread.of(self.work)

    @property
    def limit_seconds(self) -> Spread:
        return Spread.of(self.limit)

    def row(self, *, work: str, size: str, against: str, **more: object) -> Row:
        """The row of the ratios, pair by pair."""
        return Row(
            work=work,
            size=size,
            against=against,
            value=self.ratios,
            seconds=self.seconds,
            limit_seconds=self.limit_seconds,
            **more,  # type: ignore[arg-type]  # fields of Row, passed through
        )


def in_turns(repeat: int, *works: Callable[[int], Measured]) -> tuple[tuple[Measured, ...], ...]:
    """What each work took in ``repeat`` rounds of all of them, after one that is not counted."""
    rounds = [[timed(number) for timed in works] for number in range(repeat + 1)]
    return tuple(zip(*rounds[1:], strict=True))


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def always(run: Callable[[], object]) -> Timed:
    """The same work in every round, nothing of it left out."""
    return lambda _: seconds(run)


def peak_memory(job: str, *arguments: object) -> float:
    """Most memory, in MB, of a fresh process that does ``job`` of :mod:`tests.benchmarks.peak`."""
    command = [sys.executable, "-m", "tests.benchmarks.peak", job, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout) / 1_000_000


def say(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
