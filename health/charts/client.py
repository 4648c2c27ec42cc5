"""One client in pictures: its score over time, its parts, its usage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.panels import Panel, lone_points, panels
from health.charts.theme import RISK_MARK, TREND_MARK, Palette, faded
from health.queries.client import model_changes
from health.queries.usage import UsageTrend
from health.scoring.components import Component
from health.vocabulary import HealthTrend, MetricType, RiskLevel, Summary, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    import plotly.graph_objects as go

    from health.explanation.breakdown import Contribution, Explanation
    from health.queries.usage import UsageMetricWithTrend
    from health.scoring.model import ScoringModel

ARROW: Final = {
    UsageTrend.UP: TREND_MARK[HealthTrend.IMPROVING],
    UsageTrend.DOWN: TREND_MARK[HealthTrend.DECLINING],
    UsageTrend.STABLE: TREND_MARK[HealthTrend.STABLE],
}
"""The arrow of a metric's trend, as for scores."""


_PART: Final = 62
"""Pixels of a component in the breakdown, with its words."""

_BAR: Final = 11
"""Pixels of its bar."""


def score_history(
    history: pl.DataFrame, palette: Palette, model: ScoringModel, *, first: date, last: date
) -> go.Figure:
    """Draw the overall score from ``first`` to ``last`` over the risk bands.

    history: rows of :func:`health.queries.client.score_history`. A day without a score is a gap;
    a change of the scoring model is a rule with the new version.
    """
    chart = base.figure(palette, height=320)
    base.score_axis(chart)
    base.risk_bands(chart, palette, model)
    base.time_axis(chart, first, last)
    chart.update_layout(margin_r=44)
    days = base.every_day(history, "score_date", first, last)
    base.line(
        chart,
        days["score_date"].to_list(),
        days["overall_score"].to_list(),
        name="Score",
        color=palette.accent,
        hover=[_score_sentence(row) for row in days.iter_rows(named=True)],
        width=2.5,
    )
    lone_points(
        chart, days["score_date"].to_list(), days["overall_score"].to_list(), palette.accent
    )
    for day, version in model_changes(history):
        chart.add_vline(x=day, line={"color": palette.quiet, "width": 1, "dash": "dot"})
        chart.add_annotation(
            x=day,
            y=base.TOP,
            yanchor="top",
            xanchor="left",
            xshift=4,
            showarrow=False,
            text=f"Model {base.escape(version)}",
            font={"size": 11, "color": palette.quiet},
        )
    if history.height:
        at, score = history.select("score_date", "overall_score").row(-1)
        if at == last:
            _mark_compared(chart, history, palette, last - timedelta(days=model.trend_days))
        base.end_label(chart, at, score, f"<b>{score}</b>", palette.accent)
    return chart


def component_history(
    history: pl.DataFrame, palette: Palette, *, first: date, last: date
) -> go.Figure:
    """Draw the components side by side from ``first`` to ``last``, each on 0-100.

    history: rows of :func:`health.queries.client.score_history`.
    """
    days = base.every_day(history, "score_date", first, last)
    latest = history.row(-1, named=True) if history.height else {}
    is_old = bool(latest) and latest["score_date"] < last
    unit = f"on {formatting.day(latest['score_date'])}" if is_old else "of 100"
    return panels(
        [
            Panel(
                title=component.label,
                value=None
                if latest.get(component.column) is None
                else formatting.number(latest[component.column]),
                unit=unit,
                color=palette.component[component],
                days=days["score_date"].to_list(),
                values=days[component.column].to_list(),
                hover=[
                    f"{formatting.day(day)}<br>{component.label}: {formatting.number(score)}"
                    for day, score in days.select("score_date", component.column).rows()
                ],
                top=100,
            )
            for component in Component
        ],
        palette,
        columns=len(Component),
        plot_height=88,
    )


def usage_panels(
    metrics: Sequence[UsageMetricWithTrend],
    rows: pl.DataFrame,
    palette: Palette,
    *,
    first: date,
    last: date,
) -> go.Figure:
    """Draw each metric's daily values from ``first`` to ``last`` under its value and change.

    rows: date, metric_type and value, as :func:`health.queries.usage.usage_rows` returns them.
    """
    pictures = []
    for metric in metrics:
        kind = metric.metric_type
        own = rows.filter(pl.col("metric_type") == kind).select("date", "value")
        days = base.every_day(own, "date", first, last)
        pictures.append(
            Panel(
                title=kind.label,
                value=None
                if metric.current_value is None
                else metric_value(kind, metric.current_value),
                unit=_period_words(metric),
                note=change_words(metric),
                note_color=_change_color(metric, palette),
                color=palette.accent,
                days=days["date"].to_list(),
                values=days["value"].to_list(),
                hover=[
                    f"{formatting.day(day)}<br>{kind.label}: "
                    f"{metric_value(kind, value, exact=True)}"
                    for day, value in days.rows()
                ],
                top=100 if kind.unit is Unit.PERCENT else None,
            )
        )
    return panels(pictures, palette, columns=4, plot_height=52)


def breakdown(
    explanation: Explanation,
    palette: Palette,
    *,
    ages: Mapping[Component, str],
    stale: Collection[Component] = (),
) -> go.Figure:
    """Draw the points each component adds, out of the points it could add, with their basis.

    ages: how old the data of each component is, in words.
    stale: components whose data is old; they are grey.
    """
    parts = explanation.contributions
    rows = list(range(len(parts)))
    chart = base.figure(palette, height=_PART * len(parts))
    chart.update_layout(
        barmode="overlay", bargap=1 - _BAR / _PART, margin={"l": 0, "r": 0, "t": 0, "b": 0}
    )
    longest = max((float(part.most) for part in parts), default=0) or 1
    chart.update_xaxes(range=[0, longest * 1.002], visible=False)
    chart.update_yaxes(range=[len(parts) - 0.5, -0.5], visible=False)
    hover = [
        f"{_part_sentence(part)}<br>{formatting.capital(ages[part.component])}" for part in parts
    ]
    outline = {
        "color": faded(palette.neutral, 0.7),
        "width": [1 if part.most else 0 for part in parts],
    }
    chart.add_bar(
        y=rows,
        x=[float(part.most) for part in parts],
        orientation="h",
        marker={"color": faded(palette.neutral, 0.15), "line": outline},
        hovertext=hover,
        hoverinfo="text",
    )
    chart.add_bar(
        y=rows,
        x=[float(part.points) for part in parts],
        orientation="h",
        marker={
            "color": [
                palette.neutral if part.component in stale else palette.component[part.component]
                for part in parts
            ],
            "line_width": 0,
        },
        hovertext=hover,
        hoverinfo="text",
    )
    _part_words(chart, parts, palette, end=longest * 1.002)
    return chart


def metric_value(metric: MetricType, value: float | None, *, exact: bool = False) -> str:
    """Return a metric's number with its sign; ``exact`` never shortens a large one."""
    if value is None:
        return formatting.NO_DATA
    decimals = 0 if float(value).is_integer() else 1
    if metric.unit is Unit.PERCENT:
        return formatting.percent(value, decimals)
    return (
        formatting.number(value, decimals) if exact or value < 100_000 else formatting.short(value)
    )


def change_words(metric: UsageMetricWithTrend) -> str:
    """Return how a metric moved, and whether that is good for the client, in a few words."""
    if metric.current_value is None:
        if metric.previous_value is None:
            return ""
        return f"was {metric_value(metric.metric_type, metric.previous_value)} before"
    if metric.change_percent is None:
        before = "no data" if metric.previous_value is None else "0"
        return f"{before} in the period before"
    moved = (
        f"{ARROW[metric.trend]} {formatting.change(metric.change_percent)}{formatting.NO_BREAK}%"
    )
    if metric.trend is UsageTrend.STABLE:
        return f"{moved}, stable"
    return f"{moved}, {'better' if _is_better(metric) else 'worse'}"


def _is_better(metric: UsageMetricWithTrend) -> bool:
    return (metric.trend is UsageTrend.UP) is metric.metric_type.more_is_better


def _change_color(metric: UsageMetricWithTrend, palette: Palette) -> str:
    if metric.change_percent is None or metric.trend is UsageTrend.STABLE:
        return palette.quiet
    return palette.good if _is_better(metric) else palette.bad


def _period_words(metric: UsageMetricWithTrend) -> str:
    days = (metric.period_end - metric.period_start).days + 1
    return {
        Summary.SUM: f"in {formatting.count(days, 'day')}",
        Summary.MEAN: "on average",
        Summary.LAST: "latest",
    }[metric.metric_type.summary]


def _score_sentence(row: dict[str, Any]) -> str | None:
    score = row["overall_score"]
    if score is None:
        return None
    level, trend = RiskLevel[row["risk_level"]], HealthTrend[row["trend"]]
    return (
        f"{formatting.day(row['score_date'])}<br><b>{score}</b> · {RISK_MARK[level]} "
        f"{level.label}, "
        f"{trend.label.lower()}<br>Rests on {formatting.percent(row['coverage'])} of the weights"
    )


def _mark_compared(chart: go.Figure, history: pl.DataFrame, palette: Palette, at: date) -> None:
    """Mark the score that the last one is compared with."""
    for (score,) in history.filter(pl.col("score_date") == at).select("overall_score").rows():
        chart.add_scatter(
            x=[at],
            y=[score],
            mode="markers",
            marker={
                "size": 8,
                "color": palette.ground,
                "line": {"color": palette.accent, "width": 2},
            },
            hoverinfo="skip",
        )


def _part_words(
    chart: go.Figure, parts: Sequence[Contribution], palette: Palette, *, end: float
) -> None:
    """Write name and points above each bar, and the basis under it."""
    rows = range(len(parts))
    above, below = [row - 18 / _PART for row in rows], [row + 16 / _PART for row in rows]
    starts, color = [0.0] * len(parts), palette.ink
    names = [_part_name(part, palette) for part in parts]
    bases = [_quiet(base.escape(part.basis), palette) for part in parts]
    points = [_points_words(part, palette) for part in parts]
    base.write(chart, starts, above, names, position="middle right", color=color)
    base.write(chart, starts, below, bases, position="middle right", color=color)
    base.write(chart, [end] * len(parts), above, points, position="middle left", color=color)


def _part_name(part: Contribution, palette: Palette) -> str:
    weight = formatting.percent(part.weight / 100, 0 if part.weight % 100 == 0 else 1)
    return f"<b>{part.component.label}</b>  {_quiet(f'{weight} of the score', palette)}"


def _points_words(part: Contribution, palette: Palette) -> str:
    if part.score is None:
        return _quiet(formatting.NO_DATA, palette)
    if not part.most:
        return _quiet(f"{part.score} of 100, no score by itself", palette)
    most = formatting.number(float(part.most), 1)
    return (
        f"<b>{formatting.number(float(part.shown_points), 1)}</b> {_quiet(f'of {most}', palette)}"
    )


def _quiet(text: str, palette: Palette) -> str:
    return f"<span style='color:{palette.quiet};font-size:12px'>{text}</span>"


def _part_sentence(part: Contribution) -> str:
    title = f"<b>{part.component.label}</b>: {formatting.number(part.score)}"
    return f"{title}<br>{base.escape(part.basis)}"
