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

ROW: Final = 34
"""Pixels of one month."""

_NAMES: Final = {
    **{
        level.lower(): f"{RISK_MARK[level]} {level.label.removesuffix(' risk')}"
        for level in reversed(RiskLevel)
    },
    "not_scored": "○ Not scored",
}


def renewals(months: pl.DataFrame, palette: Palette, *, currency: str) -> go.Figure:
    """Draw the contract value that renews in each month, the part at high risk first and named.

    months: rows of :func:`health.queries.team.renewals`.
    """
    chart = base.figure(palette, height=ROW * months.height + 60)
    colors = {level.lower(): palette.risk[level] for level in RiskLevel}
    colors["not_scored"] = palette.neutral
    rows = months.to_dicts()
    places = list(range(len(rows)))
    for part in _NAMES:
        chart.add_bar(
            x=[float(row[f"{part}_value"]) for row in rows],
            y=places,
            orientation="h",
            width=0.7,
            marker={"color": colors[part], "line_width": 0},
            hovertext=[_sentence(row, part, currency) for row in rows],
            hoverinfo="text",
        )
    totals = [float(sum(row[f"{part}_value"] for part in _NAMES)) for row in rows]
    most = max(totals, default=0) or 1
    at_risk = [place for place in places if rows[place]["high"]]
    base.write(
        chart,
        [totals[place] for place in at_risk],
        at_risk,
        [
            f"{base.GAP}{RISK_MARK[RiskLevel.HIGH]} "
            f"{formatting.money(rows[place]['high_value'], currency, brief=True)}"
            for place in at_risk
        ],
        position="middle right",
        color=palette.risk_ink[RiskLevel.HIGH],
        size=12,
    )
    step = _step(most / 3)
    steps = [step * part for part in range(int(most / step) + 1)]
    chart.update_layout(barmode="stack", margin_t=28)
    base.rows(chart, [f"{row['month']:%b %Y}" for row in rows], palette, size=12)
    chart.update_xaxes(
        tickvals=steps,
        ticktext=[formatting.money(value, currency, brief=True) for value in steps],
        range=[0, most * 1.3],
        showgrid=True,
    )
    base.room_below(chart)
    _legend(chart, colors)
    return chart


def _legend(chart: go.Figure, colors: Mapping[str, str]) -> None:
    """Name the parts above the bars, in their order and colours."""
    names = [f'<span style="color:{colors[part]}">■</span> {said}' for part, said in _NAMES.items()]
    chart.add_annotation(
        text=base.GAP.join(names),
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": 12},
    )


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is not less."""
    size = 10.0 ** floor(log10(least))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= least)


def _sentence(row: Mapping[str, Any], part: str, currency: str) -> str:
    total = sum(row[one] for one in _NAMES)
    value = sum(row[f"{one}_value"] for one in _NAMES)
    lines = [
        f"<b>{row['month']:%B %Y}</b>: {formatting.count(total, 'renewal')}, "
        f"{formatting.money(value, currency)} a year"
    ]
    for one, said in _NAMES.items():
        text = f"{said}: {row[one]}, {formatting.money(row[f'{one}_value'], currency)}"
        lines.append(f"<b>{text}</b>" if one == part else text)
    if row["without_value"]:
        lines.append(f"{formatting.count(row['without_value'], 'client')} without a value on file")
    return "<br>".join(lines)
