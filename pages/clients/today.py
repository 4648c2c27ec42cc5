from __future__ import annotations

import streamlit as st

from health.ui import call_decisions, today_view, viewer
from health.ui.page import page

with page("Whom should I call today?") as view:
    call_decisions.dialog()
    left, right = st.columns([31, 9], gap="medium")
    with left:
        query, found = today_view.choose(view)
        if found.calls.is_empty():
            today_view.nobody(found, query)
        else:
            today_view.calls(found, query, view)
    with right:
        if not view.is_past:
            today_view.news(found, query, view)
        today_view.alerts(found, query, view)
        if not view.is_past:
            call_decisions.decided(view)
    viewer.remember(view)
