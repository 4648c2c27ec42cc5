from __future__ import annotations

import streamlit as st

from health.charts import adoption as charts
from health.output import page_tables
from health.queries import adoption
from health.queries.portfolio import choices
from health.ui.adoption import matrix as adoption_view
from health.ui.parts import empty_states, filters, sorting
from health.ui.parts.download import download
from health.ui.parts.links import client_links
from health.ui.parts.page import View, chart, page
from health.ui.session.cache import picture

CLIENTS_A_PAGE = 40


def choose(view: View) -> adoption.AdoptionFilter:
    offered = view.ask(choices)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = filters.search()
        with st.popover("Filters", icon=":material/tune:"):
            feature = filters.unused_feature()
            csm, industry = filters.owner(offered.csms), filters.industry(offered.industries)
        only_unused = filters.only_unused()
    filters.show_active()
    return adoption.AdoptionFilter(
        as_of=view.as_of,
        search=search,
        csm=csm,
        industry=industry,
        feature=feature,
        only_unused=only_unused,
    )


def clients(view: View, chosen: adoption.AdoptionFilter, found: adoption.AdoptionOverview) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        number = sorting.page_number(found.clients, CLIENTS_A_PAGE, "client")
        rates, as_table = adoption_view.choose_order(), adoption_view.choose_table()
        features = found.features["feature_name"].to_list()
        download(
            "adoption",
            lambda reader: page_tables.adoption(reader, chosen, rates, features),
            ask=view.ask,
            day=view.as_of,
        )
    query = adoption.AdoptionMatrixQuery(
        **vars(chosen), order=rates, page=number, limit=CLIENTS_A_PAGE
    )
    matrix = view.ask(adoption.adoption_matrix, query)
    if as_table:
        adoption_view.table(matrix, found.features)
    else:
        adoption_view.legend()
        chart(
            picture(
                charts.adoption_matrix, matrix, found.features, view.palette, link=client_links()
            ),
            alt="Clients against features: used, enabled and not used, or not enabled",
            name="adoption by client",
        )
    if found.without_features:
        adoption_view.without_features(found)
    if view.is_past:
        st.caption("How often and when last a feature was used is as on file now.")


with page("Which features are bought but not used?", needs_scores=False) as view:
    chosen = choose(view)
    found = view.ask(adoption.adoption_overview, chosen)
    if found.clients:
        adoption_view.answer(found, chosen.feature)
        chart(
            picture(charts.feature_bars, found.features, view.palette),
            alt="For each feature, how many clients use it and how many have it and do not",
            name="adoption by feature",
        )
        clients(view, chosen, found)
    elif filters.active():
        empty_states.nothing_matches(
            filters.active(),
            what="client",
            shown_without=lambda key: (
                view.ask(adoption.adoption_overview, filters.without(chosen, key)).clients
            ),
        )
    else:
        adoption_view.nothing_on_file()
