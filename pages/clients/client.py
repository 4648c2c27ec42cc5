from __future__ import annotations

import streamlit as st

from health.explanation.breakdown import explain, summary
from health.queries.client import ClientQuery, ScoreHistoryQuery, client, score_history
from health.queries.scores import why_not_scored
from health.ui.client import change, client_alerts, overview, peers
from health.ui.parts import client_picker, markdown, periods
from health.ui.parts.page import page
from health.ui.session.cache import made

with page(client_picker.client_question, needs_scores=False) as view:
    chosen = client_picker.choose_client(view.ask)
    if chosen is None:
        client_picker.suggestions(view)
        st.stop()

    known = view.ask(client, ClientQuery(organization_id=chosen, as_of=view.as_of))
    explanation = made(explain, known.inputs, known.model)
    if known.score is None:
        overview.facts(known, view)
        reason = view.ask(why_not_scored, chosen, view.as_of)
        overview.not_scored(known, reason, explanation, view.currency)
        client_alerts.alerts(view, known)
    else:
        st.markdown(f"**{markdown.escape(summary(known.score, explanation))}**")
        overview.facts(known, view)
        client_alerts.late(view, known)
        overview.in_cards(known, explanation, view.currency)
        client_alerts.changes(view, known)
        client_alerts.alerts(view, known)
        change.what_changed(view, known, known.score)
        overview.what_would_help(known, known.score)
        peers.among_its_peers(view, chosen)

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
        overview.history(history, known, view.palette, **days)
    with right:
        overview.parts(view, known, explanation)
    overview.parts_history(history, known, view.palette, **days)
    overview.usage(view, chosen)
    overview.features(view, chosen)
