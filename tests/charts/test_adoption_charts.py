"""Clients against features, on a reduced form."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import polars as pl
from chart_texts import texts_of

from health.charts.adoption import ROW, adoption_matrix, feature_bars
from health.charts.theme import LIGHT
from health.queries.adoption import AdoptionMatrix

FEATURES = pl.DataFrame(
    {
        "feature_name": ["SSO", "AI_ASSISTANT", "COI_DISCLOSURES"],
        "used": [2, 1, 0],
        "unused": [0, 1, 0],
        "not_enabled": [0, 0, 2],
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
            "last_used_at": [date(2026, 11, 20), None, None, None],
            "state": ["USED", "UNUSED", "USED", "USED"],
        }
    ),
)


def matrix() -> go.Figure:
    return adoption_matrix(MATRIX, FEATURES, LIGHT, link=lambda of: f"/client?client={of}")


def test_rows_are_clients_in_order_and_columns_features_by_rate() -> None:
    chart = matrix()
    assert [
        text.split("<br><b>")[0].removeprefix("<br>") for text in chart.layout.xaxis.ticktext
    ] == [
        "Single<br>sign-on",
        "AI<br>assistant",
        "COI<br>disclosures",
    ]
    assert chart.layout.yaxis.ticktext[1].endswith(">Acme</a>")
    assert chart.layout.yaxis.range[0] > chart.layout.yaxis.range[1]


def test_three_states_are_told_apart_without_colour() -> None:
    cells, circles = matrix().data[:2]
    assert circles.marker.symbol == "circle-open"
    assert list(zip(circles.y, circles.x, strict=True)) == [(0, 1)]
    (used, unused, not_enabled), (used_less, used_unknown, _) = cells.z
    assert not_enabled == 0
    assert unused == 1
    assert 2 <= used_unknown < used_less < used == 3


def test_hover_says_who_what_and_how_much() -> None:
    hover = matrix().data[0].hovertext[0]
    assert [line.replace("\u00a0", " ").split("<br>")[1] for line in hover] == [
        "● Used 1,000 times, first 3 Jan 2026, last 20 Nov 2026",
        "○ Enabled, not used",
        "· Not enabled",
    ]


def test_a_name_is_text_a_link_and_short() -> None:
    tick = matrix().layout.yaxis.ticktext[0]
    assert tick.startswith('<a href="/client?client=B" target="_self"')
    assert "Bolt &lt;b&gt;&amp; Sons" in tick
    assert "…</a>" in tick


def test_both_edges_carry_their_totals() -> None:
    chart = matrix()
    assert texts_of(chart) == ["<b>50 %</b> 1 of 2", "<b>100 %</b> 2 of 2"]
    assert [
        text.replace("\u00a0", " ").split("<b>")[1] for text in chart.layout.xaxis.ticktext
    ] == [
        "100 %</b>",
        "50 %</b>",
        "no data</b>",
    ]


def test_rows_keep_their_height_however_many_there_are() -> None:
    one = AdoptionMatrix(clients=MATRIX.clients.head(1), cells=MATRIX.cells)
    less = adoption_matrix(one, FEATURES, LIGHT, link=str)
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
    unused, used = chart.data[:2]
    assert (list(unused.x), list(used.x)) == ([1, 0], [1, 2])
    assert texts_of(chart)[0] == "<b>1</b> of 2 do not use it"


def test_a_matrix_without_clients_is_an_empty_figure() -> None:
    empty = AdoptionMatrix(clients=MATRIX.clients.clear(), cells=MATRIX.cells.clear())
    assert len(adoption_matrix(empty, FEATURES, LIGHT, link=str).data[0].y) == 0
