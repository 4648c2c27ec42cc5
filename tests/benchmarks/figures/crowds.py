"""Many people on one server: clicking at once, with thought beside a nightly load, and for long.

They draw nothing: what is measured is the server, not the browsers that would share its machine.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from websockets.exceptions import WebSocketException

from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import dashboard
from tests.benchmarks.figures.loading import write_night
from tests.benchmarks.measuring import ROOT, Row, Spread, say
from tests.benchmarks.peak import most_memory
from tests.benchmarks.sizes import L, Size
from tests.benchmarks.visitor import Visitor, visiting
from tests.support.dashboard import Dashboard

AT_ONCE: Final = (10, 20, 50)
PROMISED_AT_ONCE: Final = 20
FIFTY: Final = 50
NIGHT_AFTER: Final = 15  # seconds of the minute
THOUGHT: Final = 5.0  # seconds between two clicks of a person, on average
MINUTES: Final = 10
"""Of loads, for the memory of the dashboard."""

MOST: Final = 500  # milliseconds, for 95 % of the clicks
MEGABYTES: Final = 1_000

COMMAND: Final = "import sys; from health.cli import main; sys.exit(main())"


def at_once(bench: Bench) -> Iterator[Row]:
    """Ten, twenty and fifty people who click at the same moment, again and again."""
    size = bench.largest()
    with _dashboard(bench, size) as server:
        for people in AT_ONCE:
            with _crowd(server, people) as visitors, ThreadPoolExecutor(people) as pool:
                pages = list(visitors[0].pages)
                rounds = []
                for number in range(bench.repeat + 1):
                    names = [pages[(number + each) % len(pages)] for each in range(people)]
                    rounds.append(list(pool.map(Visitor.click, visitors, names)))
            is_promised = people == PROMISED_AT_ONCE
            yield _row(
                f"{people} people clicking at once, answered by the server",
                size,
                rounds[1:],
                is_promised=is_promised,
            )


def with_thought(bench: Bench) -> Iterator[Row]:
    """A minute of fifty people who think between two clicks, while a night is loaded and scored."""
    size = bench.largest()
    with _dashboard(bench, size) as server, _crowd(server, FIFTY) as visitors:
        done: list[int] = []

        def minute(seconds: float) -> bool:
            if seconds > NIGHT_AFTER and not done:
                done.append(_load_a_night(server, size, 0))
            time.sleep(0.5)
            return seconds < 60

        taken, dropped = _beside(visitors, minute)
        yield _row(
            f"A minute of {FIFTY} people with {THOUGHT:.0f} s of thought, and a nightly load",
            size,
            [taken],
            is_promised=True,
        )
        yield _errors(f"{FIFTY} people beside a nightly load: dropped", size, dropped)


def memory(bench: Bench) -> Iterator[Row]:
    """What the dashboard holds at most while files come in and twenty people click."""
    size = bench.largest()
    with _dashboard(bench, size) as server, _crowd(server, PROMISED_AT_ONCE) as visitors:
        done: list[int] = []

        def night(seconds: float) -> bool:
            done.append(_load_a_night(server, size, len(done)))
            return seconds < 60 * MINUTES

        taken, dropped = _beside(visitors, night)
        yield Row(
            work=f"Memory of the dashboard: {MINUTES} minutes of loads and "
            f"{PROMISED_AT_ONCE} people",
            size=size.name,
            against="1 GB",
            value=Spread.of([most_memory(server.process) / 1e6]),
            unit="MB",
            at_most=MEGABYTES if size is L else None,
            remarks=(f"{len(done)} nights loaded and scored, {len(taken)} clicks",),
        )
        yield _errors(f"{PROMISED_AT_ONCE} people beside loads: dropped", size, dropped)


def _beside(visitors: Sequence[Visitor], work: Callable[[float], bool]) -> tuple[list[float], int]:
    """Let the visitors click and think while the work goes on.

    work: is told the seconds since the start, and returns whether to do it again.
    Returns the seconds of the clicks and the number of visitors who lost their connection.
    """
    over = Event()

    def visit(number: int) -> tuple[list[float], bool]:
        draw = random.Random(number)
        pages = list(visitors[number].pages)
        taken: list[float] = []
        while not over.wait(draw.uniform(0, 2 * THOUGHT)):
            try:
                taken.append(visitors[number].click(draw.choice(pages)))
            except (WebSocketException, TimeoutError) as error:
                say(f"  {type(error).__name__}: {error}")
                return taken, True
        return taken, False

    with ThreadPoolExecutor(len(visitors)) as pool:
        visits = [pool.submit(visit, number) for number in range(len(visitors))]
        start = time.monotonic()
        try:
            while work(time.monotonic() - start):
                pass
        finally:
            over.set()
        found = [each.result() for each in visits]
    return [value for taken, _ in found for value in taken], sum(lost for _, lost in found)


def _load_a_night(server: Dashboard, size: Size, number: int) -> int:
    """Load the file of the next day and score it, by the command, as every night."""
    file = write_night(server.database.parent, size, number)
    for command in (("load", str(file)), ("score",)):
        subprocess.run(
            [sys.executable, "-c", COMMAND, *command, "--database", str(server.database)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    file.unlink()
    return number


@contextmanager
def _dashboard(bench: Bench, size: Size) -> Iterator[Dashboard]:
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        copy: Path = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        yield stack.enter_context(dashboard(place, copy))


@contextmanager
def _crowd(server: Dashboard, people: int) -> Iterator[list[Visitor]]:
    """Visitors who have seen every page: the answers are remembered, as on any morning."""
    with ExitStack() as stack:
        visitors = [stack.enter_context(visiting(server.url)) for _ in range(people)]
        for name in list(visitors[0].pages):
            visitors[0].click(name)
        yield visitors


def _row(work: str, size: Size, rounds: Sequence[Sequence[float]], *, is_promised: bool) -> Row:
    clicks = [taken for taken_in_round in rounds for taken in taken_in_round]
    slow = [1_000 * statistics.quantiles(taken, n=20)[-1] for taken in rounds]
    return Row(
        work=f"{work}: 95 % of the clicks take less than",
        size=size.name,
        against=f"{MOST} ms" if is_promised else "–",
        value=Spread.of(slow),
        unit="ms",
        at_most=MOST if is_promised and size is L else None,
        remarks=(
            f"{len(clicks)} clicks, half of them under {1_000 * statistics.median(clicks):,.0f} ms",
        ),
        is_detail=not is_promised,
    )


def _errors(work: str, size: Size, number: int) -> Row:
    return Row(
        work=work,
        size=size.name,
        against="none",
        value=Spread.of([number]),
        unit="errors",
        at_most=0,
        is_detail=True,
    )
