"""A client's features, on the Client page: which are enabled, used or idle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.adoption import MARK
from health.output import page_tables
from health.queries.adoption_levels import AdoptionLevel, in_words, level_rule
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.ui.client.layout import Section, section
from health.ui.parts.download import download
from health.ui.parts.page import page_fragment
from health.ui.parts.small_table import small_table
from health.ui.session import answers, widget_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.queries.client_features import FeatureAdoptionSummary, FeatureUse
    from health.ui.parts.page import View

_LISTED: Final = (*list(AdoptionLevel)[1:], AdoptionLevel.NOT_LICENSED)
"""What is bought and not used stands first, then what is used least."""

_CHIP_COLOR: Final = {
    AdoptionLevel.NOT_LICENSED: "gray",
    AdoptionLevel.UNUSED: "orange",
    AdoptionLevel.LIGHT: "blue",
    AdoptionLevel.ACTIVE: "blue",
    AdoptionLevel.POWER: "blue",
}

_COLUMNS: Final = ("Feature", "Level", "Uses", "Per user", "Peers", "Last used")
_NUMBERS: Final = ("Uses", "Per user", "Peers")


@page_fragment
def features(view: View, organization_id: str) -> None:
    """List the client's features: what is unused first, then from light to power."""
    rule = view.ask(level_rule, view.as_of, answers.settings().alerts.feature_days)
    query = FeatureAdoptionQuery(organization_id=organization_id, as_of=view.as_of)
    summary = view.ask(feature_adoption, query, rule)
    listed = sorted(
        summary.features,
        key=lambda feature: (_LISTED.index(feature.level), -(feature.usage_count or 0)),
    )
    section(Section.FEATURES)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_features_words(summary, rule.idle_days), help=in_words(rule.idle_days))
        if listed:
            download(
                "features",
                lambda _: page_tables.features(listed, view.as_of),
                ask=view.ask,
                day=view.as_of,
                of=organization_id,
            )
    if not listed:
        return
    with widget_state.expander("Each feature", "features") as part:
        if part.open:
            _listed(listed, view)


def _listed(listed: Sequence[FeatureUse], view: View) -> None:
    chips = {_chip(level): color for level, color in _CHIP_COLOR.items()}
    small_table(_features_frame(listed, view.as_of), right=_NUMBERS, badges=chips)
    st.caption(
        "Per user: uses per licensed user. Peers: between which amounts half of the clients of its "
        "size lie that use the feature."
    )
    if view.is_past:
        st.caption("Uses and last use are as on file now; whether a feature was used, as of then.")


def _features_words(summary: FeatureAdoptionSummary, idle_days: int) -> str:
    if not summary.total_features:
        return "No features are on file for this client."
    if summary.adoption_rate is None:
        return "No feature is licensed."
    unused = summary.enabled_features - summary.used_features
    rest = f"; {unused} unused" if unused else ""
    if summary.idle_features:
        rest += (
            f"; {summary.idle_features} of those used not used in the last "
            f"{formatting.count(idle_days, 'day')}"
        )
    return (
        f"**{summary.used_features} of {summary.enabled_features} licensed features used** "
        f"({formatting.percent(summary.adoption_rate)}){rest}."
    )


def _features_frame(features: Sequence[FeatureUse], as_of: date) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (feature.feature_name.label, _chip(feature.level), *_use_words(feature, as_of))
            for feature in features
        ],
        schema=dict.fromkeys(_COLUMNS, pl.String),
        orient="row",
    )


def _use_words(feature: FeatureUse, as_of: date) -> tuple[str, str, str, str]:
    """Uses, for each licensed user, of the peers, and the last use.

    Empty where there was no use up to ``as_of``.
    """
    if not feature.was_used_by(as_of):
        return "", "", "", ""
    known = feature.low is not None and feature.uses_per_user is not None
    return (
        formatting.number(feature.usage_count),
        formatting.amount(feature.uses_per_user),
        f"{formatting.amount(feature.low)} to {formatting.amount(feature.high)}" if known else "",
        _last_use(feature.last_used_at, as_of),
    )


def _last_use(day: date | None, as_of: date) -> str:
    """The day, and how long before ``as_of`` it is, unless it is later."""
    if day is None or day > as_of:
        return formatting.day(day)
    return f"{formatting.day(day)}, {formatting.ago((as_of - day).days)}"


def _chip(level: AdoptionLevel) -> str:
    return f"{MARK[level]} {level.label}"
