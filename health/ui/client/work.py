"""What a CSM does about a client, on its page: calls, notes, tasks, and the pulse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.entries import LONGEST_TEXT, add_note
from health.accounts.pulses import LONGEST_DAYS, disagreements, end_pulse, pulse_of, set_pulse
from health.accounts.tasks import add_task
from health.explanation import work_wording
from health.output import markdown
from health.queries.alerts.attention import AlertQuery, alerts_of_client
from health.ui.client import log_call, outcome
from health.ui.session import answers, dialogs, jobs, viewer
from health.vocabulary import PulseLevel

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.accounts.pulses import Pulse
    from health.queries.client import Client
    from health.ui.parts.page import View

_LEVELS: Final = {level.label: level for level in PulseLevel}
_COLORS: Final = {
    PulseLevel.GOOD: "blue",
    PulseLevel.CONCERNED: "orange",
    PulseLevel.AT_RISK: "red",
}
_DIALOG: Final = "work"


def actions(view: View, client: Client) -> None:
    """Draw the buttons that log a call, add a note or a task, set pulse and outcome."""
    log_call.dialog()
    if view.is_past:
        return
    query = AlertQuery(
        as_of=view.as_of, from_day=view.from_day, thresholds=answers.settings().alerts
    )
    rules = tuple(alert.rule for alert in view.ask(alerts_of_client, query, client.organization_id))
    with st.container(horizontal=True, gap="small", key="work"):
        log_call.log_button(
            log_call.Called(
                organization_id=client.organization_id,
                name=client.name,
                rules=rules,
                latest=view.latest,
            )
        )
        for label, icon in (
            ("Add a note", "edit_note"),
            ("Add a task", "task_alt"),
            _PULSE,
            _OUTCOME,
        ):
            st.button(
                label,
                key=f"ask_{label}",
                icon=f":material/{icon}:",
                disabled=jobs.is_busy(),
                on_click=_ask,
                args=(label, client.organization_id),
            )
    label, of = dialogs.asked(_DIALOG) or ("", "")
    if of == client.organization_id:
        _FORMS[label](client)


def pulse(view: View, client: Client) -> None:
    """Say the pulse beside the score: who, why, until when, and whether the score disagrees."""
    day = view.as_of if view.is_past else answers.today()
    found = view.ask(pulse_of, client.organization_id, day)
    if found is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_said(found), width="content")
        if not view.is_past:
            st.button(
                "End it",
                key="end_pulse",
                type="tertiary",
                disabled=jobs.is_busy(),
                on_click=_end_pulse,
                args=(client.organization_id,),
            )
    every = view.ask(disagreements, view.as_of, day)
    for row in every.filter(organization_id=client.organization_id).iter_rows(named=True):
        said = work_wording.disagreement(row, viewer.known_name())
        st.warning(
            f"Pulse and score disagree: {markdown.escape(said)}.", icon=":material/compare_arrows:"
        )


def _said(found: Pulse) -> str:
    by = f"{found.created_by}, {formatting.day(found.day)}; until {formatting.day(found.until_day)}"
    return (
        f"**Pulse** :{_COLORS[found.level]}-badge[{found.level.label}] "
        f"“{markdown.escape(found.reason)}” :gray[{markdown.escape(by)}]"
    )


def _ask(label: str, organization_id: str) -> None:
    outcome.begin()
    dialogs.ask(_DIALOG, (label, organization_id))


def _finish_form(save: Callable[[str], object], said: str) -> None:
    """Draw the end of a form: who it is if nobody knows, and the button that saves."""
    log_call.ask_name()
    st.form_submit_button(
        "Save", key="work_saved", type="primary", on_click=log_call.save, args=(save, said)
    )


@st.dialog("Add a note", on_dismiss=dialogs.close)
def _note(client: Client) -> None:
    dialogs.end_when_closed()
    with st.form("note", border=False):
        st.text_area("Note", key="note_text", max_chars=LONGEST_TEXT)
        _finish_form(lambda by: _add_note(client, by), "The note is on the timeline.")
    log_call.refusal()


def _add_note(client: Client, by: str) -> None:
    text = str(st.session_state.get("note_text") or "")
    add_note(answers.database(), client.organization_id, note=text, day=answers.today(), by=by)


@st.dialog("Add a task", on_dismiss=dialogs.close)
def _task(client: Client) -> None:
    dialogs.end_when_closed()
    with st.form("task", border=False):
        st.text_input("What is to be done?", key="task_text", max_chars=LONGEST_TEXT)
        log_call.task_for("task", answers.today() + log_call.WEEK)
        _finish_form(lambda by: _add_task(client, by), "The task comes back on Today on its day.")
    log_call.refusal()


def _add_task(client: Client, by: str) -> None:
    add_task(
        answers.database(),
        client.organization_id,
        task=str(st.session_state.get("task_text") or ""),
        due_day=st.session_state["task_due"],
        person=log_call.person_of("task", by),
        day=answers.today(),
        by=by,
    )


@st.dialog("Set the pulse", on_dismiss=dialogs.close)
def _set(client: Client) -> None:
    dialogs.end_when_closed()
    today = answers.today()
    with st.form("pulse", border=False):
        st.radio(
            "How do you see them, whatever the score?",
            list(_LEVELS),
            index=list(_LEVELS).index(PulseLevel.GOOD.label),
            key="pulse_level",
            horizontal=True,
        )
        st.text_input("Why?", key="pulse_reason", max_chars=LONGEST_TEXT)
        st.date_input(
            "Until",
            value=today + timedelta(days=LONGEST_DAYS // 3),
            min_value=today,
            max_value=today + timedelta(days=LONGEST_DAYS),
            format="YYYY-MM-DD",
            key="pulse_until",
            help=f"It counts for {LONGEST_DAYS} days at most.",
        )
        _finish_form(lambda by: _set_pulse(client, by), "The pulse stands beside the score.")
    log_call.refusal()


def _set_pulse(client: Client, by: str) -> None:
    now = st.session_state
    set_pulse(
        answers.database(),
        client.organization_id,
        level=_LEVELS[now["pulse_level"]],
        reason=str(now.get("pulse_reason") or ""),
        until_day=now["pulse_until"],
        day=answers.today(),
        by=by,
    )


def _end_pulse(organization_id: str) -> None:
    database, today = answers.database(), answers.today()
    log_call.attempt(
        lambda by: end_pulse(database, organization_id, day=today, by=by), "The pulse is ended."
    )


_PULSE: Final = ("Set the pulse", "favorite")
_OUTCOME: Final = ("Record an outcome", "flag")
_FORMS: Final = {
    "Add a note": _note,
    "Add a task": _task,
    "Set the pulse": _set,
    "Record an outcome": outcome.record,
}
