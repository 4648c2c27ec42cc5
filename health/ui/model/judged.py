"""Whether the draft would have told bad outcomes better than what is in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.scoring.active_model import active_scheme
from health.scoring.model_files import UNNAMED
from health.scoring.schemes import Scheme
from health.ui.backtest.section import section
from health.ui.model import draft

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel
    from health.ui.session.answers import Answers

_OPEN: Final = "model_judged"


def is_open() -> bool:
    """Whether it is shown, and with it how far a job is."""
    return bool(st.session_state.get(_OPEN))


def before_and_after(
    ask: Answers, in_force: ScoringModel, edited: ScoringModel, currency: str
) -> None:
    """Draw the back-test of both models, once it is opened."""
    with st.expander(
        "Would the draft have told who leaves?", key=_OPEN, on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        models = [ask(active_scheme)]
        if replace(edited, version=in_force.version, label=in_force.label) != in_force:
            named = "This draft" if edited.label == in_force.label else edited.label
            models.append(Scheme.of(replace(edited, version=UNNAMED, label=named)))
        else:
            st.caption("The draft has the numbers of what is in force: that is judged alone.")
        section(ask, models, currency, use_draft=draft.put)
