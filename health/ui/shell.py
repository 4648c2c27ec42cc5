"""The frame around every page: navigation, sign-in, errors."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.errors import DatabaseInUse, HealthError
from health.output import markdown
from health.ui.parts import page
from health.ui.parts.links import Address
from health.ui.server import sign_in
from health.ui.session import answers, error_boundary
from health.ui.session.command_dispatch import run_commands_of_others
from health.ui.session.error_boundary import PAGE_ADVICE, PAGE_FAILED, ErrorBoundary

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.navigation.page import StreamlitPage

    from health.storage.command_server import Request
    from health.storage.database import Database


_UNDATED: Final = ("Back-test", "Data")
_WITH_CHARTS: Final = ("Portfolio", "Client", "Adoption", "Trends", "Team")


def run(run_command: Callable[[Database, Request], int]) -> None:
    """Show the page that the address names, inside the navigation.

    run_command: runs a command of another process on the database that this one holds.
    """
    chosen = st.navigation([copy.copy(one) for one in _pages()], position="top")
    st.set_page_config(page_title=f"{chosen.title} · {page.PRODUCT}", page_icon="💚", layout="wide")
    sign_in.stop_unless_signed_in()
    with ErrorBoundary(_tell, title=PAGE_FAILED, advice=PAGE_ADVICE):
        run_commands_of_others(run_command)
        for notice in answers.opened().notices:
            st.warning(markdown.escape(notice), icon=":material/history:")
        title = chosen.title
        with page.page_head(title, dated=title not in _UNDATED, has_charts=title in _WITH_CHARTS):
            chosen.run()


@st.cache_resource(show_spinner=False)
def _pages() -> list[StreamlitPage]:
    """Look for the script of each page once; Streamlit would for each visitor's click."""
    return [
        st.Page(Address.TODAY, title="Today", default=True),
        st.Page(Address.PORTFOLIO, title="Portfolio"),
        st.Page(Address.CLIENT, title="Client"),
        st.Page(Address.ADOPTION, title="Adoption"),
        st.Page(Address.TRENDS, title="Trends"),
        st.Page(Address.TEAM, title="Team"),
        st.Page(Address.MODEL, title="Model"),
        st.Page(Address.BACKTEST, title="Back-test"),
        st.Page(Address.DATA, title="Data"),
    ]


def _tell(condition: HealthError) -> None:
    if isinstance(condition, DatabaseInUse):
        _wait_for_database()
    else:
        error_boundary.show(condition)


@st.fragment(run_every=1.0)
def _wait_for_database() -> None:
    """Say that a command holds the database, and open the page once it is done."""
    try:
        answers.opened()
    except DatabaseInUse:
        st.info(
            "**A load or a calculation from the command line is under way.**  \n"
            "This page opens by itself when it has finished; nothing is lost.",
            icon=":material/hourglass_top:",
        )
    else:
        st.rerun()
