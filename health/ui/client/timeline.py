"""Everything that happened to a client, on its page: newest first, by kind, to be downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.accounts.entries import remove_entry
from health.accounts.tasks import finish_task, reopen_task
from health.accounts.timeline import TimelineQuery, timeline
from health.explanation.timeline_wording import happened, wrote
from health.output import markdown, work_tables
from health.ui.client import layout, log_call
from health.ui.parts.download import download
from health.ui.parts.page import page_fragment
from health.ui.session import answers, jobs, widget_state
from health.vocabulary import TimelineKind

if TYPE_CHECKING:
    from typing import Any

    import polars as pl

    from health.queries.client import Client
    from health.ui.parts.page import View

STEP: Final = 12
"""Events shown at first, and those that “show more” adds."""

_MORE: Final = "more_timeline"
_KINDS: Final = {kind.label: kind for kind in TimelineKind}
_TABLES: Final = {
    TimelineKind.CALL: "calls",
    TimelineKind.NOTE: "notes",
    TimelineKind.TASK: "tasks",
    TimelineKind.PULSE: "pulses",
}


def said_last(view: View, client: Client) -> None:
    """Draw what was said in the last call or note; nothing where there is none."""
    query = TimelineQuery(
        organization_id=client.organization_id,
        kinds=(TimelineKind.CALL, TimelineKind.NOTE),
        until=view.as_of if view.is_past else None,
        limit=1,
    )
    found = view.ask(timeline, query)
    if not found.is_empty():
        st.markdown(f"**Last time**\n\n{_said(found.row(0, named=True), view)}")


@page_fragment
def section(view: View, client: Client) -> None:
    """Draw the timeline with its choice of kinds."""
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        layout.section(layout.Section.TIMELINE)
    chosen = st.multiselect(
        "Kinds",
        list(_KINDS),
        key=widget_state.key("happened"),
        bind="query-params",
        placeholder="Everything that happened",
        label_visibility="collapsed",
        width=400,
    )
    shown = STEP * (1 + widget_state.count(_MORE))
    query = TimelineQuery(
        organization_id=client.organization_id,
        kinds=tuple(_KINDS[label] for label in chosen),
        until=view.as_of if view.is_past else None,
        limit=10_000,
        thresholds=answers.settings().alerts,
    )
    found = view.ask(timeline, query)
    if found.is_empty():
        what = "of these kinds " if chosen else ""
        st.markdown(f"Nothing {what}has happened yet. Log a call or add a note to begin.")
        return
    with row:
        download(
            "timeline",
            lambda _: work_tables.timeline(found, view.currency),
            ask=view.ask,
            day=view.as_of,
            of=client.organization_id,
        )
    with st.container(gap="xsmall", key="timeline"):
        _events(found.head(shown), view)
    if rest := found.height - shown if found.height > shown else 0:
        step = min(STEP, rest)
        left = f" ({formatting.number(rest)} left)" if rest > step else ""
        st.button(
            f"Show {step} more{left}",
            key="show_timeline",
            type="tertiary",
            icon=":material/expand_more:",
            on_click=widget_state.count_up,
            args=(_MORE,),
        )


def _events(rows: pl.DataFrame, view: View) -> None:
    """Draw events; those that follow each other and have no buttons are one text."""
    texts: list[str] = []
    for place, row in enumerate(rows.iter_rows(named=True)):
        if row["number"] is None or view.is_past:
            texts.append(_said(row, view))
            continue
        _write(texts)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_said(row, view))
            _buttons(place, row)
    _write(texts)


def _write(texts: list[str]) -> None:
    if texts:
        st.markdown("\n\n".join(texts))
        texts.clear()


def _said(row: dict[str, Any], view: View) -> str:
    """An event in markdown: when and by whom, what happened, and what was written."""
    what = markdown.escape(happened(row, view.currency))
    text = f" “{markdown.escape(wrote(row))}”" if wrote(row) else ""
    who = f", {markdown.escape(row['who'])}" if row["who"] else ""
    return f":gray[{formatting.day(row['day'])}{who}]  \n**{what}**{text}"


def _buttons(place: int, row: dict[str, Any]) -> None:
    """Draw what can be done about what somebody wrote."""
    kind = TimelineKind.of(row["kind"])
    able: dict[str, Any] = {"type": "tertiary", "disabled": jobs.is_busy()}
    number = row["number"]
    if kind is TimelineKind.TASK and row["what"] == "open":
        st.button("Done", key=f"finish_{number}", on_click=_finish, args=(number,), **able)
    if kind is TimelineKind.TASK and row["what"] == "done":
        st.button("Reopen", key=f"reopen_{number}", on_click=_reopen, args=(number,), **able)
        return
    st.button(
        "Remove",
        key=f"remove_{place}",
        help="Remove it; it stays on file as removed",
        on_click=_remove,
        args=(_TABLES[kind], number),
        **able,
    )


def _finish(task_id: int) -> None:
    database, today = answers.database(), answers.today()
    log_call.attempt(
        lambda by: finish_task(database, task_id, day=today, by=by), "The task is done."
    )


def _reopen(task_id: int) -> None:
    log_call.attempt(lambda _: reopen_task(answers.database(), task_id), "The task is open again.")


def _remove(table: str, number: int) -> None:
    log_call.attempt(lambda by: remove_entry(answers.database(), table, number, by=by), "Removed.")
