"""What became of clients in the period, and whose pulse had said so, on the Team page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import streamlit as st

from health import formatting
from health.output import team_tables
from health.queries.outcomes import (
    PULSE_DAYS,
    JudgedQuery,
    OutcomesByGroupQuery,
    judged_pulses,
    outcomes_by_group,
)
from health.ui.parts.download import download
from health.ui.parts.small_table import small_table
from health.ui.team.book import group_name
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from health.queries.team import TeamQuery
    from health.ui.parts.page import View

_SHOWN: Final = {
    "Renewed": Outcome.RENEWED,
    "Left": Outcome.CHURNED,
    "Downgraded": Outcome.DOWNGRADED,
    "Expanded": Outcome.EXPANDED,
    "Came back": Outcome.REACTIVATED,
}


def section(query: TeamQuery, view: View) -> None:
    """Draw the outcomes of the period by group, and the pulses that they prove right or wrong."""
    by_group = OutcomesByGroupQuery(by=query.by, after=query.before, until=query.as_of)
    found = view.ask(outcomes_by_group, by_group)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What became of clients", anchor=False)
        download(
            "outcomes by group",
            lambda reader: team_tables.outcomes(reader, by_group, view.currency),
            ask=view.ask,
            day=view.as_of,
        )
    since = formatting.day(query.before)
    if found.is_empty():
        st.info(
            f"No outcome is on file since {since}. Load a file of outcomes on the Data page, or "
            "record one on the page of a client."
        )
        return
    whole = found.select(pl.exclude("name").sum()).row(0, named=True)
    st.caption(f"Since {since}. {_without_value(whole['without_value'])}".strip())
    rows = [
        _row(group_name(row["name"], query.by).partition("@")[0], row, view.currency)
        for row in found.iter_rows(named=True)
    ]
    if len(rows) > 1:
        rows.append(_row("All", whole, view.currency))
    heads = (query.by.value, *_SHOWN, "Value a year")
    small_table(
        pl.DataFrame(rows, schema=dict.fromkeys(heads, pl.String), orient="row"),
        right=heads[1:],
    )
    _judged(query, view)


def _row(name: str, row: dict[str, Any], currency: str) -> tuple[str, ...]:
    change = row["value_change"]
    sign = {True: "+", False: formatting.MINUS}.get(change > 0) if change else ""
    return (
        name,
        *(formatting.number(row[outcome.lower()]) for outcome in _SHOWN.values()),
        f"{sign}{formatting.money(abs(change), currency, brief=True)}",
    )


def _without_value(number: int) -> str:
    if not number:
        return ""
    has = "has" if number == 1 else "have"
    return f"{formatting.count(number, 'outcome')} {has} no change of value on file."


def _judged(query: TeamQuery, view: View) -> None:
    """Draw whose pulses were right, where there was any."""
    found = view.ask(judged_pulses, JudgedQuery(after=query.before, until=query.as_of))
    st.markdown("**Whose pulse was right?**")
    if found.is_empty():
        st.markdown(f"No pulse was set in the {PULSE_DAYS} days before these outcomes.")
        return
    st.caption(
        f"The last pulse in the {PULSE_DAYS} days before an outcome, and the score that stood "
        "beside it. “At risk” and high risk are right where the client left or was downgraded; "
        "“good” and low risk where it renewed or expanded. What lies between is neither."
    )
    heads = ("Set by", "Outcomes", "Pulse right", "Pulse wrong", "Score right", "Score wrong")
    rows = [
        (row["person"], *(formatting.number(row[name]) for name in _COUNTS))
        for row in found.iter_rows(named=True)
    ]
    small_table(
        pl.DataFrame(rows, schema=dict.fromkeys(heads, pl.String), orient="row"),
        right=heads[1:],
    )


_COUNTS: Final = ("judged", "right", "wrong", "score_right", "score_wrong")
