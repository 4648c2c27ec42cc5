"""Snoozing a call, or saying with a reason that it is not needed; and undoing that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.decisions import LONGEST_REASON, bring_back, decisions, dismiss, put_off
from health.errors import HealthError
from health.output import markdown, work_tables
from health.ui.parts.download import download
from health.ui.session import answers, jobs, viewer

if TYPE_CHECKING:
    from health.explanation.call_wording import Call
    from health.ui.parts.page import View

WEEK: Final = timedelta(days=7)

_ASKED: Final = "deciding"
_SAID: Final = "decided"
_REFUSED: Final = "decision_refused"
_SNOOZE, _NOT_NEEDED = "Snooze", "Not needed"


def decide_button(one: Call, latest: date) -> None:
    """Draw the button that asks whether to snooze a call or to mark it as not needed."""
    st.button(
        "Snooze",
        key=f"snooze_{one.organization_id}",
        type="tertiary",
        icon=":material/snooze:",
        help="Snooze this call, or mark it as not needed",
        disabled=jobs.is_busy(),
        on_click=_ask,
        args=(one, latest),
    )


def dialog() -> None:
    """Ask what a button was pressed for, and say what the last answer did."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.toast(said)
    _refusal()
    asked = st.session_state.pop(_ASKED, None)
    if asked is not None:
        _decide(*asked)


def decided(view: View) -> None:
    """List the calls snoozed or not needed, each with a button that brings it back."""
    found = view.ask(decisions, view.as_of)
    if found.is_empty():
        return
    with st.expander(f"Snoozed or not needed · **{formatting.number(found.height)}**"):
        download("decisions", lambda _: work_tables.decided(found), ask=view.ask, day=view.as_of)
        for row in found.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                until = row["until_day"]
                what = f"snoozed until {formatting.day(until)}" if until else "not needed"
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


@st.dialog("Snooze or not needed")
def _decide(one: Call, latest: date) -> None:
    if st.session_state.get(_SAID):
        st.rerun()
    st.markdown(f"**{markdown.escape(one.name)}**")
    way = st.radio("This call", [_SNOOZE, _NOT_NEEDED], key="decision", horizontal=True)
    if way == _SNOOZE:
        st.date_input(
            "Snooze until the data of",
            value=latest + WEEK,
            min_value=latest + timedelta(days=1),
            format="YYYY-MM-DD",
            key="decision_until",
        )
    st.text_input(
        "Reason (optional)" if way == _SNOOZE else "Reason",
        key="decision_reason",
        max_chars=LONGEST_REASON,
    )
    if way == _NOT_NEEDED:
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
        if now["decision"] == _NOT_NEEDED:
            dismiss(database, client, reason=reason, known=one.rules, by=by)
            said = f"No call to {one.name} is needed until an alert of another kind is raised."
        else:
            until = now["decision_until"]
            put_off(database, client, until=until, reason=reason, known=one.rules, by=by)
            said = f"{one.name} is snoozed until {formatting.day(until)}."
    except HealthError as error:
        now[_REFUSED] = markdown.escape(error.message)
    else:
        now[_SAID] = markdown.escape(said)


def _bring_back(organization_id: str, name: str) -> None:
    bring_back(answers.database(), organization_id, by=viewer.name())
    st.session_state[_SAID] = f"{markdown.escape(name)} is among the calls again."
