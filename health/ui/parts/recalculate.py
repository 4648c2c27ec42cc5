"""The button that computes the scores that are missing or out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.queries import status
from health.scoring import runs
from health.scoring.active_model import active_model
from health.ui.session import answers, jobs, viewer
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel
    from health.ui.session.answers import Answers


class Recalculation(Job):
    """The job that computes what is missing or out of date, with a model from now on."""

    def __init__(self, model: ScoringModel) -> None:
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

        super().__init__("Recalculating", work, can_stop=True)


def button(model: ScoringModel, *, is_urgent: bool, key: str = "recalculate") -> None:
    """Draw the button; it does nothing where no score is out of date."""
    st.button(
        "Recalculate",
        key=key,
        type="primary" if is_urgent else "secondary",
        icon=":material/calculate:",
        disabled=jobs.is_busy() or not is_urgent,
        on_click=_start,
        args=(model,),
    )


def offer(ask: Answers, *, key: str = "recalculate_now") -> None:
    """Draw the button beside what left scores out of date; nothing where all are up to date."""
    if ask(status.on_file).out_of_date.scores:
        button(ask(active_model), is_urgent=True, key=key)


def forget_outdated(ask: Answers) -> None:
    """Stop saying that all is up to date where something changed since; before it is shown."""
    if ask(status.on_file).out_of_date.scores:
        jobs.forget(Recalculation)


def _start(model: ScoringModel) -> None:
    jobs.start(Recalculation(model))
