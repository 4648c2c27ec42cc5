"""Another owner or alert level for many clients of the list at once: one import, one undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.queries import portfolio
from health.ui.parts import edit_form
from health.ui.session import dialogs, jobs
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from health.queries.portfolio import Choices
    from health.ui.parts.page import View

PLACE: Final = "portfolio"
"""Where the edits are made, see :func:`~health.ui.parts.edited.edited`."""

_OFFERED: Final = 2_000
"""Clients offered by name, the most urgent first."""

_NOBODY: Final = "Nobody"
_DIALOG: Final = "edit_many"
_WHICH, _CLIENTS, _OWNER, _LEVEL = "many_which", "many_clients", "many_owner", "many_level"
_CHOSEN, _ALL = "Chosen clients", "All that match"


def bulk_edit(view: View, names: Mapping[str, str], chosen: Sequence[str]) -> None:
    """Draw the button that opens the dialog; the dialog too, where it was pressed.

    names: all clients that the filters leave, by id, the most urgent first.
    chosen: ids of those whose row is ticked.
    """
    st.button(
        f"Edit {formatting.count(len(chosen), 'client')}" if chosen else "Edit many",
        key="edit_many",
        icon=":material/edit:",
        disabled=jobs.is_busy(),
        help="Another owner or alert level for the clients ticked in the list, or for all that "
        "match the filters",
        on_click=_ask,
        args=(tuple(chosen),),
    )
    if (asked := dialogs.asked(_DIALOG)) is not None:
        _edit(asked, names, view.ask(portfolio.choices), view.currency)


def _ask(chosen: Sequence[str]) -> None:
    edit_form.begin()
    dialogs.ask(_DIALOG, chosen)


@st.dialog("Edit many clients", width="medium", on_dismiss=dialogs.close)
def _edit(chosen: Sequence[str], names: Mapping[str, str], choices: Choices, currency: str) -> None:
    dialogs.end_when_closed()
    places: dict[str, DeltaGenerator] = {}
    st.radio(
        "Which clients",
        [_CHOSEN, _ALL],
        key=_WHICH,
        horizontal=True,
        format_func=lambda which: (
            f"{which} ({formatting.number(len(names))})" if which == _ALL else which
        ),
    )
    if st.session_state[_WHICH] == _CHOSEN:
        st.multiselect(
            "Clients",
            list(dict.fromkeys([*chosen, *list(names)[:_OFFERED]])),
            # Set in the session, they would reach the browser once, and be lost in one that is not
            # ready to draw this box when the dialog is drawn again.
            default=chosen or None,
            format_func=lambda one: f"{names.get(one, one)} · {one}",
            key=_CLIENTS,
            placeholder="Type to search by name or id",
            label_visibility="collapsed",
        )
        places["organization_ids"] = st.container()
    left, right = st.columns(2)
    with left:
        st.selectbox(
            "Owner",
            [_NOBODY, *choices.csms],
            index=None,
            key=_OWNER,
            placeholder="Stays as it is",
            accept_new_options=True,
        )
        places["csm"] = st.container()
    with right:
        st.selectbox(
            "Alert level",
            list(AlertLevel),
            index=None,
            format_func=lambda level: level.label,
            key=_LEVEL,
            placeholder="Stays as it is",
        )
    edit_form.since_and_reason(places)
    edit_form.preview_and_save(PLACE, names, lambda: _clients(names), _changes, currency, places)


def _clients(names: Mapping[str, str]) -> list[str]:
    everyone = st.session_state[_WHICH] == _ALL
    return list(names) if everyone else list(st.session_state.get(_CLIENTS) or ())


def _changes() -> dict[str, object]:
    owner, level = st.session_state.get(_OWNER), st.session_state.get(_LEVEL)
    changes: dict[str, object] = {}
    if owner is not None:
        changes["csm"] = None if owner == _NOBODY else owner
    if level is not None:
        changes["alert_level"] = level
    return changes
