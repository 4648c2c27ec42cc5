"""The first load of a page in a browser that has none of it: over the machine, and over a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import (
    ARGUMENTS,
    IS_DRAWN,
    LAPTOP,
    chromium,
    dashboards,
    empty_page,
)
from tests.benchmarks.measuring import Row, Spread, Turns, in_turns, say
from tests.benchmarks.sizes import M, Size
from tests.benchmarks.visitor import QUERIES
from tests.support.slow_line import OFFICE, slow_line

PATIENCE: Final = 60_000  # milliseconds

PAGES: Final = {
    "Portfolio": "portfolio",
    "Client": f"client?{QUERIES['Client']}",
    "Adoption": "adoption",
}
EMPTY: Final = "an empty Streamlit page"
EARLIER: Final = "the commit before"

DRAWN_WITHIN: Final = 3_000
"""Milliseconds until Portfolio is drawn over the line."""

MEGABYTES: Final = 3.0
EARLIER_SHARE: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a first load took: seconds until drawn, MB and requests of files."""

    seconds: float
    megabytes: float
    requests: int


def first_load(bench: Bench) -> Iterator[Row]:
    """Three pages at M, each in a browser without a cache, in turns with an empty page."""
    size = bench.largest(up_to=M)
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        base = stores.scored(bench.data, size)
        running = stack.enter_context(dashboards(place, base, bench.checkouts))
        limit = stack.enter_context(empty_page(place)).url
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        stack.callback(browser.close)
        for said in ("this machine", f"a line of {OFFICE}"):
            say(f"  over {said}")
            ways = [*(server.url for server in running), limit]
            if said != "this machine":
                ways = [stack.enter_context(slow_line(_port(url))).url for url in ways]
            *ours, empty = ways
            for name, path in PAGES.items():
                works = [_opening(browser, f"{url}/{path}") for url in ours]
                loads = in_turns(bench.repeat, *works, _opening(browser, empty))
                yield from _rows(bench, size, name, said, loads)


def _rows(
    bench: Bench, size: Size, name: str, said: str, loads: tuple[tuple[Load, ...], ...]
) -> Iterator[Row]:
    """loads: of this checkout, of the earlier one if there is one, of the empty page."""
    ours, *others = ([load.seconds for load in rounds] for rounds in loads)
    work = f"First load over {said}, drawn: {name}"
    over_line = said != "this machine"
    is_promised = name == "Portfolio" and size is M
    files = f"{loads[0][-1].megabytes:.2f} MB, {loads[0][-1].requests} requests"
    yield Row(
        work=work,
        size=size.name,
        against=f"{DRAWN_WITHIN / 1_000:.0f} s" if over_line else "–",
        value=Spread.of([1_000 * seconds for seconds in ours]),
        unit="ms",
        at_most=DRAWN_WITHIN if over_line and is_promised else None,
        remarks=(files,),
        is_detail=not (over_line and is_promised),
    )
    if over_line and is_promised:
        yield Row(
            work=f"First load, files packed: {name}",
            size=size.name,
            against=f"{MEGABYTES:.0f} MB",
            value=Spread.of([load.megabytes for load in loads[0]]),
            unit="MB",
            at_most=MEGABYTES,
        )
    for against, seconds in zip((*(EARLIER,) * bench.has_before, EMPTY), others, strict=True):
        is_earlier = against == EARLIER and not over_line
        yield Turns(work=tuple(ours), limit=tuple(seconds)).row(
            work=work,
            size=size.name,
            against=against,
            at_most=EARLIER_SHARE if is_earlier else None,
            is_detail=True,
        )


def _opening(browser: Browser, address: str) -> Callable[[int], Load]:
    """Opens the address in a profile of its own, as on a visitor's first day."""

    def open_(_: int) -> Load:
        context = browser.new_context(viewport=LAPTOP)
        page = context.new_page()
        sizes: list[int] = []
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.goto(address, wait_until="commit")
        page.wait_for_function(IS_DRAWN, timeout=PATIENCE, polling="raf")
        seconds = float(page.evaluate("performance.now()")) / 1_000
        page.wait_for_load_state("networkidle")
        context.close()
        return Load(seconds=seconds, megabytes=sum(sizes) / 1e6, requests=len(sizes))

    return open_


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
