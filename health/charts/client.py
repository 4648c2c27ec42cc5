"""One client over time: its score, the parts of it, its usage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.panels import Panel, lone_points, panels
from health.charts.theme import RISK_MARK, TREND_MARK, Palette
from health.explanation.timeline_wording import happened, wrote
from health.queries.client import model_changes
from health.queries.usage import UsageTrend
from health.scoring.components import Component
from health.vocabulary import HealthTrend, MetricType, RiskLevel, Summary, TimelineKind, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import plotly.graph_objects as go

    from health.queries.usage import UsageMetricWithTrend
    from health.scoring.components import Part
    from health.scoring.model import ScoringModel

ARROW: Final = {
    UsageTrend.UP: TREND_MARK[HealthTrend.IMPROVING],
    UsageTrend.DOWN: TREND_MARK[HealthTrend.DECLINING],
    UsageTrend.STABLE: TREND_MARK[HealthTrend.STABLE],
}
"""The arrow of a metric's trend, as for scores."""

MARKED: Final = (
    TimelineKind.CALL,
    TimelineKind.NOTE,
    TimelineKind.PULSE,
    TimelineKind.OUTCOME,
)
"""What the score chart marks of a client's timeline."""


def score_history(
    history: pl.DataFrame,
    palette: Palette,
    model: ScoringModel,
    *,
    first: date,
    last: date,
    events: pl.DataFrame | None = None,
) -> go.Figure:
    """Draw the overall score from ``first`` to ``last`` over the risk bands.

    history: rows of :func:`health.queries.client.score_history`. A day without a score is a gap;
    a change of the scoring model, or of the client's segment, is a rule with the model's name.
    events: :data:`MARKED`, as :func:`health.accounts.timeline.timeline` returns it; each day is
    marked on the line.
    """
    chart = base.figure(palette, height=320)
    base.score_axis(chart)
    base.risk_bands(chart, palette, model)
    base.time_axis(chart, first, last)
    chart.update_layout(margin_r=44)
    days = base.every_day(history, "score_date", first, last)
    base.line(
        chart,
        first,
        days["overall_score"].to_list(),
        name="Score",
        color=palette.accent,
        hover=f"{base.DAY}<br><b>%{{y}}</b> · %{{text}}<br>Rests on "
        f"%{{customdata}}{formatting.NO_BREAK}% of the weights",
        text=[_standing(*row) for row in days.select("risk_level", "trend").iter_rows()],
        customdata=days["coverage"].to_list(),
        width=2.5,
    )
    lone_points(
        chart, days["score_date"].to_list(), days["overall_score"].to_list(), palette.accent
    )
    for day, name in model_changes(history):
        base.model_change(chart, day, name, palette)
    if events is not None and history.height:
        _mark_events(chart, history, events.filter(pl.col("day") >= first), palette, last)
    if history.height:
        at, score = history.select("score_date", "overall_score").row(-1)
        if at == last:
            _mark_compared(chart, history, palette, last - timedelta(days=model.trend_days))
        base.end_label(chart, at, score, f"<b>{score}</b>", palette.accent)
    return chart


def _mark_events(
    chart: go.Figure, history: pl.DataFrame, events: pl.DataFrame, palette: Palette, last: date
) -> None:
    """Mark the days on which somebody called, wrote a note or set the pulse, and those of outcomes.

    What happened after the last day, as data is older than today, stands on it.
    """
    said = [
        f"{formatting.day(row['day'])}: {base.escape(happened(row))}, {base.escape(row['who'])}"
        + (f"<br>{base.escape(formatting.brief(wrote(row), 80))}" if wrote(row) else "")
        for row in events.iter_rows(named=True)
    ]
    marks = (
        events.select(
            at=pl.col("day").clip(upper_bound=last), said=pl.Series(said, dtype=pl.String)
        )
        .group_by("at")
        .agg(pl.col("said").str.join("<br>"))
        .sort("at")
        .join_asof(
            history.select("score_date", "overall_score").sort("score_date"),
            left_on="at",
            right_on="score_date",
        )
    )
    if marks.height:
        chart.add_scatter(
            x=marks["at"].to_list(),
            y=marks["overall_score"].fill_null(0).to_list(),
            mode="markers",
            name="Calls, notes, pulses and outcomes",
            marker={
                "symbol": "diamond",
                "size": 11,
                "color": palette.ground,
                "line": {"color": palette.accent, "width": 2},
            },
            hovertext=marks["said"].to_list(),
            hoverinfo="text",
            cliponaxis=False,
        )


def component_history(
    history: pl.DataFrame,
    palette: Palette,
    parts: Sequence[Part] = tuple(Component),
    *,
    first: date,
    last: date,
) -> go.Figure:
    """Draw the parts side by side from ``first`` to ``last``, each on 0-100.

    history: rows of :func:`health.queries.client.score_history`, with these parts. A day whose
    model lacks a part is a gap of it.
    """
    days = base.every_day(history, "score_date", first, last)
    latest = history.row(-1, named=True) if history.height else {}
    is_old = bool(latest) and latest["score_date"] < last
    unit = f"on {formatting.day(latest['score_date'])}" if is_old else "of 100"
    return panels(
        [
            Panel(
                title=part.label,
                value=None
                if latest.get(part.column) is None
                else formatting.number(latest[part.column]),
                unit=unit,
                color=palette.of_part(part),
                values=days[part.column].to_list(),
                top=100,
            )
            for part in parts
        ],
        palette,
        first=first,
        last=last,
        plot_height=64,
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
                values=days["value"].to_list(),
                sign=f"{formatting.NO_BREAK}%" if kind.unit is Unit.PERCENT else "",
                top=100 if kind.unit is Unit.PERCENT else None,
            )
        )
    return panels(pictures, palette, first=first, last=last, plot_height=52)


def metric_value(metric: MetricType, value: float | None) -> str:
    """Return a metric's number with its sign; a large one in three digits."""
    if value is None:
        return formatting.NO_DATA
    decimals = 0 if float(value).is_integer() else 1
    if metric.unit is Unit.PERCENT:
        return formatting.percent(value, decimals)
    return formatting.number(value, decimals) if value < 100_000 else formatting.short(value)


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


def _standing(risk_level: str | None, trend: str | None) -> str | None:
    if risk_level is None or trend is None:
        return None
    level = RiskLevel[risk_level]
    return f"{RISK_MARK[level]} {level.label}, {HealthTrend[trend].label.lower()}"


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
