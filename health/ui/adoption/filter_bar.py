"""The filters of the Adoption page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.queries.adoption import AdoptionFilter
from health.queries.portfolio import choices
from health.ui.parts import filters

if TYPE_CHECKING:
    from health.ui.parts.page import View


def choose(view: View) -> AdoptionFilter:
    """Draw the filters, and return what they ask for."""
    offered = view.ask(choices, view.as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        search = filters.search()
        with st.popover("Filters", icon=":material/tune:"):
            feature = filters.feature()
            csm, industry = filters.owner(offered.csms), filters.industry(offered.industries)
        level = filters.level()
    # The level that is chosen shows already.
    filters.show_active(apart_from=["level"])
    return AdoptionFilter(
        as_of=view.as_of,
        search=search,
        csm=csm,
        industry=industry,
        feature=feature,
        level=level,
    )
