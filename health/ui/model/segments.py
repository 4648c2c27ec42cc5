"""Clients of a kind with a model of their own: the rules in order, edited and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from health import formatting
from health.errors import InvalidModel
from health.output import markdown
from health.queries.portfolio import choices
from health.scoring.catalogue import model_named, models
from health.scoring.placing import clients_by_rule
from health.scoring.schemes import schemes
from health.scoring.segments import MOST, Rule, Segment
from health.ui.model import publish
from health.ui.session import answers, dialogs, jobs, widget_state
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.ui.session.answers import Answers

_EDITED: Final = "segments_edited"
"""The segments as edited, and the number of the publication they were begun from."""

_REST: Final = "segments_rest"
_DIALOG, _REFUSED = "segment", "segment_refused"


def section(ask: Answers) -> None:
    """Draw the segments in order, with how many clients each catches, and what edits them."""
    newest = ask(schemes)[-1]
    known = {one.model.version: one.model for one in ask(models)}
    edited = _begin(newest)
    st.subheader("Segments", anchor=False)
    st.caption(
        "Clients of a kind can have a model of their own. The first rule that fits a client on the "
        "day scored says which."
    )
    amounts = ask(clients_by_rule, tuple(one.rule for one in edited), None)
    with st.container(border=True):
        for place, segment in enumerate(edited):
            _line(place, segment, amounts[place], len(edited))
        left, right = st.columns([3, 2], vertical_alignment="center")
        who = "Clients that fit none of these" if edited else "All clients"
        left.markdown(f"**{who}**  \n{formatting.count(amounts[-1], 'client')}")
        right.selectbox(
            "Scored with", list(known), format_func=lambda one: known[one].label, key=_REST
        )
        _buttons(newest, edited, known[st.session_state[_REST]])
    if dialogs.asked(_DIALOG):
        _add({version: one.label for version, one in known.items()})


def _begin(newest: Scheme) -> tuple[Segment, ...]:
    """The segments as edited; those in force at first, and where others were published since."""
    state = st.session_state
    number, edited = state.get(_EDITED, (None, ()))
    if number != newest.publication_id:
        state[_EDITED], state[_REST] = (newest.publication_id, newest.segments), None
    found: tuple[Segment, ...] = newest.segments if number != newest.publication_id else edited
    if not state.get(widget_state.kept(_REST)):
        state[_REST] = newest.model.version
    return found


def _line(place: int, segment: Segment, clients: int, amount: int) -> None:
    sentence = markdown.escape(segment.rule.sentence)
    st.markdown(
        f"**{place + 1}. {sentence}**  \n{formatting.count(clients, 'client')}, scored with "
        f"{markdown.escape(segment.model.label)}"
    )
    with st.container(horizontal=True, gap="small"):
        for word, icon, change, is_off in (
            ("Earlier", "arrow_upward", _swap(place - 1), place == 0),
            ("Later", "arrow_downward", _swap(place), place == amount - 1),
            ("Remove", "delete", lambda found: found[:place] + found[place + 1 :], False),
        ):
            st.button(
                word,
                key=f"segment_{word.lower()}_{place}",
                icon=f":material/{icon}:",
                type="tertiary",
                disabled=is_off,
                on_click=_change,
                args=(change,),
            )


def _swap(place: int) -> Callable[[tuple[Segment, ...]], tuple[Segment, ...]]:
    """What changes the places of a segment and the next."""
    return lambda found: (*found[:place], found[place + 1], found[place], *found[place + 2 :])


def _change(change: Callable[[tuple[Segment, ...]], tuple[Segment, ...]]) -> None:
    number, edited = st.session_state[_EDITED]
    st.session_state[_EDITED] = number, change(edited)


def _buttons(newest: Scheme, edited: tuple[Segment, ...], rest: ScoringModel) -> None:
    is_changed = (edited, rest) != (newest.segments, newest.model)
    with st.container(horizontal=True):
        st.button(
            "Add a segment …",
            key="segment_add",
            icon=":material/add:",
            disabled=len(edited) >= MOST,
            on_click=dialogs.ask,
            args=(_DIALOG,),
        )
        if is_changed:
            st.button(
                "Publish the segments …",
                key="segments_publish",
                type="primary",
                icon=":material/publish:",
                disabled=jobs.is_busy(),
                on_click=publish.ask_to,
                args=(publish.Proposal(model=rest, segments=edited, is_draft=False),),
            )
            st.button("Back to what is published", key="segments_reset", on_click=_reset)
    if is_changed:
        st.caption("Changed here, and not published yet: they score nothing.")


def _reset() -> None:
    st.session_state.pop(_EDITED)


@st.dialog("Add a segment", width="medium", on_dismiss=dialogs.close)
def _add(labels: dict[str, str]) -> None:
    dialogs.end_when_closed()
    with answers.of_newest() as ask:
        offered = ask(choices)
    st.caption("Of what you fill in, all must hold. A value that is not known fits no range.")
    left, right = st.columns(2)
    left.multiselect("Industry is one of", offered.industries, key="segment_industry")
    right.multiselect("Owner is one of", offered.csms, key="segment_csm")
    currency = answers.settings().currency
    for at, end, word in ((left, "from", "from"), (right, "below", "below")):
        for name, label in (
            ("total_users", f"Licensed users {word}"),
            ("annual_value", f"Value a year in {currency} {word}"),
        ):
            at.number_input(label, min_value=0, step=1, value=None, key=f"segment_{name}_{end}")
    left.selectbox(
        "This feature is enabled",
        list(FeatureName),
        index=None,
        format_func=lambda feature: feature.label,
        key="segment_feature",
        placeholder="Any",
    )
    right.selectbox(
        "They are scored with", list(labels), format_func=labels.__getitem__, key="segment_model"
    )
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(markdown.escape(refused), icon=":material/block:")
    st.button("Add", key="segment_added_button", type="primary", on_click=_store)


def _store() -> None:
    """Take the segment over, last; what is wrong with it is kept to be said."""
    state = st.session_state
    given: dict[str, Any] = {
        name: value
        for name in (one for one in Rule.__dataclass_fields__)
        if (value := state.get(f"segment_{name}")) not in (None, [])
    }
    try:
        rule = Rule.of(given)
        with answers.opened().read() as reader:
            segment = Segment(rule=rule, model=model_named(reader, state["segment_model"]))
    except InvalidModel as error:
        state[_REFUSED] = error.message
        return
    dialogs.close()
    _change(lambda found: (*found, segment))
