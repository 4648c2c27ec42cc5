"""Small pictures side by side: one number over time each, with the number written above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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

_COLUMNS: Final = ((0.0, 0.465), (0.5, 0.965))
"""Where two columns begin and end, as shares of the width."""

_LAST: Final = 7
_LONE: Final = 5
"""Pixels across the mark of a line's last value, and of a value between two gaps."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One number over time.

    title, value, unit, note: the words above the plot; the value is set large, None is no data.
    values: the line, one for each day; None is a gap.
    sign: what follows a value where the pointer is.
    top: end of the axis of values; None to fit it to the values.
    """

    title: str
    value: str | None
    color: str
    values: Sequence[float | None]
    unit: str = ""
    note: str = ""
    note_color: str = ""
    sign: str = ""
    top: float | None = None


def panels(
    pictures: Sequence[Panel], palette: Palette, *, first: date, last: date, plot_height: int
) -> go.Figure:
    """Draw panels in rows of two, from ``first`` to ``last``, each plot so many pixels high.

    Those of a column share their axes: x are days, y are pixels from the top. A browser takes
    several times as long for axes of each.
    """
    rows = ceil(len(pictures) / len(_COLUMNS))
    head = _LINE * (3 if any(panel.note for panel in pictures) else 2) + 6
    height = rows * (head + plot_height) + (rows - 1) * _GAP
    chart = base.figure(palette, height=height + 8)
    chart.update_layout(margin={"l": 0, "r": 8, "t": 0, "b": 8})
    days = {"type": "date", "range": [first, max(last, first + timedelta(days=1))]}
    hidden = {"visible": False, "fixedrange": True}
    chart.update_yaxes(range=[height, 0], visible=False)
    for column, domain in enumerate(_COLUMNS):
        axis = "" if column == 0 else str(column + 1)
        chart.update_layout({f"xaxis{axis}": {**hidden, **days, "domain": domain}})
        drawn = []
        for row, panel in enumerate(pictures[column :: len(_COLUMNS)]):
            top = row * (head + plot_height + _GAP) + head
            drawn.append(_place(panel, top=top, bottom=top + plot_height))
        _add(chart, drawn, palette, first=first, last=last, xaxis=f"x{axis}")
    return chart


def _add(
    chart: go.Figure,
    drawn: Sequence[_Drawn],
    palette: Palette,
    *,
    first: date,
    last: date,
    xaxis: str,
) -> None:
    """Draw a column."""
    # The line that each plot stands on.
    chart.add_scatter(
        x=[day for _ in drawn for day in (first, last, None)],
        y=[y for one in drawn for y in (one.bottom, one.bottom, None)],
        xaxis=xaxis,
        mode="lines",
        line={"color": palette.line, "width": 1},
        hoverinfo="skip",
    )
    for one in drawn:
        base.line(
            chart,
            first,
            one.down,
            name=one.panel.title,
            color=one.panel.color,
            hover=f"{base.DAY}<br>{base.escape(one.panel.title)}: {base.NUMBER}{one.panel.sign}",
            customdata=[_brief(value) for value in one.panel.values],
            width=1.8,
            xaxis=xaxis,
        )
    _add_marks(chart, drawn, first, xaxis)
    # The words above each plot.
    base.write(
        chart,
        [first for _ in drawn],
        [one.top - 4 for one in drawn],
        [_words(one.panel, palette) for one in drawn],
        position="top right",
        color=palette.ink,
        # Lines are 1.3 times the size apart, whatever the sizes inside them.
        size=_LINE / 1.3,
        xaxis=xaxis,
    )


def _brief(value: float | None) -> float | None:
    """The same number in as few letters as it takes."""
    return value if value is None or value % 1 else int(value)


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
    """A panel where it is drawn: the edges of its plot, and how far down its line is each day."""

    panel: Panel
    top: float
    bottom: float
    down: Sequence[float | None]


def _place(panel: Panel, *, top: float, bottom: float) -> _Drawn:
    known = [value for value in panel.values if value is not None]
    ceiling = panel.top or max(known, default=0) or 1
    # Room below 0 and above the ceiling, where a mark would be cut off.
    pixels = (bottom - top) / (1.18 * ceiling)
    return _Drawn(
        panel=panel,
        top=top,
        bottom=bottom,
        # Tenths of a pixel: nobody sees more.
        down=[
            None if value is None else round(bottom - (value + 0.06 * ceiling) * pixels, 1)
            for value in panel.values
        ],
    )


def _add_marks(chart: go.Figure, drawn: Sequence[_Drawn], first: date, xaxis: str) -> None:
    """Mark each line's last value, and the values that stand alone."""
    marks = []
    for one in drawn:
        known = [at for at, value in enumerate(one.down) if value is not None]
        sizes = dict.fromkeys(_alone(one.down), _LONE) | dict.fromkeys(known[-1:], _LAST)
        marks += [
            (first + timedelta(days=at), one.down[at], one.panel.color, sizes[at]) for at in sizes
        ]
    chart.add_scatter(
        x=[x for x, _, _, _ in marks],
        y=[y for _, y, _, _ in marks],
        xaxis=xaxis,
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
