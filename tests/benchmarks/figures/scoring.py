"""Scores of all clients: a day, a year, and the memory that a year takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from health.scoring import runs
from health.scoring.model import STANDARD
from health.storage.database import Database
from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Spread, Turns, always, in_turns, peak_memory
from tests.benchmarks.sizes import L, Size

_COLUMNS: Final = tuple(metric.column for metric in STANDARD.metrics)
_NEEDED: Final = f"organization, date, {', '.join(_COLUMNS)}"
_ADDED_UP: Final = ", ".join(
    ("max(organization)", "max(date)", *(f"sum({column})" for column in _COLUMNS))
)

FRAME: Final = "scan of the needed columns, as a frame"
ADDED_UP: Final = "scan of the needed columns, added up in the engine"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Reads exactly what scores of days ``first`` to ``last`` have to be computed from."""

    database: Database
    first: date
    last: date

    @property
    def _days(self) -> dict[str, object]:
        return {"first": self.first - timedelta(days=STANDARD.reach), "last": self.last}

    def as_frame(self) -> None:
        """Hand the values over: a computation has to read each of them at least once."""
        self._ask(_NEEDED)

    def added_up(self) -> None:
        """Only add the columns up: the cheapest that the engine can do with them."""
        self._ask(_ADDED_UP)

    def _ask(self, columns: str) -> None:
        self.database.query(
            f"SELECT {columns} FROM usage_daily WHERE date BETWEEN $first AND $last", self._days
        )


def one_day(bench: Bench) -> Iterator[Row]:
    for size in bench.sizes:
        with stores.opened_copy(stores.scored(bench.data, size)) as database:
            yield from _rows(
                bench,
                size,
                work="Score all clients for one day, with trend, stored",
                run=partial(runs.score, database, as_of=size.last),
                scan=Scan(database=database, first=size.last, last=size.last),
                at_most=4,
                aim=2.5,
            )


def one_year(bench: Bench) -> Iterator[Row]:
    for size in bench.sizes:
        with stores.opened_copy(stores.scored(bench.data, size)) as database:
            yield from _rows(
                bench,
                size,
                work="A year of daily scores for all clients, stored",
                run=partial(runs.score, database, from_day=size.year_start, as_of=size.last),
                scan=Scan(database=database, first=size.year_start, last=size.last),
                at_most=14,
                aim=10,
            )


def memory(bench: Bench) -> Iterator[Row]:
    size = bench.largest()
    for limit, at_most in (("", 4_096), ("1GB", None)):
        with stores.copy_of(stores.scored(bench.data, size)) as path:
            peak = peak_memory("score", path, size.year_start, size.last, limit)
        yield Row(
            work="Memory of a year of daily scores, whole process",
            size=size.name,
            against=f"an engine told to keep to {limit}" if limit else "4 GB",
            value=Spread.of([peak]),
            unit="MB",
            at_most=at_most if size is L else None,
            is_detail=bool(limit),
        )


def _rows(
    bench: Bench,
    size: Size,
    *,
    work: str,
    run: Callable[[], object],
    scan: Scan,
    at_most: float,
    aim: float,
) -> Iterator[Row]:
    scored, as_frame, added_up = in_turns(
        bench.repeat, always(run), always(scan.as_frame), always(scan.added_up)
    )
    yield Turns(work=scored, limit=as_frame).row(
        work=work,
        size=size.name,
        against=FRAME,
        at_most=at_most if size is L else None,
        aim=aim if size is L else None,
        is_detail=size is not bench.largest(),
    )
    yield Turns(work=scored, limit=added_up).row(
        work=work, size=size.name, against=ADDED_UP, is_detail=True
    )
