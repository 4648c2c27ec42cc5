"""The business review of a client, offered on the Client page: for whom and of which days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.output.review import Audience, ReviewQuery, file_name, print_ready, review
from health.output.review.spans import Span, spans
from health.ui.parts import periods
from health.ui.session import answers, widget_state

if TYPE_CHECKING:
    from datetime import date

    from health.queries.client import Client
    from health.ui.parts.page import View

_OTHER: Final = "Other days"


def offer_review(client: Client, view: View) -> None:
    """Draw the choice of a review, and the button that writes it."""
    with st.popover("Business review", icon=":material/print:"):
        audiences = {audience.label: audience for audience in Audience}
        audience = audiences[
            st.radio(
                "For",
                list(audiences),
                key=widget_state.key("review_for"),
                captions=[audience.description for audience in Audience],
            )
        ]
        span = _choose_span(view)
        if span is None:
            st.caption("Choose a first and a last day.")
            return
        _download(client, view, span, audience)


def _choose_span(view: View) -> Span | None:
    since = periods.chosen_since(view.as_of)
    offered = {span.label: span for span in spans(since, view.as_of)}
    chosen = st.selectbox("Days", [*offered, _OTHER], key=widget_state.key("review_days"))
    if chosen != _OTHER:
        return offered[chosen]
    days: tuple[date, ...] = st.date_input(
        "From and to",
        value=(since, view.as_of),
        max_value=view.as_of,
        format="YYYY-MM-DD",
        key=widget_state.key("review_span"),
    )
    return Span(*days) if len(days) == 2 and days[0] < days[1] else None


def _download(client: Client, view: View, span: Span, audience: Audience) -> None:
    database = answers.opened()
    idle_days = answers.settings().alerts.feature_days
    query = ReviewQuery(
        organization_id=client.organization_id,
        start_date=span.first,
        end_date=span.last,
        from_day=view.from_day if span.last == view.as_of else None,
    )

    def write() -> str:
        with database.read() as reader:
            return print_ready(review(reader, query, view.currency, idle_days), audience)

    st.download_button(
        "Download the review",
        data=write,
        file_name=file_name(client.name, client.organization_id, span, audience),
        mime="text/html",
        key="review",
        icon=":material/download:",
        type="primary",
        help="A page to print, or to save as PDF in the browser",
        on_click="ignore",
    )
