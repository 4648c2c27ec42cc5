"""Publishing a draft: its name, why, from which day, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from health.ui.model import effect
from health.ui.parts.small_table import small_table
from health.ui.session import answers, dialogs, jobs, widget_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from health.errors import HealthError
    from health.queries.what_if import WhatIf
    from health.scoring.model import ScoringModel
    from health.scoring.segments import Segment
    from health.storage.database import Reader
    from health.ui.session.answers import Answers

LONGEST_REASON: Final = 500

NAMED: Final = 10
"""Clients named in the form; more are counted, and all are in a file."""

_DIALOG, _DONE, _REFUSED = "publish", "publish_done", "publish_refused"
_LABEL, _REASON, _DAY, _WHOM = "publish_label", "publish_reason", "publish_day", "publish_whom"
_WHOLE: Final = ""
"""Where a refusal of the whole draft is said."""

_ALL, _REST = "All clients", "Clients in no segment"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is to be published.

    model: of the clients that fit no segment, or a draft, which gets a name of its own.
    """

    model: ScoringModel
    segments: tuple[Segment, ...]
    is_draft: bool

    def publishable(self, model: ScoringModel) -> tuple[ScoringModel, tuple[Segment, ...]]:
        """The model of the rest and the segments, with ``model`` for the clients it is meant for.

        A draft takes the place of the models of all clients, of one segment, or of the rest.
        """
        whom = st.session_state.get(_WHOM, _ALL)
        if not self.is_draft or whom == _REST:
            return model, self.segments
        if whom == _ALL:
            return model, ()
        with answers.opened().read() as reader:
            rest = model_in_force(reader, FOR_EVER)
        return rest, tuple(
            replace(one, model=model) if place == whom else one
            for place, one in enumerate(self.segments)
        )

    def replaced(self, rest: ScoringModel) -> ScoringModel:
        """The model whose place a draft takes; that of the rest, where it is all of them."""
        whom = st.session_state.get(_WHOM, _ALL)
        return self.segments[whom].model if isinstance(whom, int) else rest


def button(draft: ScoringModel | None, segments: tuple[Segment, ...]) -> None:
    """Draw the button that opens the form; :func:`dialog` has to be drawn, too.

    segments: those in force.
    """
    st.button(
        "Publish …",
        key="model_publish",
        type="primary",
        icon=":material/publish:",
        disabled=draft is None or jobs.is_busy(),
        on_click=ask_to,
        args=(draft and Proposal(model=draft, segments=segments, is_draft=True),),
        help="Score the days to come with this draft. You see what it changes before.",
    )


def dialog(as_of: date, currency: str) -> None:
    """Draw the form that a button asked for; ``as_of`` is the day a draft is tried on."""
    if (asked := dialogs.asked(_DIALOG)) is not None:
        _form(asked, as_of, currency)


def said() -> None:
    """Say once what was published."""
    if done := st.session_state.pop(_DONE, None):
        st.success(markdown.escape(done), icon=":material/check_circle:")


def say(what: str) -> None:
    """Say what was done when the page is drawn next."""
    st.session_state[_DONE] = what


def ask_to(proposal: Proposal) -> None:
    """Open the form, from the callback of a button."""
    for key in (_DONE, _REFUSED, _DAY, _WHOM):
        st.session_state.pop(key, None)
    dialogs.ask(_DIALOG, proposal)


@st.dialog("Publish", width="medium", on_dismiss=dialogs.close)
def _form(proposal: Proposal, as_of: date, currency: str) -> None:
    dialogs.end_when_closed()
    with answers.of_newest() as ask:
        known = [one.model for one in ask(models)]
        said = st.session_state.pop(_REFUSED, None)
        first = ask(publishing.first_free_day, answers.today())
        places = _questions(proposal, first, known)
        refused = _what_is_wrong(ask.reader, proposal, known) or said
        if refused is None or refused[0] != _WHOLE:
            with places[_WHOLE]:
                _preview(ask, proposal, st.session_state[_DAY] or first, as_of, currency)
    if refused is not None:
        places[refused[0]].error(markdown.escape(refused[1]), icon=":material/block:")
    log_call.ask_name()
    st.button(
        "Publish",
        key="publish_confirmed",
        type="primary",
        disabled=jobs.is_busy(),
        on_click=_publish,
        args=(proposal,),
    )


def _preview(ask: Answers, proposal: Proposal, from_day: date, as_of: date, currency: str) -> None:
    model = proposal.model
    if proposal.is_draft:
        name = str(st.session_state.get(_LABEL) or "").strip()
        model = replace(model, label=name or "this draft")
    rest, segments = proposal.publishable(model)
    what = "these segments" if segments else "this draft" if proposal.is_draft else "this model"
    st.markdown(
        f"From **{formatting.day(from_day)}** on, scores are by {what}. All days before keep the "
        "scores that they have."
    )
    if segments or not proposal.is_draft:
        st.markdown("  \n".join(map(markdown.escape, model_words.segments(rest, segments))))
    if proposal.is_draft:
        before = proposal.replaced(ask(model_in_force, FOR_EVER))
        differs = model_words.what_differs(before, proposal.model)
        if differs.height:
            small_table(differs, right=("Before", "After"))
    found = ask(what_if, WhatIfQuery(draft=rest, segments=segments, as_of=as_of))
    st.markdown(f"Tried on {formatting.day(as_of)}: {what_if_words.answer(found, currency, what)}")
    _who_moves(ask, found, currency)


def _who_moves(ask: Answers, found: WhatIf, currency: str) -> None:
    """Name the clients that come to another risk level."""
    moved = found.to_another_level
    if moved.is_empty():
        return
    small_table(what_if_words.rows(found, moved.head(NAMED), currency).drop("Change", "Value"))
    with st.container(horizontal=True, vertical_alignment="center"):
        more = moved.height - NAMED
        st.caption(
            f"And {formatting.count(more, 'client')} more: the file has all of them."
            if more > 0
            else "These clients come to another risk level."
        )
        effect.offer("clients at another risk level", ask, found, moved, currency)


def _questions(
    proposal: Proposal, first: date, known: list[ScoringModel]
) -> Mapping[str, DeltaGenerator]:
    """Draw what is asked, and return a place below each, by what is refused there."""
    places = {}
    if proposal.is_draft:
        label = proposal.model.label
        st.text_input(
            "Name",
            max_chars=80,
            key=widget_state.kept(_LABEL, None if label in {m.label for m in known} else label),
            placeholder="Tickets count less",
        )
        places["label"] = st.container()
    if proposal.is_draft and proposal.segments:
        sentences = [one.rule.sentence for one in proposal.segments]
        st.selectbox(
            "Which clients?",
            [_ALL, _REST, *range(len(sentences))],
            format_func=lambda one: sentences[one] if isinstance(one, int) else one,
            key=_WHOM,
            help="All clients: the segments end. Else the other clients keep their models.",
        )
    st.text_input("Why?", max_chars=LONGEST_REASON, key=widget_state.kept(_REASON))
    places["reason"] = st.container()
    st.date_input("From which day on?", first, min_value=first, format="YYYY-MM-DD", key=_DAY)
    places["from_day"] = st.container()
    places[_WHOLE] = st.container()
    places["name"] = st.container()
    return places


def _what_is_wrong(
    reader: Reader, proposal: Proposal, known: list[ScoringModel]
) -> tuple[str, str] | None:
    """What is wrong already while it is filled in, with its place; None where nothing is."""
    try:
        publishing.check_publishable(reader, *proposal.publishable(proposal.model))
        if proposal.is_draft and (typed := str(st.session_state.get(_LABEL) or "").strip()):
            _named(proposal.model, typed, known)
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


def _publish(proposal: Proposal) -> None:
    """Publish it; why that cannot be is kept to be said at its place."""
    state, database = st.session_state, answers.database()
    if not dialogs.is_open():
        return  # a second click, sent before the dialog was closed
    reason, day, model = str(state.get(_REASON) or "").strip(), state[_DAY], proposal.model
    try:
        with database.read() as reader:
            publishing.check_publishable(reader, *proposal.publishable(model))
            known = [one.model for one in models(reader)]
        if proposal.is_draft:
            model = _named(model, str(state.get(_LABEL) or "").strip(), known)
        if not reason:
            raise ArgumentError("reason", "say why, so that others understand the change.")
        by = log_call.take_name()
        if proposal.is_draft:
            model = store_model(database, model, reason=reason, by=by)
        rest, segments = proposal.publishable(model)
        done = publishing.publish(
            database,
            rest,
            segments=segments,
            reason=reason,
            by=by,
            today=answers.today(),
            from_day=day,
        )
    except (ArgumentError, InvalidModel, PublishingRefused) as error:
        state[_REFUSED] = _at(error)
    else:
        for key in (_LABEL, _REASON):
            widget_state.forget(key)
        dialogs.close()
        what = f"“{model.label}” is" if proposal.is_draft else "The segments are"
        say(
            f"{what} published from {formatting.day(done.from_day)} on. "
            "The days before keep their scores."
        )
