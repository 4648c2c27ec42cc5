"""Editing what is on file of a client: a dialog with a preview, stored through the imports."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting, imports
from health.errors import ArgumentError, HealthError
from health.imports.editing import EDITABLE, LONGEST_REASON
from health.output import edit_words, markdown
from health.queries import portfolio
from health.queries.client import ClientQuery, client
from health.ui.parts import edited
from health.ui.session import answers, jobs, viewer
from health.vocabulary import MAXIMUM_VALUE, AlertLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from health.queries.client import Client
    from health.queries.portfolio import Choices
    from health.ui.parts.page import View

_ASKED: Final = "edit_asked"
_DONE: Final = "edit_done"
_REFUSED: Final = "edit_refused"
_SINCE, _REASON, _REMOVES = "edit_since", "edit_reason", "edit_removes"
_ACTIVE: Final = {True: "Active", False: "Left"}


def editing(view: View, organization_id: str) -> None:
    """Draw the button that opens the dialog; the dialog too, where it was pressed."""
    st.button(
        "Edit client",
        key="edit_client",
        icon=":material/edit:",
        disabled=jobs.is_busy(),
        help="Owner, renewal date, yearly value, licences, industry, alert level and status",
        on_click=_ask,
        args=(organization_id,),
    )
    if st.session_state.pop(_ASKED, None) == organization_id:
        # The values of the latest day are those of the present, whatever day is looked at.
        present = view.ask(client, ClientQuery(organization_id=organization_id, as_of=view.latest))
        for field in EDITABLE:
            st.session_state[_key(field)] = _on_file(present, field)
        st.session_state[_SINCE] = answers.today()
        _edit(present, view.ask(portfolio.choices), view.currency)


def _ask(organization_id: str) -> None:
    st.session_state[_ASKED] = organization_id
    for key in (_REASON, _REMOVES, _REFUSED, _DONE):
        st.session_state.pop(key, None)


def _key(field: str) -> str:
    return f"edit_{field}"


def _on_file(present: Client, field: str) -> object:
    """The value on file as its widget has it."""
    value: object = getattr(present, field)
    return float(value) if isinstance(value, Decimal) else value


@st.dialog("Edit client", width="medium")
def _edit(present: Client, choices: Choices, currency: str) -> None:
    if st.session_state.pop(_DONE, False):
        st.rerun()
    st.markdown(f"**{markdown.escape(present.name)}**: what is on file now. Change what is wrong.")
    places = _fields(choices, currency)
    left, right = st.columns([1, 2])
    with left:
        today = answers.today()
        st.date_input("Since", max_value=today, format="YYYY-MM-DD", key=_SINCE)
        places[_SINCE] = st.container()
    with right:
        st.text_input("Reason (optional)", key=_REASON, max_chars=LONGEST_REASON)
        places["reason"] = st.container()
    st.caption("It is so from this day on; scores of earlier days stay as they are.")
    changes = _changes(present)
    removed = [EDITABLE[field] for field, value in changes.items() if value is None]
    if removed:
        st.checkbox(f"Remove the {formatting.listing(removed)}", key=_REMOVES)
        places[_REMOVES] = st.container()
    preview = st.container()
    st.button(
        "Save",
        key="edit_saved",
        type="primary",
        disabled=jobs.is_busy(),
        on_click=_save,
        args=(present, currency),
    )
    refused: ArgumentError | None = st.session_state.pop(_REFUSED, None)
    if refused is None and changes and st.session_state[_SINCE] is not None:
        refused = _preview(preview, present, changes, currency)
    if refused is not None:
        # Said at its field; what belongs to none is said where the change is.
        place = places.get(refused.argument, preview)
        place.error(markdown.escape(_sentence(refused)), icon=":material/block:")


def _fields(choices: Choices, currency: str) -> dict[str, DeltaGenerator]:
    """Draw the fields, which have their values already; return a place below each."""
    places = {}
    with st.grid(2, min_column_width=200):
        for field, label in EDITABLE.items():
            with st.container():
                _field(field, formatting.capital(label), choices, currency)
                places[field] = st.container()
    return places


def _field(field: str, label: str, choices: Choices, currency: str) -> None:
    key = _key(field)
    if field in ("csm", "industry"):
        st.selectbox(
            label,
            choices.csms if field == "csm" else choices.industries,
            index=None,
            key=key,
            placeholder="Nobody" if field == "csm" else "None",
            accept_new_options=True,
        )
    elif field == "renewal_date":
        st.date_input(label, value=None, format="YYYY-MM-DD", key=key)
    elif field == "annual_value":
        st.number_input(f"{label} in {currency}", min_value=0.0, value=None, step=1000.0, key=key)
    elif field == "total_users":
        st.number_input(label, min_value=0, max_value=MAXIMUM_VALUE, value=None, step=1, key=key)
    elif field == "alert_level":
        st.selectbox(label, list(AlertLevel), format_func=lambda level: level.label, key=key)
    else:
        st.segmented_control(
            label,
            list(_ACTIVE),
            format_func=_ACTIVE.__getitem__,
            required=True,
            key=key,
        )


def _changes(present: Client) -> dict[str, object]:
    """What the fields say that is not on file; None for what was emptied."""
    changes: dict[str, object] = {}
    for field in EDITABLE:
        value = st.session_state.get(_key(field))
        if value != _on_file(present, field):
            is_amount = field == "annual_value" and value is not None
            changes[field] = f"{value:.2f}" if is_amount else value
    return changes


def _preview(
    place: DeltaGenerator, present: Client, changes: Mapping[str, object], currency: str
) -> ArgumentError | None:
    """Say what storing would do; return why it cannot be stored, where it cannot."""
    since: date = st.session_state[_SINCE]
    if jobs.is_busy():
        place.caption("Something else is being stored. Wait until it has finished.")
        return None
    try:
        outcome = imports.plan_update(
            answers.database(),
            [present.organization_id],
            changes,
            valid_from=since,
            today=answers.today(),
        )
    except ArgumentError as error:
        return error
    place.info(
        markdown.escape(edit_words.planned(outcome, since, currency)), icon=":material/preview:"
    )
    return None


def _save(present: Client, currency: str) -> None:
    """Store the changes; why they cannot be stored is said at the field."""
    said = st.session_state
    changes, since = _changes(present), said[_SINCE]
    try:
        if since is None:
            raise ArgumentError(_SINCE, "choose the day since when it is so.")
        if not changes:
            raise ArgumentError("changes", "nothing was changed yet.")
        if None in changes.values() and not said.get(_REMOVES):
            raise ArgumentError(_REMOVES, "tick that it is to be removed, or fill it again.")
        outcome = imports.update_organization(
            answers.database(),
            present.organization_id,
            changes,
            valid_from=since,
            reason=said.get(_REASON) or "",
            by=viewer.name(),
            today=answers.today(),
        )
    except ArgumentError as error:
        said[_REFUSED] = error
    except HealthError as error:
        said[_REFUSED] = ArgumentError("changes", error.message)
    else:
        said[_DONE] = True
        words = edit_words.stored(outcome, since, currency)
        edited.remember(present.organization_id, outcome, words)


def _sentence(refused: ArgumentError) -> str:
    return formatting.capital(refused.message.removeprefix(f"{refused.argument}: "))
