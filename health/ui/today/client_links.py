"""Names of clients on the Today page, each opening its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.output import markdown
from health.ui.parts.links import Address, carried

if TYPE_CHECKING:
    import polars as pl

LISTED: Final = 8
"""Clients named under an alert or a change."""

BESIDE: Final = 22
"""Letters of a name that fit beside the calls at 1280 pixels."""

PROACTIVE: Final = ":material/notifications_active:"
"""Marks a client whose alert level is proactive."""


def client_link(organization_id: str, name: str, letters: int = 60, *, before: str = "") -> None:
    """Draw the name that opens the client; a longer one is cut, as it would be without a mark.

    before: what stands before it on the line.
    """
    st.page_link(
        Address.CLIENT,
        # In the colour of links, which Streamlit gives to links in a text alone.
        label=f"{before} :blue[**{markdown.escape(formatting.brief(name, letters))}**]",
        query_params={"client": organization_id, **carried()},
        help=name if len(name) > letters else None,
        width="content",
    )


def show_more(step: int, rest: int) -> str:
    """Return the label of the button that shows ``step`` more of ``rest`` that are not shown."""
    if rest <= step:
        return f"Show {formatting.number(rest)} more"
    return f"Show {formatting.number(step)} more ({formatting.number(rest)} left)"


def missing(held: int, muted: int) -> str:
    """Say who is not counted: those whose call is held back, those whose alerts are turned off.

    Empty where nobody is missing.
    """
    parts = [
        f"{formatting.number(amount)} {what}"
        for amount, what in (
            (held, "snoozed, called or not needed"),
            (muted, "at high risk with alerts turned off"),
        )
        if amount
    ]
    return f"Not counted: {formatting.listing(parts)}." if parts else ""


def client_links(rows: pl.DataFrame) -> None:
    """Draw the first names of a list, and say how many more there are."""
    for row in rows.head(LISTED).iter_rows(named=True):
        client_link(row["organization_id"], row["organization_name"], BESIDE)
    if rows.height > LISTED:
        st.caption(f"and {formatting.count(rows.height - LISTED, 'more client')}")
