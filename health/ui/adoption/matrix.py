"""The answer of the Adoption page in words, and the matrix of clients and features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts import adoption as charts
from health.charts.adoption import MARK
from health.output import page_tables
from health.queries.adoption import (
    AdoptionMatrixQuery,
    AdoptionOrder,
    AdoptionState,
    adoption_matrix,
)
from health.ui.parts import sorting
from health.ui.parts.client_table import client_rows
from health.ui.parts.download import download
from health.ui.parts.links import Address, client_links
from health.ui.parts.page import chart
from health.ui.session import widget_state
from health.ui.session.cache import cached_figure
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from health.queries.adoption import AdoptionFilter, AdoptionMatrix, AdoptionOverview
    from health.ui.parts.page import View

CLIENTS_A_PAGE: Final = 40
"""Clients of one page of the matrix."""

_SHORT: Final = {
    AdoptionState.USED: "Used",
    AdoptionState.UNUSED: "Not used",
    AdoptionState.NOT_ENABLED: "Not enabled",
}
"""Words of a state that fit a narrow column."""


def answer(found: AdoptionOverview, feature: FeatureName | None) -> None:
    """Say which feature most clients have and do not use, and how much of all is used.

    feature: the one that was asked for, if any; then how many have it and do not use it.
    """
    worst = found.features.sort("unused", descending=True, maintain_order=True).row(0, named=True)
    if not found.unused:
        st.markdown("**Everything that is enabled is used.**")
        return
    label = FeatureName[worst["feature_name"]].label
    enabled = formatting.count(worst["used"] + worst["unused"], "client")
    first = (
        f"{label}: {formatting.number(worst['unused'])} of {enabled} that have it do not use it."
        if feature is None
        else f"{feature.label}: {formatting.count(found.clients, 'client')} here that have it "
        "and do not use it."
    )
    st.markdown(
        f"**{first}** Over all features, {formatting.percent(found.rate)} of what is enabled is "
        "used; "
        f"{formatting.count(found.unused, 'enabled feature')} idle."
    )


def clients(view: View, chosen: AdoptionFilter, found: AdoptionOverview) -> None:
    """Draw a page of clients against features, as a picture or as a table."""
    with st.container(horizontal=True, vertical_alignment="center"):
        number = sorting.page_number(found.clients, CLIENTS_A_PAGE, "client")
        rates, as_table = _choose_order(), _choose_table()
        features = found.features["feature_name"].to_list()
        download(
            "adoption",
            lambda reader: page_tables.adoption(reader, chosen, rates, features),
            ask=view.ask,
            day=view.as_of,
        )
    query = AdoptionMatrixQuery(**vars(chosen), order=rates, page=number, limit=CLIENTS_A_PAGE)
    matrix = view.ask(adoption_matrix, query)
    if as_table:
        _table(matrix, found.features)
    else:
        _legend()
        chart(
            cached_figure(
                charts.adoption_matrix, matrix, found.features, view.palette, link=client_links()
            ),
            alt="Clients against features: used, enabled and not used, or not enabled",
            name="adoption by client",
        )
    if found.without_features:
        _without_features(found)
    if view.is_past:
        st.caption("How often and when last a feature was used is as on file now.")


def _legend() -> None:
    """Say what the pictures mean, without colour."""
    st.caption(
        f"Filled: used, stronger where it is used more. Outlined or {MARK[AdoptionState.UNUSED]}: "
        "enabled and not used. Blank: not enabled. Percentages: clients that use a feature, of "
        "those that have it; and features a client uses, of those it has."
    )


def _choose_order() -> AdoptionOrder:
    """Draw the choice of which clients come first."""
    orders = {order.label: order for order in AdoptionOrder}
    chosen = st.selectbox(
        "Order",
        list(orders),
        key=widget_state.key("sort"),
        bind="query-params",
        label_visibility="collapsed",
        width=200,
    )
    return orders[chosen]


def _choose_table() -> bool:
    """Draw the choice of a table in place of the picture."""
    return st.toggle("As a table", key=widget_state.key("table"), bind="query-params")


def _table(matrix: AdoptionMatrix, features: pl.DataFrame) -> None:
    """Draw a page of the matrix as a table: a row for each client, a word for each feature."""
    names = features["feature_name"].to_list()
    cells = {
        (row["organization_id"], row["feature_name"]): AdoptionState[row["state"]]
        for row in matrix.cells.iter_rows(named=True)
    }
    rows = [
        {
            "Client": row["name"],
            "Rate": formatting.percent(row["rate"]),
            "Used": f"{row['used']} of {row['enabled']}",
            **{
                FeatureName[name].label: _cell(
                    cells.get((row["organization_id"], name), AdoptionState.NOT_ENABLED)
                )
                for name in names
            },
        }
        for row in matrix.clients.iter_rows(named=True)
    ]
    client_rows(
        pl.DataFrame(rows),
        matrix.clients["organization_id"].to_list(),
        {
            "Rate": st.column_config.TextColumn(alignment="right", width=70),
            "Used": st.column_config.TextColumn(width=80),
        },
        key="adoption",
    )


def nothing_on_file() -> None:
    """Say that no features are on file, and where to load them."""
    with st.container(border=True):
        st.markdown(
            "#### No features are on file yet\n"
            "Load a feature adoption file: one row for each client and feature, with what is "
            "enabled and what is used."
        )
        st.page_link(Address.DATA, label="Load files", icon=":material/upload_file:")


def _without_features(found: AdoptionOverview) -> None:
    """Say how many clients are left out because nothing is known about their features."""
    st.caption(
        f"Not shown: {formatting.count(found.without_features, 'client')} without any feature "
        "on file."
    )


def _cell(state: AdoptionState) -> str:
    return f"{MARK[state]} {_SHORT[state]}"
