"""What a page says where there is nothing to show, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import words
from health.ui.links import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from health.queries.status import Freshness


def nothing_on_file(freshness: Freshness) -> None:
    """Say what this is and how to begin: an empty database, or clients without usage."""
    with st.container(border=True):
        if freshness.is_empty:
            st.markdown(
                "#### Nothing is on file yet\n"
                "Client Health scores how each client uses the product, every day, and shows "
                "who is at risk and why. It needs three files: organizations, usage metrics and "
                "feature adoption."
            )
        else:
            st.markdown(
                f"#### {words.count(freshness.clients, 'client')} on file, but no usage yet\n"
                "A score rests on the usage of the last 30 days. Load a file of usage metrics."
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(Address.DATA, label="Load files", icon=":material/upload_file:")
            if freshness.is_empty:
                st.page_link(
                    Address.DATA,
                    label="Or look around with the demo",
                    icon=":material/explore:",
                    query_params={"begin": "demo"},
                )


def not_scored(as_of: date) -> None:
    """Say that a day has no stored scores, and where to make them."""
    with st.container(border=True):
        st.markdown(
            f"#### No scores for {words.day(as_of)} yet\n"
            "There is usage on file, but this day was not calculated. Press Recalculate on the "
            "Data page, or choose another day above."
        )
        st.page_link(Address.DATA, label="Recalculate on the Data page")


def nothing_matches(drop: Sequence[tuple[str, Callable[[], None]]], *, what: str) -> None:
    """Say that no ``what`` passes the filters, and offer each filter for dropping.

    drop: per filter its words and what takes it away.
    """
    with st.container(border=True):
        st.markdown(f"**No {what} matches.** Drop a filter:")
        with st.container(horizontal=True):
            for index, (label, clear) in enumerate(drop):
                st.button(label, key=f"drop_{index}", on_click=clear, icon=":material/close:")
