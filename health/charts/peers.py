"""One client among its peers: score and components, each beside what the peers have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts import base
from health.charts.theme import faded
from health.queries.peers import LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import plotly.graph_objects as go

    from health.charts.theme import Palette
    from health.queries.peers import Standing

_ROW: Final = 44
"""Pixels of a row."""

_BAR: Final = 14
"""Pixels of its bar."""


def among_peers(standings: Sequence[Standing], palette: Palette) -> go.Figure:
    """Draw a row for each standing: the peers' middle half, their median, and the client.

    Where the client has no data its mark is missing and the row is paler; where fewer than
    ``LEAST`` peers have any, there is nothing of them.
    """
    chart = base.figure(palette, height=_ROW * len(standings) + 30)
    base.score_axis(chart, "x")
    chart.update_layout(bargap=1 - _BAR / _ROW)
    # Few enough for the width of a phone.
    chart.update_xaxes(showgrid=True, tickvals=[0, 50, 100])
    names = [f"{label(part)}<br>{_beside(part, palette)}" for part in standings]
    base.rows(chart, names, palette)
    _draw_peers(chart, standings, palette)
    _draw_client(chart, standings, palette)
    return chart


def label(standing: Standing) -> str:
    """Return what a standing is about, as the chart names it."""
    return base.escape(standing.component.label) if standing.component else "<b>Score</b>"


def points(score: Fraction) -> str:
    """Return a score of the peers: whole, or in tenths."""
    return formatting.number(float(score), 0 if score.denominator == 1 else 1)


def place(standing: Standing) -> str:
    """Return the rank among the peers and the client: ``Lowest of 18``, ``Place 5 of 18``."""
    if standing.same == standing.peers:
        return f"The same as all {standing.peers}"
    rank = f"Place {standing.higher + 1}" if standing.lower else "Lowest"
    if not standing.higher:
        rank = "Highest"
    shared = f", shared with {standing.same}" if standing.same else ""
    return f"{rank} of {standing.peers + 1}{shared}"


def _draw_peers(chart: go.Figure, standings: Sequence[Standing], palette: Palette) -> None:
    """Add a bar for the middle half of the peers and a tick for their median."""
    compared = [(row, part, part.quartiles) for row, part in enumerate(standings) if part.quartiles]
    rows = [row for row, *_ in compared]
    hover = [_sentence(part) for _, part, _ in compared]
    chart.add_bar(
        y=rows,
        x=[float(among.high - among.low) for *_, among in compared],
        base=[float(among.low) for *_, among in compared],
        orientation="h",
        marker={
            "color": [
                faded(palette.neutral, 0.2 if part.score is None else 0.5)
                for _, part, _ in compared
            ],
            "line_width": 0,
        },
        hovertext=hover,
        hoverinfo="text",
    )
    chart.add_scatter(
        y=rows,
        x=[float(among.median) for *_, among in compared],
        mode="markers",
        marker={
            "symbol": "line-ns",
            "size": 20,
            "line": {
                "width": 3,
                "color": [
                    palette.neutral if part.score is None else palette.quiet
                    for _, part, _ in compared
                ],
            },
        },
        hovertext=hover,
        hoverinfo="text",
    )


def _draw_client(chart: go.Figure, standings: Sequence[Standing], palette: Palette) -> None:
    """Add a dot for each score of the client."""
    known = [(row, part) for row, part in enumerate(standings) if part.score is not None]
    chart.add_scatter(
        y=[row for row, _ in known],
        x=[part.score for _, part in known],
        mode="markers",
        marker={
            "size": 12,
            "color": [
                palette.of_part(part.component) if part.component else palette.accent
                for _, part in known
            ],
            "line": {"color": palette.ground, "width": 1.5},
        },
        hovertext=[_sentence(part) for _, part in known],
        hoverinfo="text",
        cliponaxis=False,
    )


def _beside(standing: Standing, palette: Palette) -> str:
    among = (
        f"median {points(standing.quartiles.median)}"
        if standing.quartiles
        else f"fewer than {LEAST} peers"
    )
    own, rest = f"<b>{standing.score}</b>", f" · {among}"
    if standing.score is None:
        own, rest = "", f"{formatting.NO_DATA}{rest}"
    return f"{own}<span style='color:{palette.quiet};font-size:12px'>{rest}</span>"


def _sentence(standing: Standing) -> str:
    title = f"<b>{label(standing)}</b>: {formatting.number(standing.score)}"
    if standing.quartiles is None:
        return f"{title}<br>Fewer than {LEAST} peers have data here"
    low, median, high = map(points, standing.quartiles)
    among = f"The middle half of {standing.peers} peers has {low} to {high}, the median is {median}"
    return f"{title}<br>{among}" + ("" if standing.score is None else f"<br>{place(standing)}")
