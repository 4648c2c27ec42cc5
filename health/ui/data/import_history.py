"""What was loaded and by whom, with a button that undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting, imports
from health.errors import UndoHeld
from health.imports import identity
from health.output import markdown, page_tables
from health.output.import_history import with_actions
from health.queries.imports import Import, ImportsQuery, list_imports
from health.ui.data import client_ids
from health.ui.parts.download import download
from health.ui.session import answers, jobs, viewer, widget_state
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.imports.identity import IdentityAction
    from health.ui.session.answers import Answers

PAGE: Final = 15
"""Imports shown at once."""

_SHOWN: Final = "imports_shown"
_ASKED: Final = "import_to_undo"
_CLICK: Final = "undo_clicked"
_COUNTED: Final = ("number", "new", "changed", "rejected")
_SCHEMA: Final = {
    name: pl.Int64 if name in _COUNTED else pl.String
    for name in (
        *("number", "at", "by", "file", "kind", "read_by", "new", "changed", "rejected"),
        *("days", "warnings", "undo", "sha256"),
    )
}


def import_history(ask: Answers) -> None:
    """Draw the imports, the newest first, each with a button that offers to undo it."""
    first = ask(list_imports, ImportsQuery(limit=PAGE))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What was loaded", anchor=False)
        if first.total:
            download("imports", page_tables.imports, ask=ask, day=answers.today())
    if not first.total:
        st.caption("Nothing was loaded yet.")
        return
    listed = st.container()
    pages, number = -(-first.total // PAGE), 1
    if pages > 1:
        number = st.pagination(pages, key=widget_state.key("imports_page"), bind="query-params")
    found = ask(list_imports, ImportsQuery(page=min(number, pages), limit=PAGE))
    rows = with_actions(found.rows, ask(identity.list_actions), is_last=number >= pages)
    st.session_state[_SHOWN] = rows
    listed.dataframe(
        _frame(rows),
        column_order=_columns(found.rows),
        hide_index=True,
        placeholder="",
        height=(len(rows) + 1) * 35 + 3,
        alt="The imports, the newest first: when, by whom, which file, how many rows",
        column_config={
            "number": st.column_config.NumberColumn("No.", width=45),
            "at": st.column_config.TextColumn("Stored (UTC)", width=140),
            "by": st.column_config.TextColumn("By", width=65),
            "file": st.column_config.TextColumn("File", width=140),
            "kind": st.column_config.TextColumn("Kind", width=115),
            "read_by": st.column_config.TextColumn(
                "Read by feed",
                width=115,
                help="The feed and the version of it that the file was read by.",
            ),
            "new": st.column_config.NumberColumn("New", format="localized", width=64),
            "changed": st.column_config.NumberColumn("Changed", format="localized", width=68),
            "rejected": st.column_config.NumberColumn("Rejected", format="localized", width=72),
            "days": st.column_config.TextColumn("Days", width=186),
            "warnings": st.column_config.TextColumn(
                "Warnings", width=70, help="They are listed below the table."
            ),
            "undo": st.column_config.ButtonColumn(
                "Undo", width=100, type="tertiary", key=_CLICK, on_click=_ask_to_undo
            ),
            "sha256": st.column_config.TextColumn(
                "Hash",
                width=50,
                help="SHA-256 of the file as it came; a double click shows it whole.",
            ),
        },
    )
    _list_warnings(found.rows)
    asked: Import | IdentityAction | None = st.session_state.pop(_ASKED, None)
    if isinstance(asked, Import):
        _confirm(asked)
    elif asked is not None:
        client_ids.confirm_undo(asked)


def offer_anyway(job: Job) -> None:
    """Offer to undo it anyway, where later imports rest on it and an undo was refused."""
    if isinstance(job, Undo) and isinstance(job.failure, UndoHeld) and not job.anyway:
        st.button(
            "Undo it anyway; what later imports changed stays",
            key="undo_anyway",
            on_click=_start,
            args=(job.import_id, True),
            disabled=jobs.is_busy(),
        )


class Undo(Job):
    """The job that undoes an import."""

    def __init__(self, import_id: int, *, anyway: bool) -> None:
        self.import_id = import_id
        self.anyway = anyway
        database, by = answers.database(), viewer.name()

        def work(_: Job) -> str:
            imports.undo(database, import_id, by=by, anyway=anyway)
            return f"Import {import_id} is undone: what it changed has its earlier values again."

        super().__init__(f"Undoing import {import_id}", work)


def _columns(rows: tuple[Import, ...]) -> list[str]:
    """The columns there is room for; where a feed read a file, it stands in place of the kind."""
    is_read_by_feed = any(row.feed is not None for row in rows)
    left_out = "kind" if is_read_by_feed else "read_by"
    return [name for name in _SCHEMA if name != left_out]


def _frame(rows: Sequence[Import | IdentityAction]) -> pl.DataFrame:
    """The table as ``_SCHEMA`` has it; what was done about ids has no rows to count."""
    shown = [
        {
            "number": row.import_id,
            "at": formatting.moment(row.imported_at),
            "by": row.imported_by,
            "file": row.name,
            "kind": row.kind.label,
            "read_by": row.read_by,
            "new": row.rows_new,
            "changed": row.rows_changed,
            "rejected": row.rows_rejected,
            "days": _days(row),
            "warnings": str(len(row.warnings) or ""),
            "undo": formatting.capital(row.fate) or "Undo…",
            "sha256": row.sha256,
        }
        if isinstance(row, Import)
        else {
            "at": formatting.moment(row.done_at),
            "by": row.done_by,
            "file": row.sentence,
            "kind": "Ids of clients",
            "undo": formatting.capital(row.fate) or "Undo…",
        }
        for row in rows
    ]
    return pl.DataFrame(shown, schema=_SCHEMA)


def _list_warnings(rows: tuple[Import, ...]) -> None:
    """List what looked wrong about the imports shown, as it was said when they were stored."""
    number = sum(len(row.warnings) for row in rows)
    if not number:
        return
    title = f"What looked wrong: {formatting.count(number, 'warning')}"
    shown = widget_state.expander(title, "warnings")
    if not shown.open:
        return
    for row in rows:
        for one in row.warnings:
            said = [markdown.escape(line) for line in (one.sentence, *one.examples)]
            shown.markdown(
                f"**Import {row.import_id}, {markdown.escape(row.name)}**  \n" + "  \n".join(said)
            )


def _days(row: Import) -> str:
    if row.first_date is None:
        return ""
    if row.first_date == row.last_date:
        return formatting.day(row.first_date)
    return f"{formatting.day(row.first_date)} – {formatting.day(row.last_date)}"


def _ask_to_undo() -> None:
    chosen: Import | IdentityAction = st.session_state[_SHOWN][st.session_state[_CLICK]["row"]]
    if not chosen.fate:
        st.session_state[_ASKED] = chosen


@st.dialog("Undo this import?")
def _confirm(chosen: Import) -> None:
    counts = f"{formatting.count(chosen.rows_new, 'new row')}, "
    counts += formatting.count(chosen.rows_changed, "changed row")
    st.markdown(
        f"Import {chosen.import_id}, **{markdown.escape(chosen.name)}**, stored "
        f"{formatting.moment(chosen.imported_at)} UTC by {markdown.escape(chosen.imported_by)}: "
        f"{counts}."
        "\n\nWhat it changed gets its earlier values back, what it added is removed, and the "
        "scores that rest on it become out of date."
    )
    with st.container(horizontal=True):
        is_agreed = st.button(
            "Undo the import",
            key="undo_confirmed",
            type="primary",
            on_click=_start,
            args=(chosen.import_id, False),
        )
        if st.button("Keep it", key="undo_declined") or is_agreed:
            st.rerun()


def _start(import_id: int, anyway: bool) -> None:
    jobs.start(Undo(import_id, anyway=anyway))
