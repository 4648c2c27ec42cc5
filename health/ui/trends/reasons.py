"""Why the average moved, on the Trends page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.explanation import average_words
from health.output import markdown
from health.queries.average_moves import AverageMoveQuery, average_move, largest_month

if TYPE_CHECKING:
    from health.queries.trends import HistoryQuery, MoversQuery
    from health.ui.parts.page import View


def of_span(query: MoversQuery, view: View) -> None:
    """Say which parts of the score moved the average between the two days compared."""
    asked = AverageMoveQuery(first_day=query.before, last_day=query.as_of, clients=query.clients)
    if move := view.ask(average_move, asked):
        st.markdown(
            f"Why {average_words.change(move)}: {markdown.escape(average_words.causes(move))}."
        )


def of_month(query: HistoryQuery, view: View) -> None:
    """Say in which month of a span the average moved most, and why."""
    found = view.ask(largest_month, query)
    if found and (move := view.ask(average_move, found)):
        st.markdown(markdown.escape(average_words.month(move)))
