"""Logging a call, on Today and on a client's page: what happened, what was said, what comes next.

Snoozing a call and marking it as not needed live in the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.calls import NextStep, log_call
from health.accounts.decisions import LONGEST_REASON, put_off
from health.accounts.entries import LONGEST_TEXT
from health.accounts.people import names
from health.errors import HealthError
from health.output import markdown
from health.queries.alerts.attention import CALL_DAYS
from health.ui.session import answers, dialogs, jobs, viewer
from health.vocabulary import CallOutcome, CallSound

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.queries.alerts.rules import AlertRule

WEEK: Final = timedelta(days=7)

SNOOZE: Final = "Snooze"

_DIALOG: Final = "log"
_SAID: Final = "log_said"
_REFUSED: Final = "log_refused"

_ME: Final = "Me"
_CALLED: Final = CallOutcome.REACHED.label
_NOT_NEEDED: Final = CallOutcome.NOT_NEEDED.label
_OUTCOMES: Final = {outcome.label: outcome for outcome in CallOutcome}
_SOUNDS: Final = {sound.label: sound for sound in CallSound}


@dataclass(frozen=True, kw_only=True)
class Called:
    """The client a call is logged of.

    rules: the alerts that hold now. latest: the latest day with usage.
    """

    organization_id: str
    name: str
    rules: tuple[AlertRule, ...]
    latest: date


def log_button(called: Called, label: str = "Log a call") -> None:
    """Draw the button that opens the form; :func:`dialog` has to be drawn on the page, too."""
    st.button(
        label,
        key=f"log_{called.organization_id}",
        type="tertiary" if label != "Log a call" else "secondary",
        icon=":material/call:",
        help="Log a call, snooze it, or mark it as not needed",
        disabled=jobs.is_busy(),
        on_click=dialogs.ask,
        args=(_DIALOG, called),
    )


def dialog() -> None:
    """Draw the form that a button asked for, and say what the last one did."""
    if said := st.session_state.pop(_SAID, None):
        st.toast(said)
    refusal()
    if (asked := dialogs.asked(_DIALOG)) is not None:
        _form(asked)


def say(what: str) -> None:
    """Say in a toast what was done, once the page is drawn again. what: markdown."""
    st.session_state[_SAID] = what


def attempt(action: Callable[[str], object], said: str) -> None:
    """Do something in the name of who looks, from a callback, and say so, or why it cannot be.

    said: markdown.
    """
    _attempt(lambda: action(viewer.name()), said)


def save(action: Callable[[str], object], said: str = "") -> None:
    """The same with what a dialog asked for, the name among it; closes it.

    said: default: what the action returns, as plain text.
    """
    if dialogs.is_open():  # or else it is a second click, sent before that
        _attempt(lambda: action(take_name()), said)


def _attempt(action: Callable[[], object], said: str = "") -> None:
    """Do it and say ``said``, or what it returns as plain text."""
    try:
        done = action()
    except HealthError as error:
        refuse(error)
    else:
        dialogs.close()
        say(said or markdown.escape(str(done)))


def ask_name() -> None:
    """Draw who it is, to be corrected, or ask; :func:`take_name` takes the answer."""
    if viewer.is_signed_in():
        return
    known = viewer.known_name()
    if not known:
        st.text_input("Your name", key="my_name", placeholder="Asked once in this browser")
        return
    with st.popover(f"You are {markdown.escape(known)} · Change", type="tertiary"):
        st.text_input(
            "Your name",
            value=known,
            key="my_name",
            help="What was signed before keeps the name it was signed with.",
        )


def take_name() -> str:
    """Return the name to sign with, and remember one that was just said."""
    known = viewer.known_name()
    if viewer.is_signed_in():
        return known
    said = str(st.session_state.get("my_name", known)).strip()
    if said != known or not known:
        viewer.keep_name(said)
    return said


@st.dialog("Log or snooze", on_dismiss=dialogs.close)
def _form(called: Called) -> None:
    dialogs.end_when_closed()
    st.markdown(f"**{markdown.escape(called.name)}**")
    way = st.radio("What happened?", [*_OUTCOMES, SNOOZE], key="log_way", horizontal=True)
    with st.form("log", border=False, enter_to_submit=True):
        _questions(way, called)
        ask_name()
        st.form_submit_button(
            "Save",
            key="log_saved",
            type="primary",
            on_click=save,
            args=(lambda by: _store(called, by),),
        )
    refusal()


def _questions(way: str, called: Called) -> None:
    """Draw what is asked about a call of which this came."""
    if way == SNOOZE:
        st.date_input(
            "Snooze until the data of",
            value=called.latest + WEEK,
            min_value=called.latest + timedelta(days=1),
            format="YYYY-MM-DD",
            key="log_until",
        )
        st.text_input("Reason (optional)", key="log_note", max_chars=LONGEST_REASON)
        return
    if way == _NOT_NEEDED:
        st.text_input("Reason", key="log_note", max_chars=LONGEST_REASON)
        st.caption("The client comes back by itself when an alert of another kind is raised.")
        return
    label = "What was said?" if way == _CALLED else "Note (optional)"
    st.text_input(label, key="log_note", max_chars=LONGEST_TEXT)
    if way == _CALLED:
        st.radio(
            "How did they sound? (optional)",
            list(_SOUNDS),
            index=None,
            key="log_sound",
            horizontal=True,
        )
    st.text_input("Next step (optional)", key="log_step", max_chars=LONGEST_TEXT)
    task_for("log", answers.today() + WEEK)
    if way == _CALLED:
        st.caption(
            f"The client is off the calls for {CALL_DAYS} days, or until an alert of another kind "
            "is raised."
        )


def task_for(key: str, due: date) -> None:
    """Draw when a task is due and whose it is; one's own by default."""
    left, right = st.columns(2)
    left.date_input(
        "On",
        value=due,
        min_value=answers.today(),
        format="YYYY-MM-DD",
        key=f"{key}_due",
    )
    with answers.opened().read() as reader:
        people = [name for name in names(reader) if name != viewer.known_name()]
    right.selectbox(
        "Whose",
        [_ME, *people],
        key=f"{key}_person",
        accept_new_options=True,
    )


def person_of(key: str, me: str) -> str:
    """Return whose the task of :func:`task_for` is."""
    chosen = str(st.session_state.get(f"{key}_person") or _ME)
    return me if chosen == _ME else chosen


def refusal() -> None:
    """Say why nothing was stored, if so."""
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/block:")


def refuse(error: HealthError) -> None:
    """Say where it was asked why nothing was stored."""
    st.session_state[_REFUSED] = markdown.escape(error.message)


def _store(called: Called, by: str) -> str:
    """Store what happened; return what was done, in words."""
    now = st.session_state
    way, note = now["log_way"], str(now.get("log_note") or "")
    if way == SNOOZE:
        return _snooze(called, now["log_until"], note, by)
    return _log(called, _OUTCOMES[way], note, by)


def _snooze(called: Called, until: date, reason: str, by: str) -> str:
    put_off(
        answers.database(),
        called.organization_id,
        until=until,
        reason=reason,
        known=called.rules,
        by=by,
    )
    return f"{called.name} is snoozed until {formatting.day(until)}."


def _log(called: Called, outcome: CallOutcome, note: str, by: str) -> str:
    now = st.session_state
    sound = _SOUNDS.get(now.get("log_sound") or "") if outcome is CallOutcome.REACHED else None
    task = str(now.get("log_step") or "").strip() if outcome is not CallOutcome.NOT_NEEDED else ""
    step = (
        NextStep(task=task, due_day=now["log_due"], person=person_of("log", by)) if task else None
    )
    log_call(
        answers.database(),
        called.organization_id,
        outcome=outcome,
        day=answers.today(),
        by=by,
        note=note,
        sound=sound,
        next_step=step,
        known=called.rules,
    )
    if outcome is CallOutcome.NOT_NEEDED:
        return f"No call to {called.name} is needed until an alert of another kind is raised."
    comes_back = f" The next step comes back on {formatting.day(step.due_day)}." if step else ""
    return f"Logged: {outcome.label.lower()}, {called.name}.{comes_back}"
