"""What every figure shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from health.charts import base
from health.charts.theme import DARK, LIGHT, Palette
from health.scoring.model import STANDARD
from health.vocabulary import RiskLevel


def test_a_name_shows_letter_for_letter() -> None:
    name = '<a href="https://example.com">A & B</a> <b>'
    assert base.escape(name) == '&lt;a href="https://example.com"&gt;A &amp; B&lt;/a&gt; &lt;b&gt;'


def test_a_name_is_not_read_as_a_template() -> None:
    assert base.escape("50 %{y} & 5 %") == "50 %&#123;y} &amp; 5 %"


def test_scores_have_room_at_both_ends() -> None:
    chart = base.figure(LIGHT, height=300)
    base.score_axis(chart)
    low, high = chart.layout.yaxis.range
    assert low < 0
    assert high > 100
    assert chart.layout.yaxis.tickvals[-1] == 100


def test_the_longest_label_decides_the_room_at_the_left() -> None:
    short, long = (base.figure(LIGHT, height=300) for _ in range(2))
    base.rows(short, ["Logins"], LIGHT)
    base.rows(long, ["Logins", "Campaign completion"], LIGHT)
    assert 45 < short.layout.margin.l < 75
    assert 130 < long.layout.margin.l < 190
    base.room_left(short, ["100"], title="Score")
    assert 45 < short.layout.margin.l < 60


def test_a_link_takes_no_room_but_its_text() -> None:
    linked, bare = (base.figure(LIGHT, height=300) for _ in range(2))
    base.rows(linked, ['<a href="/client?client=ORG-0001">A &amp; B</a>'], LIGHT)
    base.rows(bare, ["A &amp; B"], LIGHT)
    assert linked.layout.margin.l == bare.layout.margin.l


def test_the_bands_are_those_of_the_model_and_named() -> None:
    chart = base.figure(LIGHT, height=300)
    base.risk_bands(chart, LIGHT, replace(STANDARD, high_below=30, low_from=80))
    edges = [(shape.y0, shape.y1) for shape in chart.layout.shapes]
    assert edges == [(-3, 30), (30, 80), (80, base.TOP)]
    named = [note.text for note in chart.layout.annotations]
    assert [text.split(" ", 1)[1] for text in named] == [
        RiskLevel.HIGH.label,
        RiskLevel.MEDIUM.label,
        RiskLevel.LOW.label,
    ]


def test_a_gap_stays_a_gap() -> None:
    chart = base.figure(LIGHT, height=300)
    days = [date(2026, 11, day) for day in (1, 2, 3)]
    base.line(chart, days, [50, None, 70], name="Score", color="#000000", hover=["", None, ""])
    assert chart.data[0].connectgaps is False
    assert chart.data[0].y == (50, None, 70)


def test_every_day_has_a_row_and_the_frame_stays_as_it_was() -> None:
    frame = pl.DataFrame({"day": [date(2026, 11, 3), date(2026, 11, 1)], "score": [70, 50]})
    before = frame.clone()
    days = base.every_day(frame, "day", date(2026, 10, 31), date(2026, 11, 3))
    assert days["score"].to_list() == [None, 50, None, 70]
    assert frame.equals(before)


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([], []),
        ([10, 50], [10, 50]),
        ([50, 50], [45, 55]),
        ([55, 50], [57.5, 47.5]),
        ([50, 50, 50], [40, 50, 60]),
        # Spreading the first two pushes them into the third.
        ([50, 50, 56], [42, 52, 62]),
    ],
)
def test_labels_keep_apart_around_where_they_belong(
    wanted: list[float], placed: list[float]
) -> None:
    assert base.apart(wanted, 10) == pytest.approx(placed)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_figure_stands_on_the_ground_of_the_page(palette: Palette) -> None:
    settings = (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text()
    assert f'backgroundColor = "{palette.ground}"' in settings
    assert base.figure(palette, height=100).layout.paper_bgcolor == palette.ground
