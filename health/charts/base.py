"""What every figure shares: style, the axis of scores, risk bands, labels, gaps, escaping."""

from __future__ import annotations

import re
from html import unescape
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Literal
from unicodedata import east_asian_width

import plotly.graph_objects as go
import polars as pl

from health.charts.theme import FONT, RISK_MARK, Palette, faded
from health.formatting import NO_BREAK, brief
from health.scoring.model import STANDARD, ScoringModel
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

TOP: Final = 104
"""Where the axis of scores ends: room for a whole mark at 100."""

BAND: Final = 0.07
"""How strong the colour of a band of risk is on the ground."""

GAP: Final = f"{NO_BREAK}{NO_BREAK}"
"""What keeps a text of :func:`write` away from its point."""


def escape(text: str) -> str:
    """Return a name as plotly shows it letter for letter: no tag, entity, link or template."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("%{", "%&#123;")


def figure(palette: Palette, *, height: int) -> go.Figure:
    """Return an empty figure, ``height`` pixels high, in the style of all figures."""
    axis = {
        "gridcolor": faded(palette.line, 0.7),
        "linecolor": palette.line,
        "zeroline": False,
        "tickfont": {"color": palette.quiet, "size": 12},
        "title": {"font": {"color": palette.quiet, "size": 12}, "standoff": 8},
        # A browser that has to find the room for labels draws up to three times: who puts labels
        # on an axis says what they need.
        "automargin": False,
        # Otherwise each label is measured, to hide one that does not fit.
        "ticklabeloverflow": "allow",
        "fixedrange": True,
    }
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            # The ground of the page, so that a saved picture stands on it too.
            "paper_bgcolor": palette.ground,
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": palette.ink},
            "hoverlabel": {
                "bgcolor": palette.raised,
                "bordercolor": palette.line,
                "font": {"family": FONT, "size": 13, "color": palette.ink},
                "align": "left",
            },
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": palette.quiet,
                "activecolor": palette.ink,
            },
            "showlegend": False,
            "xaxis": {**axis, "showgrid": False},
            "yaxis": axis,
            "separators": ".,",
        }
    )


def room_left(
    chart: go.Figure, labels: Sequence[str], *, size: float = 12, title: str = ""
) -> None:
    """Leave the room that labels at the left edge need, and write the title of their axis.

    labels: the texts of the ticks, or the widest of them, as plotly takes them.
    size: of their letters, in pixels.
    """
    widest = max((_width(label) for label in labels), default=0) * size
    chart.update_layout(margin_l=ceil(widest) + _TICK + (_TITLE if title else 0))
    if title:
        chart.update_yaxes(title_text=title)


def room_below(chart: go.Figure, *, lines: int = 1, title: str = "") -> None:
    """Leave the room that labels of so many lines need below, and write the title of their axis."""
    chart.update_layout(margin_b=_LINE * lines + _TICK + (_TITLE if title else 0))
    if title:
        chart.update_xaxes(title_text=title)


_TICK: Final = 12
_TITLE: Final = 16
_LINE: Final = 15
"""Pixels of the way from a tick's text to the axis and the edge, of a title, and of a line."""

_TAG: Final = re.compile(r"<[^>]*>")

_NARROW: Final = frozenset("ijlI.,:;'|! ")
_SLIM: Final = frozenset('frtJ()[]-/·"')
_BROAD: Final = frozenset("mwMW@%…—")


def _width(label: str) -> float:
    """How wide a text is at most, in sizes of its letters, in the fonts of :data:`FONT`."""
    lines = unescape(_TAG.sub("", label.replace("<br>", "\n"))).split("\n")
    widest = max(sum(map(_letter_width, line)) for line in lines)
    return widest * (1.07 if "<b>" in label else 1)


def _letter_width(letter: str) -> float:
    if letter in _NARROW:
        return 0.31
    if letter in _SLIM:
        return 0.4
    if letter in _BROAD or east_asian_width(letter) in "WF":
        return 1.03
    return 0.74 if letter.isupper() or letter > "\u024f" else 0.6  # beyond Latin


def rows(chart: go.Figure, labels: Sequence[str], palette: Palette, *, size: float = 13) -> None:
    """Give each row, from the top, its label at the left edge."""
    chart.update_yaxes(
        range=[len(labels) - 0.5, -0.5],
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        showgrid=False,
        tickfont={"color": palette.ink, "size": size},
    )
    room_left(chart, labels, size=size)


def time_axis(chart: go.Figure, first: date, last: date) -> None:
    """Put the days from ``first`` to ``last`` on the x axis."""
    # Few and narrow enough for the width of a phone: the year below the month.
    months = [{"dtickrange": ["M1", None], "value": "%b<br>%Y"}]
    chart.update_xaxes(range=[first, last], type="date", nticks=5, tickformatstops=months)
    room_below(chart, lines=2)  # the year stands below the day


def clickable(chart: go.Figure) -> None:
    """Say that a click chooses a mark, as Streamlit sets it: said later, all is drawn twice."""
    chart.update_layout(clickmode="event+select", dragmode="pan", hovermode="closest")


def score_axis(chart: go.Figure, axis: Literal["x", "y"] = "y", *, title: str = "") -> None:
    """Put scores from 0 to 100 on an axis, with room for the marks at both ends."""
    chart.update_layout({f"{axis}axis": {"range": [-3, TOP], "tickvals": [0, 20, 40, 60, 80, 100]}})
    if axis == "y":
        room_left(chart, ["100"], title=title)
    else:
        room_below(chart, title=title)


def risk_bands(
    chart: go.Figure, palette: Palette, model: ScoringModel = STANDARD, *, names: bool = True
) -> None:
    """Shade what a score alone says about the risk, and name the bands at the left edge.

    Between the two thresholds a falling score can be a high risk too; the band says "Medium".
    """
    bands = (
        (RiskLevel.HIGH, -3, model.high_below),
        (RiskLevel.MEDIUM, model.high_below, model.low_from),
        (RiskLevel.LOW, model.low_from, TOP),
    )
    shapes = [
        {
            "type": "rect",
            "xref": "x domain",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": low,
            "y1": high,
            "fillcolor": faded(palette.risk[level], BAND),
            "line": {"width": 0},
            "layer": "below",
        }
        for level, low, high in bands
    ]
    notes = [
        {
            "text": f"{RISK_MARK[level]} {level.label}",
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "xshift": 6,
            # At the far ends, as most lines and marks lie between them.
            "y": high if level is RiskLevel.LOW else max(low, 0),
            "yanchor": "top" if level is RiskLevel.LOW else "bottom",
            "showarrow": False,
            "font": {"size": 11, "color": palette.risk_ink[level]},
            # Readable over the marks that lie there.
            "bgcolor": faded(palette.ground, 0.85),
            "borderpad": 0,
        }
        for level, low, high in bands
    ]
    add(chart, shapes=shapes, notes=notes if names else ())


def add(
    chart: go.Figure,
    *,
    shapes: Sequence[dict[str, Any]] = (),
    notes: Sequence[dict[str, Any]] = (),
) -> None:
    """Add shapes and annotations at once: plotly checks all there are for each that is added."""
    layout = chart.layout
    if shapes:
        layout.shapes = (*layout.shapes, *shapes)
    if notes:
        layout.annotations = (*layout.annotations, *notes)


def upright(x: float | date, **line: Any) -> dict[str, Any]:
    """Return the shape of a line from the lower to the upper edge. line: its style."""
    ends = {"xref": "x", "x0": x, "x1": x, "yref": "y domain", "y0": 0, "y1": 1}
    return {"type": "line", **ends, "line": line}


def model_change(chart: go.Figure, day: date, name: str, palette: Palette) -> None:
    """Mark the day from which on scores are by another model, on a chart of scores over time.

    Its :func:`time_axis` has to be there.
    """
    first, last = chart.layout.xaxis.range
    is_late = 2 * (day - first) > last - first
    note = {
        "x": day,
        "y": TOP,
        "yanchor": "top",
        # On the side where there is room for it.
        "xanchor": "right" if is_late else "left",
        "xshift": -4 if is_late else 4,
        "showarrow": False,
        "text": f"Model {escape(brief(name, _MODEL_LETTERS))}",
        "font": {"size": 11, "color": palette.quiet},
    }
    add(chart, shapes=[upright(day, color=palette.quiet, width=1, dash="dot")], notes=[note])


DAY: Final = f"%{{x|%-d{NO_BREAK}%b{NO_BREAK}%Y}}"
"""The day of a point on a :func:`time_axis`, in a hovertemplate."""

NUMBER: Final = "%{customdata:,.1~f}"
"""The number that a point carries, in a hovertemplate: with commas, and a decimal if it has one."""

_MODEL_LETTERS: Final = 40
"""Of a model's name; with more it would reach over the picture."""


def line(
    chart: go.Figure,
    first: date,
    values: Sequence[float | None],
    *,
    name: str,
    color: str,
    hover: str,
    width: float = 2,
    **carried: Any,
) -> None:
    """Add a line of one value a day that breaks at None, so that a gap in the data is seen.

    first: the day of the first value.
    hover: what a point says, as plotly's ``hovertemplate``: sent once, and each point carries
    its numbers only.
    carried: ``text`` and ``customdata``, one for each value; ``xaxis`` where it is not the first.
    """
    chart.add_scatter(
        x0=first,
        dx=86_400_000,
        y=list(values),
        name=escape(name),
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": width},
        hovertemplate=f"{hover}<extra></extra>",
        **carried,
    )


def write(
    chart: go.Figure,
    x: Sequence[float] | Sequence[date],
    y: Sequence[float],
    texts: Sequence[str],
    *,
    position: str | Sequence[str],
    color: str | Sequence[str],
    size: float = 13,
    **axes: str,
) -> None:
    """Write texts beside points: many of them take a browser a fraction of as many annotations.

    position: on which side of its point a text stands, as plotly's ``textposition``.
    axes: ``xaxis`` or ``yaxis`` where they are not the first.
    """
    chart.add_scatter(
        x=list(x),
        y=list(y),
        mode="text",
        text=list(texts),
        textposition=position if isinstance(position, str) else list(position),
        textfont={"color": color if isinstance(color, str) else list(color), "size": size},
        cliponaxis=False,
        hoverinfo="skip",
        **axes,
    )


def end_label(chart: go.Figure, at: date, value: float, text: str, color: str) -> None:
    """Mark the last point of a line and write ``text`` to the right of it.

    The caller leaves the room on the right (``margin.r``).
    """
    chart.add_scatter(
        x=[at],
        y=[value],
        mode="markers",
        marker={"color": color, "size": 8},
        hoverinfo="skip",
        cliponaxis=False,
    )
    chart.add_annotation(
        x=at,
        y=value,
        text=text,
        xanchor="left",
        xshift=9,
        showarrow=False,
        align="left",
        font={"color": color, "size": 13},
    )


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Return where to write labels that belong at ``values``: at least ``gap`` from each other.

    The order stays, and labels that collide are spread around where they wanted to be.
    """
    order = sorted(range(len(values)), key=lambda index: values[index])
    groups: list[list[int]] = []
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _top(groups[-2], values, gap) > _bottom(groups[-1], values, gap):
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = list(values)
    for group in groups:
        lowest = _middle(group, values) - gap * (len(group) - 1) / 2
        for step, index in enumerate(group):
            placed[index] = lowest + gap * step
    return placed


def _middle(group: list[int], values: Sequence[float]) -> float:
    return sum(values[index] for index in group) / len(group)


def _top(group: list[int], values: Sequence[float], gap: float) -> float:
    return _middle(group, values) + gap * len(group) / 2


def _bottom(group: list[int], values: Sequence[float], gap: float) -> float:
    return _middle(group, values) - gap * len(group) / 2


def every_day(frame: pl.DataFrame, day: str, first: date, last: date) -> pl.DataFrame:
    """Return one row for each day from ``first`` to ``last``; a day without a row has nulls."""
    days = pl.date_range(first, last, eager=True).alias(day).to_frame()
    return days.join(frame, on=day, how="left", maintain_order="left")
