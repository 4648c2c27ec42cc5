"""The list of clients: a name opens its client, a column's head sorts in the database."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.sparkline import sparkline
from health.charts.theme import RISK_MARK, TREND_MARK, Palette
from health.ui.parts import sorting
from health.ui.parts.links import open_client
from health.ui.parts.ordered_table import in_order, ordered_table
from health.ui.session.cache import cached
from health.vocabulary import HealthTrend, NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from health.output.client_reasons import Why

ROW: Final = 38
"""Pixels of a row."""

MOST_ROWS: Final = 14
"""Rows shown at once; the rest scrolls inside the table."""


def scored_clients(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    reasons: Mapping[str, Why],
    palette: Palette,
    *,
    currency: str,
    trend_days: int | None,
) -> None:
    """Draw one page of :func:`health.queries.scores.health_scores` with sparklines and reasons.

    trend_days: how far the trends look back; None where models differ.
    """
    client_rows(
        cached(_scored_rows, frame, history, reasons, palette, currency),
        frame["organization_id"].to_list(),
        {
            "Score": st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%d", color=palette.accent, width=70
            ),
            "90 days": st.column_config.ImageColumn(
                width=68, help="The score of each day; a gap is a day without a score."
            ),
            "Risk": st.column_config.MultiselectColumn(
                options=[_risk_badge(level) for level in RiskLevel],
                color=[palette.risk_chip[level] for level in RiskLevel],
                width=84,
            ),
            "Trend": st.column_config.TextColumn(
                f"In 7, {trend_days}, 90 days" if trend_days else "7, trend, 90 days",
                width=118,
                help="Points gained or lost in 7 days, over the days of the trend, and in 90 days; "
                "a question mark where there was no score then. The arrow is the trend, by the "
                "thresholds of the client's model.",
            ),
            "Why": st.column_config.TextColumn(
                width=187,
                help="What moved the score most over the trend; for one that hardly moved, where "
                "most points are missing. First of all, that no usage arrives any more.",
            ),
            "Renewal": st.column_config.TextColumn(width=84),
            "Owner": st.column_config.TextColumn(width=94),
            "Value": st.column_config.TextColumn(
                alignment="right", width=72, help=f"Contract value a year, in {currency}"
            ),
            "Coverage": st.column_config.TextColumn(
                alignment="right",
                width=90,
                help="Share of the score's weight that had data; where some had none, between "
                "which scores it would be if everything were known.",
            ),
        },
        key="scored",
        sortable=True,
    )


def unscored_clients(frame: pl.DataFrame, *, currency: str) -> None:
    """Draw one page of :func:`health.queries.not_scored.not_scored`; a head orders this page."""
    frame = _in_order(frame, "unscored", {"Why": ["reason"], "Last usage": ["last_usage"]})
    shown = pl.DataFrame(
        [_unscored_row(row, currency) for row in frame.iter_rows(named=True)],
        schema=_UNSCORED,
        orient="row",
    )
    client_rows(
        shown,
        frame["organization_id"].to_list(),
        {
            "Why": st.column_config.TextColumn(width=190),
            "Last usage": st.column_config.TextColumn(width=120),
            "Renewal": st.column_config.TextColumn(width=120),
            "Industry": st.column_config.TextColumn(width=150),
            "Owner": st.column_config.TextColumn(width=110),
            "Value": st.column_config.TextColumn(alignment="right", width=90),
        },
        key="unscored",
        has_orders=True,
    )


def moved_clients(frame: pl.DataFrame, *, key: str, currency: str) -> None:
    """Draw ``down`` or ``up`` of :class:`health.queries.trends.Movers` with a reason in brief."""
    own = {"Change": ["change"], "Then": ["score_before"], "Now": ["score"]}
    frame = _in_order(frame, key, own | {"Why": ["reason_in_brief"]})
    shown = pl.DataFrame(
        [_moved_row(row, currency) for row in frame.iter_rows(named=True)],
        schema=_MOVED,
        orient="row",
    )
    client_rows(
        shown,
        frame["organization_id"].to_list(),
        {
            name: st.column_config.TextColumn(
                alignment="right" if name in ("Then", "Now", "Change", "Value") else "left",
                width={"Change": 70, "Why": 205}.get(name),
            )
            for name in _MOVED
            if name != "Client"
        },
        key=key,
        has_orders=True,
    )


def _in_order(frame: pl.DataFrame, key: str, own: dict[str, list[str]]) -> pl.DataFrame:
    """Return the rows in the order of the head that was clicked; the next renewal comes first."""
    frame = frame.with_columns(soonest=-pl.col("days_until_renewal"))
    every = {"Client": ["organization_name"], "Renewal": ["soonest"], "Industry": ["industry"]}
    return in_order(frame, key, every | {"Owner": ["csm"], "Value": ["annual_value"]} | own)


_SCORED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "Client": pl.String,
    "Score": pl.Int64,
    "90 days": pl.String,
    "Risk": pl.List(pl.String),
    "Trend": pl.String,
    "Why": pl.String,
    "Renewal": pl.String,
    "Owner": pl.String,
    "Value": pl.String,
    "Coverage": pl.String,
}

_MOVED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "Client": pl.String,
    "Change": pl.String,
    "Why": pl.String,
    "Then": pl.String,
    "Now": pl.String,
    "Renewal": pl.String,
    "Owner": pl.String,
    "Value": pl.String,
}

_UNSCORED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "Client": pl.String,
    "Why": pl.String,
    "Last usage": pl.String,
    "Renewal": pl.String,
    "Industry": pl.String,
    "Owner": pl.String,
    "Value": pl.String,
}


def _scored_rows(
    frame: pl.DataFrame,
    history: pl.DataFrame,
    reasons: Mapping[str, Why],
    palette: Palette,
    currency: str,
) -> pl.DataFrame:
    rows = frame.join(history, on="organization_id", how="left", maintain_order="left")
    return pl.DataFrame(
        [
            _scored_row(row, reasons.get(row["organization_id"]), palette, currency)
            for row in rows.iter_rows(named=True)
        ],
        schema=_SCORED,
        orient="row",
    )


def _scored_row(
    row: Mapping[str, Any], why: Why | None, palette: Palette, currency: str
) -> tuple[object, ...]:
    level, trend = RiskLevel[row["risk_level"]], HealthTrend[row["trend"]]
    history, is_late = row["history"] or (), why is not None and why.late != ""
    return (
        row["organization_name"],
        row["overall_score"],
        sparkline(history, palette, color=palette.neutral if is_late else palette.risk[level]),
        [_risk_badge(level)],
        f"{TREND_MARK[trend]} {_changes(history, row['change'])}",
        why.in_a_list(level, trend) if why else "",
        _renewal(row["days_until_renewal"]),
        _owner(row["csm"]),
        formatting.money(row["annual_value"], currency),
        _coverage(row, why),
    )


def _changes(history: Sequence[int | None], trend: int | None) -> str:
    """Points gained in 7 days, over the trend and in 90 days.

    history: the last of it is today's score.
    """
    now = history[-1] if history else None
    earlier = (history[-8], history[0]) if history else (None, None)
    week, quarter = (None if now is None or then is None else now - then for then in earlier)
    known = (week, trend, quarter)
    return ", ".join("?" if points is None else formatting.change(points) for points in known)


def _coverage(row: Mapping[str, Any], why: Why | None) -> str:
    """The share with data, and what the score could be; not where the data is another by now."""
    share = formatting.percent(row["coverage"])
    known = why.between(row["overall_score"]) if why else ""
    return f"{share}; {known}" if known else share


def _unscored_row(row: Mapping[str, Any], currency: str) -> tuple[object, ...]:
    return (
        row["organization_name"],
        NotScoredReason[row["reason"]].label,
        formatting.day(row["last_usage"]) if row["last_usage"] else "never",
        _renewal(row["days_until_renewal"]),
        row["industry"] or formatting.NO_DATA,
        _owner(row["csm"]),
        formatting.money(row["annual_value"], currency),
    )


def _moved_row(row: Mapping[str, Any], currency: str) -> tuple[object, ...]:
    return (
        row["organization_name"],
        formatting.change(row["change"]),
        row["reason_in_brief"],
        formatting.number(row["score_before"]),
        f"{row['score']} ({row['between']})" if row["between"] else f"{row['score']}",
        _renewal(row["days_until_renewal"]),
        _owner(row["csm"]),
        formatting.money(row["annual_value"], currency),
    )


def _risk_badge(level: RiskLevel) -> str:
    return f"{RISK_MARK[level]} {level.label.removesuffix(' risk')}"


def _renewal(days: int | None) -> str:
    return "no date" if days is None else formatting.ago(-days)


def _owner(csm: str | None) -> str:
    return csm.partition("@")[0] if csm else "nobody"


def client_rows(
    shown: pl.DataFrame,
    organization_ids: Sequence[str],
    columns: dict[str, Any],
    *,
    key: str,
    sortable: bool = False,
    has_orders: bool = False,
) -> None:
    """Draw rows whose first column, Client, opens the client of that row.

    sortable: whether a click on a column's head orders the list anew, in the database.
    has_orders: whether the rows are those of :func:`~health.ui.parts.ordered_table.in_order`.
    """
    opened = f"{key}_opened"
    name = st.column_config.ButtonColumn(width=230, alignment="left", type="secondary", key=opened)
    options: dict[str, Any] = {
        "column_config": {"Client": name, **columns},
        "hide_index": True,
        "row_height": ROW,
        "height": ROW * (min(shown.height, MOST_ROWS) + 1) + 2,
    }
    if sortable:
        _sortable(shown, _table(key, organization_ids), options)
    elif has_orders:
        ordered_table(shown, key, **options)
    else:
        st.dataframe(shown.to_arrow(), **options)
    if clicked := st.session_state.get(opened):
        open_client(organization_ids[clicked["row"]])


def ticked(organization_ids: Sequence[str]) -> list[str]:
    """Return those of the clients of :func:`scored_clients` whose row is ticked."""
    state = st.session_state.get(_table("scored", organization_ids))
    return [organization_ids[row] for row in state["selection"]["rows"]] if state else []


def _table(key: str, organization_ids: Sequence[str]) -> str:
    """The key of a table that can be sorted.

    It is another one for each order and each list of clients: a table that is drawn anew follows
    the order, wherever it was chosen, and a tick stays with the client it was set for.
    """
    listed = zlib.crc32("\n".join(organization_ids).encode())
    return f"{key}_{sorting.column()}_{sorting.is_reversed()}_{listed}"


def _sortable(shown: pl.DataFrame, key: str, options: dict[str, Any]) -> None:
    """Draw a table with a tick for each row, whose chosen column is the one it is in the order of.

    A second click on a head takes the choice back for Streamlit, and turns the order round for us.
    """
    head = sorting.column()
    present = [head] if head else []

    def choose() -> None:
        chosen = st.session_state[key]["selection"]["columns"]
        if chosen != present:
            sorting.choose(chosen[0] if chosen else head)

    # Above the table, where its own tools appear when one points at it: they would cover what
    # else stands there.
    st.caption(
        "A name opens its client; the head of a column sorts all, a second click turns that round. "
        "Tick rows, by Shift and the space bar too, to open or edit them."
    )
    st.dataframe(
        cached(pl.DataFrame.to_arrow, shown),
        key=key,
        on_select=choose,
        selection_mode=["multi-row", "single-column"],
        selection_default={"selection": {"columns": present}},
        **options,
    )
