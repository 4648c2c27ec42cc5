"""The least that Streamlit can show, the limit of every page click: pages with a title.

One more page has a chart and a table of constants: what drawing takes when nothing is computed.
"""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl
import streamlit as st

_NUMBERS = list(range(200))
_FIGURE = go.Figure(go.Scatter(x=_NUMBERS, y=_NUMBERS))
_TABLE = pl.DataFrame({"number": _NUMBERS})


def one() -> None:
    st.title("One")


def two() -> None:
    st.title("Two")


def drawn() -> None:
    st.title("Drawn")
    st.plotly_chart(_FIGURE)
    st.dataframe(_TABLE)


st.navigation(
    [
        st.Page(one, title="First", default=True),
        st.Page(two, title="Second"),
        st.Page(drawn, title="Third"),
    ],
    position="top",
).run()
