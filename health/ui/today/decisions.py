"""Putting a call off, or dismissing it with a reason; what was decided, and the way back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.decisions import LONGEST_REASON, bring_back, decisions, dismiss, put_off
from health.errors import HealthError
from health.output import page_tables
from health.ui.parts import markdown
from health.ui.parts.download import download
from health.ui.session import answers, jobs, viewer

if TYPE_CHECKING:
    from health.explanation.call_list import Call
    from health.ui.parts.page import View

WEEK: Final = timedelta(days=7)

_ASKED: Final = "deciding"
_SAID: Final = "decided"
_REFUSED: Final = "decision_refused"
_LATER, _NEVER = "Put it off", "No call is needed"


def decide_button(one: Call, latest: date) -> None:
    """Draw the button that asks what to do with a call in place of making it."""
    st.button(
        "Later",
        key=f"later_{one.organization_id}",
        type="tertiary",
        icon=":material/schedule:",
        help="Put this call off, or say that none is needed",
        disabled=jobs.is_busy(),
        on_click=_ask,
        args=(one, latest),
    )


def dialog() -> None:
    """Draw the question that a button asked, and what came of the last one."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.toast(said)
    _refusal()
    asked = st.session_state.pop(_ASKED, None)
    if asked is not None:
        _decide(*asked)


def decided(view: View) -> None:
    """List what was put off and dismissed, each with the way back; nothing where nothing was."""
    found = view.ask(decisions, view.as_of)
    if found.is_empty():
        return
    with st.expander(f"Put off or dismissed · **{formatting.number(found.height)}**"):
        download("decisions", lambda _: page_tables.decided(found), ask=view.ask, day=view.as_of)
        for row in found.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                until = row["until_day"]
                what = f"until {formatting.day(until)}" if until else "dismissed"
                by = f"{row['decided_by']}, {formatting.day(row['decided_at'].date())}"
                reason = f" “{markdown.escape(row['reason'])}”" if row["reason"] else ""
                st.markdown(
                    f"**{markdown.escape(row['organization_name'])}**, {what}.{reason}  \n"
                    f":gray[{markdown.escape(by)}]"
                )
                st.button(
                    "Bring back",
                    key=f"back_{row['organization_id']}",
                    disabled=jobs.is_busy(),
                    on_click=_bring_back,
                    args=(row["organization_id"], row["organization_name"]),
                )


def _ask(one: Call, latest: date) -> None:
    st.session_state[_ASKED] = (one, latest)


@st.dialog("Not calling now")
def _decide(one: Call, latest: date) -> None:
    if st.session_state.get(_SAID):
        st.rerun()
    st.markdown(f"**{markdown.escape(one.name)}**")
    way = st.radio("What then?", [_LATER, _NEVER], key="decision", horizontal=True)
    if way == _LATER:
        st.date_input(
            "Until the data of",
            value=latest + WEEK,
            min_value=latest + timedelta(days=1),
            format="YYYY-MM-DD",
            key="decision_until",
        )
    st.text_input(
        "Reason (optional)" if way == _LATER else "Reason",
        key="decision_reason",
        max_chars=LONGEST_REASON,
    )
    if way == _NEVER:
        st.caption("The client comes back by itself when an alert of another kind is raised.")
    st.button("Save", key="decision_saved", type="primary", on_click=_save, args=(one,))
    _refusal()


def _refusal() -> None:
    """Say why a decision was not stored, if one was not."""
    refused = st.session_state.pop(_REFUSED, None)
    if refused:
        st.error(refused, icon=":material/block:")


def _save(one: Call) -> None:
    """Store the decision; why one cannot be stored is said where it was asked."""
    database, by, now = answers.database(), viewer.name(), st.session_state
    client, reason = one.organization_id, str(now["decision_reason"] or "")
    try:
        if now["decision"] == _NEVER:
            dismiss(database, client, reason=reason, known=one.rules, by=by)
            said = f"{one.name} is dismissed until something else happens."
        else:
            until = now["decision_until"]
            put_off(database, client, until=until, reason=reason, known=one.rules, by=by)
            said = f"{one.name} is put off until {formatting.day(until)}."
    except HealthError as error:
        now[_REFUSED] = markdown.escape(error.message)
    else:
        now[_SAID] = markdown.escape(said)


def _bring_back(organization_id: str, name: str) -> None:
    bring_back(answers.database(), organization_id, by=viewer.name())
    st.session_state[_SAID] = f"{markdown.escape(name)} is among the calls again."
