"""Keeping a draft: under its name in the database, or as a file that is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import InvalidModel
from health.output import markdown
from health.scoring.drafts import remove_draft, save_draft
from health.scoring.model_files import model_from_toml, model_to_toml
from health.ui.model import draft
from health.ui.parts.download import file_name
from health.ui.session import answers, jobs, viewer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.scoring.drafts import SavedDraft
    from health.scoring.model import ScoringModel

_ROUND: Final = "model_file_round"
_REFUSED: Final = "model_file_refused"
_SAVED: Final = "model_saved"


def keep(model: ScoringModel | None, saved: Sequence[SavedDraft]) -> None:
    """Draw the name of the draft, what saves it, and the drafts saved before."""
    draft.name_field()
    with st.container(horizontal=True):
        st.button(
            "Save the draft",
            key="model_save",
            icon=":material/save:",
            disabled=model is None or jobs.is_busy(),
            on_click=_save,
            args=(model,),
            help="It scores nothing. One with the same name is replaced.",
        )
        st.download_button(
            "Download it",
            model_to_toml(model) if model else "",
            file_name=f"{file_name('model', model.label if model else '', answers.today())}.toml",
            mime="application/toml",
            icon=":material/download:",
            disabled=model is None,
            on_click="ignore",
            key="model_download",
        )
    if said := st.session_state.pop(_SAVED, None):
        st.success(markdown.escape(said), icon=":material/check_circle:")
    _saved(saved)
    with st.expander("Take a draft from a file", key="model_file", on_change="rerun") as opened:
        if not opened.open:
            return
        key = f"model_upload_{st.session_state.get(_ROUND, 0)}"
        st.file_uploader(
            "Take the draft from a file", type="toml", key=key, on_change=_read, args=(key,)
        )
        if refused := st.session_state.pop(_REFUSED, None):
            st.error(markdown.escape(refused), icon=":material/block:")


def _saved(saved: Sequence[SavedDraft]) -> None:
    for one in saved:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{markdown.escape(one.model.label)}**  \n:small[Saved by "
                f"{markdown.escape(one.saved_by)} on {formatting.moment(one.saved_at)} UTC]"
            )
            st.button(
                "Remove",
                key=f"model_remove_{one.draft_id}",
                type="tertiary",
                icon=":material/delete:",
                disabled=jobs.is_busy(),
                on_click=_remove,
                args=(one,),
            )


def _save(model: ScoringModel) -> None:
    save_draft(answers.database(), model, by=viewer.name())
    st.session_state[_SAVED] = (
        f"“{model.label}” is saved. Start from it, or compare with it, above."
    )


def _remove(one: SavedDraft) -> None:
    remove_draft(answers.database(), one.draft_id)
    st.session_state[_SAVED] = f"“{one.model.label}” is removed."


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
