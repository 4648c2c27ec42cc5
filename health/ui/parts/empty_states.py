"""What a page says where there is nothing to show, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.output import markdown
from health.ui.parts.first_run import load_demo
from health.ui.parts.links import Address, button_to
from health.ui.session import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from health.queries.status import Freshness
    from health.ui.parts.filters import ActiveFilter


def nothing_on_file(freshness: Freshness) -> None:
    """Say what this is and how to begin: an empty database, or clients without usage."""
    with st.container(border=True):
        if freshness.is_empty:
            st.markdown(
                "#### Nothing is on file yet\n"
                "Client Health scores how each client uses the product, every day, and shows "
                "who is at risk and why. It needs three files: organizations, usage metrics and "
                "feature adoption. Or look around with made-up clients first."
            )
        else:
            st.markdown(
                f"#### {formatting.count(freshness.clients, 'client')} on file, but no usage yet\n"
                "A score rests on the usage of the last 30 days. Load a file of usage metrics."
            )
        with st.container(horizontal=True):
            button_to(Address.DATA, "Load files", is_main=True)
            if freshness.is_empty and st.button("Load the demo data", disabled=jobs.is_busy()):
                load_demo()
                st.switch_page(Address.DATA)


def not_scored(as_of: date) -> None:
    """Say that a day has no stored scores, and where to make them."""
    with st.container(border=True):
        st.markdown(
            f"#### No scores for {formatting.day(as_of)} yet\n"
            "There is usage on file, but this day was not calculated. Press Recalculate on the "
            "Data page, or choose another day above."
        )
        button_to(Address.DATA, "Go to the Data page", is_main=True)


def nothing_matches(
    active: Sequence[ActiveFilter], *, what: str, shown_without: Callable[[str], int] | None = None
) -> None:
    """Say that nothing passes all filters, and offer to drop each.

    what: one of what is looked for, such as ``client``.
    shown_without: how many there would be without the filter of a key.
    """
    with st.container(border=True):
        st.markdown(f"**No {what} passes all filters.** Drop one:")
        with st.container(horizontal=True):
            for one in active:
                number = ""
                if shown_without is not None:
                    number = f" → {formatting.count(shown_without(one.key), what)}"
                st.button(
                    f"{markdown.escape(one.words)}{number}",
                    key=f"way_out_{one.key}",
                    on_click=one.drop,
                    icon=":material/close:",
                )
