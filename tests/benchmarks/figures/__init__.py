"""What can be measured: each figure by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row

FIGURES: Final[Mapping[str, str]] = {
    "score-day": "scoring.one_day",
    "score-year": "scoring.one_year",
    "score-memory": "scoring.memory",
    "peers": "peers.one_day",
    "load-large": "loading.large_file",
    "load-nightly": "loading.nightly_file",
    "load-change": "loading.same_change",
    "recalculate": "recalculating.one_percent",
    "questions": "questions.of_pages",
    "work": "work.questions",
    "what-if": "work.draft",
    "back-test": "work.judged",
    "storage": "storage.file_size",
    "page-click": "browsing.page_click",
    "first-load": "first_loads.first_load",
    "page-weight": "page_weights.clicks",
    "filter": "filtering.owner",
    "sessions": "browsing.twenty_sessions",
    "busy": "browsing.while_recalculating",
    "crowd": "crowds.at_once",
    "morning": "crowds.with_thought",
    "dashboard-memory": "crowds.memory",
    "sharing": "sharing.three_ways",
}
"""Where each is: a module of this folder and a function in it."""


def figure(name: str) -> Callable[[Bench], Iterator[Row]]:
    """The figure of this name; imports what it needs and nothing of the others."""
    module, _, function = FIGURES[name].partition(".")
    found = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    return cast("Callable[[Bench], Iterator[Row]]", found)
