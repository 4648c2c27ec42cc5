"""The order and the page of a list of clients; both are found in the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import streamlit as st

from health import formatting
from health.queries.scores import SortBy, SortDirection
from health.ui.session import widget_state

_KEY: Final = "order"
_REVERSED: Final = "reversed"


@dataclass(frozen=True, kw_only=True)
class _Order:
    """An order people can choose, and the head of the column that shows it."""

    column: str | None
    sort_by: SortBy
    starts_high: bool = False


_ORDERS: Final = {
    "Most urgent": _Order(column=None, sort_by=SortBy.URGENCY),
    "Name": _Order(column="Client", sort_by=SortBy.ORGANIZATION_NAME),
    "Score": _Order(column="Score", sort_by=SortBy.OVERALL_SCORE),
    "Change over the trend": _Order(column="Trend", sort_by=SortBy.CHANGE),
    "Risk": _Order(column="Risk", sort_by=SortBy.RISK_LEVEL),
    "Renewal": _Order(column="Renewal", sort_by=SortBy.RENEWAL_DATE),
    "Owner": _Order(column="Owner", sort_by=SortBy.CSM),
    "Contract value": _Order(column="Value", sort_by=SortBy.ANNUAL_VALUE, starts_high=True),
    "Coverage": _Order(column="Coverage", sort_by=SortBy.COVERAGE),
}
"""Orders by their words; each begins with what needs attention."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """Which rows of the list are shown, and in which order."""

    sort_by: SortBy
    sort_dir: SortDirection
    page: int


def choose_page(total: int, rows_a_page: int) -> ListPage:
    """Draw how many clients there are, their order, and the pages where one is not enough."""
    number = page_number(total, rows_a_page, "client")
    chosen = st.selectbox(
        "Order",
        list(_ORDERS),
        key=widget_state.key(_KEY),
        bind="query-params",
        label_visibility="collapsed",
        width=190,
    )
    st.toggle("Reversed", key=widget_state.key(_REVERSED), bind="query-params")
    order = _ORDERS[chosen]
    falls = order.starts_high != is_reversed()
    return ListPage(
        sort_by=order.sort_by,
        sort_dir=SortDirection.DESCENDING if falls else SortDirection.ASCENDING,
        page=number,
    )


def page_number(total: int, rows_a_page: int, what: str, plural: str | None = None) -> int:
    """Draw how many there are of ``what``, and the pages where one is not enough."""
    with st.container():
        st.markdown(f"##### {formatting.count(total, what, plural)}")
    pages = max(1, math.ceil(total / rows_a_page))
    if pages == 1:
        return 1
    # Left to itself, it shrinks beside other controls until it shows no numbers.
    width = 160 + 48 * min(pages, 8)
    return min(st.pagination(pages, key="page", bind="query-params", width=width), pages)


def column() -> str | None:
    """Return the head of the column that the list is in the order of."""
    return _ORDERS[st.session_state[_KEY]].column


def is_reversed() -> bool:
    """Return whether the order is turned round."""
    return bool(st.session_state.get(_REVERSED))


def choose(column: str | None) -> None:
    """Take the order of a column from a callback; that of the present one is turned round.

    None, or a column without an order, is the usual.
    """
    by_column = {order.column: said for said, order in _ORDERS.items()}
    chosen = by_column.get(column, by_column[None])
    is_again = chosen == st.session_state[_KEY] and column is not None
    st.session_state[_REVERSED] = is_again and not is_reversed()
    st.session_state[_KEY] = chosen
