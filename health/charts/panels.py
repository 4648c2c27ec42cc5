"""Small pictures side by side: one number over time each, with the number written above it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from health.charts import base
from health.formatting import NO_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import plotly.graph_objects as go

    from health.charts.theme import Palette

_LINE: Final = 21
"""Pixels of a line of the words above a plot."""

_GAP: Final = 22
"""Pixels between two rows of panels."""

_GUTTER: Final = 0.035
"""Share of the width between two columns."""

_LAST: Final = 7
_LONE: Final = 5
"""Pixels across the mark of a line's last value, and of a value between two gaps."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One number over time.

    title, value, unit, note: the words above the plot; the value is set large, None is no data.
    days, values: the line; None is a gap.
    hover: a sentence for each day.
    top: end of the axis of values; None to fit it to the values.
    """

    title: str
    value: str | None
    color: str
    days: Sequence[date]
    values: Sequence[float | None]
    hover: Sequence[str]
    unit: str = ""
    note: str = ""
    note_color: str = ""
    top: float | None = None


def panels(
    pictures: Sequence[Panel], palette: Palette, *, columns: int, plot_height: int
) -> go.Figure:
    """Draw panels in rows of ``columns``, each plot ``plot_height`` pixels high.

    All of them share one pair of axes: x is a share of the width, y are pixels from the top. A
    browser takes several times as long for axes of their own.
    """
    rows = ceil(len(pictures) / columns)
    head = _LINE * (3 if any(panel.note for panel in pictures) else 2) + 6
    height = rows * (head + plot_height) + (rows - 1) * _GAP
    chart = base.figure(palette, height=height + 8)
    chart.update_layout(margin={"l": 0, "r": 8, "t": 0, "b": 8})
    chart.update_xaxes(range=[0, 1], visible=False)
    chart.update_yaxes(range=[height, 0], visible=False)
    drawn = []
    for place, panel in enumerate(pictures):
        row, column = divmod(place, columns)
        top = row * (head + plot_height + _GAP) + head
        left = column / columns
        right = left + 1 / columns - _GUTTER
        drawn.append(_place(panel, left=left, right=right, top=top, bottom=top + plot_height))
    _add_grounds(chart, drawn, palette)
    _add_lines(chart, drawn)
    _add_marks(chart, drawn)
    _add_words(chart, drawn, palette)
    return chart


def lone_points(
    chart: go.Figure, days: Sequence[date], values: Sequence[float | None], color: str
) -> None:
    """Mark the values that stand between two gaps, which a line alone does not show."""
    alone = _alone(values)
    if alone:
        chart.add_scatter(
            x=[days[at] for at in alone],
            y=[values[at] for at in alone],
            mode="markers",
            marker={"color": color, "size": _LONE},
            hoverinfo="skip",
        )


def _alone(values: Sequence[float | None]) -> list[int]:
    """Where a value stands between two gaps."""
    padded = [None, *values, None]
    return [
        at
        for at, value in enumerate(values)
        if value is not None and padded[at] is None and padded[at + 2] is None
    ]


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """A panel where it is drawn: the edges of its plot, and the points of its line."""

    panel: Panel
    left: float
    right: float
    top: float
    bottom: float
    across: Sequence[float]
    down: Sequence[float | None]


def _place(panel: Panel, *, left: float, right: float, top: float, bottom: float) -> _Drawn:
    known = [value for value in panel.values if value is not None]
    ceiling = panel.top or max(known, default=0) or 1
    step = (right - left) / max(len(panel.days) - 1, 1)
    # Room below 0 and above the ceiling, where a mark would be cut off.
    pixels = (bottom - top) / (1.18 * ceiling)
    return _Drawn(
        panel=panel,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        across=[left + step * day for day in range(len(panel.days))],
        down=[
            None if value is None else bottom - (value + 0.06 * ceiling) * pixels
            for value in panel.values
        ],
    )


def _add_grounds(chart: go.Figure, drawn: Sequence[_Drawn], palette: Palette) -> None:
    """Draw the line that each plot stands on."""
    chart.add_scatter(
        x=[x for one in drawn for x in (one.left, one.right, None)],
        y=[y for one in drawn for y in (one.bottom, one.bottom, None)],
        mode="lines",
        line={"color": palette.line, "width": 1},
        hoverinfo="skip",
    )


def _add_lines(chart: go.Figure, drawn: Sequence[_Drawn]) -> None:
    """Draw the lines, those of one colour as one with gaps."""
    for color in dict.fromkeys(one.panel.color for one in drawn):
        own = [one for one in drawn if one.panel.color == color]
        base.line(
            chart,
            [x for one in own for x in (*one.across, one.right)],
            [y for one in own for y in (*one.down, None)],
            name=own[0].panel.title,
            color=color,
            hover=[said for one in own for said in (*one.panel.hover, None)],
            width=1.8,
        )


def _add_marks(chart: go.Figure, drawn: Sequence[_Drawn]) -> None:
    """Mark each line's last value, and the values that stand alone."""
    marks = []
    for one in drawn:
        known = [at for at, value in enumerate(one.down) if value is not None]
        sizes = dict.fromkeys(_alone(one.down), _LONE) | dict.fromkeys(known[-1:], _LAST)
        marks += [(one.across[at], one.down[at], one.panel.color, sizes[at]) for at in sizes]
    chart.add_scatter(
        x=[x for x, _, _, _ in marks],
        y=[y for _, y, _, _ in marks],
        mode="markers",
        marker={
            "color": [color for _, _, color, _ in marks],
            "size": [size for _, _, _, size in marks],
            "opacity": 1,
            "line_width": 0,
        },
        cliponaxis=False,
        hoverinfo="skip",
    )


def _add_words(chart: go.Figure, drawn: Sequence[_Drawn], palette: Palette) -> None:
    """Write each panel's words above its plot."""
    base.write(
        chart,
        [one.left for one in drawn],
        [one.top - 4 for one in drawn],
        [_words(one.panel, palette) for one in drawn],
        position="top right",
        color=palette.ink,
        # Lines are 1.3 times the size apart, whatever the sizes inside them.
        size=_LINE / 1.3,
    )


def _words(panel: Panel, palette: Palette) -> str:
    quiet = f"color:{palette.quiet};font-size:12px"
    lines = [f"<span style='{quiet}'>{base.escape(panel.title)}</span>"]
    if panel.value is None:
        lines.append(f"<span style='color:{palette.quiet}'>{NO_DATA}</span>")
    else:
        value = f"<span style='font-size:20px'><b>{base.escape(panel.value)}</b></span>"
        lines.append(f"{value} <span style='{quiet}'>{base.escape(panel.unit)}</span>")
    if panel.note:
        note = f"color:{panel.note_color or palette.quiet};font-size:12px"
        lines.append(f"<span style='{note}'>{base.escape(panel.note)}</span>")
    return "<br>".join(lines)
