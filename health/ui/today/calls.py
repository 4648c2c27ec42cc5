"""The calls of the Today page: whom to call first, what about, and why now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.theme import RISK_MARK
from health.explanation.breakdown import explain
from health.explanation.call_wording import DATA_FEED, Call, call
from health.output import client_reasons, markdown, page_tables
from health.queries.alerts.attention import AlertQuery, attention
from health.queries.inputs import comparisons
from health.queries.portfolio import choices
from health.queries.urgency import FORMULA
from health.ui.client import client_alerts
from health.ui.client.log_call import Called, log_button
from health.ui.parts import filters
from health.ui.parts.download import download
from health.ui.parts.links import Address
from health.ui.session import answers, widget_state
from health.ui.today.client_links import PROACTIVE, client_link, missing, show_more
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from datetime import date

    from health.queries.alerts.attention import Attention
    from health.queries.alerts.rules import AlertRule
    from health.queries.inputs import Comparison
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers

FIRST: Final = 8
"""Calls shown at first: more than a morning holds."""

MORE: Final = 24
"""Calls that “show more” adds."""

_WHOLE_LINE: Final = 2_000
"""Pixels wider than any card: a text of this width has a line of its own, and takes all of it."""

_COLOR: Final = {RiskLevel.HIGH: "red", RiskLevel.MEDIUM: "orange", RiskLevel.LOW: "green"}

_SHOWN_MORE: Final = "more"


def choose(view: View) -> tuple[AlertQuery, Attention]:
    """Draw the choice of an owner; return what was asked and found."""
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        amount = st.container()
        owners = view.ask(choices, view.as_of).csms
        csm = filters.my_clients(owners) if owners else None
    query = AlertQuery(
        as_of=view.as_of, from_day=view.from_day, csm=csm, thresholds=answers.settings().alerts
    )
    found = view.ask.once(attention_of, query)
    if found.calls.height:
        amount.markdown(f"##### {formatting.count(found.calls.height, 'call')}", help=FORMULA)
        with row:
            download(
                "calls",
                lambda reader: page_tables.calls(reader, found.calls, query, view.currency),
                ask=view.ask,
                day=view.as_of,
            )
    return query, found


def attention_of(ask: Answers, query: AlertQuery) -> Attention:
    """Return who of the owner's clients has alerts, out of the one answer that all owners share."""
    return ask(attention, replace(query, csm=None)).of_owner(query.csm)


def answer(found: Attention, query: AlertQuery, view: View) -> None:
    """Say whom to call first, how much there is to do, and who is not counted."""
    if found.calls.is_empty():
        return
    st.markdown(view.ask.once(_answer, query, view.currency))
    if left_out := missing(found.left_out.height, found.silent):
        st.caption(left_out)


def _answer(ask: Answers, query: AlertQuery, currency: str) -> str:
    calls = ask.once(attention_of, query).calls
    first = [markdown.escape(name) for name in calls["organization_name"].head(3)]
    high = calls.filter(risk_level=RiskLevel.HIGH).height
    due = calls.filter(pl.col("days_until_renewal").is_between(0, 30)).height
    amounts = ((high, "at high risk"), (due, "renewing in 30 days"))
    parts = [f"{formatting.number(amount)} {what}" for amount, what in amounts if amount]
    value = calls["annual_value"].sum()
    if value:
        parts.append(
            f"{markdown.escape(formatting.money(value, currency, brief=True))} a year in all"
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
            "losing engagement or about to renew."
        )
        if left_out := missing(found.left_out.height, found.silent):
            st.markdown(left_out)
        with st.container(horizontal=True):
            if query.csm:
                st.button("Show the calls of all owners", on_click=filters.drop, args=("owner",))
            st.page_link(Address.PORTFOLIO, label="See where the portfolio stands")


def calls(found: Attention, query: AlertQuery, view: View) -> None:
    """Draw the first calls, and a way to more."""
    shown = FIRST + MORE * widget_state.count(_SHOWN_MORE)
    for place, card in enumerate(view.ask.once(_cards, query, shown, view.currency), start=1):
        _draw(place, card, view)
    if rest := max(found.calls.height - shown, 0):
        st.button(
            show_more(MORE, rest),
            key="show_more",
            icon=":material/expand_more:",
            on_click=widget_state.count_up,
            args=(_SHOWN_MORE,),
        )


@dataclass(frozen=True, kw_only=True)
class _Card:
    """What a call says: ``text`` below its name and ``urgency`` behind a mark, in markdown."""

    organization_id: str
    name: str
    rules: tuple[AlertRule, ...]
    text: str
    urgency: str


def _cards(ask: Answers, query: AlertQuery, shown: int, currency: str) -> list[_Card]:
    """Return the first ``shown`` calls."""
    rows = ask.once(attention_of, query).calls.head(shown)
    compared: dict[str, Comparison] = {}
    for asked in client_reasons.to_compare(rows, query.as_of):
        compared |= ask(comparisons, asked)
    cards = []
    for row in rows.iter_rows(named=True):
        of_client = compared.get(row["organization_id"])
        one = call(row, of_client)
        cards.append(
            _Card(
                organization_id=one.organization_id,
                name=one.name,
                rules=one.rules,
                text=_text(one, of_client, query.as_of, currency),
                urgency=_urgency(one),
            )
        )
    return cards


def _draw(place: int, card: _Card, view: View) -> None:
    # Few elements: each is a message of its own to the browser, and drawn for itself.
    with st.container(
        border=True,
        key=f"call_{place}",
        gap="xsmall",
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
    ):
        client_link(card.organization_id, card.name, before=f"{place}.")
        if not view.is_past:
            log_button(
                Called(
                    organization_id=card.organization_id,
                    name=card.name,
                    rules=card.rules,
                    latest=view.latest,
                ),
                "Log or snooze",
            )
        st.markdown(card.text, help=card.urgency, width=_WHOLE_LINE)


def _text(one: Call, compared: Comparison | None, as_of: date, currency: str) -> str:
    notes = [markdown.escape(alert.says) for alert in one.alerts]
    if one.between and compared is not None:
        known = explain(compared.after, compared.after_model).coverage
        notes.insert(0, f"{formatting.percent(known)} known; score {one.between}")
    if one.is_proactive:
        notes.insert(0, f"{PROACTIVE} Proactive")
    lines = [
        f"{_standing(one, as_of)} · {_contract(one, currency)}",
        f"**{markdown.escape(_advice(one))}.** {markdown.escape(one.why)}",
    ]
    if notes:
        lines.append(f":small[:gray[{' · '.join(notes)}]]")
    return "  \n".join(lines)


def _advice(one: Call) -> str:
    if one.topic == DATA_FEED:
        return "Check the data feed (a task for operations, not a client call)"
    return f"Talk about {one.topic}"


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
    """Renewal, value, owner and urgency, in markdown."""
    value = formatting.money(one.annual_value, currency, brief=True)
    known = [
        formatting.until_renewal(one.days_until_renewal),
        "Value not on file" if one.annual_value is None else f"{value} a year",
        one.csm.partition("@")[0] if one.csm else "No owner",
    ]
    renewal, *others = (markdown.escape(fact) for fact in known)
    return f"**{renewal}** · {' · '.join(others)} · urgency {one.urgency}"


def _urgency(one: Call) -> str:
    known = {days: points for days, points in one.changes.items() if points is not None}
    changes = [f"{formatting.change(points)} in {days}" for days, points in known.items()]
    said = f" Score {formatting.listing(changes)} days." if changes else ""
    return f"{one.parts}.{said}"
