"""A filter of the Portfolio page chosen in a browser, beside a click on that page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import FILTER
from tests.benchmarks.figures.browsing import PATIENCE, ROUNDS, tabs
from tests.benchmarks.measuring import Row, Turns, in_turns
from tests.benchmarks.sizes import M

AT_MOST: Final = 1.0

OWNERS: Final = ("owner03@example.com", "owner07@example.com")


def owner(bench: Bench) -> Iterator[Row]:
    """An owner chosen, with every answer known from before; the owners take turns."""
    size = bench.largest(up_to=M)
    with tabs(bench, size) as (product, _):
        page = product.page

        def click(_: int) -> float:
            product.click("Trends")
            return product.click("Portfolio")

        def choose(number: int) -> float:
            page.get_by_role("button", name="Filters").click()
            page.get_by_role("combobox", name="Owner", exact=True).click()
            owner = OWNERS[number % len(OWNERS)]
            page.get_by_role("option", name=owner).wait_for()
            taken = float(page.evaluate(FILTER, [owner, f"Owner {owner}", PATIENCE])) / 1_000
            page.keyboard.press("Escape")
            page.get_by_role("button", name=f"Owner {owner}").click()
            page.get_by_role("button", name=f"Owner {owner}").wait_for(state="detached")
            return taken

        for number in range(len(OWNERS)):
            click(number)
            choose(number)
        work, limit = in_turns(ROUNDS * bench.repeat, choose, click)
    yield Turns(work=work, limit=limit).row(
        work="The owner filter of Portfolio, drawn in the browser",
        size=size.name,
        against="a click on that page",
        at_most=AT_MOST if size is M else None,
    )
