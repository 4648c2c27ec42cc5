"""A client's features, on the Client page: which are enabled, used or idle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.adoption import MARK
from health.output import page_tables
from health.queries.adoption import AdoptionState, FeatureAdoptionQuery, feature_adoption
from health.ui.client.layout import Section, section
from health.ui.parts.download import download
from health.ui.parts.small_table import small_table
from health.ui.session import widget_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.queries.adoption import FeatureAdoptionSummary, FeatureUse
    from health.ui.parts.page import View

_ORDER: Final = (AdoptionState.UNUSED, AdoptionState.USED, AdoptionState.NOT_ENABLED)
"""What is bought and not used stands first."""

_CHIP_COLOR: Final = {
    AdoptionState.USED: "blue",
    AdoptionState.UNUSED: "orange",
    AdoptionState.NOT_ENABLED: "gray",
}

_COLUMNS: Final = ("Feature", "State", "Uses", "First used", "Last used")


def features(view: View, organization_id: str) -> None:
    """List the client's features: what is unused first, then what is used most."""
    summary = view.ask(
        feature_adoption, FeatureAdoptionQuery(organization_id=organization_id, as_of=view.as_of)
    )
    listed = sorted(
        summary.features,
        key=lambda feature: (_ORDER.index(feature.state), -(feature.usage_count or 0)),
    )
    section(Section.FEATURES)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_features_words(summary))
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
    chips = {_chip(state): color for state, color in _CHIP_COLOR.items()}
    small_table(_features_frame(listed, view.as_of), right=("Uses",), badges=chips)
    if view.is_past:
        st.caption("Uses and last use are as on file now; whether a feature was used, as of then.")


def _features_words(summary: FeatureAdoptionSummary) -> str:
    if not summary.total_features:
        return "No features are on file for this client."
    if summary.adoption_rate is None:
        return "No feature is enabled."
    unused = summary.enabled_features - summary.used_features
    rest = (
        f"{formatting.count(unused, 'enabled feature')} not used" if unused else "nothing is unused"
    )
    return (
        f"**{summary.used_features} of {summary.enabled_features} enabled features used** "
        f"({formatting.percent(summary.adoption_rate)}); {rest}."
    )


def _features_frame(features: Sequence[FeatureUse], as_of: date) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (feature.feature_name.label, _chip(feature.state), *_use_words(feature, as_of))
            for feature in features
        ],
        schema=dict.fromkeys(_COLUMNS, pl.String),
        orient="row",
    )


def _use_words(feature: FeatureUse, as_of: date) -> tuple[str, str, str]:
    """Uses, first and last use; empty where there was no use up to ``as_of``."""
    if not feature.was_used_by(as_of):
        return "", "", ""
    return (
        formatting.number(feature.usage_count),
        formatting.day(feature.first_used_at),
        formatting.day(feature.last_used_at),
    )


def _chip(state: AdoptionState) -> str:
    return f"{MARK[state]} {state.label}"
