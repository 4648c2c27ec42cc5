"""The small chart in a table's cell, as a picture: a table's own line cannot show a gap."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from health.charts.theme import Palette

WIDTH: Final = 120
HEIGHT: Final = 32
_EDGE: Final = 4


def sparkline(history: Sequence[int | None], palette: Palette, *, color: str) -> str:
    """Return scores (0-100, one a day, None without one) as the address of an SVG picture.

    The line breaks where there is no score; the last score is marked in ``color``.
    """
    runs = list(_runs(history))
    path = "".join("M" + "L".join(f"{x:g},{y:g}" for x, y in run) for run in runs)
    # A single day between two gaps is a line of no length; round ends make it a dot.
    line = (
        f'<path d="{path}" fill="none" stroke="{palette.quiet}" stroke-width="1.6"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )
    mark = ""
    if history and history[-1] is not None:
        x, y = runs[-1][-1]
        mark = f'<circle cx="{x:g}" cy="{y:g}" r="2.8" fill="{color}"/>'
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{line if runs else ""}{mark}</svg>'
    )
    return f"data:image/svg+xml,{quote(drawing)}"


def _runs(history: Sequence[int | None]) -> Iterator[list[tuple[float, float]]]:
    """Yield the points of each stretch of days with a score; of a single day twice."""
    step = (WIDTH - 2 * _EDGE) / max(len(history) - 1, 1)
    for has_score, days in groupby(enumerate(history), key=lambda day: day[1] is not None):
        if has_score:
            run = [_point(day * step, score) for day, score in days if score is not None]
            yield run if len(run) > 1 else run * 2


def _point(across: float, score: int) -> tuple[float, float]:
    down = (100 - score) * (HEIGHT - 2 * _EDGE) / 100
    return round(_EDGE + across, 1), round(_EDGE + down, 1)
