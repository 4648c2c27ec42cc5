"""The button that computes the scores that are missing or out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.queries import status
from health.scoring import runs
from health.ui.session import answers, jobs, viewer
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel
    from health.ui.session.answers import Answers


class Recalculation(Job):
    """The job that computes what is missing or out of date.

    model: the one that every day is scored with from now on; None for those in force.
    """

    def __init__(self, model: ScoringModel | None) -> None:
        database, by = answers.database(), viewer.name()

        def work(job: Job) -> str:
            if model is not None:
                runs.use_model(database, model, by=by)
            run = runs.score(
                database,
                requested_by=by,
                progress=job.set_progress,
                cancelled=lambda: job.is_stopping,
            )
            if not run.scores:
                return "Every score was up to date already."
            models = " and ".join(each.label for each in run.models)
            return f"{formatting.count(run.scores, 'score')} recalculated with the model {models}."

        super().__init__("Recalculating", work, can_stop=True)


def button(model: ScoringModel | None = None, *, is_urgent: bool, key: str = "recalculate") -> None:
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
        button(is_urgent=True, key=key)


def forget_outdated(ask: Answers) -> None:
    """Stop saying that all is up to date where something changed since; before it is shown."""
    if ask(status.on_file).out_of_date.scores:
        jobs.forget(Recalculation)


def _start(model: ScoringModel | None) -> None:
    jobs.start(Recalculation(model))
