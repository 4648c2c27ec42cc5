from __future__ import annotations

import streamlit as st

from health.charts.renewal_map import outside_note, renewal_map
from health.charts.score_distribution import score_distribution
from health.queries import portfolio
from health.ui.parts import empty_states, filters
from health.ui.parts.page import chart, client_chart, page
from health.ui.portfolio import overview
from health.ui.session.cache import cached_figure

with page("Where does the portfolio stand?") as view:
    chosen, numbers = overview.choose(view)
    if filters.wants_unscored() and numbers.not_scored:
        overview.unscored(view, chosen, numbers.not_scored)
        st.stop()
    if filters.wants_unscored() or not numbers.clients:
        empty_states.nothing_matches(
            filters.active(),
            what="client",
            shown_without=lambda key: (
                view.ask(portfolio.overview, filters.without(chosen, key)).clients
            ),
        )
        st.stop()

    overview.metrics(numbers, view)
    landscape = view.ask(portfolio.landscape, chosen)
    left, right = st.columns([5, 3])
    with left:
        st.markdown("##### Who is at risk, and when they renew")
        client_chart(
            cached_figure(renewal_map, landscape, view.palette, currency=view.currency),
            alt="Each client by score and days to renewal; larger marks are worth more",
            key="renewal_map",
            name="risk and renewal",
        )
    with right:
        st.markdown("##### How the scores are spread")
        chart(
            cached_figure(score_distribution, landscape, view.palette),
            alt="How many clients have which score, by risk",
            name="scores",
        )
    if note := outside_note(landscape):
        st.caption(note)
    overview.scored(view, chosen, numbers.clients)
