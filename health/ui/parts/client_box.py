"""The box in which a client is chosen by name or id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.queries.client import ClientSearch, find_clients

if TYPE_CHECKING:
    from health.ui.session.answers import Answers

_OFFERED: Final = 2_000
"""Clients offered by name; the id of any other client can be typed."""


def names_of_clients(ask: Answers) -> dict[str, str]:
    """Return the clients that are offered: id → name."""
    return dict(ask(find_clients, ClientSearch(limit=_OFFERED)).iter_rows())


def choose_client(
    label: str, names: dict[str, str], key: str, *, has_label: bool = True
) -> str | None:
    """Draw the box, and return the id that was chosen or typed; it may not be on file."""
    return st.selectbox(
        label,
        list(names),
        format_func=lambda chosen: f"{names[chosen]} · {chosen}" if chosen in names else chosen,
        index=None,
        key=key,
        placeholder="Type a part of its name or id",
        filter_mode="contains",
        # Where every client is offered, what was typed would only stand in for one of them.
        accept_new_options=len(names) == _OFFERED,
        label_visibility="visible" if has_label else "collapsed",
    )
