"""The parts of the Client page: who it is, its score in cards, its usage and its features."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

import polars as pl
import streamlit as st

from health import formatting
from health.charts import client as charts
from health.charts.adoption import MARK
from health.explanation.breakdown import STALE_AFTER_DAYS, age, is_stale
from health.explanation.remedies import advice, remedy
from health.output import cards, page_tables
from health.output.review import print_ready, review
from health.queries.adoption import AdoptionState, FeatureAdoptionQuery, feature_adoption
from health.queries.client import ClientQuery, last_data
from health.queries.usage import UsageMetricQuery, usage_metrics, usage_rows
from health.scoring.components import Component
from health.ui.parts import markdown
from health.ui.parts.download import download, file_name
from health.ui.parts.links import Address
from health.ui.parts.page import chart
from health.ui.session import answers
from health.ui.session.cache import picture
from health.vocabulary import NotScoredReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.charts.theme import Palette
    from health.explanation.breakdown import Explanation
    from health.queries.adoption import FeatureAdoptionSummary, FeatureUse
    from health.queries.client import Client, ClientScore
    from health.ui.parts.page import View

PERIOD_DAYS: Final = 30
"""Days of usage that are compared with as many before."""

DRAWN_DAYS: Final = 90
"""Days of usage that are drawn."""

_LISTED: Final = (AdoptionState.UNUSED, AdoptionState.USED, AdoptionState.NOT_ENABLED)
"""What is bought and not used stands first."""

_CHIP_COLOR: Final = {
    AdoptionState.USED: "blue",
    AdoptionState.UNUSED: "orange",
    AdoptionState.NOT_ENABLED: "gray",
}

_COLUMNS: Final = ("Feature", "State", "Uses", "First used", "Last used")


def facts(client: Client, view: View) -> None:
    """Say in one line who the client is, and offer its review."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(markdown.escape(fact) for fact in cards.facts(client)))
        _offer_review(client, view)


def _offer_review(client: Client, view: View) -> None:
    """Draw the button that gives the page on one sheet; it is written when it is asked for."""
    database = answers.database()
    query = ClientQuery(organization_id=client.organization_id, as_of=view.as_of)

    def write() -> str:
        with database.read() as reader:
            return print_ready(review(reader, query, view.currency))

    st.download_button(
        "One-page review",
        data=write,
        file_name=f"{file_name('review', client.organization_id, view.as_of)}.html",
        mime="text/html",
        key="review",
        icon=":material/print:",
        help="A page to print, or to save as PDF in the browser",
        on_click="ignore",
    )


def not_scored(
    client: Client, reason: NotScoredReason | None, explanation: Explanation, currency: str
) -> None:
    """Say why the client has no score on the day shown, and what to do where something can be."""
    with st.container(border=True):
        label = reason.label if reason else "Not scored"
        st.markdown(f"**Not scored on {formatting.day(client.as_of)}: {label.lower()}.**")
        st.markdown(markdown.escape(cards.not_scored(client, reason)))
        if reason is NotScoredReason.NOT_CALCULATED:
            st.page_link(Address.DATA, label="Recalculate on the Data page")
    in_cards(client, explanation, currency)


def in_cards(client: Client, explanation: Explanation, currency: str) -> None:
    """Show score, risk, coverage, renewal and contract value side by side."""
    with st.grid(5, min_column_width=170):
        for card in cards.cards(client, explanation, currency):
            st.metric(
                card.label,
                card.value,
                markdown.escape(card.note),
                delta_color=_change_color(card.points),
                delta_arrow=_change_arrow(card.points),
                border=True,
                height="stretch",
            )


def _change_color(points: int | None) -> Literal["green", "red", "off"]:
    if not points:
        return "off"
    return "green" if points > 0 else "red"


def _change_arrow(points: int | None) -> Literal["up", "down", "off"]:
    if not points:
        return "off"
    return "up" if points > 0 else "down"


def what_would_help(client: Client, score: ClientScore) -> None:
    """Say the smallest change that brings the client to low risk; nothing where it is there."""
    found = remedy(client.inputs, client.model, score.previous_score)
    if found is None:
        return
    st.subheader("What would help", anchor=False)
    st.markdown(markdown.escape(advice(found, score.previous_score)))


def history(
    scores: pl.DataFrame, client: Client, palette: Palette, *, first: date, last: date
) -> None:
    """Draw the score from ``first`` to ``last``, or say that there was none."""
    if scores.is_empty():
        st.markdown(f"No score from {formatting.day(first)} to {formatting.day(last)}.")
        return
    chart(
        picture(charts.score_history, scores, palette, client.model, first=first, last=last),
        alt=f"Score of {client.name} from {formatting.day(first)} to {formatting.day(last)}",
        name="score",
        of=client.organization_id,
    )


def parts_history(
    scores: pl.DataFrame, client: Client, palette: Palette, *, first: date, last: date
) -> None:
    """Draw the components over the same days; nothing where there was no score."""
    if scores.is_empty():
        return
    st.subheader("The parts over the same days", anchor=False)
    chart(
        picture(charts.component_history, scores, palette, first=first, last=last),
        alt="Scores of the parts over time",
        name="parts over time",
        of=client.organization_id,
    )


def _points_sum(client: Client, explanation: Explanation) -> None:
    """Show how the points add up to the score, or that the score no longer fits the data."""
    score = client.score
    if score is None or explanation.overall is None:
        return
    if explanation.scores != score.components or explanation.overall != score.overall_score:
        st.warning(
            "The data has changed since this score was calculated; the points are of the data "
            "as it is now. Recalculate on the Data page.",
            icon=":material/warning:",
        )
        return
    points = " + ".join(
        formatting.number(float(part.shown_points), 1)
        for part in explanation.contributions
        if part.score is not None
    )
    rounding = explanation.shown_rounding
    rest = (
        f" {'+' if rounding > 0 else formatting.MINUS} {abs(rounding)} from rounding"
        if rounding
        else ""
    )
    st.caption(f"{points}{rest} = **{explanation.overall}**")


def parts(view: View, client: Client, explanation: Explanation) -> None:
    """Draw where the points come from, grey where the data is old, and say how old it is."""
    query = ClientQuery(organization_id=client.organization_id, as_of=view.as_of)
    last = view.ask(last_data, query)
    ages = {part: age(part, last[part], view.as_of) for part in Component}
    stale = [component for component in Component if is_stale(last[component], view.as_of)]
    unknown = ""
    for part in [part for part in stale if not part.rules.is_usage]:
        if view.is_past and last[part] is None and explanation.scores[part]:
            # Only the last use of all is on file, and it came later.
            unknown = ages[part] = "when a feature was last used then is not on file"
            stale.remove(part)
    chart(
        picture(
            charts.breakdown,
            explanation,
            view.palette,
            ages=ages,
            stale=stale,
        ),
        alt="Points of each part of the score",
        name="points",
        of=client.organization_id,
    )
    _points_sum(client, explanation)
    said = _ages_words([ages[part] for part in stale])
    st.caption(f"{said.removesuffix('.')}, but {unknown}." if unknown else said)


def _ages_words(old: list[str]) -> str:
    recent = f"from the last {formatting.count(STALE_AFTER_DAYS, 'day')}"
    if not old:
        return f"The latest data of each part is {recent}."
    rest = f"; the other parts have data {recent}" if len(old) < len(Component) else ""
    return f"Grey is old: {'; '.join(old)}{rest}."


def usage(view: View, organization_id: str) -> None:
    """Show each metric of the last 30 days against the 30 before, over 90 days of daily values."""
    metrics = view.ask(usage_metrics, _usage_query(view, organization_id, PERIOD_DAYS))
    rows = view.ask(usage_rows, _usage_query(view, organization_id, DRAWN_DAYS))
    recorded = set(rows["metric_type"])
    shown = [metric for metric in metrics if metric.metric_type in recorded]
    missing = [metric.metric_type.label for metric in metrics if metric not in shown]
    st.subheader("What they do with the product", anchor=False)
    st.caption(
        f"{PERIOD_DAYS} days to {formatting.day(view.as_of)} against the {PERIOD_DAYS} days "
        "before; "
        f"the lines are daily values of {DRAWN_DAYS} days."
    )
    if shown:
        chart(
            picture(
                charts.usage_panels,
                shown,
                rows,
                view.palette,
                first=view.as_of - timedelta(days=DRAWN_DAYS - 1),
                last=view.as_of,
            ),
            alt=". ".join(
                f"{metric.metric_type.label}: "
                f"{charts.metric_value(metric.metric_type, metric.current_value)}, "
                f"{charts.change_words(metric)}"
                for metric in shown
            ),
            name="usage",
            of=organization_id,
        )
    if missing:
        st.caption(f"No data in these {DRAWN_DAYS} days: {formatting.listing(missing)}.")


def _usage_query(view: View, organization_id: str, days: int) -> UsageMetricQuery:
    return UsageMetricQuery(
        organization_id=organization_id,
        start_date=view.as_of - timedelta(days=days - 1),
        end_date=view.as_of,
    )


def features(view: View, organization_id: str) -> None:
    """List the client's features: what is unused first, then what is used most."""
    summary = view.ask(
        feature_adoption, FeatureAdoptionQuery(organization_id=organization_id, as_of=view.as_of)
    )
    listed = sorted(
        summary.features,
        key=lambda feature: (_LISTED.index(feature.state), -(feature.usage_count or 0)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Features", anchor=False)
        if listed:
            download(
                "features",
                lambda _: page_tables.features(listed, view.as_of),
                ask=view.ask,
                day=view.as_of,
                of=organization_id,
            )
    st.markdown(_features_words(summary))
    if not listed:
        return
    chips = {_chip(state): color for state, color in _CHIP_COLOR.items()}
    st.markdown(markdown.table(_features_frame(listed, view.as_of), right=("Uses",), chips=chips))
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
