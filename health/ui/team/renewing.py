"""What renews in which month, on the Team page."""

from __future__ import annotations

from typing import Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts import team as charts
from health.output import team_tables
from health.queries.team import MONTHS, renewals
from health.ui.parts import filters
from health.ui.parts.client_table import ROW
from health.ui.parts.download import download
from health.ui.parts.links import Address
from health.ui.parts.ordered_table import in_order, ordered_table
from health.ui.parts.page import View, chart, page_fragment
from health.ui.session.cache import cached_figure
from health.ui.team.book import count_and_value
from health.vocabulary import RiskLevel

_RISKS: Final = {
    "high": RiskLevel.HIGH.label,
    "medium": RiskLevel.MEDIUM.label,
    "low": RiskLevel.LOW.label,
    "not_scored": filters.NOT_SCORED,
}

_NAME: Final = "renewing"


@page_fragment
def by_month(view: View) -> None:
    """Draw the renewals of the next months as a chart and as a table."""
    months = view.ask(renewals, view.as_of, view.from_day)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What renews when, and at which risk", anchor=False)
        download(
            "renewals by month",
            lambda reader: team_tables.renewals_by_month(
                reader, view.as_of, view.from_day, view.currency
            ),
            ask=view.ask,
            day=view.as_of,
        )
    if not months.select(pl.sum_horizontal(*_RISKS).sum()).item():
        st.info(
            f"No client renews in these {MONTHS} months. Renewal dates come with the file of "
            "organizations; load them on the Data page."
        )
        return
    st.caption(
        "Contract value a year by month of renewal, with what is at high risk beside its bar. This "
        f"month from {formatting.day(view.from_day)} on. A number opens the clients behind it."
    )
    left, right = st.columns([9, 7], gap="medium")  # in sixteenths, as on Client
    with left:
        chart(
            cached_figure(charts.renewals, months, view.palette, currency=view.currency),
            alt="Contract value that renews in each month, and at which risk",
            name="renewals by month",
        )
    with right:
        _table(months, view.currency)


def _table(months: pl.DataFrame, currency: str) -> None:
    """A row for each month; a number opens the clients that renew in it."""
    orders = {risk: (part, f"{part}_value") for part, risk in _RISKS.items()}
    months = in_order(months, _NAME, {"Month": ("month",), **orders})
    shown = pl.DataFrame(
        [
            (
                filters.name_of_month(row["month"]),
                *(count_and_value(row[part], row[f"{part}_value"], currency) for part in _RISKS),
            )
            for row in months.iter_rows(named=True)
        ],
        schema=dict.fromkeys(("Month", *_RISKS.values()), pl.String),
        orient="row",
    )
    ordered_table(
        shown,
        _NAME,
        column_config={
            "Month": st.column_config.ButtonColumn(
                pinned=True, width=90, alignment="left", type="tertiary", key="renewing_Month"
            ),
            **{
                risk: st.column_config.ButtonColumn(
                    alignment="right", type="tertiary", key=f"renewing_{risk}"
                )
                for risk in _RISKS.values()
            },
        },
        hide_index=True,
        row_height=ROW,
        height=ROW * (MONTHS + 1) + 2,
    )
    for head in ("Month", *_RISKS.values()):
        if clicked := st.session_state.get(f"renewing_{head}"):
            month = filters.name_of_month(months["month"][clicked["row"]])
            risk = {} if head == "Month" else {"risk": head}
            filters.open_with(Address.PORTFOLIO, month=month, active="true", **risk)
