"""The least that Streamlit can show: two pages with a title, the limit of every page click."""

from __future__ import annotations

import streamlit as st


def one() -> None:
    st.title("One")


def two() -> None:
    st.title("Two")


st.navigation(
    [st.Page(one, title="First", default=True), st.Page(two, title="Second")], position="top"
).run()
