"""The dashboard: `streamlit run app.py`, or `client-health serve`."""

from __future__ import annotations

import streamlit as st

from health.cli.handover import answer
from health.ui import server, shell

if st.runtime.exists():
    st.set_page_config(page_title="Client Health", page_icon="💚", layout="wide")
    shell.run(answer)
else:
    # Read once before the server starts, so that what `shell` prepares is there for the first
    # visitor; after that Streamlit runs this file for each visitor.
    app = st.App(
        __file__,
        middleware=server.middleware(),
        routes=server.routes(),
        lifespan=server.lifespan,
    )
