"""The alerts of the Today page, rule by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.explanation.season_wording import usual
from health.output import markdown, page_tables
from health.queries.alerts.attention import alert_of
from health.queries.alerts.rules import AlertRule
from health.queries.season import season
from health.ui.parts.download import download
from health.ui.parts.page import page_fragment
from health.ui.session import widget_state
from health.ui.today.calls import attention_of
from health.ui.today.client_links import BESIDE, LISTED, PROACTIVE, client_link, missing, show_more
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    import polars as pl

    from health.queries.alerts.attention import AlertQuery
    from health.settings import Thresholds
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers


@page_fragment
def alerts(view: View, query: AlertQuery) -> None:
    """Draw the alerts by rule, with how many each; a click lists them."""
    found = view.ask.once(attention_of, query)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {formatting.count(found.alerts.height, 'alert')}")
        if found.alerts.height:
            download(
                "alerts",
                lambda _: page_tables.alerts(found.alerts, query.thresholds),
                ask=view.ask,
                day=view.as_of,
            )
    held, counts = view.ask.once(_counts, query)
    if left_out := missing(held, found.silent):
        st.caption(left_out)
    if seasonal := usual(view.ask(season, view.as_of).parts):
        st.caption(f"{markdown.escape(seasonal)} An alert that rests on it alone asks for no call.")
    with st.container(gap="xsmall"):
        for rule in AlertRule:
            if rule in counts:
                _rule(rule, counts[rule], found.alerts, query.thresholds)


def _counts(ask: Answers, query: AlertQuery) -> tuple[int, dict[str, int]]:
    """Return how many clients are held, and how many alerts there are of each rule."""
    found = ask.once(attention_of, query)
    held = found.frame.filter("is_held").height
    return held, dict(found.alerts["rule"].value_counts().iter_rows())


def _rule(rule: AlertRule, count: int, alerts: pl.DataFrame, thresholds: Thresholds) -> None:
    """Draw how many alerts of a rule there are; ``alerts`` has those of every rule."""
    title = f"{rule.name_with(thresholds)} · **{formatting.number(count)}**"
    name = f"alert_{rule.lower()}"
    with widget_state.expander(title, name) as group:
        if not group.open:
            return
        st.caption(rule.explained(thresholds))
        key = f"more_{name}"
        shown = alerts.filter(rule=rule).head(LISTED * (1 + widget_state.count(key)))
        for row in shown.iter_rows(named=True):
            is_proactive = row["alert_level"] == AlertLevel.PROACTIVE
            client_link(row["organization_id"], row["organization_name"], BESIDE)
            st.caption(
                f"{f'{PROACTIVE} ' if is_proactive else ''}{markdown.escape(alert_of(row).says)}"
            )
        if rest := count - shown.height:
            st.button(
                show_more(LISTED, rest),
                key=f"show_{key}",
                type="tertiary",
                icon=":material/expand_more:",
                on_click=widget_state.count_up,
                args=(key,),
            )
