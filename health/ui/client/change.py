"""What changed, on the Client page: since when, in a sentence, as a waterfall and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from health import formatting
from health.charts.waterfall import waterfall
from health.explanation.ledger import ledger
from health.explanation.season_wording import usual
from health.explanation.sentences import sentence
from health.output import markdown, page_tables
from health.queries.inputs import ComparisonQuery, comparisons
from health.queries.season import season
from health.ui.client.layout import Section, section
from health.ui.parts import periods
from health.ui.parts.download import download
from health.ui.parts.page import chart, page_fragment
from health.ui.parts.small_table import small_table
from health.ui.session.cache import cached, cached_figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.explanation.ledger import Ledger
    from health.queries.client import Client
    from health.ui.parts.page import View


@page_fragment
def what_changed(view: View, client: Client) -> None:
    """Draw why the score is not what it was on a day that can be chosen."""
    section(Section.CHANGED)
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        since = periods.choose_since(view.as_of, client.first_usage)
    if since is None:
        st.markdown(
            f"Usage begins on {formatting.day(client.first_usage)}: nothing to compare with."
        )
        return
    query = ComparisonQuery(
        organization_ids=(client.organization_id,), start_date=since, end_date=view.as_of
    )
    moved = cached(ledger, view.ask(comparisons, query)[client.organization_id])
    if moved is None:
        st.markdown(
            f"Nothing to compare with: the data has no score for {formatting.day(since)}. "
            "Choose another day."
        )
        return
    with row:
        download(
            "what changed",
            lambda _: page_tables.ledger(moved),
            ask=view.ask,
            day=view.as_of,
            of=client.organization_id,
        )
    st.markdown(f"**{markdown.escape(sentence(moved))}**")
    if seasonal := usual(view.ask(season, view.as_of).of(client.organization_id)):
        st.markdown(markdown.escape(seasonal))
    left, right = st.columns([7, 9], gap="medium")
    with left:
        chart(
            cached_figure(waterfall, moved, view.palette),
            alt=sentence(moved),
            name="what changed",
            of=client.organization_id,
        )
    with right:
        _table(moved)


def _table(moved: Ledger) -> None:
    columns = ("Part", formatting.day(moved.first_day), formatting.day(moved.last_day), "Points")
    rows = pl.DataFrame(list(_rows(moved)), schema=dict.fromkeys(columns, pl.String), orient="row")
    small_table(rows, right=("Points",))


def _rows(moved: Ledger) -> Iterator[tuple[str, str, str, str]]:
    for line in moved.lines:
        points = formatting.change(float(line.shown_points), 1)
        yield line.label, line.before, line.after, points
    yield "Score", str(moved.before), str(moved.after), formatting.change(moved.change, 1)
