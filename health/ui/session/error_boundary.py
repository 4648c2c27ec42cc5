"""The one place where an error ends: ours in its own words, a bug as a sentence with a reference.

Pages, fragments, callbacks of widgets and jobs all end their errors here. A bug becomes a line in
the log, without a word of the data.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Self

import streamlit as st

from health import log
from health.errors import Cancelled, HealthError
from health.output import markdown
from health.ui.server.streamlit_private import CONTROL_FLOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PAGE_FAILED: Final = "This page could not be shown."
PAGE_ADVICE: Final = "Your data is as it was. Reload the page"


class ErrorBoundary:
    """Ends every error inside its ``with``, and gives ``tell`` what a user is told.

    A context manager, as it sees what is not an ``Exception`` too: a panic inside polars.

    title, advice: what is said of a bug; ``advice`` is what to do first.
    """

    def __init__(self, tell: Callable[[HealthError], None], *, title: str, advice: str) -> None:
        self._tell = tell
        self._title = title
        self._advice = advice

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None or isinstance(error, CONTROL_FLOW):
            return False
        self._tell(_explain(error, self._title, self._advice))
        return True


def show_script_error(error: Exception) -> bool:
    """Show what a fragment or a callback raised; ``on_script_error`` of ``st.App``."""
    show(_explain(error, PAGE_FAILED, PAGE_ADVICE))
    return True


def show(condition: HealthError, icon: str | None = None) -> None:
    """Draw a condition: its title and the way out."""
    draw = st.info if isinstance(condition, Cancelled) else st.error
    draw(
        f"**{markdown.escape(condition.title)}**  \n{markdown.escape(condition.message)}", icon=icon
    )


def _explain(error: BaseException, title: str, advice: str) -> HealthError:
    if isinstance(error, HealthError):
        return error
    reference = secrets.token_hex(4)
    log.bug(reference, error)
    return HealthError(
        f"{advice}; if it stays like this, report reference {reference} from the server's log.",
        title=title,
    )
