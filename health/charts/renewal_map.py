"""All clients on one day: risk against time to renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.mark_names import EARLIEST, LARGEST, LATEST, at_high_risk, mark_names
from health.charts.theme import RISK_SYMBOL, Palette, faded
from health.explanation.breakdown import between
from health.queries.alerts.rules import SILENT_DAYS
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_MARKS: Final = 600
"""With more clients the picture shows how many there are, and marks only the urgent ones."""

MOST_URGENT: Final = 60
"""So many of them, those with the largest contracts."""


def renewal_map(landscape: pl.DataFrame, palette: Palette, *, currency: str) -> go.Figure:
    """Draw score against days to renewal; a mark's area is the contract value.

    landscape: rows of :func:`health.queries.portfolio.landscape`, the most urgent first.
    Each mark carries its organization_id as customdata.
    """
    shown = landscape.filter(pl.col("days_until_renewal").is_between(EARLIEST, LATEST))
    chart = base.figure(palette, height=310)
    base.clickable(chart)
    base.score_axis(chart, title="Score")
    base.room_below(chart, title="Days to renewal; left of 0 it has passed")
    chart.update_xaxes(
        range=[EARLIEST - 8, LATEST + 8],
        tickvals=[0, 30, 60, 90, 180, 270, 365],
        ticktext=["0", "30", "60", "90", "180", "270", "1 year"],
        showgrid=True,
    )
    base.add(chart, shapes=[base.upright(0, width=1, color=palette.neutral)])
    base.risk_bands(chart, palette)
    marked = shown
    if shown.height > MOST_MARKS:
        _density(chart, shown, palette)
        marked = at_high_risk(shown).head(MOST_URGENT)
    largest = max((value for value in landscape["annual_value"] if value), default=1)
    for level in reversed(RiskLevel):
        of_level = marked.filter(pl.col("risk_level") == level)
        _marks(chart, of_level, level, palette, largest=largest, currency=currency)
    notes = [
        {
            "x": name.x,
            "y": name.y,
            "text": base.escape(name.text),
            "showarrow": False,
            "xanchor": name.anchor,
            "xshift": name.shift_x,
            "yshift": name.shift_y,
            "font": {"size": 11, "color": palette.ink},
            "bgcolor": faded(palette.ground, 0.45),
            "borderpad": 0,
        }
        for name in mark_names(marked, named=shown.height)
    ]
    base.add(chart, notes=notes)
    chart.update_layout(margin_r=12)
    return chart


def outside_note(landscape: pl.DataFrame) -> str:
    """Say how many clients the picture leaves out and why; empty where it shows all."""
    days = landscape["days_until_renewal"]
    parts = [
        (days.null_count(), "without a renewal date"),
        (days.filter(days > LATEST).len(), "renewing later than in a year"),
        (days.filter(days < EARLIEST).len(), f"whose renewal passed over {-EARLIEST} days ago"),
    ]
    said = [f"{formatting.number(amount)} {why}" for amount, why in parts if amount]
    return f"Not in the picture: {formatting.listing(said)}." if said else ""


def _marks(
    chart: go.Figure,
    rows: pl.DataFrame,
    level: RiskLevel,
    palette: Palette,
    *,
    largest: float,
    currency: str,
) -> None:
    chart.add_scatter(
        x=rows["days_until_renewal"].to_list(),
        y=rows["overall_score"].to_list(),
        mode="markers",
        name=level.label,
        marker={
            "symbol": RISK_SYMBOL[level],
            "size": [value or 0 for value in rows["annual_value"]],
            "sizemode": "area",
            "sizeref": 2 * largest / LARGEST**2,
            "sizemin": 4,
            "opacity": 1,
            # What is fine steps back, so that what is not stands out.
            # Grey is what no usage arrives of any more.
            "color": [
                faded(
                    palette.neutral if is_late else palette.risk[level],
                    0.9 if level is RiskLevel.HIGH else 0.6,
                )
                for is_late in rows["is_late"]
            ],
            "line": {
                "color": [
                    palette.neutral if is_late else palette.risk[level]
                    for is_late in rows["is_late"]
                ],
                "width": 1,
            },
        },
        customdata=[[organization_id] for organization_id in rows["organization_id"]],
        hovertext=[_hover(row, currency) for row in rows.iter_rows(named=True)],
        hoverinfo="text",
    )


def _hover(row: dict[str, Any], currency: str) -> str:
    level, trend = RiskLevel[row["risk_level"]], HealthTrend[row["trend"]]
    moved = "" if row["change"] is None else f" ({formatting.change(row['change'])} over the trend)"
    value = row["annual_value"]
    worth = "" if value is None else f" · {formatting.money(value, currency)} a year"
    lines = [
        f"<b>{base.escape(row['organization_name'])}</b>",
        f"Score {row['overall_score']}, {level.label.lower()}, {trend.label.lower()}{moved}",
        f"{formatting.until_renewal(row['days_until_renewal'])}{worth}",
    ]
    if known := between(row["overall_score"], row["lowest"], row["highest"]):
        lines.append(f"{formatting.percent(row['coverage'])} known; score {known}")
    if row["is_late"]:
        lines.append(f"No usage in the last {formatting.count(SILENT_DAYS, 'day')}")
    return "<br>".join(lines)


def _density(chart: go.Figure, rows: pl.DataFrame, palette: Palette) -> None:
    """Shade how many clients there are in cells of 15 days by 5 points."""
    cells = (
        rows.select(
            (pl.col("days_until_renewal").floordiv(15) * 15 + 7.5).alias("x"),
            (pl.min_horizontal(pl.col("overall_score") // 5 * 5, pl.lit(95)) + 2.5).alias("y"),
        )
        .group_by("x", "y")
        .agg(pl.len().alias("clients"))
        .sort("x", "y")
    )
    chart.add_heatmap(
        x=cells["x"].to_list(),
        y=cells["y"].to_list(),
        z=cells["clients"].to_list(),
        colorscale=[[0, faded(palette.accent, 0.06)], [1, faded(palette.accent, 0.75)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{z:,} clients score about %{y:.0f}<br>"
        "and renew in about %{x:.0f} days<extra></extra>",
    )
