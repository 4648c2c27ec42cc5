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
from tests.benchmarks.measuring import Row, Spread, Turns, in_turns, say
from tests.benchmarks.sizes import L, M, S, Size
from tests.browser.dashboard import Dashboard

PATIENCE: Final = 60_000  # milliseconds
SESSIONS: Final = 20
CONTEXTS: Final = 4
"""Visitors share a few profiles: a browser process for each would measure the browser."""

BURSTS: Final = 5
"""Clicks of each session in a round of measuring."""

UNTIL: Final = {"ended": "until its script has ended", "drawn": "until it is drawn"}
"""When a click counts as done; the first is what a server can do about it."""

PROMISED: Final = {S: 1.5, L: 2.0}
EMPTY: Final = "an empty Streamlit page"

_ADDRESS: Final = f"client?client={generating.organization_id(7)}"
"""Where a visit begins: with a client looked at, the Client page has something to show."""


def page_click(bench: Bench) -> Iterator[Row]:
    """Pages at the smallest and the largest size."""
    for size in dict.fromkeys((bench.sizes[0], bench.largest())):
        say(f"  {size.name}")
        with _tabs(bench, size) as (product, limit):
            clicks = list(_clicks(bench, size, product, limit))
            first_views = list(_first_views(bench, size, product, limit))
        for said in UNTIL.values():
            yield _worst(size, said, [row for row in clicks if said in row.work])
        yield from clicks
        yield from first_views


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
class _Click:
    """Seconds until the script of a page has ended, and until all of it in sight is drawn."""

    ended: float
    drawn: float


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

    def click(self, name: str) -> _Click:
        """Click a page in the navigation."""
        ended, drawn = self.page.evaluate(CLICK, [name, PATIENCE])
        assert self.page.locator(COMPLAINTS).count() == 0, f"{name} shows an error"
        return _Click(ended=ended / 1_000, drawn=drawn / 1_000)


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

        def ours(_: int, name: str = name, elsewhere: str = elsewhere) -> _Click:
            product.click(elsewhere)
            return product.click(name)

        def empty(_: int) -> _Click:
            limit.click("Second")
            return limit.click("First")

        work, least = in_turns(bench.repeat, ours, empty)
        for until, said in UNTIL.items():
            yield Turns(
                work=tuple(getattr(click, until) for click in work),
                limit=tuple(getattr(click, until) for click in least),
            ).row(
                work=f"A click, {said}: {name}",
                size=size.name,
                against=EMPTY,
                at_most=PROMISED.get(size),
                is_detail=True,
            )


def _first_views(bench: Bench, size: Size, product: _Tab, limit: _Tab) -> Iterator[Row]:
    """A page opened by its link on a day that nobody asked about: no answer is remembered."""
    for name, path, offset in (("Portfolio", "?", 1), ("Client", f"{_ADDRESS}&", 2)):

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
        work=f"A page click in the browser, {said}, each of {len(clicks)} pages; the worst: "
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
            _, taken = await page.evaluate(CLICK, [name, PATIENCE])
        except AsyncError as error:
            self._complain(error)
            return None
        if await page.locator(COMPLAINTS).count():
            self._complain(f"{name} shows an error")
        return float(taken)

    def _complain(self, about: object) -> None:
        say(f"  {about}")
        self.errors += 1


async def _crowds(bench: Bench, product: Dashboard, limit: Dashboard) -> tuple[_Crowd, _Crowd]:
    """Both crowds in turns; the first round of each is not counted."""
    ours, empty = _Crowd(server=product), _Crowd(server=limit)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        await ours.arrive(browser, _ADDRESS, steps=2)
        await empty.arrive(browser, "", steps=1)
        for number in range(bench.repeat + 1):
            for crowd in (ours, empty):
                await crowd.measure(counts=number > 0)
        await browser.close()
    return ours, empty
