from __future__ import annotations

import streamlit as st

from health.queries import team
from health.ui.parts.page import page
from health.ui.team import became, book, renewing

with page("How is the team’s book of business?") as view:
    query = book.choose(view)
    found = view.ask(team.team, query)
    if found.whole.is_empty():
        st.info("No client is active on this day. Choose another day above.")
        st.stop()
    book.answer(found, query, view)
    book.table(found, query, view)
    became.section(query, view)
    renewing.by_month(view)
