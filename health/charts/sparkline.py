"""The small chart in a table's cell, as a picture: a table's own line cannot show a gap."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from health.charts.theme import Palette

WIDTH: Final = 64
"""Pixels that fit a cell of the list: one that is wider loses its last days."""

HEIGHT: Final = 32
_EDGE: Final = 4


def sparkline(history: Sequence[int | None], palette: Palette, *, color: str) -> str:
    """Return scores (0-100, one a day, None without one) as the address of an SVG picture.

    The line breaks where there is no score; the last score is marked in ``color``. Its points are
    days and scores as they are, from one to the next: a list is mostly pictures, and this is a
    third of their size.
    """
    across = (WIDTH - 2 * _EDGE) / max(len(history) - 1, 1)
    down = (HEIGHT - 2 * _EDGE) / 100
    path = "".join(_runs(history))
    # A single day between two gaps is a line of no length; round ends make it a dot.
    line = (
        f"<path d='{path}' transform='translate({_EDGE},{_EDGE})scale({across:.4g},{down:g})' "
        f"vector-effect='non-scaling-stroke' fill='none' stroke='{palette.quiet}' "
        "stroke-width='1.6' stroke-linecap='round' stroke-linejoin='round'/>"
    )
    mark = ""
    if history and history[-1] is not None:
        height = _EDGE + (100 - history[-1]) * down
        mark = f"<circle cx='{WIDTH - _EDGE}' cy='{height:.4g}' r='2.8' fill='{color}'/>"
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' "
        f"viewBox='0 0 {WIDTH} {HEIGHT}'>{line if path else ''}{mark}</svg>"
    )
    return f"data:image/svg+xml,{quote(drawing, safe=_PLAIN)}"


_PLAIN: Final = "'()+,/:="
"""What stands in the address of a picture as it is."""


def _runs(history: Sequence[int | None]) -> Iterator[str]:
    """Yield the path of each stretch of days with a score: x are days, y points below 100."""
    for has_score, days in groupby(enumerate(history), key=lambda day: day[1] is not None):
        if not has_score:
            continue
        run = [(day, score) for day, score in days if score is not None]
        yield f"M{run[0][0]},{100 - run[0][1]}"
        for fall, same in groupby(before - after for (_, before), (_, after) in pairwise(run)):
            many = len(list(same))
            yield f"l1{fall:+}" * many if fall else f"h{many}"
        if len(run) == 1:
            yield "h0"
