"""The frame around every page: navigation, and the one place where errors end."""

from __future__ import annotations

import importlib
import secrets
import sys
from typing import TYPE_CHECKING, Self

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from health import log
from health.errors import DatabaseInUse, HealthError
from health.output import markdown
from health.ui.parts import page
from health.ui.parts.links import Address
from health.ui.server import sign_in
from health.ui.session import answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from health.storage.command_server import Request
    from health.storage.database import Database

# What follows has to happen before a server takes its first visitor: `app.py` and the command
# import this module before they start one.
#
# Plotly imports these when it first needs them; with several first visitors at once those imports
# meet half way ("partially initialized module 'numpy'").
for _module in ("numpy", "pandas", "plotly.graph_objects", "plotly.io"):
    importlib.import_module(_module)

# A command of another process is done in a thread beside the scripts of the visitors. The engine
# asks for the interpreter hundreds of times in a load, and each time waits for every busy script to
# let go of it: 5 ms if nothing is said. Beside four busy threads a load of 200,000 rows, which
# takes 0.7 s alone, took 11 to 21 s, and so 4 to 5 s. The scripts pay 3 to 10 % for it.
sys.setswitchinterval(0.0005)

# A folder called "pages" makes a cold server look for the pages in it, and a link to any of ours
# opens with "Page not found" above it. There is no public setting for it.
PagesManager.uses_pages_directory = False


def run(answer: Callable[[Database, Request], int]) -> None:
    """Show the page that the address names, inside the navigation.

    answer: does a command of another process on the database that this one holds.
    """
    pictured = [
        st.Page(Address.PORTFOLIO, title="Portfolio"),
        st.Page(Address.CLIENT, title="Client"),
        st.Page(Address.ADOPTION, title="Adoption"),
        st.Page(Address.TRENDS, title="Trends"),
    ]
    dated = [st.Page(Address.TODAY, title="Today", default=True), *pictured]
    data = st.Page(Address.DATA, title="Data")
    chosen = st.navigation([*dated, data], position="top")
    if sign_in.is_required() and not st.user.get("is_logged_in"):
        # Nobody gets here past the guard, but for a program that leaves out what browsers send.
        st.error("Sign in to see this page: reload it.")
        st.stop()
    with _Boundary():
        answers.answer_others(answer)
        for notice in answers.database().notices:
            st.warning(markdown.escape(notice), icon=":material/history:")
        with page.frame(chosen.title, dated=chosen in dated, pictured=chosen in pictured):
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
        if isinstance(error, DatabaseInUse):
            _wait_for_database()
            return True
        if isinstance(error, HealthError):
            st.error(f"**{markdown.escape(error.title)}**  \n{markdown.escape(error.message)}")
            return True
        if isinstance(error, Exception):
            reference = secrets.token_hex(4)
            log.bug(reference, error)
            st.error(
                "**This page could not be shown.**  \nYour data is as it was. Reload the page; "
                f"if it stays like this, report reference `{reference}` from the server's log."
            )
            return True
        return False


@st.fragment(run_every=1.0)
def _wait_for_database() -> None:
    """Say that a command holds the database, and open the page once it is done."""
    try:
        answers.database()
    except DatabaseInUse:
        st.info(
            "**A load or a calculation from the command line is under way.**  \n"
            "This page opens by itself when it has finished; nothing is lost.",
            icon=":material/hourglass_top:",
        )
    else:
        st.rerun()
