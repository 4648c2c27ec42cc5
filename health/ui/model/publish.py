"""Publishing a draft: its name, why, from which day, and what that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import ArgumentError, InvalidModel, PublishingRefused
from health.output import markdown, model_words, what_if_words
from health.queries.what_if import WhatIfQuery, what_if
from health.scoring import publishing
from health.scoring.catalogue import models, store_model
from health.scoring.schemes import FOR_EVER, model_in_force
from health.ui.client import log_call
from health.ui.parts.small_table import small_table
from health.ui.session import answers, jobs, widget_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from health.errors import HealthError
    from health.scoring.model import ScoringModel
    from health.storage.database import Reader

LONGEST_REASON: Final = 500

_ASKED, _DONE, _REFUSED = "publish_asked", "publish_done", "publish_refused"
_LABEL, _REASON, _DAY = "publish_label", "publish_reason", "publish_day"
_WHOLE: Final = ""
"""Where a refusal of the whole draft is said."""


def button(draft: ScoringModel | None) -> None:
    """Draw the button that opens the form; :func:`dialog` has to be drawn, too."""
    st.button(
        "Publish …",
        key="model_publish",
        type="primary",
        icon=":material/publish:",
        disabled=draft is None or jobs.is_busy(),
        on_click=_ask,
        args=(draft,),
        help="Score the days to come with this draft. You see what it changes before.",
    )


def dialog(as_of: date, currency: str) -> None:
    """Draw the form that the button asked for; ``as_of`` is the day it is tried on."""
    if (asked := st.session_state.pop(_ASKED, None)) is not None:
        _form(asked, as_of, currency)


def said() -> None:
    """Say once what was published."""
    if done := st.session_state.pop(_DONE, None):
        st.success(markdown.escape(done), icon=":material/check_circle:")


def say(what: str) -> None:
    """Say what was done when the page is drawn next."""
    st.session_state[_DONE] = what


def _ask(draft: ScoringModel) -> None:
    for key in (_DONE, _REFUSED, _DAY):
        st.session_state.pop(key, None)
    st.session_state[_ASKED] = draft


@st.dialog("Publish the draft", width="medium", on_dismiss="rerun")
def _form(draft: ScoringModel, as_of: date, currency: str) -> None:
    if st.session_state.get(_DONE):
        st.rerun()
    st.session_state.pop(_ASKED, None)
    with answers.of_one_version() as ask:
        in_force = ask(model_in_force, FOR_EVER)
        known = [one.model for one in ask(models)]
        said = st.session_state.pop(_REFUSED, None)
        refused = _what_is_wrong(ask.reader, draft, known) or said
        first = ask(publishing.first_free_day, answers.today())
        places = _questions(draft, first, known)
        preview = places[_WHOLE]
        if refused is None or refused[0] != _WHOLE:
            day: date = st.session_state[_DAY] or first
            preview.markdown(
                f"From **{formatting.day(day)}** on, scores are by this draft. All days before "
                "keep the scores that they have."
            )
            with preview:
                small_table(model_words.what_differs(in_force, draft), right=("Before", "After"))
            found = ask(what_if, WhatIfQuery(draft=draft, as_of=as_of))
            preview.markdown(
                f"Tried on {formatting.day(as_of)}: {what_if_words.answer(found, draft, currency)}"
            )
    if refused is not None:
        places[refused[0]].error(markdown.escape(refused[1]), icon=":material/block:")
    log_call.ask_name()
    st.button(
        "Publish",
        key="publish_confirmed",
        type="primary",
        disabled=jobs.is_busy(),
        on_click=_publish,
        args=(draft,),
    )


def _questions(
    draft: ScoringModel, first: date, known: list[ScoringModel]
) -> Mapping[str, DeltaGenerator]:
    """Draw what is asked, and return a place below each, by what is refused there."""
    places = {}
    own = None if draft.label in {one.label for one in known} else draft.label
    st.text_input(
        "Name",
        max_chars=80,
        key=widget_state.kept(_LABEL, own),
        placeholder="Tickets count less",
    )
    places["label"] = st.container()
    st.text_input("Why?", max_chars=LONGEST_REASON, key=widget_state.kept(_REASON))
    places["reason"] = st.container()
    st.date_input("From which day on?", first, min_value=first, format="YYYY-MM-DD", key=_DAY)
    places["from_day"] = st.container()
    places[_WHOLE] = st.container()
    places["name"] = st.container()
    return places


def _what_is_wrong(
    reader: Reader, draft: ScoringModel, known: list[ScoringModel]
) -> tuple[str, str] | None:
    """What is wrong already while it is filled in, with its place; None where nothing is."""
    try:
        publishing.check_publishable(reader, draft)
        if typed := str(st.session_state.get(_LABEL) or "").strip():
            _named(draft, typed, known)
    except (ArgumentError, InvalidModel, PublishingRefused) as error:
        return _at(error)
    return None


def _named(draft: ScoringModel, label: str, known: list[ScoringModel]) -> ScoringModel:
    """The draft by a name of its own; raises :class:`ArgumentError`."""
    if not label:
        raise ArgumentError("label", "give it a name.")
    for one in known:
        if one.label.casefold() == label.casefold() and draft != replace(
            one, version=draft.version, label=draft.label
        ):
            raise ArgumentError("label", f"“{one.label}” names other numbers. Choose another name.")
    return replace(draft, label=label)


def _at(error: HealthError) -> tuple[str, str]:
    """The place at which an error is said, and what is said."""
    argument = getattr(error, "argument", _WHOLE)
    return argument, formatting.capital(error.message.removeprefix(f"{argument}: "))


def _publish(draft: ScoringModel) -> None:
    """Publish it; why that cannot be is kept to be said at its place."""
    state, database = st.session_state, answers.database()
    if state.get(_DONE):
        return  # a second click, sent before the dialog was closed
    reason, day = str(state.get(_REASON) or "").strip(), state[_DAY]
    try:
        with database.read() as reader:
            known = [one.model for one in models(reader)]
            publishing.check_publishable(reader, draft)
            model = _named(draft, str(state.get(_LABEL) or "").strip(), known)
        if not reason:
            raise ArgumentError("reason", "say why, so that others understand the change.")
        by = log_call.take_name()
        model = store_model(database, model, reason=reason, by=by)
        done = publishing.publish(
            database, model, reason=reason, by=by, today=answers.today(), from_day=day
        )
    except (ArgumentError, InvalidModel, PublishingRefused) as error:
        state[_REFUSED], state[_ASKED] = _at(error), draft  # it stays open
    else:
        for key in (_LABEL, _REASON):
            widget_state.forget(key)
        say(
            f"“{model.label}” is published from {formatting.day(done.from_day)} on. "
            "The days before keep their scores."
        )
