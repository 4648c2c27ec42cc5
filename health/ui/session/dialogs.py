"""The dialog that is open on a page: it stays when the page runs again, until it is closed.

A page runs anew when its visitor's connection comes back, or when a long work ends. A dialog drawn
only in the run after the click would be gone then, and what was typed in it with it.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

_OPEN: Final = "open_dialog"


def ask(name: str, about: Any = True) -> None:
    """Open a dialog, from the callback of a button; about: what it needs to know, never None."""
    st.session_state[_OPEN] = (name, about)


def asked(name: str) -> Any:
    """Return what an open dialog is about; None while it is not open."""
    of, about = st.session_state.get(_OPEN, ("", None))
    return about if of == name else None


def is_open() -> bool:
    """Return whether a dialog is open; a second click on its button may come after it closed."""
    return _OPEN in st.session_state


def close() -> None:
    """Forget which dialog is open: it was dismissed or has done its work, or the page was left."""
    st.session_state.pop(_OPEN, None)


def end_when_closed() -> None:
    """Draw the page anew where a callback has closed the dialog; comes first in a dialog."""
    if not is_open():
        st.rerun()
