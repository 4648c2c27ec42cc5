"""Choosing a client; the address of the page says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.charts.theme import RISK_MARK
from health.errors import UnknownOrganization
from health.output import markdown
from health.queries.client import ClientSearch, client_name, find_clients
from health.queries.scores import HealthScoreQuery, health_scores
from health.queries.urgency import said

if TYPE_CHECKING:
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers

_MOST: Final = 2_000
"""Clients offered at once; with more, a search narrows them. The names of 10,000 are 0.4 MB that
travel with every click."""

_OFFERED: Final = 8
"""Clients offered where none is chosen."""


def chosen_client() -> str | None:
    """Return the id in the address, or the one looked at last; it may not be on file."""
    chosen = st.query_params.get("client") or st.session_state.get("last_client")
    if chosen and st.query_params.get("client") != chosen:
        st.query_params["client"] = chosen
    return chosen


def client_question(ask: Answers) -> str:
    """Return the question of the Client page, with the name of the client in the address."""
    chosen = chosen_client()
    name = None if chosen is None else ask(client_name, chosen)
    return f"How is {name or 'a client'} doing, and why?"


def choose_client(ask: Answers) -> str | None:
    """Draw the box that chooses a client, and return the id chosen; None before any is.

    A choice changes the address, and with it everything on the page.
    """
    chosen = chosen_client()
    name = None if chosen is None else ask(client_name, chosen)
    if chosen is not None and name is None:
        st.warning(
            markdown.escape(UnknownOrganization(chosen).message), icon=":material/search_off:"
        )
        chosen = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = ask(find_clients, ClientSearch(limit=_MOST))
        if found.height == _MOST:
            search = st.text_input(
                "Find clients",
                placeholder="Find clients by a part of name or id",
                label_visibility="collapsed",
                width=280,
            )
            found = ask(find_clients, ClientSearch(text=search, limit=_MOST))
        names = dict(found.iter_rows())
        if chosen is not None and name is not None:
            names = {chosen: name, **names} if chosen not in names else names
        st.session_state["client_choice"] = chosen
        st.selectbox(
            "Client",
            list(names),
            format_func=lambda organization_id: f"{names[organization_id]} · {organization_id}",
            index=None,
            key="client_choice",
            placeholder="Type to search by name or id",
            filter_mode="contains",
            on_change=_go_to_choice,
            width=420,
            label_visibility="collapsed",
        )
    st.session_state["last_client"] = chosen
    return chosen


def suggestions(view: View) -> None:
    """Offer the clients that most need a call, for want of a choice."""
    urgent = view.ask(
        health_scores, HealthScoreQuery(as_of=view.as_of, from_day=view.from_day, limit=_OFFERED)
    )
    st.markdown(
        "Choose a client above" + (", or begin with one of these:" if urgent.total else ".")
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


def _go_to_choice() -> None:
    _go_to(st.session_state["client_choice"])


def _go_to(organization_id: str | None) -> None:
    if organization_id is None:
        st.query_params.pop("client", None)
        st.session_state.pop("last_client", None)
    else:
        st.query_params["client"] = organization_id
