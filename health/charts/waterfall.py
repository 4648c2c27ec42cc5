"""The way from one score to another: what was gained and lost, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts import base
from health.explanation.ledger import LineKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from health.charts.theme import Palette
    from health.explanation.ledger import Ledger

_ROW: Final = 34
"""Pixels of a step."""

_BAR: Final = 0.56
"""Share of it that is bar."""

_ROOM: Final = 88
"""A bar that ends at this score or above leaves no room for its points to the right."""


@dataclass(frozen=True, kw_only=True)
class _Bar:
    """A bar from ``start`` to ``end`` on the axis of scores."""

    label: str
    start: float
    end: float
    text: str
    color: str
    hover: str
    is_total: bool = False


def waterfall(moved: Ledger, palette: Palette) -> go.Figure:
    """Draw the lines of a ledger between its two scores; lines without points are left out."""
    bars = _bars(moved, palette)
    chart = base.figure(palette, height=_ROW * len(bars) + 30)
    base.score_axis(chart, "x")
    chart.update_layout(bargap=1 - _BAR, margin={"r": 16})
    chart.update_xaxes(showgrid=True)
    base.rows(
        chart, [f"<b>{bar.label}</b>" if bar.is_total else bar.label for bar in bars], palette
    )
    chart.add_bar(
        y=list(range(len(bars))),
        x=[bar.end - bar.start for bar in bars],
        base=[bar.start for bar in bars],
        orientation="h",
        marker={"color": [bar.color for bar in bars], "line_width": 0},
        hovertext=[bar.hover for bar in bars],
        hoverinfo="text",
    )
    _connect(chart, bars, palette)
    _label(chart, bars, palette)
    return chart


def _bars(moved: Ledger, palette: Palette) -> list[_Bar]:
    at = float(moved.before)
    bars = [_total(formatting.day(moved.first_day), moved.before, palette)]
    for line in moved.lines:
        points = float(line.shown_points)
        if not points:
            continue
        is_rounding = line.kind is LineKind.ROUNDING
        color = palette.good if points > 0 else palette.bad
        bars.append(
            _Bar(
                label=base.escape(line.label),
                start=at,
                end=at + points,
                text=formatting.change(points, 1),
                color=palette.neutral if is_rounding else color,
                hover=f"<b>{base.escape(line.label)}</b>: {formatting.change(points, 1)}"
                f"<br>{base.escape(formatting.capital(line.phrase))}",
            )
        )
        at += points
    return [*bars, _total(formatting.day(moved.last_day), moved.after, palette)]


def _total(label: str, score: int, palette: Palette) -> _Bar:
    return _Bar(
        label=label,
        start=0,
        end=score,
        text=f"<b>{score}</b>",
        color=palette.accent,
        hover=f"{label}: {score}",
        is_total=True,
    )


def _label(chart: go.Figure, bars: Sequence[_Bar], palette: Palette) -> None:
    """Write the points beside each bar, where there is room for them."""
    at, texts, sides, colors = [], [], [], []
    for bar in bars:
        right = max(bar.start, bar.end)
        fits = right < _ROOM
        is_inside = bar.is_total and not fits
        at.append(right if fits else min(bar.start, bar.end))
        sides.append("middle right" if fits or bar.is_total else "middle left")
        texts.append(f"{base.GAP}{bar.text}{base.GAP}")
        colors.append(palette.ground if is_inside else palette.ink)
    base.write(chart, at, range(len(bars)), texts, position=sides, color=colors)


def _connect(chart: go.Figure, bars: Sequence[_Bar], palette: Palette) -> None:
    """Join the end of each step with the start of the next."""
    joints = list(enumerate(bars[:-1]))
    chart.add_scatter(
        x=[x for _, bar in joints for x in (bar.end, bar.end, None)],
        y=[y for row, _ in joints for y in (row + _BAR / 2, row + 1 - _BAR / 2, None)],
        mode="lines",
        line={"color": palette.neutral, "width": 1},
        hoverinfo="skip",
    )
