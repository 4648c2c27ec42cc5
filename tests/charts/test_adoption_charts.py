"""Clients against features, on a reduced form."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import plotly.graph_objects as go
import polars as pl
import pytest
from chart_texts import texts_of

from health.charts.adoption import ROW, adoption_matrix, feature_bars
from health.charts.theme import DARK, LIGHT, Palette
from health.formatting import NO_BREAK
from health.queries.adoption import AdoptionMatrix

FEATURES = pl.DataFrame(
    {
        "feature_name": ["SSO", "AI_ASSISTANT", "COI_DISCLOSURES"],
        "not_licensed": [0, 0, 2],
        "unused": [0, 1, 0],
        "light": [0, 1, 0],
        "active": [1, 0, 0],
        "power": [1, 0, 0],
        "used": [2, 1, 0],
        "rate": [100.0, 50.0, None],
    }
)
MATRIX = AdoptionMatrix(
    clients=pl.DataFrame(
        {
            "organization_id": ["B", "A"],
            "name": ["Bolt <b>& Sons</b> of the very long and winding name", "Acme"],
            "enabled": [2, 2],
            "used": [1, 2],
            "rate": [50.0, 100.0],
        }
    ),
    cells=pl.DataFrame(
        {
            "organization_id": ["B", "B", "A", "A"],
            "feature_name": ["SSO", "AI_ASSISTANT", "SSO", "AI_ASSISTANT"],
            "usage_count": [1000, 0, 10, None],
            "first_used_at": [date(2026, 1, 3), None, None, None],
            "last_used_at": [date(2026, 11, 20), None, None, date(2026, 7, 29)],
            "level": ["POWER", "UNUSED", "ACTIVE", "LIGHT"],
            "is_idle": [False, False, False, True],
            "uses_per_user": [10.0, 0.0, 0.125, None],
            "low": [0.5, 0.5, None, None],
            "high": [2.0, 2.0, None, None],
        }
    ),
)


def matrix(palette: Palette = LIGHT) -> go.Figure:
    return adoption_matrix(MATRIX, FEATURES, palette)


def test_rows_are_clients_in_order_and_columns_features_by_rate() -> None:
    chart = matrix()
    heads = [text.replace(NO_BREAK, " ") for text in chart.layout.xaxis.ticktext]
    assert heads == [
        "<b>100 %</b>  Single sign-on",
        "<b>50 %</b>  AI assistant",
        "<b>no data</b>  COI disclosures",
    ]
    assert list(chart.data[0].y) == [0, 1]
    assert chart.data[1].text[1] == "Acme"
    assert chart.layout.yaxis.range[0] > chart.layout.yaxis.range[1]


def lightness(color: str, ground: str) -> float:
    """How light a colour with an opacity is on the ground, 0 to 255."""
    return sum(
        weight * channel
        for weight, channel in zip((0.299, 0.587, 0.114), _on(color, ground), strict=True)
    )


def _on(color: str, ground: str) -> list[float]:
    below = [int(ground[at : at + 2], 16) for at in (1, 3, 5)]
    if color.startswith("#"):
        return [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    *above, opacity = map(float, color.removeprefix("rgba(").removesuffix(")").split(","))
    return [opacity * a + (1 - opacity) * b for a, b in zip(above, below, strict=True)]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_levels_are_told_apart_in_grey(palette: Palette) -> None:
    chart = matrix(palette)
    colors = list(chart.data[2].marker.color)
    power, unused, blank, active, light, _ = (lightness(one, palette.ground) for one in colors)
    ground = lightness(palette.ground, palette.ground)
    shades = [abs(shade - ground) for shade in (blank, light, active, power)]
    assert all(more - less > 20 for less, more in pairwise(shades))
    assert unused != light
    rings = chart.data[3]
    assert rings.marker.symbol == "circle-open"
    assert list(zip(rings.y, rings.x, strict=True)) == [(0, 1.5)]


def test_hover_says_who_what_and_how_much() -> None:
    hover = matrix().data[2].hovertext
    assert [text.replace(NO_BREAK, " ").split("<br>")[1:] for text in hover] == [
        [
            "● Power",
            "10.0 uses per licensed user; half of its peers 0.50 to 2.00",
            "Used 1,000 times, first 3 Jan 2026, last 20 Nov 2026",
        ],
        ["○ Unused"],
        ["· Not licensed"],
        ["◑ Active", "0.13 uses per licensed user", "Used 10 times"],
        ["◔ Light: not used since 29 Jul 2026", "Used last 29 Jul 2026"],
        ["· Not licensed"],
    ]


def test_a_name_is_text_short_and_opens_its_client() -> None:
    names, texts = matrix().data[:2]
    assert texts.text[0] == "Bolt &lt;b&gt;&amp;<br>Sons&lt;/b&gt; of…"
    assert [list(one) for one in names.customdata] == [["B"], ["A"]]
    assert "<a " not in matrix().to_json()


def test_a_box_opens_its_client() -> None:
    assert [one[0] for one in matrix().data[2].customdata] == ["B"] * 3 + ["A"] * 3
    assert matrix().layout.clickmode == "event+select"


def test_both_edges_carry_their_totals() -> None:
    assert texts_of(matrix())[2:] == ["1 of 2", "2 of 2"]


def test_rows_keep_their_height_however_many_there_are() -> None:
    one = AdoptionMatrix(clients=MATRIX.clients.head(1), cells=MATRIX.cells)
    less = adoption_matrix(one, FEATURES, LIGHT)
    assert matrix().layout.height - less.layout.height == ROW
    assert ROW >= 12


def test_charts_leave_their_frames_as_they_were() -> None:
    before = FEATURES.clone(), MATRIX.clients.clone(), MATRIX.cells.clone()
    matrix()
    feature_bars(FEATURES, LIGHT)
    assert all(
        frame.equals(copy)
        for frame, copy in zip((FEATURES, MATRIX.clients, MATRIX.cells), before, strict=True)
    )


def test_bars_begin_with_the_feature_most_clients_do_not_use() -> None:
    chart = feature_bars(FEATURES, LIGHT)
    assert list(chart.layout.yaxis.ticktext) == ["AI assistant", "Single sign-on"]
    assert [list(part.x) for part in chart.data[:4]] == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert [list(part.customdata[0]) for part in chart.data[:4]] == [
        ["AI_ASSISTANT", level] for level in ("UNUSED", "LIGHT", "ACTIVE", "POWER")
    ]
    assert texts_of(chart)[0] == "<b>1</b> of 2"


def test_a_matrix_without_clients_is_an_empty_figure() -> None:
    empty = AdoptionMatrix(clients=MATRIX.clients.clear(), cells=MATRIX.cells.clear())
    assert len(adoption_matrix(empty, FEATURES, LIGHT).data[0].y) == 0
