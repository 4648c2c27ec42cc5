"""Where the points of a score come from: a bar for each part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts import base
from health.charts.theme import Palette, faded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import plotly.graph_objects as go

    from health.explanation.breakdown import Contribution, Explanation
    from health.scoring.components import Part

_PART: Final = 62
"""Pixels of a component in the breakdown, with its words."""

_BAR: Final = 11
"""Pixels of its bar."""


def breakdown(
    explanation: Explanation,
    palette: Palette,
    *,
    ages: Mapping[Part, str],
    stale: Collection[Part] = (),
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
                palette.neutral if part.component in stale else palette.of_part(part.component)
                for part in parts
            ],
            "line_width": 0,
        },
        hovertext=hover,
        hoverinfo="text",
    )
    _part_words(chart, parts, palette, end=longest * 1.002)
    return chart


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
    return (
        f"<b>{base.escape(part.component.label)}</b>  {_quiet(f'{weight} of the score', palette)}"
    )


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
    title = f"<b>{base.escape(part.component.label)}</b>: {formatting.number(part.score)}"
    return f"{title}<br>{base.escape(part.basis)}"
