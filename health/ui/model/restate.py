"""Scoring days of the past with what was published last: shown beforehand, then done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.errors import HealthError
from health.output import markdown, model_words
from health.queries.status import freshness
from health.scoring.active_model import latest_day
from health.scoring.publishing import restate
from health.scoring.restating import preview_restatement
from health.scoring.schemes import schemes
from health.ui.client import log_call
from health.ui.model import publish
from health.ui.session import answers, jobs, widget_state
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from datetime import date

    from health.ui.session.answers import Answers

_DAY, _REASON, _REFUSED = "restate_day", "restate_reason", "restate_refused"


class Preview(Job):
    """The job that says what restating from a day on would change.

    day: the day; version: of the data it was tried on.
    """

    def __init__(self, day: date, version: int) -> None:
        self.day, self.version = day, version
        database = answers.database()

        def work(job: Job) -> str:
            found = preview_restatement(database, day, progress=job.set_progress)
            return model_words.restatement(found, day)

        super().__init__("Comparing", work)


def form(ask: Answers) -> None:
    """Draw the form where some day on file is not scored with what was published last."""
    newest, latest = ask(schemes)[-1], ask(latest_day)
    first = ask(freshness, latest).first_day if latest else None
    if latest is None or first is None or newest.from_day <= first:
        return
    with st.expander("Score earlier days with it, too", key="restate", on_change="rerun") as opened:
        if not opened.open:
            return
        st.markdown(
            f"From a day you choose on, all days are scored anew with “"
            f"{markdown.escape(newest.model.label)}”, so that they can be compared. Take it back, "
            "and every score is as before."
        )
        left, right = st.columns([1, 2])
        left.date_input(
            "From which day on?",
            first,
            min_value=first,
            max_value=min(latest, newest.from_day),
            format="YYYY-MM-DD",
            key=_DAY,
        )
        right.text_input("Why?", key=widget_state.kept(_REASON), max_chars=publish.LONGEST_REASON)
        log_call.ask_name()
        seen = jobs.seen()
        is_known = (
            isinstance(seen, Preview)
            and (seen.day, seen.version) == (st.session_state[_DAY], ask.version)
            and bool(seen.result)
        )
        with st.container(horizontal=True):
            st.button(
                "Show what it would change",
                key="restate_preview",
                type="secondary" if is_known else "primary",
                disabled=jobs.is_busy(),
                on_click=_preview,
                args=(ask.version,),
            )
            st.button(
                "Score them anew",
                key="restate_confirmed",
                type="primary" if is_known else "secondary",
                disabled=jobs.is_busy() or not is_known,
                on_click=_restate,
                help=None if is_known else "First look at what it would change.",
            )
        if refused := st.session_state.pop(_REFUSED, None):
            st.error(markdown.escape(refused), icon=":material/block:")


def _preview(version: int) -> None:
    jobs.start(Preview(st.session_state[_DAY], version))


def _restate() -> None:
    state = st.session_state
    day, reason = state[_DAY], str(state.get(_REASON) or "")
    try:
        restate(answers.database(), day, reason=reason, by=log_call.take_name())
    except HealthError as error:
        state[_REFUSED] = error.message
    else:
        widget_state.forget(_REASON)
        jobs.forget(Preview)
        publish.say(
            f"The days from {formatting.day(day)} on are out of date now. Recalculate them below."
        )
