"""What was published, with what differs; the newest of it is taken back here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import HealthError
from health.output import markdown, model_words
from health.scoring.catalogue import models
from health.scoring.model import STANDARD
from health.scoring.publishing import Act, publications, take_back
from health.ui.model import judged, publish, restate
from health.ui.parts import recalculate
from health.ui.parts.small_table import small_table
from health.ui.session import answers, error_boundary, jobs, viewer

if TYPE_CHECKING:
    from health.ui.session.answers import Answers

_REFUSED: Final = "take_back_refused"


def history(ask: Answers) -> None:
    """Draw what was put in force, the newest first."""
    st.subheader("What is published", anchor=False)
    publish.said()
    if (refused := st.session_state.pop(_REFUSED, None)) is not None:
        error_boundary.show(refused, icon=":material/block:")
    found = ask(publications)
    if not found:
        st.caption(f"Nothing yet: the model {STANDARD.label} scores every day.")
        return
    known = {one.model.version: one.model for one in ask(models)}
    in_force = [one for one in found if one.undone_at is None]
    for one in found:
        with st.container(border=True):
            model = known[one.model_version]
            st.markdown(markdown.escape(model_words.act(one, model.label)))
            if one.reason:
                st.markdown(f"“{markdown.escape(one.reason)}”")
            if lines := model_words.segments_of(one, known):
                st.markdown("  \n".join(map(markdown.escape, lines)))
            if one.act is Act.PUBLISHED:
                earlier = (each for each in in_force if each.publication_id < one.publication_id)
                before = next((known[each.model_version] for each in earlier), STANDARD)
                differs = model_words.what_differs(before, model)
                if differs.height:
                    small_table(differs, right=("Before", "After"))
            if in_force and one == in_force[0]:
                st.button(
                    "Take it back",
                    key="take_back",
                    icon=":material/undo:",
                    disabled=jobs.is_busy(),
                    on_click=_take_back,
                    help="Only the newest can be taken back, and only before scores rest on it. "
                    "What was restated can always be.",
                )
    recalculate.forget_outdated(ask)
    if not judged.is_open():
        jobs.show()
    restate.form(ask)
    recalculate.offer(ask)


def _take_back() -> None:
    try:
        undone = take_back(answers.database(), by=viewer.name())
    except HealthError as error:
        st.session_state[_REFUSED] = error
    else:
        publish.say(
            f"{undone.act.label} from {formatting.day(undone.from_day)} on: that is taken back."
        )
