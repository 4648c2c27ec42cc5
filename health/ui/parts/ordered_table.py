"""A table whose heads order it by what its cells mean: text alone would put 10 before 9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def in_order(rows: pl.DataFrame, name: str, orders: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return the rows in the order of the head that was clicked last, else as they are.

    orders: for each head the columns that it orders by; numbers begin with the largest, and what
        is not known stands last.
    """
    head, is_reversed = _order(name)
    columns = orders.get(head or "", ())
    if not columns:
        return rows
    descending = [rows.schema[column].is_numeric() != is_reversed for column in columns]
    return rows.sort(columns, descending=descending, nulls_last=True, maintain_order=True)


def ordered_table(shown: pl.DataFrame, name: str, **options: Any) -> None:
    """Draw the rows of :func:`in_order`; a second click on a head turns the order round.

    A third one ends it. options: those of ``st.dataframe``.
    """
    head, is_reversed = _order(name)
    present = [head] if head in shown.columns else []
    # Another table for each order: one that is drawn anew shows which.
    key = f"{name}_{head}_{is_reversed}"

    def choose() -> None:
        chosen = st.session_state[key]["selection"]["columns"]
        if chosen and chosen != present:
            st.session_state[_key(name)] = (chosen[0], False)
        elif not chosen:
            st.session_state[_key(name)] = (None, False) if is_reversed else (head, True)

    st.dataframe(
        shown.to_arrow(),  # a polars frame would become a pandas frame first
        key=key,
        on_select=choose,
        selection_mode="single-column",
        selection_default={"selection": {"columns": present}},
        **options,
    )


def _order(name: str) -> tuple[str | None, bool]:
    order: tuple[str | None, bool] = st.session_state.get(_key(name), (None, False))
    return order


def _key(name: str) -> str:
    return f"order_of_{name}"
