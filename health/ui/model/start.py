"""What a draft starts from, and what it is compared with: in force, a version, a saved draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.ui.model import draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.scoring.drafts import SavedDraft
    from health.scoring.model import ScoringModel

_FROM: Final = "model_start"
_AGAINST: Final = "model_against"
_IN_FORCE: Final = "in force"


class Known:
    """The models that can be chosen, by a key that holds while the page is open."""

    def __init__(
        self,
        in_force: ScoringModel,
        models: Sequence[ScoringModel],
        drafts: Sequence[SavedDraft],
    ) -> None:
        self.models = {_IN_FORCE: in_force}
        self.models |= {one.version: one for one in models if one.version != in_force.version}
        self.models |= {f"draft {one.draft_id}": one.model for one in drafts}

    def label(self, key: str) -> str:
        """Return what people read of a key."""
        name = self.models[key].label
        if key == _IN_FORCE:
            return f"{name} (in force)"
        return f"{name} (saved draft)" if key.startswith("draft ") else name


def choose(known: Known) -> ScoringModel | None:
    """Draw what the draft starts from and is compared with.

    Returns what it is compared with; None for what is in force.
    """

    def start() -> None:
        draft.put(known.models[st.session_state[_FROM]])

    def reset() -> None:
        st.session_state[_FROM] = _IN_FORCE
        draft.put(known.models[_IN_FORCE])

    for key in (_FROM, _AGAINST):
        # A saved draft may be gone.
        if st.session_state.get(key, _IN_FORCE) not in known.models:
            st.session_state[key] = _IN_FORCE
    with st.grid(2, min_column_width=170, vertical_alignment="bottom"):
        st.selectbox(
            "Start from", list(known.models), format_func=known.label, key=_FROM, on_change=start
        )
        against = st.selectbox(
            "Compare with", list(known.models), format_func=known.label, key=_AGAINST
        )
    st.button("Back to what is in force", key="model_reset", on_click=reset)
    return None if against == _IN_FORCE else known.models[against]
