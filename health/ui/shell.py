"""The frame around every page: navigation, sign-in, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    from health.storage.command_server import Request
    from health.storage.database import Database


def run(run_command: Callable[[Database, Request], int]) -> None:
    """Show the page that the address names, inside the navigation.

    run_command: runs a command of another process on the database that this one holds.
    """
    with_charts = [
        st.Page(Address.PORTFOLIO, title="Portfolio"),
        st.Page(Address.CLIENT, title="Client"),
        st.Page(Address.ADOPTION, title="Adoption"),
        st.Page(Address.TRENDS, title="Trends"),
        st.Page(Address.TEAM, title="Team"),
    ]
    model = st.Page(Address.MODEL, title="Model")
    dated = [st.Page(Address.TODAY, title="Today", default=True), *with_charts, model]
    undated = [
        st.Page(Address.BACKTEST, title="Back-test"),
        st.Page(Address.DATA, title="Data"),
    ]
    chosen = st.navigation([*dated, *undated], position="top")
    sign_in.stop_unless_signed_in()
    with ErrorBoundary(_tell, title=PAGE_FAILED, advice=PAGE_ADVICE):
        run_commands_of_others(run_command)
        for notice in answers.database().notices:
            st.warning(markdown.escape(notice), icon=":material/history:")
        with page.page_head(chosen.title, dated=chosen in dated, has_charts=chosen in with_charts):
            chosen.run()


def _tell(condition: HealthError) -> None:
    if isinstance(condition, DatabaseInUse):
        _wait_for_database()
    else:
        error_boundary.show(condition)


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
