from __future__ import annotations

import streamlit as st

from health.queries import status
from health.scoring.active_model import latest_day
from health.ui.data.client_ids import client_ids
from health.ui.data.entry_forms import entry_forms
from health.ui.data.feed_list import feed_list
from health.ui.data.file_guide import file_guide
from health.ui.data.import_history import import_history, offer_anyway
from health.ui.data.inventory import holdings
from health.ui.data.recalculation import offer, recalculation
from health.ui.data.uploads import choose_files, review
from health.ui.parts.first_run import welcome
from health.ui.parts.page import undated_page
from health.ui.parts.recalculate import forget_outdated
from health.ui.session import jobs

with undated_page("What is on file, and how current is it?") as ask:
    latest = ask(latest_day)
    freshness = ask(status.freshness, latest)
    with st.container(horizontal=True, vertical_alignment="center"):
        forget_outdated(ask)
        finished = jobs.show()
        if finished is not None:
            offer_anyway(finished)
            offer(ask, finished)
            jobs.dismiss_button()
    if freshness.is_empty:
        welcome()

    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Load files", anchor=False)
        uploads = choose_files()
        file_guide()
        feed_list(ask)
    with right:
        recalculation(ask)
    if uploads:
        review(ask, uploads, is_demo=freshness.is_demo)

    if not freshness.is_empty:
        st.subheader("Your data", anchor=False)
        holdings(ask)
        import_history(ask)
        client_ids(ask)
        st.subheader("Record by hand", anchor=False)
        entry_forms(ask, latest)
