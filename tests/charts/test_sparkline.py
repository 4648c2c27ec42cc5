"""The small chart of a table's cell."""

from __future__ import annotations

import re
from urllib.parse import unquote

from health.charts.sparkline import HEIGHT, WIDTH, sparkline
from health.charts.theme import LIGHT


def drawn(history: list[int | None]) -> str:
    address = sparkline(history, LIGHT, color="#C4402A")
    kind, _, drawing = address.partition(",")
    assert kind == "data:image/svg+xml"
    return unquote(drawing)


def points(drawing: str) -> list[tuple[float, float]]:
    pairs = re.findall(r"[ML]([\d.]+),([\d.]+)", drawing)
    return [(float(x), float(y)) for x, y in pairs]


def test_a_line_breaks_where_there_is_no_score() -> None:
    assert drawn([50, 60, None, 70, 80]).count("M") == 2


def test_higher_scores_stand_higher_and_all_is_inside() -> None:
    at = points(drawn([0, 100]))
    assert at[0][1] > at[1][1]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in at)


def test_the_last_score_is_marked_in_its_colour() -> None:
    assert 'fill="#C4402A"' in drawn([50, 60])


def test_an_old_score_is_not_marked_as_the_last() -> None:
    assert "circle" not in drawn([50, 60, None])


def test_a_day_between_two_gaps_is_a_dot() -> None:
    drawing = drawn([None, 50, None])
    assert len(points(drawing)) == 2
    assert len(set(points(drawing))) == 1
    assert 'stroke-linecap="round"' in drawing


def test_no_score_at_all_is_an_empty_picture() -> None:
    assert "path" not in drawn([None, None])
    assert "path" not in drawn([])
