from __future__ import annotations

import streamlit as st

from health.charts import portfolio as charts
from health.queries import portfolio, scores
from health.ui import client_table, empty, filters, overview
from health.ui.page import View, chart, client_chart, page

ROWS_A_PAGE = 200


def choose(view: View) -> tuple[scores.ScoreFilter, portfolio.PortfolioOverview]:
    choices = view.ask(portfolio.choices)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = filters.search()
        with st.popover("Filters", icon=":material/tune:"):
            risk, trend = filters.risk(), filters.trend()
            low, high = filters.score_range()
            csm, industry = filters.owner(choices.csms), filters.industry(choices.industries)
            renewal = filters.renewal()
        chosen = scores.ScoreFilter(
            search=search,
            risk_level=risk,
            trend=trend,
            min_score=low,
            max_score=high,
            csm=csm,
            industry=industry,
            renewal_within=renewal,
            as_of=view.as_of,
        )
        numbers = view.ask(portfolio.overview, chosen)
        filters.risk_counts(numbers.by_risk, numbers.not_scored)
    filters.show_active(apart_from=["risk"])
    return chosen, numbers


def pictures(view: View, chosen: scores.ScoreFilter) -> None:
    landscape = view.ask(portfolio.landscape, chosen)
    left, right = st.columns([5, 3])
    with left:
        st.markdown("##### Who is at risk, and when they renew")
        client_chart(
            charts.renewal_map(landscape, view.palette, currency=view.currency),
            alt="Each client by score and days to renewal; larger marks are worth more",
            key="renewal_map",
        )
    with right:
        st.markdown("##### How the scores are spread")
        chart(
            charts.score_distribution(landscape, view.palette),
            alt="How many clients have which score, by risk",
        )
    if note := charts.outside_note(landscape):
        st.caption(note)


def scored(view: View, chosen: scores.ScoreFilter, total: int) -> None:
    place = client_table.place(total, ROWS_A_PAGE)
    query = scores.HealthScoreQuery(**vars(chosen), **vars(place), limit=ROWS_A_PAGE)
    found = view.ask(scores.health_scores, query).frame
    history = view.ask(portfolio.sparklines, tuple(found["organization_id"]), view.as_of)
    client_table.scored_clients(found, history, view.palette, currency=view.currency)


def unscored(view: View, chosen: scores.ScoreFilter, total: int) -> None:
    number = client_table.page_number(
        total, ROWS_A_PAGE, "client without a score", "clients without a score"
    )
    query = scores.NotScoredQuery(**vars(chosen.about_clients), page=number, limit=ROWS_A_PAGE)
    found = view.ask(scores.not_scored, query)
    overview.reasons(found.reasons)
    client_table.unscored_clients(found.frame, currency=view.currency)


with page("Who needs a call?") as view:
    chosen, numbers = choose(view)
    if filters.wants_unscored() and numbers.not_scored:
        unscored(view, chosen, numbers.not_scored)
    elif numbers.clients and not filters.wants_unscored():
        overview.metrics(numbers, view)
        pictures(view, chosen)
        scored(view, chosen, numbers.clients)
    else:
        empty.nothing_matches(
            filters.active(),
            what="client",
            shown_without=lambda key: (
                view.ask(portfolio.overview, filters.without(chosen, key)).clients
            ),
        )
