"""The client that the address of the Client page names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.charts.theme import RISK_MARK
from health.errors import UnknownOrganization
from health.output import markdown
from health.queries.client import client_name
from health.queries.scores import HealthScoreQuery, health_scores
from health.queries.urgency import said
from health.ui.parts.client_picker import SHORTCUT

if TYPE_CHECKING:
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers

_OFFERED: Final = 8
"""Clients offered where none is chosen."""


def _address() -> str | None:
    """Return the id in the address, or the one looked at last; it may not be on file."""
    chosen = st.query_params.get("client") or st.session_state.get("last_client")
    if chosen and st.query_params.get("client") != chosen:
        st.query_params["client"] = chosen
    return chosen


def question(ask: Answers) -> str:
    """Return the question of the Client page, with the name of the client in the address."""
    name = _name(ask)
    return f"How is {name or 'a client'} doing, and why?"


def tab_title(ask: Answers) -> str:
    """Return what the browser's tab says: the name of the client in the address."""
    return _name(ask) or "Client"


def _name(ask: Answers) -> str | None:
    chosen = _address()
    return None if chosen is None else ask(client_name, chosen)


def known_client(ask: Answers) -> str | None:
    """Return the id of the client in the address; None, and said, where it is not on file."""
    chosen = _address()
    if chosen is not None and ask(client_name, chosen) is None:
        st.warning(
            markdown.escape(UnknownOrganization(chosen).message), icon=":material/search_off:"
        )
        chosen = None
    st.session_state["last_client"] = chosen
    return chosen


def suggestions(view: View) -> None:
    """Offer the clients that most need a call, for want of a choice."""
    urgent = view.ask(
        health_scores, HealthScoreQuery(as_of=view.as_of, from_day=view.from_day, limit=_OFFERED)
    )
    st.markdown(
        f"Find a client by its name above, or press {SHORTCUT}"
        + (". Or begin with one of these:" if urgent.total else ".")
    )
    with st.container(horizontal=True):
        for score, row in zip(urgent.rows, urgent.frame.iter_rows(named=True), strict=True):
            st.button(
                f"{RISK_MARK[score.risk_level]} {markdown.escape(score.organization_name)} · "
                f"**{score.overall_score}**",
                key=f"suggested_{score.organization_id}",
                help=said(row),
                on_click=_go_to,
                args=(score.organization_id,),
            )


def _go_to(organization_id: str) -> None:
    st.query_params["client"] = organization_id
