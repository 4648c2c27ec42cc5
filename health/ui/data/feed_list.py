"""The feeds on file, each to be exported or used no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import HealthError
from health.files.feeds import feed_to_toml
from health.imports.feeds import list_feeds, retire_feed
from health.output import markdown
from health.ui.session import answers, viewer, widget_state

if TYPE_CHECKING:
    from health.imports.feeds import StoredFeed
    from health.ui.session.answers import Answers

_FAILED: Final = "feed_failed"


def feed_list(ask: Answers) -> None:
    """List the feeds in use, or say what a feed is for."""
    stored = ask(list_feeds)
    with widget_state.expander(f"How exports are read: {_number(len(stored))}", "feeds") as listed:
        if not listed.open:
            return
        if failed := st.session_state.pop(_FAILED, None):
            st.error(markdown.escape(failed), icon=":material/block:")
        if not stored:
            st.caption(
                "Upload an export whose columns are not known: you are shown how it seems to be "
                "read and state it once. The next one is recognized."
            )
        for one in stored:
            _draw(one)


def _draw(one: StoredFeed) -> None:
    feed = one.feed
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{markdown.escape(feed.name)}** · version {feed.version} · {feed.kind.label}  \n"
            f":small[{_number_of_imports(one)}, stated by {markdown.escape(one.created_by)} on "
            f"{formatting.moment(one.created_at)} UTC]"
        )
        st.download_button(
            "Export",
            feed_to_toml(feed),
            file_name=f"{feed.name}.toml",
            mime="application/toml",
            type="tertiary",
            icon=":material/download:",
            key=f"feed_export_{feed.name}_{feed.version}",
        )
        st.button(
            "Use no longer",
            type="tertiary",
            icon=":material/archive:",
            key=f"feed_retire_{feed.name}",
            on_click=_retire,
            args=(feed.name,),
            help="Files with its columns are no longer recognized. What it read stays.",
        )


def _retire(name: str) -> None:
    try:
        retire_feed(answers.database(), name, by=viewer.name())
    except HealthError as error:
        st.session_state[_FAILED] = error.message


def _number(count: int) -> str:
    return formatting.count(count, "feed") if count else "no feed yet"


def _number_of_imports(one: StoredFeed) -> str:
    return formatting.count(one.imports, "import") if one.imports else "no import yet"
