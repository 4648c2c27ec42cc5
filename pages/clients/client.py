from __future__ import annotations

import streamlit as st

from health.explain import explain, summary
from health.queries.client import ClientQuery, ScoreHistoryQuery, client, score_history
from health.queries.scores import why_not_scored
from health.ui import change_view, client_alerts, client_view, clients, peers_view, periods, text
from health.ui.made import made
from health.ui.page import page

with page(clients.client_question, needs_scores=False) as view:
    chosen = clients.choose_client(view.ask)
    if chosen is None:
        clients.suggestions(view)
        st.stop()

    known = view.ask(client, ClientQuery(organization_id=chosen, as_of=view.as_of))
    explanation = made(explain, known.inputs, known.model)
    if known.score is None:
        client_view.facts(known, view)
        reason = view.ask(why_not_scored, chosen, view.as_of)
        client_view.not_scored(known, reason, explanation, view.currency)
        client_alerts.alerts(view, known)
    else:
        st.markdown(f"**{text.escape(summary(known.score, explanation))}**")
        client_view.facts(known, view)
        client_alerts.late(view, known)
        client_view.in_cards(known, explanation, view.currency)
        client_alerts.changes(view, known)
        client_alerts.alerts(view, known)
        change_view.what_changed(view, known, known.score)
        client_view.what_would_help(known, known.score)
        peers_view.among_its_peers(view, chosen)

    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Score over time", anchor=False)
        period = periods.choose_period(view.as_of, view.freshness.first_day)
    right.subheader(
        "Where the points come from" if known.score else "What a score would rest on", anchor=False
    )
    days = {"first": period.first, "last": period.last}
    history = view.ask(
        score_history,
        ScoreHistoryQuery(organization_id=chosen, start_date=period.first, end_date=period.last),
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        client_view.history(history, known, view.palette, **days)
    with right:
        client_view.parts(view, known, explanation)
    client_view.parts_history(history, known, view.palette, **days)
    client_view.usage(view, chosen)
    client_view.features(view, chosen)
