from __future__ import annotations

import streamlit as st

from health.ui.parts.page import page
from health.ui.session import viewer
from health.ui.today import call_list, decisions

with page("Whom should I call today?") as view:
    decisions.dialog()
    left, right = st.columns([31, 9], gap="medium")
    with left:
        query, found = call_list.choose(view)
        if found.calls.is_empty():
            call_list.nobody(found, query)
        else:
            call_list.calls(found, query, view)
    with right:
        if not view.is_past:
            call_list.news(found, query, view)
        call_list.alerts(found, query, view)
        if not view.is_past:
            decisions.decided(view)
    viewer.remember(view)
