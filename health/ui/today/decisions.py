"""The clients that are off the calls of Today, each with a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.accounts.decisions import bring_back, decisions
from health.explanation import work_wording
from health.output import markdown, work_tables
from health.ui.client import log_call
from health.ui.parts.download import download
from health.ui.session import answers, jobs, viewer

if TYPE_CHECKING:
    from health.ui.parts.page import View


def decided(view: View) -> None:
    """List the clients off the calls, and why, each with a button that brings it back."""
    found = view.ask(decisions, view.as_of)
    if found.is_empty():
        return
    with st.expander(f"Called, snoozed or not needed · **{formatting.number(found.height)}**"):
        download("decisions", lambda _: work_tables.decided(found), ask=view.ask, day=view.as_of)
        for row in found.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                what = work_wording.decided(row["outcome"], row["until_day"])
                by = f"{row['decided_by']}, {formatting.day(row['decided_at'].date())}"
                reason = f" “{markdown.escape(row['reason'])}”" if row["reason"] else ""
                st.markdown(
                    f"**{markdown.escape(row['organization_name'])}**, {what}.{reason}  \n"
                    f":gray[{markdown.escape(by)}]"
                )
                st.button(
                    "Bring back",
                    key=f"back_{row['organization_id']}",
                    disabled=jobs.is_busy(),
                    on_click=_bring_back,
                    args=(row["organization_id"], row["organization_name"]),
                )


def _bring_back(organization_id: str, name: str) -> None:
    bring_back(answers.database(), organization_id, by=viewer.name())
    log_call.say(f"{markdown.escape(name)} is among the calls again.")
