"""What data is on file, by kind and by metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.output import markdown, page_tables
from health.queries.inventory import kinds_on_file, metrics_on_file
from health.ui.parts.download import download
from health.ui.parts.small_table import small_table
from health.ui.session import answers
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from health.queries.inventory import KindOnFile
    from health.ui.session.answers import Answers

_NOUN: Final = {
    FileKind.ORGANIZATIONS: "client",
    FileKind.USAGE: "usage value",
    FileKind.FEATURES: "feature",
    FileKind.OUTCOMES: "outcome",
}

_COLUMNS: Final = ("Metric", "Last day", "How old", "First day", "Values", "Clients")


def holdings(ask: Answers) -> None:
    """Draw how much there is of each kind, when it came, and the days of each metric."""
    kinds = ask(kinds_on_file)
    for column, kind in zip(st.columns(len(kinds)), kinds, strict=True):
        with column, st.container(border=True, height="stretch"):
            _kind(kind)
    if any(kind.rows for kind in kinds if kind.kind is FileKind.USAGE):
        _metrics(ask)


def _kind(kind: KindOnFile) -> None:
    amount = formatting.count(kind.rows, _NOUN[kind.kind])
    if kind.kind is not FileKind.ORGANIZATIONS:
        amount += f" of {formatting.count(kind.clients, 'client')}"
    st.markdown(f"**{kind.kind.label}**  \n{amount if kind.rows else 'Nothing on file'}")
    if kind.imported_at is not None:
        age = (answers.today() - kind.imported_at.date()).days
        st.caption(
            f"Last loaded {formatting.ago(age)}, {formatting.moment(kind.imported_at)} UTC: "
            f"{markdown.escape(kind.name or '')}"
        )


def _metrics(ask: Answers) -> None:
    metrics = ask(metrics_on_file)
    today = answers.today()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### Data by metric")
        download("data by metric", lambda _: page_tables.metrics(metrics), ask=ask, day=today)
    rows = [
        (
            found.metric.label,
            formatting.day(found.last_day) if found.last_day else "",
            formatting.ago((today - found.last_day).days) if found.last_day else formatting.NO_DATA,
            formatting.day(found.first_day) if found.first_day else "",
            formatting.number(found.values) if found.values else "",
            formatting.number(found.clients) if found.clients else "",
        )
        for found in metrics
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    small_table(frame, right=("Values", "Clients"))
