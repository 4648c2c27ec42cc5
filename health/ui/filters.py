"""Filters that pages share: each is a widget bound to the address, and can be dropped by a click.

A key is the same on every page, so a filter set on one page holds on the next that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from health import words
from health.theme import RISK_MARK
from health.ui import text
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NOT_SCORED: Final = "Not scored"
"""What the risk filter offers beside the levels."""

WHOLE_RANGE: Final = (0, 100)

RENEWAL_WINDOWS: Final = {
    "30 days": 30,
    "60 days": 60,
    "90 days": 90,
    "180 days": 180,
    "1 year": 365,
}

_RISKS: Final = {level.label: level for level in reversed(RiskLevel)}
_TRENDS: Final = {trend.label: trend for trend in reversed(HealthTrend)}


@dataclass(frozen=True, kw_only=True)
class _Filter:
    """How a filter is cleared and said: its value without effect, and its words when it has one."""

    neutral: object
    says: Callable[[Any], str]


_FILTERS: Final = {
    "search": _Filter(neutral="", says=lambda value: f"“{value.strip()}”"),
    "risk": _Filter(neutral=None, says=str),
    "trend": _Filter(neutral=None, says=str),
    "score": _Filter(
        neutral=WHOLE_RANGE, says=lambda value: f"Score {words.number(value[0])} to {value[1]}"
    ),
    "owner": _Filter(neutral=None, says=lambda value: f"Owner {value}"),
    "industry": _Filter(neutral=None, says=str),
    "renewal": _Filter(neutral=None, says=lambda value: f"Renews within {value}"),
}


def search() -> str:
    """Draw the search for a part of a name or id."""
    return st.text_input(
        "Search clients",
        key="search",
        bind="query-params",
        placeholder="Search name or id",
        icon=":material/search:",
        label_visibility="collapsed",
        width=220,
    )


def risk() -> RiskLevel | None:
    """Draw the choice of a risk level; None for any, and where :func:`wants_unscored`."""
    chosen = st.selectbox(
        "Risk",
        [*_RISKS, NOT_SCORED],
        index=None,
        key="risk",
        bind="query-params",
        placeholder="Any",
    )
    return _RISKS.get(chosen or "")


def wants_unscored() -> bool:
    """Whether the clients without a score were asked for, once :func:`risk` was drawn."""
    return bool(st.session_state.get("risk") == NOT_SCORED)


def trend() -> HealthTrend | None:
    """Draw the choice of a trend."""
    chosen = st.selectbox(
        "Trend", list(_TRENDS), index=None, key="trend", bind="query-params", placeholder="Any"
    )
    return None if chosen is None else _TRENDS[chosen]


def score_range() -> tuple[int | None, int | None]:
    """Draw the choice of a least and a greatest score; None where it does not limit."""
    low, high = st.slider("Score", *WHOLE_RANGE, WHOLE_RANGE, key="score", bind="query-params")
    return low or None, None if high == WHOLE_RANGE[1] else high


def owner(choices: Sequence[str]) -> str | None:
    """Draw the choice of an owner, by e-mail."""
    return st.selectbox(
        "Owner", choices, index=None, key="owner", bind="query-params", placeholder="Any"
    )


def industry(choices: Sequence[str]) -> str | None:
    """Draw the choice of an industry."""
    return st.selectbox(
        "Industry", choices, index=None, key="industry", bind="query-params", placeholder="Any"
    )


def renewal() -> int | None:
    """Draw the choice of how soon the renewal is, in days."""
    chosen = st.selectbox(
        "Renews within",
        list(RENEWAL_WINDOWS),
        index=None,
        key="renewal",
        bind="query-params",
        placeholder="Any time",
    )
    return None if chosen is None else RENEWAL_WINDOWS[chosen]


def risk_counts(counts: Mapping[RiskLevel, int], not_scored: int) -> None:
    """Draw how many clients have which risk; a click filters for it, another one stops that."""
    chosen = st.session_state.get("risk")
    amounts = {label: counts[level] for label, level in _RISKS.items()} | {NOT_SCORED: not_scored}
    for label, amount in amounts.items():
        mark = RISK_MARK[_RISKS[label]] if label in _RISKS else "○"
        st.button(
            f"{mark}{words.NO_BREAK} **{words.number(amount)}** {label.lower()}",
            key=f"count_{label}",
            type="primary" if label == chosen else "secondary",
            on_click=_toggle_risk,
            args=(label,),
        )


def active() -> list[tuple[str, Callable[[], None]]]:
    """Return the filters that this page has and that limit it: their words, and their end."""
    return [
        (filter_.says(st.session_state[key]), _Clear((key,)))
        for key, filter_ in _FILTERS.items()
        if key in st.session_state and st.session_state[key] != filter_.neutral
    ]


def show_active() -> None:
    """Draw each active filter as a button that drops it, and one that drops all."""
    limits = active()
    if not limits:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for index, (label, clear) in enumerate(limits):
            st.button(
                text.escape(label),
                key=f"active_{index}",
                icon=":material/close:",
                on_click=clear,
                help="Drop this filter",
            )
        if len(limits) > 1:
            st.button(
                "Clear all filters",
                key="active_all",
                type="tertiary",
                on_click=_Clear(tuple(_FILTERS)),
            )


@dataclass(frozen=True)
class _Clear:
    """Sets filters back to no effect, when called."""

    keys: tuple[str, ...]

    def __call__(self) -> None:
        for key in self.keys:
            if key in st.session_state:
                st.session_state[key] = _FILTERS[key].neutral


def _toggle_risk(label: str) -> None:
    st.session_state["risk"] = None if st.session_state.get("risk") == label else label
