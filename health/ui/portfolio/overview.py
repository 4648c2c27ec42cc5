"""The filters, the numbers and the lists of the Portfolio page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.output import client_reasons, page_tables
from health.queries import portfolio, scores
from health.queries.filters import ScoreFilter
from health.queries.not_scored import NotScoredQuery, not_scored
from health.queries.score_models import decline, trend_days
from health.queries.scores import SOON_DAYS
from health.ui.parts import client_table, filters, sorting
from health.ui.parts.download import download
from health.ui.parts.edited import edited
from health.ui.parts.links import open_client
from health.ui.parts.page import page_fragment
from health.ui.portfolio.bulk_edit import PLACE, bulk_edit
from health.ui.portfolio.risk_counts import risk_counts
from health.ui.session.cache import cached
from health.vocabulary import NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from health.ui.parts.page import View


ROWS_A_PAGE: Final = 50
"""Clients of one page of a list: their reasons are found while the page is drawn."""

MOST_EDITED: Final = 10_000
"""Clients without a score that can be edited at once."""


def choose(view: View) -> tuple[ScoreFilter, portfolio.PortfolioOverview]:
    """Draw the filters; return what they ask for, and the numbers of that."""
    offered = view.ask(portfolio.choices, view.as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = filters.search()
        with st.popover("Filters", icon=":material/tune:"):
            risk, trend = filters.risk(), filters.trend()
            low, high = filters.score_range()
            csm, industry = filters.owner(offered.csms), filters.industry(offered.industries)
            size = filters.size()
            renewal, month = filters.renewal(), filters.renewal_month(view.from_day)
            called = filters.called(view.as_of, view.calendar_day)
            overdue_on = filters.overdue(view.calendar_day)
            only_active = filters.only_active()
        chosen = ScoreFilter(
            search=search,
            risk_level=risk,
            trend=trend,
            min_score=low,
            max_score=high,
            csm=csm,
            industry=industry,
            size=size,
            renewal_within=renewal,
            renewal_month=month,
            only_active=only_active,
            called=called,
            overdue_on=overdue_on,
            as_of=view.as_of,
            from_day=view.from_day,
        )
        numbers = view.ask(portfolio.overview, chosen)
        risk_counts(numbers.by_risk, numbers.not_scored, numbers.left)
    filters.show_active(apart_from=["risk"])
    return chosen, numbers


@page_fragment
def scored(view: View, chosen: ScoreFilter, total: int) -> None:
    """Draw a page of the clients that have a score."""
    bar = st.container(horizontal=True, vertical_alignment="center")
    with bar:
        place = sorting.choose_page(total, ROWS_A_PAGE)
        query = scores.HealthScoreQuery(**vars(chosen), **vars(place), limit=ROWS_A_PAGE)
        download(
            "clients",
            lambda reader: page_tables.scored(reader, query, view.as_of, view.currency),
            ask=view.ask,
            day=view.as_of,
        )
    found = view.ask(scores.health_scores, query).frame
    matching = view.ask(portfolio.landscape, chosen)
    names = cached(_names, matching)
    ticked = client_table.ticked(found["organization_id"].to_list())
    with bar:
        bulk_edit(view, names, ticked)
        if len(ticked) == 1:
            _open_button(ticked[0], names[ticked[0]])
    edited(view.ask, PLACE)
    history = view.ask(portfolio.sparklines, tuple(found["organization_id"]), view.as_of)
    reasons = client_reasons.of_clients(view, found["organization_id"].to_list())
    client_table.scored_clients(
        found,
        history,
        reasons,
        view.palette,
        currency=view.currency,
        trend_days=view.ask(trend_days, view.as_of),
    )


def _names(clients: pl.DataFrame) -> dict[str, str]:
    """Names by organization_id."""
    return dict(clients.select("organization_id", "organization_name").iter_rows())


def _open_button(organization_id: str, name: str) -> None:
    """Draw the button that opens the client ticked: the names in the list take no key."""
    if st.button(f"Open {formatting.brief(name, 20)}", key="open_ticked"):
        open_client(organization_id)


def unscored(view: View, chosen: ScoreFilter, total: int) -> None:
    """Draw a page of the clients that have none, and why."""
    bar = st.container(horizontal=True, vertical_alignment="center")
    with bar:
        number = sorting.page_number(
            total, ROWS_A_PAGE, "client without a score", "clients without a score"
        )
        query = NotScoredQuery(**vars(chosen.about_clients), page=number, limit=ROWS_A_PAGE)
        download(
            "clients without a score",
            lambda reader: page_tables.unscored(reader, query, view.as_of, view.currency),
            ask=view.ask,
            day=view.as_of,
        )
    found = view.ask(not_scored, query)
    every = found
    if total > ROWS_A_PAGE:
        every = view.ask(not_scored, replace(query, page=1, limit=MOST_EDITED))
    names = cached(_names, every.frame)
    with bar:
        bulk_edit(view, names, ())
    edited(view.ask, PLACE)
    _reasons(found.reasons)
    client_table.unscored_clients(found.frame, currency=view.currency)


def metrics(numbers: portfolio.PortfolioOverview, view: View) -> None:
    """Draw average score, declining clients, contract value and renewals at risk."""
    high = RiskLevel.HIGH.label.lower()
    with st.grid(4, min_column_width=210):
        _average(numbers, view)
        _card(
            "Declining clients",
            formatting.number(numbers.declining),
            f"{formatting.number(numbers.improving)} improving",
            _declining(view.ask(decline, view.as_of)),
        )
        _card(
            f"Contract value at {high}",
            formatting.money(numbers.value_at_risk, view.currency, brief=True),
            f"of {formatting.money(numbers.value, view.currency, brief=True)} a year",
            _missing(numbers.without_value, "contract value"),
        )
        _card(
            f"Renewals at {high} in {SOON_DAYS} days",
            formatting.number(numbers.renewals_at_risk),
            f"{formatting.money(numbers.renewals_at_risk_value, view.currency, brief=True)} a year",
            _missing(numbers.without_renewal, "renewal date"),
        )


def _reasons(counts: Mapping[NotScoredReason, int]) -> None:
    """Say why clients have no score, and how many for each reason."""
    st.markdown(
        "\n".join(
            f"- **{reason.label}: {formatting.number(amount)}.** {reason.description}"
            for reason, amount in counts.items()
        )
    )


def _declining(rule: tuple[int, int] | None) -> str:
    """Say what a declining client is. rule: the points lost, and in how many days."""
    if rule is None:
        return "By the points and over the days that the model of each client names."
    points, days = (formatting.count(*one) for one in zip(rule, ("point", "day"), strict=True))
    return f"Down {points} or more in {days}."


def _average(numbers: portfolio.PortfolioOverview, view: View) -> None:
    change = numbers.average_change
    days = view.ask(trend_days, view.as_of)
    if change is None:
        _card(
            "Average score", formatting.number(numbers.average, 1), "nothing to compare with", None
        )
        return
    said = formatting.change(change, 1)
    moved = said.strip("±0.") != ""
    st.metric(
        "Average score",
        formatting.number(numbers.average, 1),
        said,
        delta_color=("green" if change > 0 else "red") if moved else "off",
        delta_arrow=("up" if change > 0 else "down") if moved else "off",
        delta_description="over each client's trend"
        if days is None
        else f"since {formatting.day(view.as_of - timedelta(days=days))}",
        border=True,
        height="stretch",
        help="The change is that of the clients scored on both days.",
    )


def _card(label: str, value: str, beside: str, explanation: str | None) -> None:
    st.metric(
        label, value, delta_description=beside, border=True, height="stretch", help=explanation
    )


def _missing(amount: int, what: str) -> str | None:
    return (
        f"Without {formatting.count(amount, 'client')} whose {what} is not known."
        if amount
        else None
    )
