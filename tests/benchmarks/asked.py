"""What pages ask of the database: they are run without a browser, and each question written down.

So a figure is about what the pages ask today, and no list has to keep up with them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import streamlit as st
from streamlit.testing.v1 import AppTest

from health.storage.database import Reader
from health.ui.parts.links import Address
from health.ui.session import answers
from tests.benchmarks import generating
from tests.benchmarks.measuring import ROOT

# Pages run outside a server on purpose.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True

TODAY, PORTFOLIO, CLIENT, ADOPTION, TRENDS = "Today", "Portfolio", "Client", "Adoption", "Trends"

Key = tuple[str, str, int]
"""A page, a question, and which of those like it on that page."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A page as the address asks for it."""

    page: str
    script: Address
    address: Mapping[str, str] = field(default_factory=dict)


VISITS: Final = (
    Visit(page=TODAY, script=Address.TODAY),
    Visit(page=PORTFOLIO, script=Address.PORTFOLIO),
    Visit(page=PORTFOLIO, script=Address.PORTFOLIO, address={"search": "client 00"}),
    Visit(page=PORTFOLIO, script=Address.PORTFOLIO, address={"risk": "High risk"}),
    Visit(page=CLIENT, script=Address.CLIENT, address={"client": generating.organization_id(7)}),
    Visit(page=ADOPTION, script=Address.ADOPTION),
    Visit(page=TRENDS, script=Address.TRENDS),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as a page asked it."""

    question: Callable[..., object]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The function and its module, such as ``portfolio.overview``."""
        module = self.question.__module__.rpartition(".")[2]
        return f"{module}.{self.question.__qualname__}"

    @property
    def identity(self) -> str:
        """Tells questions apart the way the pages' own memory does."""
        return f"{self.name} {self.arguments} {sorted(self.named.items())}"

    def again(self, reader: Reader) -> object:
        return self.question(reader, *self.arguments, **self.named)


def by_pages(database: Path) -> dict[Key, Asked]:
    """The different questions that the pages ask of this database."""
    found: dict[Key, Asked] = {}
    with patch.dict(os.environ, {"CLIENT_HEALTH_DATABASE": str(database)}):
        st.cache_resource.clear()
        for visit in VISITS:
            for asked in _on_visit(visit):
                alike = [
                    other
                    for (page, name, _), other in found.items()
                    if (page, name) == (visit.page, asked.name)
                ]
                if asked.identity not in {other.identity for other in alike}:
                    found[visit.page, asked.name, len(alike) + 1] = asked
        # This also closes the database that the pages opened.
        st.cache_resource.clear()
    return found


def _on_visit(visit: Visit) -> list[Asked]:
    """Everything that a page asks while it is drawn, in order."""
    noted: list[Asked] = []
    ask = answers.Answers.__call__

    def note(
        self: answers.Answers, question: Callable[..., object], *arguments: object, **named: object
    ) -> object:
        noted.append(Asked(question=question, arguments=arguments, named=named))
        return ask(self, question, *arguments, **named)

    with patch.object(answers.Answers, "__call__", note):
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        page.switch_page(visit.script)
        for name, value in visit.address.items():
            page.query_params[name] = value
        page.run()
    if page.exception or page.error:
        raise AssertionError(f"{visit.page} shows an error: {[*page.exception, *page.error]}")
    return noted
