"""The job that judges models, and what it found, kept for every visitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.backtest import cases
from health.backtest.area import science
from health.backtest.judgement import Backtest, backtest, in_turn
from health.backtest.suggestion import Suggestion, suggest
from health.errors import JudgeMissing, NothingToJudge
from health.explanation import backtest_wording
from health.ui.session import answers, jobs
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.errors import HealthError
    from health.scoring.schemes import Scheme
    from health.ui.session.answers import Answers

_KEPT: Final = 8
"""Results kept; the oldest go. One of 10,000 clients is some MB."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A result, and the version of the data it is of."""

    result: Backtest
    version: int


class Judging(Job):
    """Judges models one after the other."""

    def __init__(self, models: Sequence[Scheme]) -> None:
        database, kept = answers.database(), _kept()

        def work(job: Job) -> str:
            for place, one in enumerate(models):
                version = database.version
                found = backtest(
                    database,
                    one,
                    progress=in_turn(job.set_progress, place, len(models)),
                    cancelled=lambda: job.is_stopping,
                )
                kept[one] = Judged(result=found, version=version)
                while len(kept) > _KEPT:
                    del kept[next(iter(kept))]
            return "The score was held against what happened."

        super().__init__("Judging the score", work, can_stop=True)


class Suggesting(Job):
    """Looks for weights that rank better than those of a model."""

    def __init__(self, models: Scheme) -> None:
        database, kept = answers.database(), _suggestions()

        def work(job: Job) -> str:
            found = suggest(
                database,
                models,
                progress=job.set_progress,
                cancelled=lambda: job.is_stopping,
            )
            kept.clear()
            kept[models] = found
            return backtest_wording.suggestion(found)

        super().__init__("Looking for weights", work, can_stop=True)


def suggested(models: Scheme) -> Suggestion | None:
    """Return the latest suggestion, if it is for these models."""
    return _suggestions().get(models)


def suggest_button(models: Scheme) -> None:
    """Draw the button that looks for weights."""
    st.button(
        "Look for better weights",
        key="suggest_weights",
        disabled=jobs.is_busy(),
        on_click=_suggest,
        args=(models,),
    )


def _suggest(models: Scheme) -> None:
    jobs.start(Suggesting(models))


def what_is_missing(ask: Answers) -> HealthError | None:
    """Return why nothing can be judged; None where it can."""
    try:
        science("special")
    except JudgeMissing as missing:
        return missing
    return None if ask(cases.has_outcomes) else NothingToJudge(cases.NOTHING)


def judged(models: Scheme) -> Judged | None:
    """Return what was found of models, if they were judged since the server started."""
    return _kept().get(models)


def button(models: Sequence[Scheme], label: str) -> None:
    """Draw the button that judges models."""
    st.button(
        label,
        key="judge",
        type="primary",
        icon=":material/balance:",
        disabled=jobs.is_busy(),
        on_click=_start,
        args=(models,),
    )


def _start(models: Sequence[Scheme]) -> None:
    jobs.start(Judging(models))


@st.cache_resource(show_spinner=False)
def _suggestions() -> dict[Scheme, Suggestion]:
    return {}


@st.cache_resource(show_spinner=False)
def _kept() -> dict[Scheme, Judged]:
    return {}
