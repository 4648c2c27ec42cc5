"""What a draft starts from: what is in force, another version, or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.ui.model import draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.scoring.model import ScoringModel

_FROM: Final = "model_start"


def choose(models: Sequence[ScoringModel]) -> None:
    """Draw the choice of the model the draft starts from, and the way back to what is in force."""
    by_version = {model.version: model for model in models}
    in_force = models[0].version

    def label(version: str) -> str:
        name = by_version[version].label
        return f"{name} (in force)" if version == in_force else name

    def start() -> None:
        draft.put(by_version[st.session_state[_FROM]])

    def reset() -> None:
        st.session_state[_FROM] = in_force
        draft.put(models[0])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Start from",
            list(by_version),
            format_func=label,
            key=_FROM,
            on_change=start,
            width=260,
        )
        st.button("Back to what is in force", key="model_reset", on_click=reset)
