from __future__ import annotations

import streamlit as st

from health.explanation.breakdown import explain, summary
from health.output import markdown
from health.queries.client import ClientQuery, client
from health.queries.not_scored import why_not_scored
from health.ui.client import (
    change,
    client_alerts,
    features,
    overview,
    peers,
    score_charts,
    timeline,
    usage,
    work,
)
from health.ui.parts import client_picker
from health.ui.parts.page import page
from health.ui.session.cache import cached

with page(client_picker.client_question, needs_scores=False) as view:
    chosen = client_picker.choose_client(view.ask)
    if chosen is None:
        client_picker.suggestions(view)
        st.stop()

    asked = ClientQuery(organization_id=chosen, as_of=view.as_of, from_day=view.from_day)
    known = view.ask(client, asked)
    explanation = cached(explain, known.inputs, known.model)
    work.actions(view, known)
    work.pulse(view, known)
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
        overview.what_would_help(view, known, known.score)
        peers.among_its_peers(view, chosen)

    timeline.section(view, known)
    score_charts.score_charts(view, known, explanation)
    usage.usage(view, chosen)
    features.features(view, chosen)
