"""How far back a chart goes; the address remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import streamlit as st

from health.ui import kept

_DAYS: Final = {"90 days": 90, "1 year": 365, "All": None}


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days a chart shows, both in."""

    first: date
    last: date


def choose_period(as_of: date, first_usage: date | None) -> Period:
    """Draw the choice of 90 days, a year or everything up to ``as_of``, and return the days.

    first_usage: where everything begins.
    """
    chosen = st.segmented_control(
        "Period",
        list(_DAYS),
        default="1 year",
        required=True,
        key=kept.key("period"),
        bind="query-params",
        label_visibility="collapsed",
    )
    days = _DAYS[chosen or "1 year"]
    earliest = min(first_usage or as_of, as_of)
    first = earliest if days is None else as_of - timedelta(days=days - 1)
    return Period(first=first, last=as_of)
