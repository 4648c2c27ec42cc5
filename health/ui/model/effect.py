"""What a draft would do to all clients: a sentence, the moves between risk levels, and who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.theme import RISK_MARK
from health.output import what_if_words
from health.ui.parts.client_table import client_rows
from health.ui.parts.download import download
from health.ui.parts.small_table import small_table
from health.ui.session import answers
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from health.queries.what_if import WhatIf
    from health.ui.session.answers import Answers

LISTED: Final = 100
"""Clients listed at once; more are counted."""

_CELL: Final = "model_cell"
_LEVELS: Final = tuple(reversed(RiskLevel))


def show(ask: Answers, found: WhatIf, currency: str) -> None:
    """Draw what the draft would change."""
    small_table(what_if_words.before_and_after(found, currency), right=("Now", "With the draft"))
    chosen = _matrix(found)
    _clients(ask, found, chosen, currency)


def _matrix(found: WhatIf) -> tuple[RiskLevel, RiskLevel] | None:
    """Draw the moves between risk levels; return the one whose clients are asked for."""
    st.markdown("##### From which risk to which")
    st.caption("Each number opens the clients behind it.")
    chosen: tuple[RiskLevel, RiskLevel] | None = st.session_state.get(_CELL)
    with st.grid(4, min_column_width=60, gap="xsmall", vertical_alignment="center"):
        st.caption("Now ↓ with the draft →")
        for after in _LEVELS:
            st.markdown(f":small[**{_level(after)}**]")
        for before in _LEVELS:
            st.markdown(f":small[**{_level(before)}**]")
            for after in _LEVELS:
                cell = (before, after)
                clients = found.moves.get(cell, 0)
                st.button(
                    formatting.number(clients),
                    key=f"model_cell_{before}_{after}",
                    type="primary" if cell == chosen else "secondary",
                    disabled=not clients,
                    width="stretch",
                    help=f"Now {before.label.lower()}, with the draft {after.label.lower()}",
                    on_click=_choose,
                    args=(None if cell == chosen else cell,),
                )
    return chosen


def _choose(cell: tuple[RiskLevel, RiskLevel] | None) -> None:
    st.session_state[_CELL] = cell


def _level(level: RiskLevel) -> str:
    return f"{RISK_MARK[level]} {level.label.removesuffix(' risk')}"


def _clients(
    ask: Answers,
    found: WhatIf,
    chosen: tuple[RiskLevel, RiskLevel] | None,
    currency: str,
) -> None:
    """Draw the clients behind the chosen number, else those that change most."""
    if chosen is None:
        title = "Who changes most"
        moved = pl.col("risk_level_before") != pl.col("risk_level_after")
        rows = found.compared.filter((pl.col("change") != 0) | moved)
    else:
        before, after = (level.label.lower() for level in chosen)
        stays = before == after
        title = f"Still {before}" if stays else f"From {before} to {after}"
        rows = found.behind(*chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {title}")
        if rows.height:
            offer("clients that the draft changes", ask, found, rows, currency)
    if chosen is not None:
        st.button(
            "Show who changes most",
            key="model_most",
            type="tertiary",
            on_click=_choose,
            args=(None,),
        )
    if rows.is_empty():
        st.caption("Nobody.")
        return
    if rows.height > LISTED:
        st.caption(
            f"The {LISTED} that change most, of {formatting.count(rows.height, 'client')}. The "
            "file has all of them."
        )
    shown = rows.head(LISTED)
    columns: dict[str, Any] = {
        "Change": st.column_config.TextColumn(alignment="right", width=62),
        "Score": st.column_config.TextColumn(width=72),
        "Risk": st.column_config.TextColumn(width=115),
        "Why": st.column_config.TextColumn(
            width=172,
            help="The part of the score that moves it most: its points or its weight, now and "
            "with the draft.",
        ),
        "Value": st.column_config.TextColumn(
            alignment="right", width=80, help=f"Contract value a year, in {currency}"
        ),
    }
    client_rows(
        what_if_words.rows(found, shown, currency),
        shown["organization_id"].to_list(),
        columns,
        key="model_clients",
    )


def offer(what: str, ask: Answers, found: WhatIf, rows: pl.DataFrame, currency: str) -> None:
    """Offer rows of ``found.frame`` as a file, all of them; what: these in a few words."""
    download(
        what,
        lambda _: what_if_words.as_file(found, rows, currency),
        ask=ask,
        day=found.as_of or answers.today(),
    )
