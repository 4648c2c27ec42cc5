"""What is new on the Today page since this person last looked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from health import formatting
from health.accounts.visits import left_high_risk
from health.output import page_tables
from health.queries.alerts.rules import AlertRule
from health.ui.parts.download import download
from health.ui.session import viewer
from health.ui.today.calls import attention_of
from health.ui.today.client_links import client_links

if TYPE_CHECKING:
    from datetime import date

    from health.queries.alerts.attention import AlertQuery
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers


def news(query: AlertQuery, view: View) -> None:
    """Say what is new since this person last looked."""
    before = viewer.day_to_compare(view.ask, view.as_of)
    if before is None:
        st.markdown("##### Since you last looked")
        st.caption("From tomorrow on: who became high risk, who left it, and new alerts.")
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"##### Since you last looked: {formatting.day(before)}")
    found = view.ask.once(_news, query, before)
    if found.new.is_empty() and found.left.is_empty():
        st.caption("Nothing: nobody became or left high risk, and no alert is new.")
        return
    with row:
        download(
            "news",
            lambda _: page_tables.news(found.new, found.left),
            ask=view.ask,
            day=view.as_of,
        )
    _named(found.became, f"▲ {formatting.number(found.became.height)} new at high risk")
    _named(found.left, f"● {formatting.number(found.left.height)} left high risk")
    for lost in found.fallen["lost"]:
        _named(found.fallen, f"▼ Largest fall: {formatting.change(-lost)} points")
    if found.others:
        st.markdown(found.others)


@dataclass(frozen=True, kw_only=True)
class _News:
    """What is new since a day.

    new: the new alerts, of those ``became`` high risk and others; left: who has left high risk.
    fallen: who lost most of those with a new alert of a fall, with the points ``lost``; or no row.
    others: how many other alerts are new, by rule, in markdown; empty where none are.
    """

    new: pl.DataFrame
    left: pl.DataFrame
    became: pl.DataFrame
    fallen: pl.DataFrame
    others: str


def _news(ask: Answers, query: AlertQuery, before: date) -> _News:
    alerts = ask.once(attention_of, query).alerts
    earlier = ask.once(attention_of, replace(query, as_of=before))
    new = alerts.join(earlier.rules, on=["organization_id", "rule"], how="anti")
    became = new.filter(rule=AlertRule.HIGH_RISK)
    others = new.filter(pl.col("rule") != AlertRule.HIGH_RISK)
    falls = others.filter(pl.col("rule").is_in([AlertRule.SCORE_FELL, AlertRule.DECLINING]))
    by_loss = falls.with_columns(lost=pl.col("was") - pl.col("now")).sort(
        "lost", "organization_id", descending=[True, False]
    )
    said = [
        f"{AlertRule[rule].name_with(query.thresholds).lower()} {formatting.number(amount)}"
        for rule, amount in others["rule"].value_counts(sort=True).iter_rows()
    ]
    what = "new alert" if became.is_empty() else "other new alert"
    return _News(
        new=new,
        left=ask(left_high_risk, query.as_of, before, query.csm),
        became=became,
        fallen=by_loss.head(1),
        others=f"**{formatting.count(others.height, what)}**: {', '.join(said)}" if said else "",
    )


def _named(rows: pl.DataFrame, title: str) -> None:
    """Name the clients of a change under its title; nothing where there are none."""
    if rows.is_empty():
        return
    st.markdown(f"**{title}**")
    with st.container(gap=None):
        client_links(rows)
