"""A short table that is read as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from health.output import markdown

if TYPE_CHECKING:
    import polars as pl


def small_table(rows: pl.DataFrame, **options: Any) -> None:
    """Draw a table of strings; on a narrow screen it scrolls within its own frame.

    options: of :func:`health.output.markdown.table`.
    """
    with st.container(horizontal=True, wrap=False):
        st.markdown(markdown.table(rows, **options), width="content")
