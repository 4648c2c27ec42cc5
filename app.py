"""The dashboard: `streamlit run app.py`, or `client-health serve`."""

from __future__ import annotations

import streamlit as st

from health.cli.remote_command import answer
from health.ui import shell
from health.ui.server import web_server
from health.ui.session import first_views
from health.ui.session.error_boundary import show_script_error

if st.runtime.exists():
    shell.run(answer)
else:
    # Read once before the server starts; after that Streamlit runs this file for each visitor.
    app = st.App(
        __file__,
        on_script_error=show_script_error,
        middleware=web_server.middleware(),
        routes=web_server.routes(),
        lifespan=first_views.lifespan,
    )
