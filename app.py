"""The dashboard: `streamlit run app.py`, or `client-health serve`."""

from __future__ import annotations

import streamlit as st

from health.ui import shell

st.set_page_config(
    page_title="Client Health",
    page_icon="💚",
    layout="wide",
    initial_sidebar_state="collapsed",
)
shell.run()
