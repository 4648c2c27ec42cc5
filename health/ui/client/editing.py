"""Editing what is on file of a client: a dialog with a preview, stored through the imports."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.imports.editing import ALWAYS_THERE, EDITABLE
from health.output import markdown
from health.queries import portfolio
from health.queries.client import ClientQuery, client
from health.ui.parts import edit_form
from health.ui.session import dialogs, jobs
from health.vocabulary import MAXIMUM_VALUE, AlertLevel

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from health.queries.client import Client
    from health.queries.portfolio import Choices
    from health.ui.parts.page import View

_DIALOG: Final = "edit"
_REMOVES: Final = "edit_removes"
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
    if dialogs.asked(_DIALOG) == organization_id:
        # The values of the latest day are those of the present, whatever day is looked at.
        present = view.ask(client, ClientQuery(organization_id=organization_id, as_of=view.latest))
        _edit(present, view.ask(portfolio.choices), view.currency)


def _ask(organization_id: str) -> None:
    edit_form.begin()
    dialogs.ask(_DIALOG, organization_id)


def _key(field: str) -> str:
    return f"edit_{field}"


def _on_file(present: Client, field: str) -> object:
    """The value on file as its widget has it."""
    value: object = getattr(present, field)
    return float(value) if isinstance(value, Decimal) else value


@st.dialog("Edit client", width="medium", on_dismiss=dialogs.close)
def _edit(present: Client, choices: Choices, currency: str) -> None:
    dialogs.end_when_closed()
    st.markdown(f"**{markdown.escape(present.name)}**: what is on file now. Change what is wrong.")
    places = _fields(present, choices, currency)
    edit_form.since_and_reason(places)
    st.multiselect(
        "Remove what is on file",
        [
            field
            for field in EDITABLE
            if field not in ALWAYS_THERE and getattr(present, field) is not None
        ],
        format_func=lambda field: formatting.capital(EDITABLE[field]),
        key=_REMOVES,
        placeholder="Nothing",
    )
    edit_form.preview_and_save(
        present.organization_id,
        {present.organization_id: present.name},
        lambda: [present.organization_id],
        lambda: _changes(present),
        currency,
        places,
    )


def _fields(present: Client, choices: Choices, currency: str) -> dict[str, DeltaGenerator]:
    """Draw the fields with what is on file; return a place below each."""
    places = {}
    with st.grid(2, min_column_width=200):
        for field, label in EDITABLE.items():
            with st.container():
                _field(field, formatting.capital(label), present, choices, currency)
                places[field] = st.container()
    return places


def _field(field: str, label: str, present: Client, choices: Choices, currency: str) -> None:
    # What is on file is the default of its widget, which the browser gets with each drawing. A
    # value set in the session comes with the first one alone, and may be lost in a slow browser.
    key, value = _key(field), _on_file(present, field)
    if field in ("csm", "industry"):
        offered = choices.csms if field == "csm" else choices.industries
        options = list(dict.fromkeys([*([value] if value else []), *offered]))
        st.selectbox(
            label,
            options,
            options.index(value) if value else None,
            key=key,
            placeholder="Nobody" if field == "csm" else "None",
            accept_new_options=True,
        )
    elif field == "renewal_date":
        st.date_input(label, value=present.renewal_date, format="YYYY-MM-DD", key=key)
    elif field == "annual_value":
        amount = None if present.annual_value is None else float(present.annual_value)
        st.number_input(f"{label} in {currency}", min_value=0.0, value=amount, step=1000.0, key=key)
    elif field == "total_users":
        users = present.total_users
        st.number_input(label, min_value=0, max_value=MAXIMUM_VALUE, value=users, step=1, key=key)
    elif field == "alert_level":
        levels = list(AlertLevel)
        st.selectbox(
            label,
            levels,
            levels.index(present.alert_level),
            format_func=lambda level: level.label,
            key=key,
        )
    else:
        st.radio(
            label,
            list(_ACTIVE),
            list(_ACTIVE).index(present.is_active),
            format_func=_ACTIVE.__getitem__,
            key=key,
            horizontal=True,
        )


def _changes(present: Client) -> dict[str, object]:
    """What the fields say that is not on file; None for what is removed."""
    changes: dict[str, object] = {}
    for field in EDITABLE:
        value = st.session_state.get(_key(field))
        if value is not None and value != _on_file(present, field):
            changes[field] = f"{value:.2f}" if field == "annual_value" else value
    return changes | dict.fromkeys(st.session_state.get(_REMOVES) or ())
