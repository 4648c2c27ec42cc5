"""A draft as a file: saved from the page, and read back into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.errors import InvalidModel
from health.output import markdown
from health.scoring.model_files import model_from_toml, model_to_toml
from health.ui.model import draft
from health.ui.parts.download import file_name
from health.ui.session import answers

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel

_ROUND: Final = "model_file_round"
_REFUSED: Final = "model_file_refused"


def draft_file(model: ScoringModel | None) -> None:
    """Draw the name of the draft, the button that saves it as a file, and what reads one."""
    with st.expander("Name and file", key="model_file", on_change="rerun") as opened:
        if not opened.open:
            return
        draft.name_field()
        st.download_button(
            "Download the draft",
            model_to_toml(model) if model else "",
            file_name=f"{file_name('model', model.label if model else '', answers.today())}.toml",
            mime="application/toml",
            icon=":material/download:",
            disabled=model is None,
            on_click="ignore",
            key="model_download",
        )
        key = f"model_upload_{st.session_state.get(_ROUND, 0)}"
        st.file_uploader(
            "Take the draft from a file", type="toml", key=key, on_change=_read, args=(key,)
        )
        if refused := st.session_state.pop(_REFUSED, None):
            st.error(markdown.escape(refused), icon=":material/block:")


def _read(key: str) -> None:
    """Take over what is in the file; what is wrong with it is kept to be said."""
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    try:
        draft.put(model_from_toml(uploaded.getvalue().decode("utf-8-sig")))
    except UnicodeDecodeError:
        st.session_state[_REFUSED] = f"“{uploaded.name}” is not text in UTF-8."
    except InvalidModel as error:
        st.session_state[_REFUSED] = f"“{uploaded.name}”: {error.message} The draft is as it was."
    # Only a new key empties the uploader.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
