"""Opening a client from any page, by typing a part of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.output import markdown
from health.queries.client import ClientSearch, find_clients
from health.ui.parts.client_box import choose_client, names_of_clients
from health.ui.parts.links import open_client
from health.ui.session import answers

if TYPE_CHECKING:
    from health.ui.session.answers import Answers

SHORTCUT: Final = "Ctrl+K"
"""Opens the search of clients on every page."""

_OFFERED: Final = 8
"""Clients offered where what was typed fits several."""


def find_button() -> None:
    """Draw the button that opens a client by a part of its name, also by :data:`SHORTCUT`."""
    if st.button("Find a client", icon=":material/search:", shortcut=SHORTCUT, key="find"):
        _find()


@st.dialog("Find a client")
def _find() -> None:
    with answers.of_newest() as ask:
        chosen = client_box(ask, key="found_client")
    if chosen is not None:
        open_client(chosen)


def client_box(ask: Answers, *, key: str) -> str | None:
    """Draw the box that finds a client by a part of its name or id, and return its id."""
    names = names_of_clients(ask)
    chosen = choose_client("Client", names, key, has_label=False)
    return chosen if chosen is None or chosen in names else _search(ask, chosen)


def _search(ask: Answers, typed: str) -> str | None:
    """Look for what was typed among all clients, and offer those it fits."""
    found = ask(find_clients, ClientSearch(text=typed, limit=_OFFERED))
    if found.is_empty():
        st.warning(f"No client’s name or id contains “{markdown.escape(typed)}”.")
    elif found.height == 1:
        return str(found.item(0, 0))
    for organization_id, name in found.iter_rows():
        if st.button(markdown.escape(f"{name} · {organization_id}"), key=f"find_{organization_id}"):
            return str(organization_id)
    return None
