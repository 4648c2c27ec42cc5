"""The answer of the Adoption page in words, and the matrix of clients and features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts import adoption as charts
from health.charts.adoption import MARK
from health.output import page_tables
from health.queries.adoption import AdoptionMatrixQuery, AdoptionOrder, adoption_matrix
from health.queries.adoption_levels import USED_LEVELS, AdoptionLevel, in_words, level_rule
from health.ui.parts import filters, sorting
from health.ui.parts.client_table import client_rows
from health.ui.parts.download import download
from health.ui.parts.links import Address
from health.ui.parts.page import choosing_chart, client_chart, page_fragment
from health.ui.session import answers, widget_state
from health.ui.session.cache import cached_figure
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from health.queries.adoption import AdoptionFilter, AdoptionMatrix, AdoptionOverview
    from health.queries.adoption_levels import LevelRule
    from health.ui.parts.page import View

CLIENTS_A_PAGE: Final = 40
"""Clients of one page of the matrix."""


def rule(view: View) -> LevelRule:
    """Return what decides the levels on the day shown."""
    return view.ask(level_rule, view.as_of, answers.settings().alerts.feature_days)


def answer(found: AdoptionOverview, chosen: AdoptionFilter) -> None:
    """Say which feature most clients have and do not use, and how much of all is used."""
    worst = found.features.sort("unused", descending=True, maintain_order=True).row(0, named=True)
    clients = formatting.count(found.clients, "client")
    if chosen.feature is not None:
        level = "licensed" if chosen.level is None else chosen.level.label.lower()
        first = f"{chosen.feature.label}: {level} at {clients}."
    elif chosen.level is not None:
        first = f"{clients} with a feature that is {chosen.level.label.lower()}."
    elif not found.unused:
        first = "Everything that is licensed is used."
    else:
        licensed = formatting.count(worst["used"] + worst["unused"], "client")
        first = (
            f"{FeatureName[worst['feature_name']].label}: {formatting.number(worst['unused'])} of "
            f"{licensed} licensed for it do not use it."
        )
    levels = ", ".join(
        f"{formatting.number(found.at(level))} {level.label.lower()}"
        for level in (AdoptionLevel.UNUSED, *USED_LEVELS)
    )
    st.markdown(
        f"**{first}** Over all features of these clients, {formatting.percent(found.rate)} of what "
        f"is licensed is used: {levels}."
    )


def bars(view: View, chosen: AdoptionFilter, found: AdoptionOverview) -> None:
    """Draw how many clients are at which level of each feature; a click lists them."""
    st.caption(
        "Outlined: unused, with how many of the clients licensed for it. Then, ever stronger: "
        "light, active, power. A click on a part lists its clients."
    )
    choosing_chart(
        cached_figure(charts.feature_bars, found.features, view.palette),
        alt="For each feature, how many clients are at which level of using it",
        # Drawn anew for each choice, as a chart remembers what was clicked.
        key=f"bars_{chosen.feature}_{chosen.level}",
        name="adoption by feature",
        choose=filters.choose_feature,
    )


@page_fragment
def clients(view: View, chosen: AdoptionFilter, found: AdoptionOverview, rule: LevelRule) -> None:
    """Draw a page of clients against features, as a picture or as a table."""
    with st.container(horizontal=True, vertical_alignment="center"):
        number = sorting.page_number(found.clients, CLIENTS_A_PAGE, "client")
        rates, as_table = _choose_order(), _choose_table()
        features = found.features["feature_name"].to_list()
        download(
            "adoption",
            lambda reader: page_tables.adoption(reader, chosen, rates, features, rule),
            ask=view.ask,
            day=view.as_of,
        )
    query = AdoptionMatrixQuery(**vars(chosen), order=rates, page=number, limit=CLIENTS_A_PAGE)
    matrix = view.ask(adoption_matrix, query, rule)
    if as_table:
        _table(matrix, found.features)
    else:
        _legend()
        client_chart(
            cached_figure(charts.adoption_matrix, matrix, found.features, view.palette),
            alt="Clients against features: how much each client uses each feature",
            key="matrix",
            name="adoption by client",
        )
    if found.without_features:
        _without_features(found)
    if view.is_past:
        st.caption("How often and when last a feature was used is as on file now.")
    with st.expander("How levels are decided"):
        st.markdown(in_words(rule.idle_days))


def _legend() -> None:
    """Say what the picture means, without colour."""
    st.caption(
        f"The same levels; {MARK[AdoptionLevel.UNUSED]}: unused, blank: not licensed. A name or a "
        "box opens its client. Above: clients that use a feature, of those licensed for it. At "
        "the right: features a client uses, of those it is licensed for."
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
        (row["organization_id"], row["feature_name"]): AdoptionLevel[row["level"]]
        for row in matrix.cells.iter_rows(named=True)
    }
    rows = [
        {
            "Client": row["name"],
            "Rate": formatting.percent(row["rate"]),
            "Used": f"{row['used']} of {row['enabled']}",
            **{
                FeatureName[name].label: _cell(
                    cells.get((row["organization_id"], name), AdoptionLevel.NOT_LICENSED)
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
            "licensed (is_enabled) and how much it is used."
        )
        st.page_link(Address.DATA, label="Load files", icon=":material/upload_file:")


def _without_features(found: AdoptionOverview) -> None:
    """Say how many clients are left out because nothing is known about their features."""
    st.caption(
        f"Not shown: {formatting.count(found.without_features, 'client')} without any feature "
        "on file."
    )


def _cell(level: AdoptionLevel) -> str:
    return f"{MARK[level]} {level.label}"
