"""What a visitor waits for: a click on a page in a real browser, alone and among twenty."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from playwright.async_api import Browser as AsyncBrowser
from playwright.async_api import Error as AsyncError
from playwright.async_api import Page as AsyncPage
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import (
    ARGUMENTS,
    CLICK,
    COMPLAINTS,
    IS_DRAWN,
    LAPTOP,
    NAVIGATION,
    chromium,
    dashboard,
    empty_page,
)
from tests.benchmarks.measuring import Row, Spread, Timed, Turns, in_turns, say
from tests.benchmarks.sizes import L, M, S, Size
from tests.benchmarks.visitor import visiting
from tests.browser.dashboard import Dashboard

PATIENCE: Final = 60_000  # milliseconds
SESSIONS: Final = 20
CONTEXTS: Final = 4
"""Visitors share a few profiles: a browser process for each would measure the browser."""

BURSTS: Final = 5
"""Clicks of each session in a round of measuring."""

DRAWN: Final = "drawn in the browser"
ANSWERED: Final = "all of it sent by the server"

PROMISED: Final = {S: 1.5, L: 2.0}
EMPTY: Final = "an empty Streamlit page"

_ADDRESS: Final = f"client?client={generating.organization_id(7)}"
"""Where a visit begins: with a client looked at, the Client page has something to show."""


def page_click(bench: Bench) -> Iterator[Row]:
    """Pages at the smallest and the largest size."""
    for size in dict.fromkeys((bench.sizes[0], bench.largest())):
        say(f"  {size.name}")
        with _tabs(bench, size) as (product, limit):
            drawn = list(_clicks(bench, size, product, limit))
            answered = list(_answers(bench, size, product, limit))
            constants = _constants(bench, size, limit)
            first_views = list(_first_views(bench, size, product, limit))
        yield _worst(size, DRAWN, drawn)
        yield _worst(size, ANSWERED, answered)
        yield from (*drawn, constants, *answered, *first_views)


def twenty_sessions(bench: Bench) -> Iterator[Row]:
    size = bench.largest(up_to=M)
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        product = stack.enter_context(dashboard(place, copy))
        limit = stack.enter_context(empty_page(place))
        crowds = asyncio.run(_crowds(bench, product, limit))
        log = product.log.read_text()
    ours, empty = crowds
    yield Row(
        work=f"{SESSIONS} browser sessions clicking at once: 95 % of the clicks take less than",
        size=size.name,
        against="1 s",
        value=Spread.of(ours.slow),
        unit="ms",
        at_most=1_000 if size is M else None,
        remarks=(
            f"half of the {len(ours.taken)} clicks under {statistics.median(ours.taken):,.0f} ms; "
            "browser and server share the cores",
        ),
    )
    yield Row(
        work=f"{SESSIONS} browser sessions clicking at once: errors",
        size=size.name,
        against="none",
        value=Spread.of([ours.errors + log.count("Traceback")]),
        unit="errors",
        at_most=0,
    )
    yield Row(
        work=f"The same on {EMPTY}: 95 % of the clicks take less than",
        size=size.name,
        against="–",
        value=Spread.of(empty.slow),
        unit="ms",
        is_detail=True,
    )


@dataclass(frozen=True, kw_only=True)
class _Tab:
    """A page open in a browser, and the address of its server."""

    page: Page
    home: str

    def open(self, path: str) -> float:
        """Seconds until the page at this address is drawn, by the page's own clock."""
        self.page.goto(f"{self.home}/{path}")
        self.page.wait_for_function(IS_DRAWN, timeout=PATIENCE, polling="raf")
        return float(self.page.evaluate("performance.now()")) / 1_000

    def click(self, name: str) -> float:
        """Seconds from a click in the navigation until that page is drawn."""
        taken = float(self.page.evaluate(CLICK, [name, PATIENCE])) / 1_000
        assert self.page.locator(COMPLAINTS).count() == 0, f"{name} shows an error"
        return taken


@contextmanager
def _tabs(bench: Bench, size: Size) -> Iterator[tuple[_Tab, _Tab]]:
    """A visitor of the dashboard and one of the empty page, in one browser."""
    with ExitStack() as stack:
        browser = stack.enter_context(_browser())
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        servers = [
            stack.enter_context(dashboard(place, copy)),
            stack.enter_context(empty_page(place)),
        ]
        product, limit = (
            _Tab(page=browser.new_context(viewport=LAPTOP).new_page(), home=server.url)
            for server in servers
        )
        product.open(_ADDRESS)
        limit.open("")
        yield product, limit


@contextmanager
def _browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _clicks(bench: Bench, size: Size, product: _Tab, limit: _Tab) -> Iterator[Row]:
    """Each page in turns with the empty one; every click comes from another page."""
    pages = [link.inner_text() for link in product.page.locator(NAVIGATION).all()]
    for number, name in enumerate(pages):
        elsewhere = pages[number - 1]

        def ours(_: int, name: str = name, elsewhere: str = elsewhere) -> float:
            product.click(elsewhere)
            return product.click(name)

        work, least = in_turns(bench.repeat, ours, _empty_click(limit))
        yield _click_row(size, DRAWN, name, Turns(work=work, limit=least))


def _answers(bench: Bench, size: Size, product: _Tab, limit: _Tab) -> Iterator[Row]:
    """The same clicks by a visitor that draws nothing."""
    with visiting(product.home) as ours, visiting(limit.home) as empty:
        for name in ours.pages:
            query = _ADDRESS.partition("?")[2] if name == "Client" else ""

            def answered(_: int, name: str = name, query: str = query) -> float:
                return ours.run(name, query=query)

            work, least = in_turns(bench.repeat, answered, lambda _: empty.run("First"))
            yield _click_row(size, ANSWERED, name, Turns(work=work, limit=least))


def _click_row(size: Size, said: str, name: str, turns: Turns) -> Row:
    return turns.row(
        work=f"A click, {said}: {name}",
        size=size.name,
        against=EMPTY,
        at_most=PROMISED.get(size),
        is_detail=True,
    )


def _constants(bench: Bench, size: Size, limit: _Tab) -> Row:
    """What Streamlit and the browser take to draw a chart and a table that are there already."""
    work, least = in_turns(bench.repeat, lambda _: limit.click("Third"), _empty_click(limit))
    return Turns(work=work, limit=least).row(
        work=f"A click, {DRAWN}: a page of one chart and one table, nothing computed",
        size=size.name,
        against=EMPTY,
        is_detail=True,
    )


def _empty_click(limit: _Tab) -> Timed:
    def click(_: int) -> float:
        limit.click("Second")
        return limit.click("First")

    return click


def _first_views(bench: Bench, size: Size, product: _Tab, limit: _Tab) -> Iterator[Row]:
    """A page opened by its link on a day that nobody asked about: no answer is remembered."""
    for name, path, offset in (("Portfolio", "portfolio?", 1), ("Client", f"{_ADDRESS}&", 2)):

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
    steps: int


@dataclass
class _Crowd:
    """Many visitors of one server and what they met; times in milliseconds.

    names: the pages they click; all of them where none is given.
    slow: for each round of measuring, what 95 % of its clicks stay under.
    """

    server: Dashboard
    visitors: list[_Visitor] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    errors: int = 0

    async def arrive(self, browser: AsyncBrowser, address: str, *, steps: int) -> None:
        """Open the pages one by one, and let the visitors wander to different ones.

        steps: the place in the navigation after that of the address.
        """
        contexts = [await browser.new_context(viewport=LAPTOP) for _ in range(CONTEXTS)]
        for number in range(SESSIONS):
            page = await contexts[number % CONTEXTS].new_page()
            page.on("pageerror", self._complain)
            await page.goto(f"{self.server.url}/{address}")
            await page.wait_for_function(IS_DRAWN, timeout=PATIENCE, polling=50)
            self.visitors.append(_Visitor(page=page, steps=steps))
        if not self.names:
            links = await self.visitors[0].page.locator(NAVIGATION).all()
            self.names = [await link.inner_text() for link in links]
        for number, visitor in enumerate(self.visitors):
            for _ in range(number % len(self.names)):
                await self._click(visitor)

    async def measure(self, *, counts: bool) -> None:
        """Let all click at once, again and again, each on the page after the one they are on."""
        taken: list[float] = []
        for _ in range(BURSTS):
            found = await asyncio.gather(*map(self._click, self.visitors))
            taken += [value for value in found if value is not None]
        if counts:
            self.taken += taken
            self.slow.append(statistics.quantiles(taken, n=20)[-1])

    async def _click(self, visitor: _Visitor) -> float | None:
        name = self.names[visitor.steps % len(self.names)]
        visitor.steps += 1
        page = visitor.page
        try:
            taken = float(await page.evaluate(CLICK, [name, PATIENCE]))
        except AsyncError as error:
            self._complain(error)
            return None
        if await page.locator(COMPLAINTS).count():
            self._complain(f"{name} shows an error")
        return taken

    def _complain(self, about: object) -> None:
        say(f"  {about}")
        self.errors += 1


async def _crowds(bench: Bench, product: Dashboard, limit: Dashboard) -> tuple[_Crowd, _Crowd]:
    """Both crowds in turns; the first round of each is not counted."""
    ours, empty = _Crowd(server=product), _Crowd(server=limit, names=["First", "Second"])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        await ours.arrive(browser, _ADDRESS, steps=2)
        await empty.arrive(browser, "", steps=1)
        for number in range(bench.repeat + 1):
            for crowd in (ours, empty):
                await crowd.measure(counts=number > 0)
        await browser.close()
    return ours, empty
