"""Recalculating the scores: how many are out of date, the choice of the model, the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.output import markdown
from health.queries import status
from health.scoring import runs
from health.scoring.active_model import active_model
from health.scoring.model import BUILT_IN
from health.ui.session import answers, jobs, viewer
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from health.queries.status import OnFile
    from health.scoring.model import ScoringModel
    from health.ui.session.answers import Answers


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
            recalculate_button(chosen, is_urgent=True)
        if on_file.last_run_at is not None:
            st.caption(
                f"Last calculated {formatting.moment(on_file.last_run_at)} UTC by "
                f"{markdown.escape(on_file.last_run_by or 'unknown')}: "
                f"{formatting.count(on_file.last_run_scores or 0, 'score')}."
            )


def recalculate_button(model: ScoringModel, *, is_urgent: bool, key: str = "recalculate") -> None:
    """Draw the button that computes what is missing or out of date."""
    st.button(
        "Recalculate",
        key=key,
        type="primary" if is_urgent else "secondary",
        icon=":material/calculate:",
        disabled=jobs.is_busy(),
        on_click=_start,
        args=(model,),
    )


def forget_outdated(ask: Answers) -> None:
    """Stop saying that scores were recalculated once some are out of date again."""
    job = jobs.seen()
    if job is None or job.is_running or job.is_stopping or job.failure is not None:
        return
    if job.title == "Recalculating" and ask(status.on_file).out_of_date.scores:
        jobs.forget()


def offer(ask: Answers, finished: Job) -> None:
    """Draw the button beside a finished job that left scores out of date."""
    if finished.failure is None and ask(status.on_file).out_of_date.scores:
        recalculate_button(ask(active_model), is_urgent=True, key="recalculate_now")


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
            f"{formatting.span(on_file.first_day, on_file.last_day)}."
        )
    waiting = on_file.out_of_date
    if not waiting.scores:
        return f"Every score up to {formatting.day(on_file.last_day)} is up to date."
    return (
        f"Up to **{formatting.count(waiting.scores, 'score')}** of "
        f"**{formatting.count(waiting.clients, 'client')}** are missing or out of date, "
        f"{formatting.span(waiting.first_day, waiting.last_day)}."
    )


def _start(model: ScoringModel) -> None:
    database, by = answers.database(), viewer.name()

    def work(job: Job) -> str:
        runs.use_model(database, model)
        run = runs.score(
            database,
            requested_by=by,
            progress=job.set_progress,
            cancelled=lambda: job.is_stopping,
        )
        if not run.scores:
            return "Every score was up to date already."
        return (
            f"{formatting.count(run.scores, 'score')} recalculated with the model "
            f"{run.model.label}."
        )

    jobs.start(Job("Recalculating", work, can_stop=True))
