"""What an edit by hand did, said where it was made, with its undo and the recalculation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import imports
from health.errors import HealthError
from health.output import markdown
from health.ui.parts import recalculate
from health.ui.session import answers, jobs, viewer

if TYPE_CHECKING:
    from health.imports import ImportOutcome
    from health.ui.session.answers import Answers

_EDIT: Final = "edited"


@dataclass(frozen=True, kw_only=True)
class _Edit:
    """The last edit of this visitor.

    place: where it was made, such as the id of a client.
    import_id: its number; None where there is nothing to undo.
    """

    place: str
    said: str
    import_id: int | None
    is_refused: bool = False


def remember(place: str, outcome: ImportOutcome, said: str) -> None:
    """Keep what was stored, to be said by :func:`edited` in the next run."""
    number = outcome.import_id if outcome.rows_changed else None
    jobs.forget()
    st.session_state[_EDIT] = _Edit(place=place, said=said, import_id=number)


def edited(ask: Answers, place: str) -> None:
    """Say what the last edit in this place did, and offer to undo it and to recalculate."""
    edit: _Edit | None = st.session_state.get(_EDIT)
    if edit is None or edit.place != place:
        return
    recalculate.forget_outdated(ask)
    with st.container(horizontal=True, vertical_alignment="center", key="edited"):
        show = st.warning if edit.is_refused else st.success
        show(markdown.escape(edit.said))
        if edit.import_id is not None:
            st.button(
                "Undo",
                key="edit_undone",
                icon=":material/undo:",
                disabled=jobs.is_busy(),
                on_click=_undo,
                args=(edit, edit.import_id),
            )
        recalculate.offer(ask)
        st.button("Dismiss", key="edit_seen", type="tertiary", on_click=_forget)
        jobs.show()


def _undo(edit: _Edit, import_id: int) -> None:
    try:
        imports.undo(answers.database(), import_id, by=viewer.name())
    except HealthError as error:
        said = f"{error.message} The Data page lists all imports."
        st.session_state[_EDIT] = replace(edit, said=said, is_refused=True)
    else:
        said = "Undone: what the change replaced is on file again."
        st.session_state[_EDIT] = replace(edit, said=said, import_id=None)


def _forget() -> None:
    st.session_state.pop(_EDIT, None)
    jobs.forget()
