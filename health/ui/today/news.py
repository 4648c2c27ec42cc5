"""What is new on the Today page since this person last looked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from health import formatting
from health.accounts.visits import left_high_risk
from health.output import page_tables
from health.queries.alerts.attention import attention
from health.queries.alerts.rules import AlertRule
from health.ui.parts.download import download
from health.ui.session import viewer
from health.ui.today.client_links import client_links

if TYPE_CHECKING:
    from health.queries.alerts.attention import AlertQuery, Attention
    from health.ui.parts.page import View


def news(found: Attention, query: AlertQuery, view: View) -> None:
    """Say what is new since this person last looked."""
    before = viewer.day_to_compare(view.ask, view.as_of)
    if before is None:
        st.markdown("##### Since you last looked")
        st.caption("From tomorrow on: who became high risk, who left it, and new alerts.")
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"##### Since you last looked: {formatting.day(before)}")
    earlier = view.ask(attention, replace(query, as_of=before))
    new = found.alerts.join(earlier.rules, on=["organization_id", "rule"], how="anti")
    became = new.filter(rule=AlertRule.HIGH_RISK)
    others = new.filter(pl.col("rule") != AlertRule.HIGH_RISK)
    left = view.ask(left_high_risk, query.as_of, before, query.csm)
    if new.is_empty() and left.is_empty():
        st.caption("Nothing: nobody became or left high risk, and no alert is new.")
        return
    with row:
        download("news", lambda _: page_tables.news(new, left), ask=view.ask, day=view.as_of)
    _named(became, f"▲ {formatting.number(became.height)} new at high risk")
    _named(left, f"● {formatting.number(left.height)} left high risk")
    _largest_fall(others)
    if others.height:
        counts = others["rule"].value_counts(sort=True).iter_rows()
        said = [
            f"{AlertRule[rule].name_with(query.thresholds).lower()} {formatting.number(amount)}"
            for rule, amount in counts
        ]
        what = "new alert" if became.is_empty() else "other new alert"
        st.markdown(f"**{formatting.count(others.height, what)}**: {', '.join(said)}")


def _largest_fall(new: pl.DataFrame) -> None:
    """Name who fell most of those with a new alert of a fall."""
    falls = new.filter(pl.col("rule").is_in([AlertRule.SCORE_FELL, AlertRule.DECLINING]))
    lost = falls.with_columns(lost=pl.col("was") - pl.col("now")).sort(
        "lost", "organization_id", descending=[True, False]
    )
    for row in lost.head(1).iter_rows(named=True):
        _named(lost.head(1), f"▼ Largest fall: {formatting.change(-row['lost'])} points")


def _named(rows: pl.DataFrame, title: str) -> None:
    """Name the clients of a change under its title; nothing where there are none."""
    if rows.is_empty():
        return
    st.markdown(f"**{title}**")
    with st.container(gap=None):
        client_links(rows)
