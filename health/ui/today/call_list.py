"""What the Today page is made of: the calls, what is new, the alerts, and what was put off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.accounts.decided import left_high_risk
from health.charts.theme import RISK_MARK
from health.explanation.call_list import Call, call
from health.output import client_reasons, page_tables
from health.queries.alerts.attention import PRIORITY, AlertQuery, alert_of, attention
from health.queries.alerts.rules import AlertRule
from health.queries.inputs import comparisons
from health.queries.portfolio import choices
from health.ui.client import client_alerts
from health.ui.parts import filters, markdown
from health.ui.parts.download import download
from health.ui.parts.links import Address, carried
from health.ui.session import answers, viewer, widget_state
from health.ui.session.cache import made
from health.ui.today.decisions import decide_button
from health.vocabulary import AlertLevel, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    from health.queries.alerts.attention import Attention
    from health.queries.inputs import Comparison
    from health.settings import Thresholds
    from health.ui.parts.page import View

FIRST: Final = 8
"""Calls shown at first: more than a morning holds."""

MORE: Final = 24
"""Calls that “show more” adds."""

LISTED: Final = 8
"""Clients named under an alert or a change."""

BESIDE: Final = 22
"""Letters of a name that fit beside the calls at 1280 pixels."""

ON_A_LINE: Final = 32
"""Letters of a name that surely fit on one line with where the client stands, at 1280 pixels."""

FACTS: Final = 220
"""Pixels of what stands at the right of a call."""

PROACTIVE: Final = ":material/notifications_active:"
"""Marks a client whose alert level is proactive."""

_COLOR: Final = {RiskLevel.HIGH: "red", RiskLevel.MEDIUM: "orange", RiskLevel.LOW: "blue"}

_SHOWN_MORE: Final = "more"


def choose(view: View) -> tuple[AlertQuery, Attention]:
    """Draw the answer and below it the choice of an owner; return what was asked and found."""
    said = st.container()
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        amount = st.container()
        owners = view.ask(choices).csms
        csm = filters.my_clients(owners) if owners else None
    query = AlertQuery(as_of=view.as_of, csm=csm, thresholds=answers.settings().alerts)
    found = view.ask(attention, query)
    if found.calls.height:
        said.markdown(_answer(found, view))
        amount.markdown(f"##### {formatting.count(found.calls.height, 'call')}", help=PRIORITY)
        with row:
            download(
                "calls",
                lambda reader: page_tables.calls(reader, found.calls, view.as_of, view.currency),
                ask=view.ask,
                day=view.as_of,
            )
    return query, found


def _answer(found: Attention, view: View) -> str:
    """Say in markdown whom to call first, and how much there is to do."""
    calls = found.calls
    first = [markdown.escape(name) for name in calls["organization_name"].head(3)]
    high = calls.filter(risk_level=RiskLevel.HIGH).height
    due = calls.filter(pl.col("days_until_renewal").is_between(0, 30)).height
    amounts = ((high, "at high risk"), (due, "renewing in 30 days"))
    parts = [f"{formatting.number(amount)} {what}" for amount, what in amounts if amount]
    value = calls["annual_value"].sum()
    if value:
        parts.append(
            f"{markdown.escape(formatting.money(value, view.currency, brief=True))} a year in all"
        )
    return (
        f"**Call {formatting.listing(first)}{' first' if calls.height > len(first) else ''}.** "
        f"{formatting.count(calls.height, 'call')} to make"
        f"{f': {formatting.listing(parts)}' if parts else ''}."
    )


def nobody(found: Attention, query: AlertQuery) -> None:
    """Say that nobody needs a call, which is good news, and what stands behind it."""
    with st.container(border=True):
        whose = f" of {markdown.escape(query.csm)}" if query.csm else ""
        st.markdown(
            f"#### Nobody needs a call\nGood news: no client{whose} is at high risk, declining, "
            "going quiet or about to renew."
        )
        _silent(found)
        held = found.frame.filter("asks", "is_held").height
        if held:
            st.markdown(f"{formatting.count(held, 'call')} put off or dismissed, listed beside.")
        with st.container(horizontal=True):
            if query.csm:
                st.button("Show the calls of all owners", on_click=filters.drop, args=("owner",))
            st.page_link(Address.PORTFOLIO, label="See where the portfolio stands")


def calls(found: Attention, query: AlertQuery, view: View) -> None:
    """Draw the first calls, and a way to more."""
    shown = FIRST + MORE * widget_state.count(_SHOWN_MORE)
    rows = found.calls.head(shown)
    compared = _comparisons(rows, query, view)
    for place, row in enumerate(rows.iter_rows(named=True), start=1):
        _card(place, made(call, row, compared.get(row["organization_id"])), view)
    rest = found.calls.height - rows.height
    if rest:
        st.button(
            f"Show {formatting.number(MORE)} more of {formatting.number(rest)}"
            if rest > MORE
            else f"Show the other {formatting.number(rest)}",
            key="show_more",
            icon=":material/expand_more:",
            on_click=widget_state.count_up,
            args=(_SHOWN_MORE,),
        )
    _silent(found)


def _silent(found: Attention) -> None:
    """Say how many clients at high risk are not asked about."""
    if found.silent:
        st.caption(
            f"Not among them: {formatting.count(found.silent, 'client')} at high risk whose "
            "alerts are "
            "turned off."
        )


def _comparisons(rows: pl.DataFrame, query: AlertQuery, view: View) -> dict[str, Comparison]:
    """What the scores of the calls rest on, those of one earlier day together."""
    compared: dict[str, Comparison] = {}
    for asked in client_reasons.to_compare(rows, query.as_of):
        compared |= view.ask(comparisons, asked)
    return compared


def _card(place: int, one: Call, view: View) -> None:
    with st.container(border=True, key=f"call_{place}", horizontal=True, gap="medium"):
        with st.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{place}**", width="content")
                _called(one, view.as_of)
            st.markdown(f"**Talk about {one.topic}.** {markdown.escape(one.why)}")
            notes = [markdown.escape(alert.says) for alert in one.alerts]
            if one.between:
                notes.insert(0, f"Score {one.between} if all of it were known")
            if one.is_proactive:
                notes.insert(0, f"{PROACTIVE} Proactive")
            if notes:
                st.caption(" · ".join(notes))
        with st.container(gap="xsmall", width=FACTS):
            st.markdown(_contract(one, view.currency))
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(f"Priority {one.priority}", help=_priority(one), width="content")
                if not view.is_past:
                    decide_button(one, view.latest)


def _called(one: Call, as_of: date) -> None:
    """Draw the name that opens the client and where it stands: in one link where they fit."""
    standing = _standing(one, as_of)
    if len(one.name) <= ON_A_LINE:
        _client_link(one.organization_id, one.name, beside=f"\u2002{standing}")
        return
    _client_link(one.organization_id, one.name)
    st.markdown(f":small[{standing}]", width="content")


def _standing(one: Call, as_of: date) -> str:
    """Score, risk and change since when, in markdown."""
    if one.score is None or one.risk_level is None:
        return ":gray-badge[○ Not scored]"
    level = one.risk_level
    badge = f":{_COLOR[level]}-badge[{RISK_MARK[level]} {one.score} · {level.label}]"
    if one.change is None or one.since is None:
        return badge
    moved = (
        f"{formatting.change(one.change)} in {formatting.count((as_of - one.since).days, 'day')}"
    )
    color, arrow = client_alerts.moved(one.change)
    return f"{badge} :{color}[{arrow} {moved}]"


def _contract(one: Call, currency: str) -> str:
    """Renewal, value and owner, in markdown."""
    value = formatting.money(one.annual_value, currency, brief=True)
    known = [
        formatting.until_renewal(one.days_until_renewal),
        "Value not on file" if one.annual_value is None else f"{value} a year",
        one.csm.partition("@")[0] if one.csm else "No owner",
    ]
    renewal, *others = (markdown.escape(fact) for fact in known)
    return f"**{renewal}**  \n{' · '.join(others)}"


def _priority(one: Call) -> str:
    parts = " + ".join(f"{points} {name}" for name, points in one.parts.items())
    known = {days: points for days, points in one.changes.items() if points is not None}
    changes = [f"{formatting.change(points)} in {days}" for days, points in known.items()]
    said = f" Score {formatting.listing(changes)} days." if changes else ""
    return f"Priority {one.priority} of 100: {parts}.{said}"


def _client_link(organization_id: str, name: str, letters: int = 60, *, beside: str = "") -> None:
    """Draw the name that opens the client; a longer one is cut, as it would be without a mark.

    beside: markdown after the name, part of the link.
    """
    st.page_link(
        Address.CLIENT,
        label=f"**{markdown.escape(formatting.brief(name, letters))}**{beside}",
        query_params={"client": organization_id, **carried()},
        help=name if len(name) > letters else None,
        width="content",
    )


def news(found: Attention, query: AlertQuery, view: View) -> None:
    """Say what is new since this person last looked."""
    before = viewer.day_to_compare(view)
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
    if others.height:
        counts = others["rule"].value_counts(sort=True).iter_rows()
        said = [
            f"{AlertRule[rule].name_with(query.thresholds).lower()} {formatting.number(amount)}"
            for rule, amount in counts
        ]
        what = "new alert" if became.is_empty() else "other new alert"
        st.markdown(f"**{formatting.count(others.height, what)}**: {', '.join(said)}")


def _named(rows: pl.DataFrame, title: str) -> None:
    """Name the clients of a change under its title; nothing where there are none."""
    if rows.is_empty():
        return
    st.markdown(f"**{title}**")
    with st.container(gap=None):
        _links(rows)


def _links(rows: pl.DataFrame) -> None:
    for row in rows.head(LISTED).iter_rows(named=True):
        _client_link(row["organization_id"], row["organization_name"], BESIDE)
    if rows.height > LISTED:
        st.caption(f"and {formatting.count(rows.height - LISTED, 'more client')}")


def alerts(found: Attention, query: AlertQuery, view: View) -> None:
    """Draw the alerts by rule, with how many each; a click lists them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {formatting.count(found.alerts.height, 'alert')}")
        if found.alerts.height:
            download(
                "alerts",
                lambda _: page_tables.alerts(found.alerts, query.thresholds),
                ask=view.ask,
                day=view.as_of,
            )
    counts = dict(found.alerts["rule"].value_counts().iter_rows())
    with st.container(gap="xsmall"):
        for rule in AlertRule:
            if rule in counts:
                _rule(rule, found.alerts.filter(rule=rule), query.thresholds)


def _rule(rule: AlertRule, rows: pl.DataFrame, thresholds: Thresholds) -> None:
    title = f"{rule.name_with(thresholds)} · **{formatting.number(rows.height)}**"
    name = f"alert_{rule.lower()}"
    with widget_state.expander(title, name) as group:
        if not group.open:
            return
        st.caption(rule.explained(thresholds))
        key = f"more_{name}"
        shown = rows.head(LISTED * (1 + widget_state.count(key)))
        for row in shown.iter_rows(named=True):
            is_proactive = row["alert_level"] == AlertLevel.PROACTIVE
            _client_link(row["organization_id"], row["organization_name"], BESIDE)
            st.caption(
                f"{f'{PROACTIVE} ' if is_proactive else ''}{markdown.escape(alert_of(row).says)}"
            )
        if rest := rows.height - shown.height:
            st.button(
                f"Show more of {formatting.number(rest)}",
                key=f"show_{key}",
                type="tertiary",
                icon=":material/expand_more:",
                on_click=widget_state.count_up,
                args=(key,),
            )
