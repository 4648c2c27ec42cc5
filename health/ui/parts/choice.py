"""One of a few words, chosen by one click; the address remembers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.ui.session import widget_state

if TYPE_CHECKING:
    from collections.abc import Sequence


def choose(
    label: str, options: Sequence[str], usual: str, *, name: str, help_text: str | None = None
) -> str:
    """Draw the options in a row and return the one chosen.

    The chosen part of a segmented control is written in the primary colour, which is the ground
    under the white text of buttons too: in the dark no colour gives both a contrast of 4.5.

    usual: what is chosen at first. name: of it in the address. help_text: shows the label, too.
    """
    chosen: str | None = st.radio(
        label,
        options,
        index=options.index(usual),
        key=widget_state.key(name),
        bind="query-params",
        horizontal=True,
        help=help_text,
        label_visibility="visible" if help_text else "collapsed",
        width="content",
    )
    return chosen or usual
