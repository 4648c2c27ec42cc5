"""Recalculating the scores: how many are out of date, the choice of the model, the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.output import markdown
from health.queries import status
from health.scoring.active_model import active_model
from health.scoring.model import BUILT_IN
from health.ui.parts import recalculate

if TYPE_CHECKING:
    from health.queries.status import OnFile
    from health.scoring.model import ScoringModel
    from health.ui.session.answers import Answers
    from health.ui.session.jobs import Job


def recalculation(ask: Answers) -> None:
    """Draw what is out of date, the choice of the model, and the button."""
    on_file = ask(status.on_file)
    st.subheader("Scores", anchor=False)
    if on_file.last_day is None:
        st.markdown("There is no usage on file, so there is nothing to score yet.")
        return
    with st.container(border=True):
        active = ask(active_model)
        chosen = _choose_model(active)
        is_new = chosen != active
        st.markdown(_how_much(on_file, chosen if is_new else None))
        if on_file.out_of_date.scores or is_new:
            recalculate.button(chosen if is_new else None, is_urgent=True)
        if on_file.last_run_at is not None:
            st.caption(
                f"Last calculated {formatting.moment(on_file.last_run_at)} UTC by "
                f"{markdown.escape(on_file.last_run_by or 'unknown')}: "
                f"{formatting.count(on_file.last_run_scores or 0, 'score')}."
            )


def offer(ask: Answers, finished: Job) -> None:
    """Draw the button beside a finished job that left scores out of date."""
    if finished.failure is None:
        recalculate.offer(ask)


def _choose_model(active: ScoringModel) -> ScoringModel:
    models = {model.version: model for model in BUILT_IN.values()} | {active.version: active}
    version = st.selectbox(
        "Scoring model",
        list(models),
        index=list(models).index(active.version),
        format_func=lambda version: models[version].label,
        key=f"model_{active.version}",
        help="Standard: every ratio counts as it is, and a ticket costs 10 points. Targets: full "
        "points at a realistic target, and tickets count per 100 licensed users.",
    )
    return models[version or active.version]


def _how_much(on_file: OnFile, new_model: ScoringModel | None) -> str:
    if new_model is not None:
        return (
            f"With the model **{markdown.escape(new_model.label)}** every score is calculated "
            "anew "
            f"{formatting.span(on_file.first_day, on_file.last_day)}. It then holds for all days "
            "and all clients, in place of all that is published; the Model page takes it back."
        )
    waiting = on_file.out_of_date
    if not waiting.scores:
        return f"Every score up to {formatting.day(on_file.last_day)} is up to date."
    return (
        f"Up to **{formatting.count(waiting.scores, 'score')}** of "
        f"**{formatting.count(waiting.clients, 'client')}** are missing or out of date, "
        f"{formatting.span(waiting.first_day, waiting.last_day)}."
    )
