"""The small chart of a table's cell."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from health.charts.sparkline import HEIGHT, WIDTH, sparkline
from health.charts.theme import LIGHT


def drawn(history: list[int | None]) -> str:
    address = sparkline(history, LIGHT, color="#C4402A")
    kind, _, drawing = address.partition(",")
    assert kind == "data:image/svg+xml"
    return unquote(drawing)


def points(drawing: str) -> list[tuple[float, float]]:
    """Where the line begins, turns and ends, in pixels from the upper left."""
    moved = re.search(r"translate\((\d+),(\d+)\)scale\(([\d.]+),([\d.]+)\)", drawing)
    assert moved
    left, top, across, down = map(float, moved.groups())
    at, found = (0.0, 0.0), []
    for step, x, y in re.findall(r"([Mlh])(\d+),?([+-]?\d+)?", path(drawing)):
        to = (float(x), float(y or 0))
        at = to if step == "M" else (at[0] + to[0], at[1] + to[1])
        found.append((left + at[0] * across, top + at[1] * down))
    return found


def path(drawing: str) -> str:
    found = re.search(r" d='([^']*)'", drawing)
    return found[1] if found else ""


def test_a_line_breaks_where_there_is_no_score() -> None:
    assert path(drawn([50, 60, None, 70, 80])) == "M0,50l1-10M3,30l1-10"


def test_higher_scores_stand_higher_and_all_is_inside() -> None:
    at = points(drawn([0, 100]))
    assert at[0][1] > at[1][1]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in at)


def test_days_with_one_score_are_one_step() -> None:
    assert path(drawn([50, 50, 50, 48, 46, 46])) == "M0,50h2l1+2l1+2h1"


def test_the_line_ends_where_the_last_score_is_marked() -> None:
    drawing = drawn([50, 50, 20])
    mark = re.search(r"cx='([\d.]+)' cy='([\d.]+)'", drawing)
    assert mark
    assert points(drawing)[-1] == pytest.approx((float(mark[1]), float(mark[2])))


def test_the_last_score_is_marked_in_its_colour() -> None:
    assert "fill='#C4402A'" in drawn([50, 60])


def test_an_old_score_is_not_marked_as_the_last() -> None:
    assert "circle" not in drawn([50, 60, None])


def test_a_day_between_two_gaps_is_a_dot() -> None:
    drawing = drawn([None, 50, None])
    assert len(points(drawing)) == 2
    assert len(set(points(drawing))) == 1
    assert "stroke-linecap='round'" in drawing


def test_no_score_at_all_is_an_empty_picture() -> None:
    assert "path" not in drawn([None, None])
    assert "path" not in drawn([])
