"""The questions that pages ask, at the largest size and at the one below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from health.storage.database import Database
from tests.benchmarks import stores
from tests.benchmarks.asked import ADOPTION, CLIENT, PORTFOLIO, Asked, Key, by_pages
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Spread, Turns, always, in_turns, say
from tests.benchmarks.sizes import L, Size

GROWTH: Final = 2.0
PROMISES: Final[Mapping[tuple[str, ...], float]] = {(PORTFOLIO, CLIENT): 10, (ADOPTION,): 15}
"""Milliseconds that each question behind these pages may take."""

PROMISED: Final = {page: most for pages, most in PROMISES.items() for page in pages}


@dataclass(frozen=True, kw_only=True)
class _Data:
    """A database of a size and what the pages ask of it."""

    size: Size
    database: Database
    asked: Mapping[Key, Asked]

    def ask(self, key: Key) -> object:
        """Ask as a page does, with a reader of its own that remembers nothing yet."""
        with self.database.read() as reader:
            return self.asked[key].again(reader)


def of_pages(bench: Bench) -> Iterator[Row]:
    sizes = bench.sizes[-2:]
    with ExitStack() as stack:
        data = []
        for size in sizes:
            say(f"  {size.name}: what the pages ask")
            copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
            asked = by_pages(copy)
            database = stack.enter_context(Database.open(copy))
            data.append(_Data(size=size, database=database, asked=asked))
        small, large = data[0], data[-1]
        say("  every question again")
        details = [row for key in large.asked for row in _rows(bench, key, large, small)]
    yield from _worst(details, large.size)
    yield from details


def _rows(bench: Bench, key: Key, large: _Data, small: _Data) -> Iterator[Row]:
    """How long a question takes, and how much longer than at the smaller size."""
    page, name, number = key
    work = f"{page}: {name}" + (f", {number}" if number > 1 else "")
    promised = large.size is L and page in PROMISED
    # A question takes milliseconds: four times the rounds cost nothing and steady the median.
    columns = in_turns(
        4 * bench.repeat,
        *(always(partial(data.ask, key)) for data in (large, small) if key in data.asked),
    )
    yield Row(
        work=work,
        size=large.size.name,
        against="–",
        value=Spread.of([1_000 * taken for taken in columns[0]]),
        unit="ms",
        at_most=PROMISED[page] if promised else None,
        is_detail=True,
    )
    if small is not large and len(columns) > 1:
        yield Turns(work=columns[0], limit=columns[1]).row(
            work=work,
            size=large.size.name,
            against=f"the same at {small.size.name}",
            at_most=GROWTH if promised else None,
            is_detail=True,
        )


def _worst(details: list[Row], large: Size) -> Iterator[Row]:
    """The worst question of each promise stands for all of them."""
    for pages, at_most in PROMISES.items():
        of_pages = [row for row in details if row.work.partition(":")[0] in pages]
        for unit, promise in (("ms", at_most), ("×", GROWTH)):
            rows = [row for row in of_pages if row.unit == unit]
            if not rows:
                continue
            worst = max(rows, key=lambda row: row.value.median)
            missed = sum(row.verdict == "missed" for row in rows)
            yield Row(
                work=f"Each of {len(rows)} questions behind {' and '.join(pages)}; "
                f"the worst: {worst.work}",
                size=large.name,
                against=worst.against if unit == "×" else f"{promise:.0f} ms",
                value=worst.value,
                unit=unit,
                at_most=promise if large is L else None,
                remarks=(f"{missed} of {len(rows)} miss it",) if missed else (),
            )
