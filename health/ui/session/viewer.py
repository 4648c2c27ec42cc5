"""Who looks at the pages, and which day they looked at before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.accounts.visits import last_visit, remember_visit
from health.ui.session import answers, jobs

if TYPE_CHECKING:
    from datetime import date

    from health.ui.session.answers import Answers


def name() -> str:
    """Return whose name is stored with a change: who is signed in, or the user of the server."""
    email = st.user.get("email")
    return str(email) if email else answers.settings().user


def day_to_compare(ask: Answers, as_of: date) -> date | None:
    """Return the day this viewer looked at before ``as_of``; None at the first look.

    After an undo the day seen may lie after ``as_of``: all of it was seen then.
    """
    seen, before = ask(last_visit, _key())
    if seen is not None and seen != as_of:
        return min(seen, as_of)
    return before if before is not None and before < as_of else None


def remember(ask: Answers, latest: date) -> None:
    """Remember that the latest day was looked at; call it when the page is drawn.

    Not while a job stores: the page would wait for it.
    """
    seen, _ = ask(last_visit, _key())
    if (seen is None or seen < latest) and not jobs.is_busy():
        remember_visit(answers.database(), _key(), latest)


def _key() -> str:
    """Tell viewers apart: by who is signed in, else by the machine they come from."""
    email, address = st.user.get("email"), st.context.ip_address
    return str(email or address or answers.settings().user)
