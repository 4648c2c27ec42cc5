"""What the server sends for a click on a page: a budget that a change must not pass unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.browser import dashboard
from tests.benchmarks.measuring import Row, Spread
from tests.benchmarks.sizes import M
from tests.benchmarks.visitor import visiting


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that a click on a page may send, at 2,000 clients; a little above what it does."""

    messages: int
    kilobytes: float


BUDGETS: Final[Mapping[str, Budget]] = {
    "Today": Budget(messages=85, kilobytes=22),
    "Portfolio": Budget(messages=68, kilobytes=89),
    "Client": Budget(messages=97, kilobytes=82),
    "Adoption": Budget(messages=47, kilobytes=137),
    "Trends": Budget(messages=58, kilobytes=120),
    "Team": Budget(messages=54, kilobytes=42),
    "Model": Budget(messages=100, kilobytes=21),
    "Back-test": Budget(messages=19, kilobytes=5),
    "Data": Budget(messages=71, kilobytes=24),
}


class OverBudgetError(Exception):
    """Pages that send more than they may; the benchmark fails."""


def clicks(bench: Bench) -> Iterator[Row]:
    """The messages and kilobytes of a click on each page, by a visitor that sees it anew."""
    size = bench.largest(up_to=M)
    over: list[str] = []
    with ExitStack() as stack:
        place = stack.enter_context(stores.scratch(bench.data))
        copy = stack.enter_context(stores.copy_of(stores.scored(bench.data, size)))
        server = stack.enter_context(dashboard(place, copy))
        with visiting(server.url) as first:
            names = list(first.pages)
        for name in names:
            with visiting(server.url) as visitor:
                visitor.click(name)
            budget = BUDGETS.get(name)
            sent = {"messages": float(visitor.messages), "kB": visitor.size / 1_000}
            most = {"messages": budget.messages, "kB": budget.kilobytes} if budget else {}
            for unit, value in sent.items():
                at_most = most.get(unit) if size is M else None
                if at_most is not None and value > at_most:
                    over.append(f"{name} sends {value:,.0f} {unit}, at most {at_most:,.0f}")
                yield Row(
                    work=f"What a click sends: {name}",
                    size=size.name,
                    against="its budget",
                    value=Spread.of([value]),
                    unit=unit,
                    at_most=at_most,
                    is_detail=True,
                )
    if over:
        raise OverBudgetError("; ".join(over))
