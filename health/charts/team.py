"""What of the team's book renews in which month, and at which risk."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from health import formatting
from health.charts import base
from health.charts.theme import RISK_MARK
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go
    import polars as pl

    from health.charts.theme import Palette

_ROWS: Final = ("high", "medium", "low", "not_scored")


def renewals(months: pl.DataFrame, palette: Palette, *, currency: str) -> go.Figure:
    """Draw the contract value that renews in each month, the part at high risk below and named.

    months: rows of :func:`health.queries.team.renewals`.
    """
    chart = base.figure(palette, height=310)
    colors = {level.lower(): palette.risk[level] for level in RiskLevel}
    colors["not_scored"] = palette.neutral
    names = [f"{month:%b}<br>{month:%Y}" for month in months["month"]]
    rows = months.to_dicts()
    places = list(range(len(rows)))
    for part in _ROWS:
        chart.add_bar(
            x=places,
            y=[float(row[f"{part}_value"]) for row in rows],
            width=0.8,
            marker={"color": colors[part], "line_width": 0},
            hovertext=[_sentence(row, part, currency) for row in rows],
            hoverinfo="text",
        )
    totals = [float(sum(row[f"{part}_value"] for part in _ROWS)) for row in rows]
    most = max(totals, default=0) or 1
    at_risk = [place for place in places if rows[place]["high"]]
    base.write(
        chart,
        at_risk,
        [totals[place] for place in at_risk],
        [formatting.money(rows[place]["high_value"], currency, brief=True) for place in at_risk],
        position="top center",
        color=palette.risk_ink[RiskLevel.HIGH],
        size=12,
    )
    step = _step(most / 4)
    steps = [step * part for part in range(int(most / step) + 1)]
    ticks = [formatting.money(step, currency, brief=True) for step in steps]
    chart.update_layout(barmode="stack")
    chart.update_xaxes(tickvals=places, ticktext=names, range=[-0.5, len(rows) - 0.5])
    chart.update_yaxes(tickvals=steps, ticktext=ticks, range=[0, most * 1.14])
    base.room_left(chart, ticks)
    base.room_below(chart, lines=2)
    return chart


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is not less."""
    size = 10.0 ** floor(log10(least))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= least)


def _sentence(row: Mapping[str, Any], part: str, currency: str) -> str:
    total = sum(row[one] for one in _ROWS)
    value = sum(row[f"{one}_value"] for one in _ROWS)
    lines = [
        f"<b>{row['month']:%B %Y}</b>: {formatting.count(total, 'renewal')}, "
        f"{formatting.money(value, currency)} a year"
    ]
    for one in _ROWS:
        level = RiskLevel.of(one.upper()) if one != "not_scored" else None
        said = f"{RISK_MARK[level]} {level.label}" if level else "○ Not scored"
        text = f"{said}: {row[one]}, {formatting.money(row[f'{one}_value'], currency)}"
        lines.append(f"<b>{text}</b>" if one == part else text)
    if row["without_value"]:
        lines.append(f"{formatting.count(row['without_value'], 'client')} without a value on file")
    return "<br>".join(lines)
