"""Each page of this checkout in turns with that of an earlier commit, by clicks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Final

from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import LAPTOP, dashboards
from tests.benchmarks.figures.browsing import ADDRESS, ANSWERED, DRAWN, Tab, opened_browser
from tests.benchmarks.measuring import Row, Turns, in_turns
from tests.benchmarks.visitor import Visitor, visiting

AGAINST: Final = "the commit before"


class NoEarlierCommitError(Exception):
    """The figure was asked for without the option that names the other checkout."""


def clicks(bench: Bench) -> Iterator[Row]:
    """Clicks drawn in a browser, and sent by the server alone, at the largest size."""
    if bench.before is None:
        raise NoEarlierCommitError("say where the earlier commit is: --before CHECKOUT")
    size = bench.largest()
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        base = stores.scored(bench.data, size)
        servers = stack.enter_context(dashboards(place, base, bench.checkouts))
        browser = stack.enter_context(opened_browser())
        tabs = [
            Tab(page=browser.new_context(viewport=LAPTOP).new_page(), home=server.url)
            for server in servers
        ]
        for tab in tabs:
            tab.open(ADDRESS)
        visitors = [stack.enter_context(visiting(server.url)) for server in servers]
        names = [name for name in visitors[0].pages if name in visitors[1].pages]
        for number, name in enumerate(names):
            elsewhere = names[number - 1]

            ways = {
                DRAWN: [partial(_drawn, tab, name, elsewhere) for tab in tabs],
                ANSWERED: [partial(_answered, visitor, name) for visitor in visitors],
            }
            for said, works in ways.items():
                ours, theirs = in_turns(bench.repeat, *works)
                yield Turns(work=ours, limit=theirs).row(
                    work=f"A click, {said}: {name}",
                    size=size.name,
                    against=AGAINST,
                    is_detail=True,
                )


def _drawn(tab: Tab, name: str, elsewhere: str, _: int) -> float:
    tab.click(elsewhere)
    return tab.click(name)


def _answered(visitor: Visitor, name: str, _: int) -> float:
    return visitor.click(name)
