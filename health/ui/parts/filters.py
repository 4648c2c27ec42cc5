"""Filters that pages share: each is a widget bound to the address, and can be dropped by a click.

A key is the same on every page, so a filter set on one page holds on the next that has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import streamlit as st

from health import formatting
from health.output import markdown
from health.queries import team
from health.queries.adoption_levels import AdoptionLevel
from health.queries.sizes import BANDS, UNKNOWN, SizeBand
from health.ui.parts.links import carried
from health.ui.parts.periods import SPANS
from health.ui.session import viewer, widget_state
from health.vocabulary import FeatureName, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from _typeshed import DataclassInstance

    from health.ui.parts.links import Address

Question = TypeVar("Question", bound="DataclassInstance")

NOT_SCORED: Final = "Not scored"
"""What the risk filter offers beside the levels."""

NO_OWNER: Final = "No owner"
NO_INDUSTRY: Final = "No industry"
"""What those filters offer beside what is on file."""

FOLLOW_UPS: Final = "follow_ups_of"
EVERYBODYS: Final = "Everybody’s"
"""The key of the choice whose follow-ups Today lists, and what it calls those of all."""

WHOLE_RANGE: Final = (0, 100)

RENEWAL_WINDOWS: Final = {
    "30 days": 30,
    "60 days": 60,
    "90 days": 90,
    "180 days": 180,
    "1 year": 365,
}

_BEGUN: Final = "owner_begun"

_RISKS: Final = {level.label: level for level in reversed(RiskLevel)}
_TRENDS: Final = {trend.label: trend for trend in reversed(HealthTrend)}
_SIZES: Final = {formatting.capital(band.phrase): band for band in (*BANDS, UNKNOWN)}
_LEVELS: Final = {level.label: level for level in reversed(AdoptionLevel)}
_FEATURES: Final = {feature.label: feature for feature in FeatureName}


@dataclass(frozen=True, kw_only=True)
class _Filter:
    """What a filter is without effect, and its words when it has one.

    widget: the value of its widget without effect.
    fields: the fields of a question it sets, each without effect.
    """

    widget: object
    fields: Mapping[str, object]
    words: Callable[[Any], str] = str


_FILTERS: Final = {
    "search": _Filter(widget="", fields={"search": ""}, words=lambda value: f"“{value.strip()}”"),
    "risk": _Filter(widget=None, fields={"risk_level": None}),
    "trend": _Filter(widget=None, fields={"trend": None}),
    "score": _Filter(
        widget=WHOLE_RANGE,
        fields={"min_score": None, "max_score": None},
        words=lambda value: f"Score {value[0]} to {value[1]}",
    ),
    "owner": _Filter(
        widget=None,
        fields={"csm": None},
        words=lambda value: value if value == NO_OWNER else f"Owner {value}",
    ),
    "industry": _Filter(widget=None, fields={"industry": None}),
    "size": _Filter(widget=None, fields={"size": None}),
    "renewal": _Filter(
        widget=None,
        fields={"renewal_within": None},
        words=lambda value: f"Renews within {value}",
    ),
    "month": _Filter(
        widget=None, fields={"renewal_month": None}, words=lambda value: f"Renews in {value}"
    ),
    "active": _Filter(
        widget=False, fields={"only_active": False}, words=lambda _: "Without clients that left"
    ),
    "called": _Filter(
        widget=None,
        fields={"called": None},
        words=lambda value: f"Called in the last {value.lower()}",
    ),
    "overdue": _Filter(
        widget=False, fields={"overdue_on": None}, words=lambda _: "With overdue follow-ups"
    ),
    "feature": _Filter(widget=None, fields={"feature": None}),
    "level": _Filter(widget=None, fields={"level": None}),
}


@dataclass(frozen=True, kw_only=True)
class ActiveFilter:
    """A filter that limits what a page shows.

    key: its name in the address.
    words: its words.
    """

    key: str
    words: str

    def drop(self) -> None:
        """Stop it, from the callback of a button."""
        _clear((self.key,))


def search() -> str:
    """Draw the search for a part of a name or id."""
    return st.text_input(
        "Search clients",
        key=widget_state.key("search"),
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
        key=widget_state.key("risk"),
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
        "Trend",
        list(_TRENDS),
        index=None,
        key=widget_state.key("trend"),
        bind="query-params",
        placeholder="Any",
    )
    return None if chosen is None else _TRENDS[chosen]


def score_range() -> tuple[int | None, int | None]:
    """Draw the choice of a least and a greatest score; None where it does not limit."""
    low, high = st.slider(
        "Score", *WHOLE_RANGE, WHOLE_RANGE, key=widget_state.key("score"), bind="query-params"
    )
    return low or None, None if high == WHOLE_RANGE[1] else high


def _start_with_mine(choices: Sequence[str]) -> None:
    """Begin a visit with the clients of who looks, unless the address says whose."""
    if not st.session_state.setdefault(_BEGUN, False):
        st.session_state[_BEGUN] = True
        own = viewer.mine(choices)
        if own is not None and "owner" not in st.query_params:
            st.session_state["owner"] = own


def owner(choices: Sequence[str]) -> str | None:
    """Draw the choice of an owner, by e-mail; it begins with one's own clients.

    Empty for the clients without an owner.
    """
    _start_with_mine(choices)
    chosen = _select("owner", "Owner", [*choices, NO_OWNER])
    return "" if chosen == NO_OWNER else chosen


def my_clients(choices: Sequence[str]) -> str | None:
    """Draw the choice of an owner where it is the only filter; its cross clears it.

    The choice is remembered in this browser: the next visit begins with these clients, on every
    page.
    """
    _start_with_mine(choices)
    return st.selectbox(
        "Owner",
        choices,
        index=None,
        key=widget_state.key("owner"),
        bind="query-params",
        placeholder="Clients of all owners",
        label_visibility="collapsed",
        width=260,
        on_change=_keep_owner,
    )


def _keep_owner() -> None:
    viewer.keep_owner(st.session_state["owner"])


def drop(key: str) -> None:
    """Stop a filter, from the callback of a button."""
    _clear((key,))


def industry(choices: Sequence[str]) -> str | None:
    """Draw the choice of an industry; empty for the clients without one."""
    chosen = _select("industry", "Industry", [*choices, NO_INDUSTRY])
    return "" if chosen == NO_INDUSTRY else chosen


def size() -> SizeBand | None:
    """Draw the choice of a size, by licensed users."""
    return _SIZES.get(_select("size", "Size", list(_SIZES)) or "")


def name_of_size(band: SizeBand) -> str:
    """Return what the address calls a size."""
    return next(words for words, one in _SIZES.items() if one == band)


def called(as_of: date, until: date) -> tuple[date, date] | None:
    """Draw the choice of clients that were called, in a span before ``as_of`` and up to ``until``.

    Return the first and the last day.
    """
    chosen = _select("called", "Called in the last", list(SPANS))
    return None if chosen is None else (as_of - timedelta(days=SPANS[chosen] - 1), until)


def overdue(day: date) -> date | None:
    """Draw the choice of clients with follow-ups that are overdue on a day; return the day."""
    chosen = st.toggle(
        "With overdue follow-ups", key=widget_state.key("overdue"), bind="query-params"
    )
    return day if chosen else None


def renewal_month(from_day: date) -> date | None:
    """Draw the choice of a month of renewal, of this one and those that follow it."""
    months = {name_of_month(day): day for day in team.months(from_day)}
    return months.get(_select("month", "Renews in", list(months)) or "")


def name_of_month(day: date) -> str:
    """Return what the address calls a month."""
    return f"{day:%b %Y}"


def only_active() -> bool:
    """Draw the choice of leaving out the clients that are none any more."""
    return st.toggle(
        "Without clients that left", key=widget_state.key("active"), bind="query-params"
    )


def _select(key: str, label: str, options: Sequence[str]) -> str | None:
    return st.selectbox(
        label,
        options,
        index=None,
        key=widget_state.key(key),
        bind="query-params",
        placeholder="Any",
    )


def renewal() -> int | None:
    """Draw the choice of how soon the renewal is, in days."""
    chosen = st.selectbox(
        "Renews within",
        list(RENEWAL_WINDOWS),
        index=None,
        key=widget_state.key("renewal"),
        bind="query-params",
        placeholder="Any time",
    )
    return None if chosen is None else RENEWAL_WINDOWS[chosen]


def level() -> AdoptionLevel | None:
    """Draw the choice of a level of adoption that a feature of a client has."""
    chosen = st.selectbox(
        "Level",
        list(_LEVELS),
        index=None,
        key=widget_state.key("level"),
        bind="query-params",
        placeholder="Any level",
        label_visibility="collapsed",
        width=180,
    )
    return None if chosen is None else _LEVELS[chosen]


def choose_feature(feature: str, level: str) -> None:
    """Ask for the clients with a feature at a level, from the callback of a chart."""
    st.session_state["feature"] = FeatureName[feature].label
    st.session_state["level"] = AdoptionLevel[level].label


def feature() -> FeatureName | None:
    """Draw the choice of a feature."""
    chosen = st.selectbox(
        "Feature",
        list(_FEATURES),
        index=None,
        key=widget_state.key("feature"),
        bind="query-params",
        placeholder="Any feature",
    )
    return None if chosen is None else _FEATURES[chosen]


def active() -> list[ActiveFilter]:
    """Return the filters drawn on this page that limit it."""
    return [
        ActiveFilter(key=key, words=filter_.words(st.session_state[key]))
        for key, filter_ in _FILTERS.items()
        if key in widget_state.drawn() and st.session_state[key] != filter_.widget
    ]


def without(question: Question, key: str) -> Question:
    """Return the question (a frozen dataclass) as if the filter ``key`` had no effect."""
    return replace(question, **_FILTERS[key].fields)


def show_active(*, apart_from: Sequence[str] = ()) -> None:
    """Draw each active filter as a button that drops it, and one that drops all.

    apart_from: keys of filters that the page shows as active in another way.
    """
    found = [one for one in active() if one.key not in apart_from]
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for one in found:
            st.button(
                markdown.escape(one.words),
                key=f"active_{one.key}",
                icon=":material/close:",
                on_click=one.drop,
                help="Drop this filter",
            )
        if len(found) > 1:
            st.button(
                "Clear all filters",
                key="active_all",
                type="tertiary",
                on_click=_clear,
                args=(tuple(_FILTERS),),
            )


def open_with(address: Address, **chosen: str) -> NoReturn:
    """Go to a page, on the same day, with these filters and no other."""
    widget_state.start_anew(_FILTERS)
    st.switch_page(address, query_params={**chosen, **carried()})


def _clear(keys: Sequence[str]) -> None:
    for key in keys:
        if key in st.session_state:
            st.session_state[key] = _FILTERS[key].widget
