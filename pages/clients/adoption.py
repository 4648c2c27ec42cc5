from __future__ import annotations

from health.queries import adoption
from health.ui.adoption import filter_bar, matrix
from health.ui.parts import empty_states, filters
from health.ui.parts.page import page

with page("Which features are bought but not used?", needs_scores=False) as view:
    chosen = filter_bar.choose(view)
    rule = matrix.rule(view)
    found = view.ask(adoption.adoption_overview, chosen, rule)
    if found.clients:
        matrix.answer(found, chosen)
        matrix.bars(view, chosen, found)
        matrix.clients(view, chosen, found, rule)
    elif filters.active():
        empty_states.nothing_matches(
            filters.active(),
            what="client",
            shown_without=lambda key: (
                view.ask(adoption.adoption_overview, filters.without(chosen, key), rule).clients
            ),
        )
    else:
        matrix.nothing_on_file()
