"""Recording what became of a client, on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.ui.client import log_call
from health.ui.parts import outcome_form
from health.ui.session import dialogs

if TYPE_CHECKING:
    from health.queries.client import Client

_FORM = "client_outcome"


def begin() -> None:
    """Forget what was answered of another client; comes before the form is opened."""
    outcome_form.forget(_FORM)


@st.dialog("Record an outcome", on_dismiss=dialogs.close)
def record(client: Client) -> None:
    """Draw the form; what cannot be is said below it."""
    dialogs.end_when_closed()
    with st.form("outcome_form", border=False):
        outcome_form.questions(_FORM)
        log_call.ask_name()
        st.form_submit_button(
            "Save",
            key="work_saved",
            type="primary",
            on_click=log_call.save,
            args=(lambda by: _store(client, by), "The outcome is on the timeline."),
        )
    log_call.refusal()


def _store(client: Client, by: str) -> None:
    outcome_form.stated(_FORM).store(client.organization_id, by=by)
    outcome_form.forget(_FORM)
