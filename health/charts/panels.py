"""Small pictures side by side: one number over time each, with the number written above it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from health.charts import base
from health.words import NO_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import plotly.graph_objects as go

    from health.theme import Palette

_LINE: Final = 21
"""Pixels of a line of the words above a plot."""

_GAP: Final = 22
"""Pixels between two rows of panels."""

_GUTTER: Final = 0.035
"""Share of the width between two columns."""


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
    """Draw panels in rows of ``columns``, each plot ``plot_height`` pixels high."""
    rows = ceil(len(pictures) / columns)
    head = _LINE * (3 if any(panel.note for panel in pictures) else 2) + 6
    height = rows * (head + plot_height) + (rows - 1) * _GAP
    chart = base.figure(palette, height=height + 8)
    chart.update_layout(margin={"l": 0, "r": 8, "t": 0, "b": 8})
    for place, panel in enumerate(pictures):
        row, column = divmod(place, columns)
        top = 1 - (row * (head + plot_height + _GAP) + head) / height
        left = column / columns
        _add_panel(
            chart,
            panel,
            palette,
            number=place + 1,
            left=left,
            right=left + 1 / columns - _GUTTER,
            bottom=max(top - plot_height / height, 0),
            top=top,
        )
    return chart


def lone_points(
    chart: go.Figure,
    days: Sequence[date],
    values: Sequence[float | None],
    color: str,
    *,
    axes: int = 1,
) -> None:
    """Mark the values that stand between two gaps, which a line alone does not show."""
    padded = [None, *values, None]
    alone = [
        (day, value)
        for day, value, before, after in zip(days, values, padded, padded[2:], strict=False)
        if value is not None and before is None and after is None
    ]
    if alone:
        chart.add_scatter(
            x=[day for day, _ in alone],
            y=[value for _, value in alone],
            mode="markers",
            marker={"color": color, "size": 5},
            hoverinfo="skip",
            xaxis=f"x{axes}",
            yaxis=f"y{axes}",
        )


def _add_panel(
    chart: go.Figure,
    panel: Panel,
    palette: Palette,
    *,
    number: int,
    left: float,
    right: float,
    bottom: float,
    top: float,
) -> None:
    known = [value for value in panel.values if value is not None]
    ceiling = panel.top or max(known, default=0) or 1
    names = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "showticklabels": False}
    chart.update_layout(
        {
            f"xaxis{number}": {
                **plain,
                "domain": [left, right],
                "anchor": names["yaxis"],
                "range": [panel.days[0], panel.days[-1]] if panel.days else None,
                "showline": True,
                "linecolor": palette.line,
            },
            f"yaxis{number}": {
                **plain,
                "domain": [bottom, top],
                "anchor": names["xaxis"],
                "range": [-0.06 * ceiling, 1.12 * ceiling],
            },
        }
    )
    base.line(
        chart,
        panel.days,
        panel.values,
        name=panel.title,
        color=panel.color,
        hover=panel.hover,
        width=1.8,
    )
    chart.data[-1].update(names)
    lone_points(chart, panel.days, panel.values, panel.color, axes=number)
    _mark_last(chart, panel, names)
    chart.add_annotation(
        text=_words(panel, palette),
        xref="paper",
        yref="paper",
        x=left,
        y=top,
        xanchor="left",
        yanchor="bottom",
        yshift=4,
        align="left",
        showarrow=False,
        # Lines are 1.3 times the size apart, whatever the sizes inside them.
        font={"size": _LINE / 1.3},
    )


def _mark_last(chart: go.Figure, panel: Panel, names: dict[str, str]) -> None:
    last = [at for at, value in enumerate(panel.values) if value is not None][-1:]
    for at in last:
        chart.add_scatter(
            x=[panel.days[at]],
            y=[panel.values[at]],
            mode="markers",
            marker={"color": panel.color, "size": 7},
            cliponaxis=False,
            hoverinfo="skip",
            **names,
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
