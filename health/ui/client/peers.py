"""Among its peers, on the Client page: where it stands, in a sentence and as a small chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.charts.peers import among_peers, place
from health.output import markdown
from health.output.peer_words import furthest_below, sentence
from health.queries.peers import LEAST, PeersQuery, peers
from health.ui.client.layout import Section, section
from health.ui.parts.links import Address
from health.ui.parts.page import chart
from health.ui.session.cache import cached_figure

if TYPE_CHECKING:
    from health.queries.client import Client
    from health.queries.peers import Peers
    from health.ui.parts.page import View


def among_its_peers(view: View, client: Client) -> None:
    """Say and draw where a scored client stands, or why nothing is said and what would help."""
    found = view.ask(
        peers,
        PeersQuery(
            organization_id=client.organization_id, as_of=view.as_of, parts=client.model.parts
        ),
    )
    section(Section.PEERS)
    if not found.standings:
        _too_few(found)
        return
    st.markdown(f"**{markdown.escape(sentence(found))}** {markdown.escape(furthest_below(found))}")
    chart(
        cached_figure(among_peers, found.standings, view.palette),
        alt=sentence(found),
        name="peers",
    )
    st.caption(markdown.escape(" ".join(_notes(view, found))))


def _too_few(found: Peers) -> None:
    if found.industry is None:
        st.markdown(
            "There are no peers to compare with, as the client's industry is not on file. Add it "
            "to an organizations file and load that, to see it among clients of its industry and "
            "size."
        )
        st.page_link(Address.DATA, label="Load the file on the Data page")
        return
    others = (
        "No other client"
        if not found.in_industry
        else f"Only {formatting.count(found.in_industry, 'other client')}"
    )
    has = "has" if found.in_industry < 2 else "have"
    st.markdown(
        markdown.escape(
            f"{others} in {found.industry} {has} a score on {formatting.day(found.as_of)}: a "
            f"comparison needs at least {LEAST}. Where the industry of others is spelled another "
            "way, load an organizations file that spells it the same."
        )
    )


def _notes(view: View, found: Peers) -> list[str]:
    """How to read it, why sizes may differ, and what is not of the day shown."""
    notes = [
        f"{place(found.standings[0])}. Bar: the middle half of the others. Line: their median. "
        "Dot: this client."
    ]
    if found.band is None:
        notes.append(
            "They are of all sizes, as the client's licensed users are not on file: load an "
            "organizations file with them, to see it among clients of its size."
        )
    elif not found.is_by_size:
        alike = f"only {formatting.number(found.alike)}" if found.alike else "none"
        have = "has" if found.alike == 1 else "have"
        notes.append(f"They are of all sizes, as {alike} of them {have} {found.band.phrase}.")
    if view.is_past:
        notes.append("Industry and licensed users are as on file now.")
    return notes
