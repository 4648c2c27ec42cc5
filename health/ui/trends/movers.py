"""The clients whose score moved most, on the Trends page: the span, a sentence, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts import trends as charts
from health.output import client_reasons, page_tables
from health.queries.filters import ClientFilter
from health.queries.portfolio import choices
from health.ui.parts import client_table, filters
from health.ui.parts.download import download
from health.ui.parts.page import View, client_chart
from health.ui.session import widget_state
from health.ui.session.cache import cached, cached_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.queries.trends import Movers, MoversQuery

_TITLES: Final = {"down": "Biggest drops", "up": "Biggest gains"}


def choose_clients(view: View) -> ClientFilter:
    """Draw the choice of whose scores are shown, and return it."""
    offered = view.ask(choices, view.as_of)
    owner = filters.my_clients([*offered.csms, filters.NO_OWNER]) if offered.csms else None
    with st.popover("Filters", icon=":material/tune:"):
        industry, size = filters.industry(offered.industries), filters.size()
    csm = "" if owner == filters.NO_OWNER else owner
    return ClientFilter(
        csm=csm, industry=industry, size=size, as_of=view.as_of, from_day=view.from_day
    )


def answer(moved: Movers, query: MoversQuery) -> str:
    """Return in markdown what moved since the earlier day."""
    since = formatting.day(query.before)
    if not moved.compared and query.clients.client_parameters:
        return "None of these clients has a score on both days. Drop a filter."
    if not moved.compared:
        return (
            f"No client has a score on both {since} and {formatting.day(query.as_of)}, so "
            "nothing can be compared. Choose fewer days, or calculate the earlier day on the Data "
            "page."
        )
    parts = [
        f"Since {since}, **{formatting.number(moved.fell)}** of "
        f"{formatting.count(moved.compared, 'client')} fell and "
        f"**{formatting.number(moved.rose)}** rose",
        f"**{formatting.number(moved.became_high)}** became high risk and "
        f"**{formatting.number(moved.left_high)}** left it",
        f"their average went from {formatting.number(moved.average_before, 1)} to "
        f"**{formatting.number(moved.average, 1)}**",
    ]
    others = [
        f"{formatting.number(amount)} scored only {when}"
        for amount, when in ((moved.appeared, "now"), (moved.vanished, "then"))
        if amount
    ]
    return f"{'; '.join(parts)}." + (
        f" Not compared: {formatting.listing(others)}." if others else ""
    )


def pictures(moved: Movers, query: MoversQuery, view: View) -> None:
    """Draw the clients that moved most, down on the left and up on the right."""
    down, up = st.columns(2, gap="large")
    with down:
        _movers(moved.down, query, view, key="down", nobody="No client fell.")
    with up:
        _movers(moved.up, query, view, key="up", nobody="No client rose.")


def _movers(rows: pl.DataFrame, query: MoversQuery, view: View, *, key: str, nobody: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {_TITLES[key]}")
        if not rows.is_empty():
            download(
                f"clients that went {key}",
                lambda reader: page_tables.moved(
                    reader, query, direction=key, currency=view.currency
                ),
                ask=view.ask,
                day=view.as_of,
            )
    if rows.is_empty():
        st.caption(nobody)
        return
    reasons = client_reasons.of_moves(view, rows["organization_id"].to_list(), query.before)
    rows = cached(_with_reasons, rows, reasons)
    client_chart(
        cached_figure(charts.movers, rows, view.palette, before=query.before, as_of=query.as_of),
        alt=f"Clients whose score went {key} most since {formatting.day(query.before)}",
        key=f"movers_{key}",
        name=f"clients that went {key}",
    )
    with widget_state.expander("As a table", f"table_{key}") as table:
        if table.open:
            client_table.moved_clients(rows, key=f"moved_{key}", currency=view.currency)


def _with_reasons(rows: pl.DataFrame, reasons: Mapping[str, tuple[str, str, str]]) -> pl.DataFrame:
    """Return the rows with reason, reason_in_brief and between (the range of the score)."""
    told = [reasons.get(name, ("", "", "")) for name in rows["organization_id"]]
    full = [
        f"{reason}; score {between} if all were known" if between else reason
        for reason, _, between in told
    ]
    return rows.with_columns(
        pl.Series("reason", full, dtype=pl.String),
        pl.Series("reason_in_brief", [brief for _, brief, _ in told], dtype=pl.String),
        pl.Series("between", [between for _, _, between in told], dtype=pl.String),
    )
