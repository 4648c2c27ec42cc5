"""A draft of the scoring model on the left, and what it would do to all clients on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.output import what_if_words
from health.queries.what_if import WhatIfQuery, what_if
from health.scoring.catalogue import models
from health.scoring.drafts import drafts
from health.scoring.schemes import model_in_force, schemes
from health.ui.model import draft, effect, extra_parts, judged, keeping, publish, start
from health.ui.session import answers

if TYPE_CHECKING:
    from datetime import date


# An edit draws this part anew and not the page: what stands above is not asked again.
@st.fragment
def workbench(as_of: date, currency: str) -> None:
    """Draw the draft, and what it would do to all clients on ``as_of``, as it is edited."""
    with answers.of_page() as ask:
        in_force = ask(model_in_force, as_of)
        draft.begin(in_force)
        saved = ask(drafts)
        publish.dialog(as_of, currency)
        extra_parts.dialog()
        answer = st.container()
        left, right = st.columns([2, 3], gap="large")
        with left:
            known = start.Known(in_force, [one.model for one in ask(models)], saved)
            against = start.choose(known)
            model = draft.edit()
            publish.button(model, ask(schemes)[-1].segments)
            keeping.keep(model, saved)
        if model is None:
            answer.info(
                "Put right what is marked in the draft. Then you see what it would do to your "
                "clients.",
                icon=":material/edit:",
            )
            return
        found = ask(what_if, WhatIfQuery(draft=model, as_of=as_of, against=against))
        if found.frame.is_empty():
            answer.info(
                "No client has a score on this day, with the draft or without it. Choose another "
                "day above, or load usage on the Data page."
            )
            return
        answer.markdown(what_if_words.answer(found, currency))
        with right:
            effect.show(ask, found, currency)
        judged.before_and_after(ask, in_force, model, currency)
