"""The way from one score to another, on a reduced form of the picture."""

from __future__ import annotations

import pytest
from chart_texts import texts_of
from worked_example import compared, written

from health.charts.theme import DARK, LIGHT
from health.charts.waterfall import waterfall

MOVED = written(compared(after={"responses": 480, "tickets": 5, "active_users": 40}))


def labels() -> list[str]:
    return [text.replace("\u00a0", " ") for text in waterfall(MOVED, LIGHT).layout.yaxis.ticktext]


def test_steps_lead_from_one_score_to_the_other() -> None:
    bars = waterfall(MOVED, LIGHT).data[0]
    ends = [start + length for start, length in zip(bars.base, bars.x, strict=True)]
    assert (ends[0], ends[-1]) == (MOVED.before, MOVED.after)
    assert ends[-2] == pytest.approx(MOVED.after)
    assert list(bars.base[1:-1]) == pytest.approx(ends[:-2])


def test_parts_that_did_not_move_are_left_out() -> None:
    assert labels() == [
        "<b>21 Oct 2026</b>",
        "Logins",
        "Campaign completion",
        "Support tickets",
        "Rounding",
        "<b>20 Nov 2026</b>",
    ]


def test_gains_and_losses_differ_by_sign_and_colour() -> None:
    chart = waterfall(MOVED, DARK)
    said = texts_of(chart)
    assert said == ["<b>77</b>", "+0.8", "−10.2", "−4.5", "−0.1", "<b>63</b>"]
    colors = list(chart.data[0].marker.color)
    assert colors == [DARK.accent, DARK.good, DARK.bad, DARK.bad, DARK.neutral, DARK.accent]


def test_the_hover_says_what_moved() -> None:
    hover = waterfall(MOVED, LIGHT).data[0].hovertext[2].replace("\u00a0", " ")
    assert hover == (
        "<b>Campaign completion</b>: −10.2<br>Campaign responses fell from 81 % to 40 %"
    )
