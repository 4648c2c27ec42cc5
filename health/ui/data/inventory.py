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
    from datetime import date

    from health.queries.inventory import KindOnFile, MetricOnFile
    from health.ui.session.answers import Answers

_NOUN: Final = {
    FileKind.ORGANIZATIONS: "client",
    FileKind.USAGE: "usage value",
    FileKind.FEATURES: "feature",
    FileKind.OUTCOMES: "outcome",
}

_COLUMNS: Final = ("Metric", "Last day", "Values")
"""Few enough for a phone; the download has the rest in columns of its own."""


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
    rows = [(found.metric.label, *_extent(found, today)) for found in metrics]
    small_table(pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row"))


def _extent(found: MetricOnFile, today: date) -> tuple[str, str]:
    if found.first_day is None or found.last_day is None:
        return formatting.NO_DATA, ""
    return (
        f"{formatting.day(found.last_day)}, {formatting.ago((today - found.last_day).days)}",
        f"{formatting.number(found.values)} of {formatting.count(found.clients, 'client')} since "
        f"{formatting.day(found.first_day)}",
    )
