"""Who a client is, on the Client page: its facts, its numbers in cards, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from health import formatting
from health.explanation.reachable import ways
from health.explanation.remedies import advice, remedy
from health.output import cards, markdown
from health.queries.adoption_levels import level_rule
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.queries.inputs import ComparisonQuery, comparisons
from health.queries.peers import PeersQuery, peers
from health.ui.client.editing import editing
from health.ui.client.review_download import offer_review
from health.ui.parts.edited import edited
from health.ui.parts.links import Address, button_to
from health.ui.session import answers
from health.vocabulary import NotScoredReason

if TYPE_CHECKING:
    from health.explanation.breakdown import Explanation
    from health.explanation.reachable import Way
    from health.queries.client import Client, ClientScore
    from health.ui.parts.page import View
    from health.ui.session.answers import Answers


def facts(client: Client, view: View) -> None:
    """Say in one line who the client is, and offer its review."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(markdown.escape(fact) for fact in cards.facts(client)))
        offer_review(client, view)
        editing(view, client.organization_id)
    edited(view.ask, client.organization_id)


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


def differs(score: ClientScore | None, explanation: Explanation) -> bool:
    """Return whether the data as it is now gives another score than the one stored."""
    return score is not None and (
        explanation.overall != score.overall_score or explanation.scores != score.components
    )


def standing(score: ClientScore) -> str:
    """Return a score in a sentence, without what it is made of."""
    return f"{score.risk_level.label} with a score of {score.overall_score}."


def out_of_date() -> None:
    """Say that the score shown is of the data before, and that its reasons follow."""
    with st.container(border=True):
        st.markdown(
            "**Data of this client changed after its score was calculated.** The score shown is "
            "that of before. Recalculate to see the new one, and why it is what it is."
        )
        button_to(Address.DATA, "Go and recalculate")


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


def what_would_help(view: View, client: Client, score: ClientScore) -> None:
    """List steps with their points, and the smallest change that brings the client to low risk.

    Nothing where it is at low risk.
    """
    found = remedy(client.inputs, client.model, score.previous_score)
    if found is None:
        return
    st.subheader("What would help", anchor=False)
    lines = [
        f"- **{way.title}:** {markdown.escape(way.says)}" for way in _ways(view.ask, client, score)
    ]
    lines.append(f"- **Smallest change:** {markdown.escape(advice(found, score.previous_score))}")
    st.markdown("\n".join(lines), help="The points that each step gains by itself.")


def _ways(ask: Answers, client: Client, score: ClientScore) -> tuple[Way, ...]:
    name, as_of = client.organization_id, client.as_of
    compared = ask(
        comparisons,
        ComparisonQuery(organization_ids=(name,), start_date=score.previous_date, end_date=as_of),
    )[name]
    of_peers = PeersQuery(organization_id=name, as_of=as_of, parts=client.model.parts)
    standings = ask(peers, of_peers).standings
    unused = ask(
        feature_adoption,
        FeatureAdoptionQuery(organization_id=name, as_of=as_of, only_unused=True),
        ask(level_rule, as_of, answers.settings().alerts.feature_days),
    )
    return ways(
        client.inputs,
        client.model,
        before=compared.rebased,
        medians={
            part.component: part.quartiles.median
            for part in standings
            if part.component and part.quartiles
        },
        unused=[feature.feature_name for feature in unused.features],
    )
