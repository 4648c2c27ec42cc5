"""What data is on file and how far it reaches, by kind and by metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import words
from health.queries.holdings import kinds_on_file, metrics_on_file
from health.ui import sheets, state, text
from health.ui.download import download
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from health.queries.holdings import KindOnFile
    from health.ui.state import Ask

_NOUN: Final = {
    FileKind.ORGANIZATIONS: "client",
    FileKind.USAGE: "usage value",
    FileKind.FEATURES: "feature",
}

_COLUMNS: Final = ("Metric", "Last day", "How old", "First day", "Values", "Clients")


def holdings(ask: Ask) -> None:
    """Draw how much there is of each kind, when it came, and how far each metric reaches."""
    kinds = ask(kinds_on_file)
    for column, kind in zip(st.columns(len(kinds)), kinds, strict=True):
        with column, st.container(border=True, height="stretch"):
            _kind(kind)
    if any(kind.rows for kind in kinds if kind.kind is FileKind.USAGE):
        _metrics(ask)


def _kind(kind: KindOnFile) -> None:
    amount = words.count(kind.rows, _NOUN[kind.kind])
    if kind.kind is not FileKind.ORGANIZATIONS:
        amount += f" of {words.count(kind.clients, 'client')}"
    st.markdown(f"**{kind.kind.label}**  \n{amount if kind.rows else 'Nothing on file'}")
    if kind.imported_at is not None:
        age = (state.today() - kind.imported_at.date()).days
        st.caption(
            f"Last loaded {words.ago(age)}, {words.moment(kind.imported_at)} UTC: "
            f"{text.escape(kind.name or '')}"
        )


def _metrics(ask: Ask) -> None:
    metrics = ask(metrics_on_file)
    today = state.today()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### How far each metric reaches")
        download("metrics on file", lambda _: sheets.metrics(metrics), ask=ask, day=today)
    rows = [
        (
            found.metric.label,
            words.day(found.last_day) if found.last_day else "",
            words.ago((today - found.last_day).days) if found.last_day else words.NO_DATA,
            words.day(found.first_day) if found.first_day else "",
            words.number(found.values) if found.values else "",
            words.number(found.clients) if found.clients else "",
        )
        for found in metrics
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    st.markdown(text.table(frame, right=("Values", "Clients")))
