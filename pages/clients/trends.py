from __future__ import annotations

import streamlit as st

from health import formatting
from health.charts import trends as charts
from health.queries import trends
from health.scoring.schemes import changes
from health.ui.parts import filters, periods
from health.ui.parts.page import chart, page
from health.ui.server.streamlit_private import drawn_first
from health.ui.session.cache import cached_figure
from health.ui.trends import movers, reasons

with page("What is moving?") as view:
    with drawn_first():
        with st.container(horizontal=True, vertical_alignment="center"):
            span = periods.choose_span("30 days")
            clients = movers.choose_clients(view)
        filters.show_active(apart_from=["owner"])
        compared = trends.MoversQuery(as_of=view.as_of, days=span, clients=clients)
        moved = view.ask(trends.movers, compared)
        st.markdown(movers.answer(moved, compared))
        if moved.compared:
            reasons.of_span(compared, view)
            movers.pictures(moved, compared, view)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("The portfolio over time", anchor=False)
        period = periods.choose_period(view.as_of, view.ask(trends.first_scored_day))
    days = {"first": period.first, "last": period.last}
    over_time = trends.HistoryQuery(start_date=period.first, end_date=period.last, clients=clients)
    history = view.ask(trends.history, over_time)
    reasons.of_month(over_time, view)
    said = formatting.span(period.first, period.last)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Average score")
        chart(
            cached_figure(
                charts.average_history, history, view.palette, models=view.ask(changes), **days
            ),
            alt=f"Average score of the clients shown {said}",
            name="average score",
        )
    with right:
        st.markdown("##### Clients by risk")
        chart(
            cached_figure(charts.risk_mix, history, view.palette, **days),
            alt=f"How many clients had which risk {said}",
            name="clients by risk",
        )
