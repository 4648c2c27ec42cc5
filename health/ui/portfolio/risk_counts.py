"""How many clients have which risk, on the Portfolio page: each number filters for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.charts.theme import RISK_MARK
from health.ui.parts import filters
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping


def risk_counts(counts: Mapping[RiskLevel, int], not_scored: int, left: int) -> None:
    """Draw how many clients have which risk; a click filters for it, another one stops that.

    left: how many of those not scored are no clients any more.
    """
    chosen = st.session_state.get("risk")
    levels = {level.label: level for level in reversed(RiskLevel)}
    amounts = {label: counts[level] for label, level in levels.items()}
    for label, amount in (amounts | {filters.NOT_SCORED: not_scored}).items():
        mark = RISK_MARK[levels[label]] if label in levels else "○"
        gone = (
            f", {formatting.number(left)} of them left"
            if left and label == filters.NOT_SCORED
            else ""
        )
        st.button(
            f"{mark}{formatting.NO_BREAK}**{formatting.number(amount)}** {label.lower()}{gone}",
            key=f"count_{label}",
            type="primary" if label == chosen else "secondary",
            on_click=_toggle_risk,
            args=(label,),
        )


def _toggle_risk(label: str) -> None:
    st.session_state["risk"] = None if st.session_state.get("risk") == label else label
