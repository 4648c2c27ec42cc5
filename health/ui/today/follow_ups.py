"""What was agreed and is due, above the calls of Today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.pulses import disagreements
from health.accounts.tasks import FollowUpQuery, finish_task, follow_ups
from health.explanation import work_wording
from health.output import markdown, work_tables
from health.ui.client import log_call
from health.ui.parts import filters
from health.ui.parts.download import download
from health.ui.session import answers, jobs, viewer, widget_state
from health.ui.today.client_links import LISTED, client_link

if TYPE_CHECKING:
    from typing import Any

    from health.ui.parts.page import View

_MINE: Final = "Mine"
_ALL: Final = filters.EVERYBODYS


def due(view: View, csm: str | None) -> None:
    """List the tasks that are due; nothing where none is.

    csm: of the clients of this owner; None for all. One's own are listed whoever owns the client.
    """
    today, me = answers.today(), viewer.known_name()
    every = view.ask(follow_ups, FollowUpQuery(day=today, csm=csm))
    mine = view.ask(follow_ups, FollowUpQuery(day=today, person=me)) if me else every
    if mine.is_empty() and every.is_empty():
        return
    with st.container(border=True, gap="small", key="follow_ups"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chosen = _ALL
            title = st.container()
            if me:
                chosen = st.radio(
                    "Whose follow-ups",
                    [_MINE, _ALL],
                    key=widget_state.kept(filters.FOLLOW_UPS, _MINE if mine.height else _ALL),
                    horizontal=True,
                    label_visibility="collapsed",
                    width="content",
                )
            found = mine if chosen == _MINE else every
            download("follow ups", lambda _: work_tables.follow_ups(found), ask=view.ask, day=today)
        name = "My follow-ups" if chosen == _MINE else "Follow-ups"
        title.markdown(f"##### {name}: {formatting.number(found.height)} due")
        for row in found.head(LISTED).iter_rows(named=True):
            _task(row, shows_person=chosen != _MINE)
        if found.height > LISTED:
            st.caption(f"and {formatting.count(found.height - LISTED, 'more follow-up')}")


def _task(row: dict[str, Any], *, shows_person: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Done",
            key=f"done_{row['task_id']}",
            icon=":material/check:",
            disabled=jobs.is_busy(),
            on_click=_done,
            args=(row["task_id"],),
        )
        client_link(row["organization_id"], row["organization_name"])
        whose = f", {row['person']}" if shows_person else ""
        said = f"{work_wording.due(row['days_overdue'])}{whose}"
        color = "red" if row["days_overdue"] > 0 else "gray"
        st.markdown(
            f"{markdown.escape(row['task'])} :{color}[{markdown.escape(said)}]", width="content"
        )


def _done(task_id: int) -> None:
    database, today = answers.database(), answers.today()
    log_call.attempt(
        lambda by: finish_task(database, task_id, day=today, by=by),
        "Done. To reopen it, open the timeline of the client.",
    )


def disagreeing(view: View, csm: str | None) -> None:
    """List the clients whose pulse and score say different things; nothing where none do."""
    found = view.ask(disagreements, view.as_of, answers.today(), csm)
    if found.is_empty():
        return
    st.markdown(f"##### Pulse and score disagree: {formatting.number(found.height)}")
    for row in found.head(LISTED).iter_rows(named=True):
        client_link(row["organization_id"], row["organization_name"])
        said = work_wording.disagreement(row, viewer.known_name())
        st.caption(markdown.escape(formatting.capital(said) + "."))
    if found.height > LISTED:
        st.caption(f"and {formatting.count(found.height - LISTED, 'more client')}")
