"""The score in pictures, on the Client page: over time, and where its points come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.accounts.timeline import TimelineQuery, timeline
from health.charts import client as charts
from health.charts.breakdown import breakdown
from health.explanation.breakdown import STALE_AFTER_DAYS, age, is_stale
from health.queries.client import (
    ClientQuery,
    ScoreHistoryQuery,
    last_data,
    parts_of_history,
    score_history,
)
from health.ui.client.layout import Section, section
from health.ui.parts import periods
from health.ui.parts.page import chart, page_fragment
from health.ui.session import widget_state
from health.ui.session.cache import cached_figure

if TYPE_CHECKING:
    import polars as pl

    from health.explanation.breakdown import Explanation
    from health.queries.client import Client
    from health.ui.parts.page import View
    from health.ui.parts.periods import Period


@page_fragment
def over_time(view: View, client: Client) -> None:
    """Draw the score, and folded its parts, over a period that can be chosen."""
    section(Section.OVER_TIME)
    period = periods.choose_period(view.as_of, view.freshness.first_day)
    query = ScoreHistoryQuery(
        organization_id=client.organization_id, start_date=period.first, end_date=period.last
    )
    scores = view.ask(score_history, query)
    _over_time(scores, client, view, period)
    if scores.is_empty():
        return
    with widget_state.expander("The parts over the same days", "parts") as opened:
        if opened.open:
            shown = view.ask(parts_of_history, query)
            chart(
                cached_figure(
                    charts.component_history, scores, view.palette, shown, **vars(period)
                ),
                alt=f"Scores of the parts {formatting.span(period.first, period.last)}",
                name="parts over time",
                of=client.organization_id,
            )


def _over_time(scores: pl.DataFrame, client: Client, view: View, period: Period) -> None:
    """Draw the score of a period, or say that there was none."""
    span = formatting.span(period.first, period.last)
    if scores.is_empty():
        st.markdown(f"No score {span}.")
        return
    did = TimelineQuery(
        organization_id=client.organization_id,
        kinds=charts.MARKED,
        until=period.last if period.last < view.latest else None,
        limit=1000,
    )
    chart(
        cached_figure(
            charts.score_history,
            scores,
            view.palette,
            client.model,
            events=view.ask(timeline, did),
            **vars(period),
        ),
        alt=f"Score of {client.name} {span}",
        name="score",
        of=client.organization_id,
    )


def _points_sum(client: Client, explanation: Explanation) -> None:
    """Show how the points add up to the score."""
    if client.score is None or explanation.overall is None:
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
    title = "Where the points come from" if client.score else "What a score would rest on"
    st.subheader(title, anchor=False)
    query = ClientQuery(organization_id=client.organization_id, as_of=view.as_of)
    last = view.ask(last_data, query, client.model.parts)
    ages = {part: age(part, day, view.as_of) for part, day in last.items()}
    stale = [part for part, day in last.items() if is_stale(day, view.as_of)]
    unknown = ""
    for part in [part for part in stale if not part.rules.is_usage]:
        if view.is_past and last[part] is None and explanation.scores[part]:
            # Only the last use of all is on file, and it came later.
            unknown = ages[part] = "when a feature was last used then is not on file"
            stale.remove(part)
    chart(
        cached_figure(
            breakdown,
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
    said = _ages_words([ages[part] for part in stale], of=len(ages))
    st.caption(f"{said.removesuffix('.')}, but {unknown}." if unknown else said)


def _ages_words(old: list[str], *, of: int) -> str:
    recent = f"from the last {formatting.count(STALE_AFTER_DAYS, 'day')}"
    if not old:
        return f"The latest data of each part is {recent}."
    rest = f"; the other parts have data {recent}" if len(old) < of else ""
    return f"Grey is old: {'; '.join(old)}{rest}."
