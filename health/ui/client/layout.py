"""The Client page's order: what stands first, the jumps to the rest, the name always in sight."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import streamlit as st

from health import formatting
from health.charts.theme import RISK_MARK
from health.output import markdown

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from health.queries.client import Client

_LETTERS = 40
"""Letters of a name that stay in sight."""


class Section(StrEnum):
    """The parts of the page below the first screen, by their titles."""

    TIMELINE = "Timeline"
    CHANGED = "What changed"
    OVER_TIME = "Score over time"
    PEERS = "Among its peers"
    USAGE = "What they do with the product"
    FEATURES = "Features"
    PROOF = "Proof of the score"

    @property
    def jump(self) -> str:
        """Return the short name in the jumps."""
        return _JUMPS.get(self.name, self.value)


_JUMPS: Final = {"PEERS": "Peers", "USAGE": "Usage", "PROOF": "Proof"}


class First(NamedTuple):
    """The places of the first screen, beside each other.

    why: where the points come from. todo: what would help, a call to log, the pulse, and what
    was said last time.
    """

    why: DeltaGenerator
    todo: DeltaGenerator


def first_screen() -> First:
    """Lay out the places below the cards."""
    # In sixteenths: plotly draws a chart twice where its width has more than three decimals, as a
    # browser says it with three.
    return First(*st.columns([9, 7], gap="large"))


def section(title: Section) -> None:
    """Draw the title of a part that the jumps lead to."""
    st.subheader(title.value, anchor=title.name.lower())


def bar(client: Client) -> None:
    """Keep the name, the score and the jumps in sight at the lower edge of the window."""
    name = markdown.escape(formatting.brief(client.name, _LETTERS))
    standing = "not scored"
    if client.score is not None:
        level = client.score.risk_level
        standing = f"{RISK_MARK[level]} {client.score.overall_score} · {level.label}"
    jumps = " · ".join(f"[{one.jump}](#{one.name.lower()})" for one in Section)
    st.bottom.markdown(f"**{name}** {standing} &emsp; :small[{jumps}]")
