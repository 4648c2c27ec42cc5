"""What a visitor waits for: a click on a page in a real browser, alone and among twenty."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from playwright.async_api import Browser as AsyncBrowser
from playwright.async_api import Error as AsyncError
from playwright.async_api import Page as AsyncPage
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import (
    ARGUMENTS,
    CLICK,
    COMPLAINTS,
    FIRST_SCREEN,
    HEADING,
    IN_SIGHT,
    IS_DRAWN,
    LAPTOP,
    NAVIGATION,
    chromium,
    dashboard,
    empty_page,
)
from tests.benchmarks.measuring import ROOT, Row, Spread, Timed, Turns, in_turns, say
from tests.benchmarks.sizes import L, M, S, Size
from tests.benchmarks.visitor import QUERIES, visiting
from tests.support.dashboard import Dashboard

PATIENCE: Final = 60_000  # milliseconds
ROUNDS: Final = 2
"""Times the rounds asked for: a click on an empty page takes either 20 ms or 60 ms."""

SESSIONS: Final = 20
CONTEXTS: Final = 4
"""Visitors share a few profiles: a browser process for each would measure the browser."""

BURSTS: Final = 3
"""Clicks of each session in a round of measuring."""

DRAWN: Final = "drawn in the browser"
IN_VIEW: Final = "the first screen shown in the browser"
ANSWERED: Final = "all of it sent by the server"

COMMAND: Final = "import sys; from health.cli import main; sys.exit(main())"

PROMISED: Final = {S: 1.5, L: 2.0}
EMPTY: Final = "an empty Streamlit page"
CONSTANTS: Final = "a page of one chart and one table, nothing computed"
EMPTY_PAGES: Final = ("First", "Second")

ADDRESS: Final = f"client?{QUERIES['Client']}"
"""Where a visit begins: with a client looked at, the Client page has something to show."""


def page_click(bench: Bench) -> Iterator[Row]:
    """Pages at the smallest and the largest size."""
    for size in dict.fromkeys((bench.sizes[0], bench.largest())):
        say(f"  {size.name}")
        with tabs(bench, size) as (product, limit):
            drawn = list(_clicks(bench, size, product, limit))
            first_screens = list(_first_screens(bench, size, product, limit))
            answered = list(_answers(bench, size, product, limit))
            constants = _constants(bench, size, limit)
            first_views = list(_first_views(bench, size, product, limit))
        yield _worst(size, DRAWN, drawn)
        yield _worst(size, ANSWERED, answered)
        yield from (*drawn, *first_screens, constants, *answered, *first_views)


def twenty_sessions(bench: Bench) -> Iterator[Row]:
    size = bench.largest(up_to=M)
    path = chromium()
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        product = stack.enter_context(dashboard(place, copy))
        limit = stack.enter_context(empty_page(place))
        crowd, empty_crowd = asyncio.run(_crowds(bench, path, product, limit))
        yield _slow_row(size, DRAWN, crowd.rounds, promised=True)
        yield _slow_row(size, f"{DRAWN}, {EMPTY}", empty_crowd.rounds, promised=False)
        yield Row(
            work=f"{SESSIONS} sessions clicking at once: errors",
            size=size.name,
            against="none",
            value=Spread.of([crowd.errors + product.log.read_text().count("Traceback")]),
            unit="errors",
            at_most=0,
        )


def while_recalculating(bench: Bench) -> Iterator[Row]:
    """A visitor's clicks while the dashboard recalculates the last year, beside its quiet ones."""
    size = bench.largest()
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        product = stack.enter_context(dashboard(place, copy))
        visitor = stack.enter_context(visiting(product.url))

        def round_of_clicks() -> list[float]:
            return [visitor.click(name) for name in visitor.pages]

        round_of_clicks()
        quiet = [taken for _ in range(bench.repeat) for taken in round_of_clicks()]
        busy: list[float] = []
        command = [sys.executable, "-c", COMMAND, "score", "--from", f"{size.year_start}"]
        for _ in range(bench.repeat):
            with subprocess.Popen(
                [*command, "--database", str(copy)], cwd=ROOT, stdout=subprocess.DEVNULL
            ) as run:
                while run.poll() is None:
                    busy += round_of_clicks()
    for said, clicks in (("while a year is recalculated", busy), ("in quiet", quiet)):
        slow = 1_000 * statistics.quantiles(clicks, n=20)[-1]
        yield Row(
            work=f"A click, {ANSWERED}, {said}: 95 % take less than",
            size=size.name,
            against="–",
            value=Spread.of([slow]),
            unit="ms",
            remarks=(f"{len(clicks)} clicks, half of them under {_milliseconds(clicks)}",),
            is_detail=True,
        )


def _slow_row(size: Size, said: str, rounds: Sequence[Sequence[float]], *, promised: bool) -> Row:
    """What 95 % of the clicks of each round stay under; ``rounds`` in seconds."""
    every = [taken for taken_in_round in rounds for taken in taken_in_round]
    slow = [1_000 * statistics.quantiles(taken, n=20)[-1] for taken in rounds]
    return Row(
        work=f"{SESSIONS} sessions clicking at once, {said}: 95 % of the clicks take less than",
        size=size.name,
        against="1 s" if promised else "–",
        value=Spread.of(slow),
        unit="ms",
        at_most=1_000 if promised and size is M else None,
        remarks=(f"{len(every)} clicks, half of them under {_milliseconds(every)}",),
        is_detail=not promised,
    )


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{1_000 * statistics.median(seconds):,.0f} ms"


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A page open in a browser, and the address of its server.

    headings, first_screens: of the pages seen, by their names in the navigation.
    """

    page: Page
    home: str
    headings: dict[str, str] = field(default_factory=dict)
    first_screens: dict[str, str] = field(default_factory=dict)

    def open(self, path: str) -> float:
        """Seconds until the page at this address is drawn, by the page's own clock."""
        self.page.goto(f"{self.home}/{path}")
        self.page.wait_for_function(IS_DRAWN, timeout=PATIENCE, polling="raf")
        return float(self.page.evaluate("performance.now()")) / 1_000

    def click(self, name: str) -> float:
        """Seconds from a click in the navigation until that page is drawn."""
        if name not in self.headings:
            self.headings[name] = self.page.evaluate(HEADING, [name, PATIENCE])
        heading = self.headings[name]
        taken = float(self.page.evaluate(CLICK, [name, heading, PATIENCE])) / 1_000
        assert self.page.locator(COMPLAINTS).count() == 0, f"{name} shows an error"
        return taken

    def first_screen(self, name: str, *, elsewhere: str) -> float:
        """Seconds from a click in the navigation until what is in sight is as it stays."""
        if name not in self.first_screens:
            self.headings[name] = self.page.evaluate(HEADING, [name, PATIENCE])
            self.first_screens[name] = self.page.evaluate(IN_SIGHT)
        self.click(elsewhere)
        expected = self.headings[name], self.first_screens[name]
        taken = float(self.page.evaluate(FIRST_SCREEN, [name, *expected, PATIENCE])) / 1_000
        self.page.wait_for_function(IS_DRAWN, timeout=PATIENCE)
        return taken


@contextmanager
def tabs(bench: Bench, size: Size) -> Iterator[tuple[Tab, Tab]]:
    """A visitor of the dashboard and one of the empty page, in one browser."""
    with ExitStack() as stack:
        browser = stack.enter_context(opened_browser())
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        servers = [
            stack.enter_context(dashboard(place, copy)),
            stack.enter_context(empty_page(place)),
        ]
        product, limit = (
            Tab(page=browser.new_context(viewport=LAPTOP).new_page(), home=server.url)
            for server in servers
        )
        product.open(ADDRESS)
        limit.open("")
        yield product, limit


@contextmanager
def opened_browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _clicks(bench: Bench, size: Size, product: Tab, limit: Tab) -> Iterator[Row]:
    """Each page in turns with the empty one; every click comes from another page."""
    pages = [link.inner_text() for link in product.page.locator(NAVIGATION).all()]
    for number, name in enumerate(pages):
        elsewhere = pages[number - 1]

        def ours(_: int, name: str = name, elsewhere: str = elsewhere) -> float:
            product.click(elsewhere)
            return product.click(name)

        work, least = in_turns(ROUNDS * bench.repeat, ours, _empty_click(limit))
        yield _click_row(size, DRAWN, name, Turns(work=work, limit=least))


def _first_screens(bench: Bench, size: Size, product: Tab, limit: Tab) -> Iterator[Row]:
    """What is in sight after a click, in turns with all of the page of one chart and one table."""
    pages = [link.inner_text() for link in product.page.locator(NAVIGATION).all()]
    for number, name in enumerate(pages):
        elsewhere = pages[number - 1]

        def ours(_: int, name: str = name, elsewhere: str = elsewhere) -> float:
            return product.first_screen(name, elsewhere=elsewhere)

        def constants(_: int) -> float:
            limit.click("Second")
            return limit.click("Third")

        work, least = in_turns(ROUNDS * bench.repeat, ours, constants)
        yield Turns(work=work, limit=least).row(
            work=f"A click, {IN_VIEW}: {name}", size=size.name, against=CONSTANTS, is_detail=True
        )


def _answers(bench: Bench, size: Size, product: Tab, limit: Tab) -> Iterator[Row]:
    """The same clicks by a visitor that draws nothing."""
    with visiting(product.home) as ours, visiting(limit.home) as empty:
        for name in ours.pages:

            def answered(_: int, name: str = name) -> float:
                return ours.click(name)

            work, least = in_turns(ROUNDS * bench.repeat, answered, lambda _: empty.run("First"))
            yield _click_row(size, ANSWERED, name, Turns(work=work, limit=least))


def _click_row(size: Size, said: str, name: str, turns: Turns) -> Row:
    return turns.row(
        work=f"A click, {said}: {name}",
        size=size.name,
        against=EMPTY,
        at_most=PROMISED.get(size),
        is_detail=True,
    )


def _constants(bench: Bench, size: Size, limit: Tab) -> Row:
    """What Streamlit and the browser take to draw a chart and a table that are there already."""
    work, least = in_turns(
        ROUNDS * bench.repeat, lambda _: limit.click("Third"), _empty_click(limit)
    )
    return Turns(work=work, limit=least).row(
        work=f"A click, {DRAWN}: {CONSTANTS}",
        size=size.name,
        against=EMPTY,
        is_detail=True,
    )


def _empty_click(limit: Tab) -> Timed:
    def click(_: int) -> float:
        limit.click("Second")
        return limit.click("First")

    return click


def _first_views(bench: Bench, size: Size, product: Tab, limit: Tab) -> Iterator[Row]:
    """A page opened by its link on a day that nobody asked about: no answer is remembered."""
    for name, path, offset in (("Portfolio", "portfolio?", 1), ("Client", f"{ADDRESS}&", 2)):

        def ours(number: int, path: str = path, offset: int = offset) -> float:
            day = size.last - timedelta(days=2 * number + offset)
            return product.open(f"{path}as_of={day}")

        work, least = in_turns(bench.repeat, ours, lambda _: limit.open(""))
        yield Turns(work=work, limit=least).row(
            work=f"{name} opened by its link, nothing remembered",
            size=size.name,
            against=f"{EMPTY} opened by its link",
            is_detail=True,
        )


def _worst(size: Size, said: str, clicks: list[Row]) -> Row:
    worst = max(clicks, key=lambda row: row.value.median)
    missed = sum(row.verdict == "missed" for row in clicks)
    return Row(
        work=f"A page click, {said}, each of {len(clicks)} pages; the worst: "
        + worst.work.rpartition(": ")[2],
        size=size.name,
        against=EMPTY,
        value=worst.value,
        seconds=worst.seconds,
        limit_seconds=worst.limit_seconds,
        at_most=PROMISED.get(size),
        remarks=(f"{missed} of {len(clicks)} miss it",) if missed else (),
    )


@dataclass
class _Visitor:
    """An open page; ``steps``: which page of the navigation comes next."""

    page: AsyncPage
    steps: int = 0


@dataclass
class _Crowd:
    """Many visitors of one server and what they met.

    names: the pages they click; all of them where none is given.
    headings: of these pages.
    rounds: seconds of the clicks of each round of measuring.
    """

    server: Dashboard
    visitors: list[_Visitor] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    rounds: list[list[float]] = field(default_factory=list)
    errors: int = 0

    async def arrive(self, browser: AsyncBrowser, address: str, *, at: str) -> None:
        """Open the page ``at`` one by one, and let the visitors wander to different ones."""
        contexts = [await browser.new_context(viewport=LAPTOP) for _ in range(CONTEXTS)]
        for number in range(SESSIONS):
            page = await contexts[number % CONTEXTS].new_page()
            page.on("pageerror", self._complain)
            await page.goto(f"{self.server.url}/{address}")
            await page.wait_for_function(IS_DRAWN, timeout=PATIENCE, polling=50)
            self.visitors.append(_Visitor(page=page))
        if not self.names:
            links = await self.visitors[0].page.locator(NAVIGATION).all()
            self.names = [await link.inner_text() for link in links]
        first = self.visitors[0].page
        for name in (*self.names, at):
            self.headings[name] = await first.evaluate(HEADING, [name, PATIENCE])
        for number, visitor in enumerate(self.visitors):
            visitor.steps = self.names.index(at) + 1
            for _ in range(number % len(self.names)):
                await self._click(visitor)

    async def measure(self, *, counts: bool) -> None:
        """Let all click at once, again and again, each on the page after the one they are on."""
        taken: list[float] = []
        for _ in range(BURSTS):
            found = await asyncio.gather(*map(self._click, self.visitors))
            taken += [value for value in found if value is not None]
        if counts:
            self.rounds.append(taken)

    async def _click(self, visitor: _Visitor) -> float | None:
        name = self.names[visitor.steps % len(self.names)]
        visitor.steps += 1
        page = visitor.page
        try:
            heading = self.headings[name]
            taken = float(await page.evaluate(CLICK, [name, heading, PATIENCE])) / 1_000
        except AsyncError as error:
            self._complain(error)
            return None
        if await page.locator(COMPLAINTS).count():
            self._complain(f"{name} shows an error")
        return taken

    def _complain(self, about: object) -> None:
        say(f"  {about}")
        self.errors += 1


async def _crowds(
    bench: Bench, path: str, product: Dashboard, limit: Dashboard
) -> tuple[_Crowd, _Crowd]:
    """Both crowds in turns; the first round of each is not counted."""
    ours, empty = _Crowd(server=product), _Crowd(server=limit, names=list(EMPTY_PAGES))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        await ours.arrive(browser, ADDRESS, at="Client")
        await empty.arrive(browser, "", at=EMPTY_PAGES[0])
        for number in range(bench.repeat + 1):
            for crowd in (ours, empty):
                await crowd.measure(counts=number > 0)
        await browser.close()
    return ours, empty
