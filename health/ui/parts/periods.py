"""How far back a chart or a comparison goes; the address remembers it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import streamlit as st

from health.ui.parts.choice import choose
from health.ui.session import widget_state

_DAYS: Final = {"90 days": 90, "1 year": 365, "All": None}

_ANY_DAY: Final = "Another day"

_SINCE: Final = {"7 days": 7, "30 days": 30, "90 days": 90, _ANY_DAY: None}


SPANS: Final = {"7 days": 7, "30 days": 30, "Quarter": 91, "Year": 365}
"""What two days that are compared lie apart."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days a chart shows, both in."""

    first: date
    last: date


def choose_period(as_of: date, first_usage: date | None) -> Period:
    """Draw the choice of 90 days, a year or everything up to ``as_of``, and return the days.

    first_usage: where everything begins.
    """
    days = _DAYS[choose("Period", list(_DAYS), "1 year", name="period")]
    earliest = min(first_usage or as_of, as_of)
    first = earliest if days is None else as_of - timedelta(days=days - 1)
    return Period(first=first, last=as_of)


def choose_span(usual: str) -> int:
    """Draw the choice of how many days before it a day is compared with."""
    return SPANS[choose("Compared with", list(SPANS), usual, name="span")]


def name_of_span(days: int) -> str:
    """Return what the address calls so many days."""
    return next(words for words, length in SPANS.items() if length == days)


def chosen_since(as_of: date) -> date:
    """Return the day chosen by :func:`choose_since`, wherever on the page that is drawn."""
    chosen = st.session_state.get("changed") or st.query_params.get("changed") or "30 days"
    if chosen == _ANY_DAY or ("since" in st.query_params and "changed" not in st.session_state):
        said = st.session_state.get("since") or st.query_params.get("since")
        with contextlib.suppress(ValueError):
            day = said if isinstance(said, date) else date.fromisoformat(str(said))
            return min(day, as_of - timedelta(days=1))
    return as_of - timedelta(days=_SINCE.get(chosen) or 30)


def choose_since(as_of: date, first_usage: date | None) -> date | None:
    """Draw the choice of the day to compare ``as_of`` with, and return it; None without one.

    first_usage: the earliest day that can be chosen. An address with a day alone is enough:
    ``?since=2026-10-01``.
    """
    latest = as_of - timedelta(days=1)
    if first_usage is None or first_usage > latest:
        return None
    usual = _ANY_DAY if "since" in st.query_params else "30 days"
    days = _SINCE[choose("Changed since", list(_SINCE), usual, name="changed")]
    if days is not None:
        return as_of - timedelta(days=days)
    return _choose_day(first_usage, latest)


def _choose_day(first: date, latest: date) -> date:
    name = widget_state.key("since")
    if isinstance(before := st.session_state.get(name), date):
        # Chosen when the page showed a later day, or another client.
        st.session_state[name] = min(max(before, first), latest)
    chosen: date | None = st.date_input(
        "Since",
        value=max(first, latest - timedelta(days=29)),
        min_value=first,
        max_value=latest,
        format="YYYY-MM-DD",
        key=name,
        bind="query-params",
        width=150,
        label_visibility="collapsed",
    )
    return chosen or latest
