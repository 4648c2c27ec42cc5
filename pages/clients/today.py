from __future__ import annotations

import streamlit as st

from health.ui.client import log_call
from health.ui.parts.page import page
from health.ui.session import viewer
from health.ui.today import alerts, calls, decisions, follow_ups, news

with page("Whom should I call today?") as view:
    log_call.dialog()
    left, right = st.columns([31, 9], gap="medium")
    with left:
        top = st.container()
        query, found = calls.choose(view)
        with top:
            if not view.is_past:
                follow_ups.due(view, query.csm)
            calls.answer(found, query, view)
        if found.calls.is_empty():
            calls.nobody(found, query)
        else:
            calls.calls(found, query, view)
    with right:
        if not view.is_past:
            follow_ups.disagreeing(view, query.csm)
            news.news(query, view)
        alerts.alerts(view, query)
        if not view.is_past:
            decisions.decided(view)
    if not view.is_past:
        viewer.remember(view.ask, view.latest)
