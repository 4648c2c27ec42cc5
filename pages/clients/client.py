from __future__ import annotations

import streamlit as st

from health.explanation.breakdown import explain, summary
from health.output import markdown
from health.queries.client import ClientQuery, client
from health.queries.not_scored import why_not_scored
from health.queries.status import is_out_of_date
from health.ui.client import (
    change,
    chosen,
    client_alerts,
    features,
    layout,
    overview,
    peers,
    proof,
    score_charts,
    timeline,
    usage,
    work,
)
from health.ui.parts.page import page
from health.ui.server.streamlit_private import drawn_first
from health.ui.session.cache import cached

with page(chosen.question, tab=chosen.tab_title, needs_scores=False, is_of_one_client=True) as view:
    with drawn_first():
        organization_id = chosen.known_client(view.ask)
        if organization_id is None:
            chosen.suggestions(view)
            st.stop()

        asked = ClientQuery(
            organization_id=organization_id, as_of=view.as_of, from_day=view.from_day
        )
        known = view.ask(client, asked)
        explanation = cached(explain, known.inputs, known.model)
        # What explains a score is computed from the data as it is now: it waits for the score.
        is_old = overview.differs(known.score, explanation) or view.ask(
            is_out_of_date, organization_id, view.as_of
        )
        if known.score is None:
            overview.facts(known, view)
            reason = view.ask(why_not_scored, organization_id, view.as_of)
            overview.not_scored(known, reason, explanation, view.currency)
        else:
            said = overview.standing(known.score) if is_old else summary(known.score, explanation)
            st.markdown(f"**{markdown.escape(said)}**")
            overview.facts(known, view)
            client_alerts.late(view, known)
            overview.in_cards(known, explanation, view.currency)
            client_alerts.changes(view, known)

        place = layout.first_screen()
        with place.why:
            if is_old:
                overview.out_of_date()
            else:
                score_charts.parts(view, known, explanation)
        with place.todo:
            work.actions(view, known)
            work.pulse(view, known)
            if known.score is not None and not is_old:
                overview.what_would_help(view, known, known.score)
            client_alerts.alerts(view, known)
            timeline.said_last(view, known)
        layout.bar(known)
    timeline.section(view, known)
    if known.score is not None and not is_old:
        change.what_changed(view, known)
    score_charts.over_time(view, known)
    if known.score is not None:
        peers.among_its_peers(view, known)
    usage.usage(view, organization_id)
    features.features(view, organization_id)
    if known.score is not None:
        proof.proof(view, known)
