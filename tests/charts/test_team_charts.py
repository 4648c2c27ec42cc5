"""The picture of what renews in which month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
from chart_texts import texts_of

from health.charts.team import renewals
from health.charts.theme import LIGHT

PARTS = ("high", "medium", "low", "not_scored")


def months(*rows: tuple[int, int, int, int]) -> pl.DataFrame:
    """A row for each month: thousands of value by level, of one client where there is any."""
    return pl.DataFrame(
        [
            {
                "month": date(2026, 11 + at, 1) if at < 2 else date(2027, at - 1, 1),
                **{part: int(value > 0) for part, value in zip(PARTS, row, strict=True)},
                **{
                    f"{part}_value": Decimal(value * 1000)
                    for part, value in zip(PARTS, row, strict=True)
                },
                "without_value": 2 * (at == 0),
            }
            for at, row in enumerate(rows)
        ]
    )


def test_a_month_is_a_bar_of_its_levels_with_high_risk_first() -> None:
    chart = renewals(months((40, 20, 0, 5), (0, 0, 90, 0)), LIGHT, currency="EUR")
    bars = [trace for trace in chart.data if trace.type == "bar"]
    assert [bar.x for bar in bars] == [(40e3, 0), (20e3, 0), (0, 90e3), (5e3, 0)]
    assert bars[0].marker.color == LIGHT.risk["HIGH"]
    assert chart.layout.barmode == "stack"
    assert list(chart.layout.yaxis.ticktext) == ["Nov 2026", "Dec 2026"]


def test_what_is_at_high_risk_stands_beside_its_bar() -> None:
    chart = renewals(months((40, 20, 0, 0), (0, 0, 90, 0)), LIGHT, currency="EUR")
    assert texts_of(chart)[1:] == ["▲ €40k"]
    assert all(name in texts_of(chart)[0] for name in ("▲ High", "◆ Medium", "● Low", "Not scored"))


def test_a_bar_is_told_in_words_and_money() -> None:
    chart = renewals(months((40, 20, 0, 0)), LIGHT, currency="EUR")
    told = chart.data[0].hovertext[0].replace("\u00a0", " ")
    assert told.startswith(
        "<b>November 2026</b>: 2 renewals, €60,000 a year<br><b>▲ High: 1, €40,000"
    )
    assert told.endswith("2 clients without a value on file")


def test_months_without_any_value_are_drawn() -> None:
    chart = renewals(months((0, 0, 0, 0)), LIGHT, currency="EUR")
    assert chart.layout.xaxis.ticktext[0] == "€0"


def test_the_axis_has_a_few_round_steps() -> None:
    for most in (1, 7, 30, 90, 999):
        chart = renewals(months((most, 0, 0, 0)), LIGHT, currency="EUR")
        steps = chart.layout.xaxis.tickvals
        assert 2 <= len(steps) <= 4
        assert str(int(steps[1])).rstrip("0") in {"1", "2", "5"}
