from __future__ import annotations

from health.charts import adoption as charts
from health.queries import adoption
from health.ui.adoption import filter_bar, matrix
from health.ui.parts import empty_states, filters
from health.ui.parts.page import chart, page
from health.ui.session.cache import cached_figure

with page("Which features are bought but not used?", needs_scores=False) as view:
    chosen = filter_bar.choose(view)
    found = view.ask(adoption.adoption_overview, chosen)
    if found.clients:
        matrix.answer(found, chosen.feature)
        chart(
            cached_figure(charts.feature_bars, found.features, view.palette),
            alt="For each feature, how many clients use it and how many have it and do not",
            name="adoption by feature",
        )
        matrix.clients(view, chosen, found)
    elif filters.active():
        empty_states.nothing_matches(
            filters.active(),
            what="client",
            shown_without=lambda key: (
                view.ask(adoption.adoption_overview, filters.without(chosen, key)).clients
            ),
        )
    else:
        matrix.nothing_on_file()
