"""The frame around every page: navigation, and the one place where errors end."""

from __future__ import annotations

import importlib
import logging
import secrets
from typing import TYPE_CHECKING, Self

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from health.errors import HealthError
from health.ui import page, text
from health.ui.links import Address

if TYPE_CHECKING:
    from types import TracebackType

# What follows has to happen before a server takes its first visitor: `app.py` and the command
# import this module before they start one.
#
# Plotly imports these when it first needs them; with several first visitors at once those imports
# meet half way ("partially initialized module 'numpy'").
for _module in ("numpy", "pandas", "plotly.graph_objects", "plotly.io"):
    importlib.import_module(_module)

# A folder called "pages" makes a cold server look for the pages in it, and a link to any of ours
# opens with "Page not found" above it. There is no public setting for it.
PagesManager.uses_pages_directory = False

_LOG = logging.getLogger("health")


def run() -> None:
    """Show the page that the address names, inside the navigation."""
    dated = [
        st.Page(Address.PORTFOLIO, title="Portfolio", default=True),
        st.Page(Address.CLIENT, title="Client"),
        st.Page(Address.ADOPTION, title="Adoption"),
        st.Page(Address.TRENDS, title="Trends"),
    ]
    data = st.Page(Address.DATA, title="Data")
    chosen = st.navigation([*dated, data], position="top")
    with _Boundary(), page.frame(chosen.title, dated=chosen in dated):
        chosen.run()


class _Boundary:
    """Ends every error of a page: ours in its own words, a bug as one sentence with a reference.

    A context manager, as it sees an exception without catching Streamlit's own control flow,
    which is not an ``Exception``.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, HealthError):
            st.error(f"**{text.escape(error.title)}**  \n{text.escape(error.message)}")
            return True
        if isinstance(error, Exception):
            reference = secrets.token_hex(4)
            _LOG.error("Reference %s", reference, exc_info=error)
            st.error(
                "**This page could not be shown.**  \nYour data is as it was. Reload the page; "
                f"if it stays like this, report reference `{reference}` from the server's log."
            )
            return True
        return False
