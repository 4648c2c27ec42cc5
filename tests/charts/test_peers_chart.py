"""A client among its peers, on a reduced form of the picture."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import plotly.graph_objects as go
import pytest

from health.charts.peers import among_peers, place
from health.charts.theme import DARK, LIGHT
from health.queries.peers import Quartiles, Standing
from health.scoring.components import Component

OWN = Standing(
    component=None,
    score=41,
    peers=17,
    lower=3,
    same=2,
    quartiles=Quartiles(Fraction(101, 2), Fraction(68), Fraction(331, 4)),
)
CASES = replace(OWN, component=Component.CASE_RESOLUTION)
WITHOUT_DATA = replace(OWN, component=Component.LOGIN, score=None, lower=0, same=0)
TOO_FEW = replace(OWN, component=Component.SUPPORT_TICKET, peers=4, quartiles=None)
ALL = (OWN, WITHOUT_DATA, CASES, TOO_FEW)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def labels(chart: go.Figure) -> list[str]:
    """The words of the rows, without their looks."""
    return [re.sub(r"</?span[^>]*>", "", text) for text in chart.layout.yaxis.ticktext]


def test_the_middle_half_the_median_and_the_client_are_drawn() -> None:
    bars, medians, own = among_peers(ALL, LIGHT).data
    assert list(bars.y) == list(medians.y) == [0, 1, 2]
    assert (bars.base[0], bars.base[0] + bars.x[0], medians.x[0]) == (50.5, 82.75, 68)
    assert dict(zip(own.y, own.x, strict=True)) == {0: 41, 2: 41, 3: 41}


def test_a_row_is_labelled_in_words() -> None:
    chart = among_peers(ALL, LIGHT)
    assert labels(chart) == [
        "<b>Score</b><br><b>41</b> · median 68",
        "Logins<br>no data · median 68",
        "Case resolution<br><b>41</b> · median 68",
        "Support tickets<br><b>41</b> · fewer than 5 peers",
    ]


def test_a_part_without_data_is_paler_and_has_no_mark() -> None:
    bars, medians, own = among_peers(ALL, DARK).data
    assert bars.marker.color[0] == bars.marker.color[2] != bars.marker.color[1]
    assert medians.marker.line.color[1] == DARK.neutral
    assert 1 not in own.y


def test_a_part_has_its_colour_and_the_score_its_own() -> None:
    own = among_peers(ALL, DARK).data[2]
    assert list(own.marker.color) == [
        DARK.accent,
        DARK.component[Component.CASE_RESOLUTION],
        DARK.component[Component.SUPPORT_TICKET],
    ]


def test_the_hover_says_where_the_client_stands() -> None:
    own = among_peers(ALL, LIGHT).data[2]
    assert plain(own.hovertext[1]) == (
        "<b>Case resolution</b>: 41"
        "<br>The middle half of 17 peers has 50.5 to 82.8, the median is 68"
        "<br>Place 13 of 18, shared with 2"
    )
    assert own.hovertext[2] == "<b>Support tickets</b>: 41<br>Fewer than 5 peers have data here"
    assert plain(among_peers(ALL, LIGHT).data[0].hovertext[1]) == (
        "<b>Logins</b>: no data<br>The middle half of 17 peers has 50.5 to 82.8, the median is 68"
    )


@pytest.mark.parametrize(
    ("lower", "same", "said"),
    [
        (0, 0, "Lowest of 18"),
        (0, 2, "Lowest of 18, shared with 2"),
        (12, 0, "Place 6 of 18"),
        (17, 0, "Highest of 18"),
        (0, 17, "The same as all 17"),
    ],
)
def test_the_place_is_a_rank_among_all(lower: int, same: int, said: str) -> None:
    assert place(replace(OWN, lower=lower, same=same)) == said


def test_it_is_one_small_picture() -> None:
    chart = among_peers(ALL, LIGHT)
    assert len(chart.data) == 3
    assert not chart.layout.annotations
    assert not chart.layout.shapes
