"""How the scores of all clients are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.charts import base
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from health.charts.theme import Palette

WHOLE_STEPS: Final = 6
"""Up to so many clients in a bar the axis is told to count whole ones."""

BIN: Final = 5
"""Points in one bar of the distribution."""


def score_distribution(landscape: pl.DataFrame, palette: Palette) -> go.Figure:
    """Draw how many clients have which score, in steps of ``BIN`` points, by risk."""
    chart = base.figure(palette, height=310)
    binned = (
        landscape.with_columns(
            # 100 belongs to the last step: 95 to 100.
            pl.min_horizontal(pl.col("overall_score") // BIN * BIN, pl.lit(100 - BIN)).alias("low")
        )
        .group_by("low", "risk_level")
        .agg(pl.len().alias("clients"))
        .sort("low")
    )
    for level in reversed(RiskLevel):
        rows = binned.filter(pl.col("risk_level") == level)
        chart.add_bar(
            x=[low + BIN / 2 for low in rows["low"]],
            y=rows["clients"].to_list(),
            width=BIN * 0.86,
            name=level.label,
            marker={"color": palette.risk[level], "line_width": 0},
            hovertext=[
                f"{formatting.count(clients, 'client')} scored {low} to "
                f"{100 if low == 100 - BIN else low + BIN - 1}<br>{level.label}"
                for low, clients in rows.select("low", "clients").iter_rows()
            ],
            hoverinfo="text",
        )
    base.score_axis(chart, "x", title="Score")
    chart.update_layout(barmode="stack", margin_t=24)
    chart.update_xaxes(range=[-0.5, 102])
    highest = max(binned.group_by("low").agg(pl.col("clients").sum())["clients"], default=0)
    base.room_left(chart, [f"{1.06 * highest:,.0f}"], title="Clients")
    chart.update_yaxes(
        tickformat=",d",
        rangemode="tozero",
        # Left alone, the axis counts half clients where there are few.
        dtick=1 if highest <= WHOLE_STEPS else None,
    )
    scores: list[int] = landscape["overall_score"].to_list()
    if scores:
        _mark_average(chart, sum(scores) / len(scores), palette)
    return chart


def _mark_average(chart: go.Figure, average: float, palette: Palette) -> None:
    note = {
        "x": average,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"average {formatting.number(average, 1)}",
        "showarrow": False,
        "font": {"size": 12, "color": palette.ink},
    }
    mark = base.upright(average, width=1, dash="dot", color=palette.ink)
    base.add(chart, shapes=[mark], notes=[note])
