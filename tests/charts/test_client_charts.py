"""Pictures of one client, on a reduced form: what is drawn, where, and in which words."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import plotly.graph_objects as go
import polars as pl
import pytest
from chart_texts import texts_of
from hovers import hovers
from inputs import replace, score_inputs
from random_portfolios import WIDER

from health.charts.breakdown import breakdown
from health.charts.client import (
    change_words,
    component_history,
    metric_value,
    score_history,
    usage_panels,
)
from health.charts.theme import DARK, LIGHT
from health.explanation.breakdown import explain
from health.queries.usage import UsageMetricWithTrend, UsageTrend
from health.scoring.components import Component
from health.scoring.model import STANDARD
from health.vocabulary import MetricType

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=89)
INPUTS = score_inputs(
    window_start=LAST - timedelta(days=29),
    window_end=LAST,
    licensed_users=60,
    active_users=38,
    active_metric=MetricType.MONTHLY_ACTIVE_USERS,
    active_date=LAST,
    cases_closed=50,
    cases_on_time=45,
    responses=972,
    response_days=12,
    features_enabled=9,
    features_used=6,
    tickets=2,
)


AGES = dict.fromkeys(Component, "last of it 12 Oct 2026, 39 days ago")


def history(days_before: list[int], versions: list[str] | None = None) -> pl.DataFrame:
    """Scores on days before the last one; the score of a day is 70 and a tenth of its distance."""
    rows = len(days_before)
    return pl.DataFrame(
        {
            "score_date": [LAST - timedelta(days=days) for days in days_before],
            "overall_score": [70 + days // 10 for days in days_before],
            **{component.column: [50] * rows for component in Component},
            "coverage": [100] * rows,
            "trend": ["STABLE"] * rows,
            "risk_level": ["LOW"] * rows,
            "model_version": versions or ["standard-1"] * rows,
            "model": [f"The {version}" for version in versions or ["standard-1"] * rows],
        }
    ).sort("score_date")


def words(chart: go.Figure) -> str:
    """Everything written on a figure, with plain spaces."""
    return "\n".join(texts_of(chart))


def metric(kind: MetricType, current: float | None, previous: float | None) -> UsageMetricWithTrend:
    change = 100 * (current - previous) / previous if current is not None and previous else None
    trend = UsageTrend.STABLE
    if change is not None and abs(change) >= 5:
        trend = UsageTrend.UP if change > 0 else UsageTrend.DOWN
    return UsageMetricWithTrend(
        metric_type=kind,
        current_value=current,
        previous_value=previous,
        change_percent=change,
        trend=trend,
        period_start=LAST - timedelta(days=29),
        period_end=LAST,
    )


def test_a_day_without_a_score_is_a_gap_in_the_line() -> None:
    chart = score_history(history([2, 0]), LIGHT, STANDARD, first=FIRST, last=LAST)
    line = chart.data[0]
    assert (line.x0, line.dx, len(line.y)) == (FIRST, 24 * 3600 * 1000, 90)
    assert list(line.y[-3:]) == [70, None, 70]
    assert line.connectgaps is False


def test_a_score_between_two_gaps_is_marked() -> None:
    chart = score_history(history([50, 0]), LIGHT, STANDARD, first=FIRST, last=LAST)
    marked = [trace for trace in chart.data if trace.mode == "markers"]
    assert (LAST - timedelta(days=50), 75) in [
        (x, y) for trace in marked for x, y in zip(trace.x, trace.y, strict=True)
    ]


def test_the_last_score_is_labelled_and_the_bands_are_named() -> None:
    chart = score_history(history([10, 0]), LIGHT, STANDARD, first=FIRST, last=LAST)
    assert "<b>70</b>" in words(chart)
    for level in ("Low risk", "Medium risk", "High risk"):
        assert level in words(chart)
    assert chart.layout.yaxis.range[1] > 100


def test_the_score_it_is_compared_with_is_marked() -> None:
    chart = score_history(history([30, 0]), LIGHT, STANDARD, first=FIRST, last=LAST)
    assert any(list(trace.x) == [LAST - timedelta(days=30)] for trace in chart.data[1:])


def test_a_change_of_model_is_drawn() -> None:
    both = history([60, 0], ["standard-1", "targets-1"])
    chart = score_history(both, LIGHT, STANDARD, first=FIRST, last=LAST)
    assert "Model The targets-1" in words(chart)
    assert len([shape for shape in chart.layout.shapes if shape.type == "line"]) == 1


@pytest.mark.parametrize(("ago", "side"), [(80, "left"), (10, "right")])
def test_the_name_of_a_model_stands_where_there_is_room_and_is_cut(ago: int, side: str) -> None:
    both = history([85, ago], ["one", "two " * 30])
    chart = score_history(both, LIGHT, STANDARD, first=FIRST, last=LAST)
    (note,) = (note for note in chart.layout.annotations if "Model" in note.text)
    assert note.xanchor == side
    assert note.text.endswith("…")
    assert len(note.text) < 50


def test_an_extra_part_is_drawn_over_the_days_it_counted() -> None:
    part = replace(WIDER.extra_parts[0], label="Calls & <b>more</b>")
    days = history([2, 1, 0]).with_columns(pl.Series(part.column, [None, 30, 40], dtype=pl.UInt8))
    chart = component_history(days, LIGHT, (*Component, part), first=FIRST, last=LAST)
    (line,) = (trace for trace in chart.data if trace.name and "Calls" in trace.name)
    assert [value is None for value in line.y[-3:]] == [True, False, False]
    assert line.connectgaps is False
    assert "Calls &amp; &lt;b&gt;more&lt;/b&gt;: 40" in str(hovers(line)[-1])


def test_the_hover_is_a_sentence() -> None:
    chart = score_history(history([0]), LIGHT, STANDARD, first=FIRST, last=LAST)
    assert hovers(chart.data[0])[-1] == (
        "20 Nov 2026<br><b>70</b> · ● Low risk, stable<br>Rests on 100 % of the weights"
    )


def test_charts_leave_their_frames_as_they_were() -> None:
    given = history([30, 0])
    before = given.clone()
    score_history(given, LIGHT, STANDARD, first=FIRST, last=LAST)
    component_history(given, DARK, first=FIRST, last=LAST)
    assert given.equals(before)


def test_the_five_components_stand_side_by_side_in_their_colours() -> None:
    chart = component_history(history([5, 0]), DARK, first=FIRST, last=LAST)
    lines = [trace for trace in chart.data if trace.mode == "lines" and trace.name]
    assert {trace.name: trace.line.color for trace in lines} == {
        component.label: DARK.component[component] for component in Component
    }
    assert all(component.label in words(chart) for component in Component)


def test_components_of_an_earlier_day_say_the_day() -> None:
    chart = component_history(history([18]), LIGHT, first=FIRST, last=LAST)
    assert words(chart).count("on 2 Nov 2026") == len(Component)


def test_the_breakdown_shows_points_of_points_and_what_they_rest_on() -> None:
    chart = breakdown(explain(INPUTS, STANDARD), LIGHT, ages=AGES)
    possible, earned = chart.data[:2]
    assert list(possible.x) == [20, 25, 25, 15, 15]
    assert list(earned.x) == pytest.approx([12.6, 22.5, 20.25, 10.05, 12])
    assert "<b>12.6</b>" in words(chart)
    assert "of 20.0" in words(chart)
    assert "38 of 60 licensed users active in the month to 20 Nov 2026" in words(chart)


def test_a_component_whose_data_is_old_is_grey_and_says_how_old() -> None:
    chart = breakdown(
        explain(INPUTS, STANDARD), LIGHT, ages=AGES, stale=[Component.CASE_RESOLUTION]
    )
    earned = chart.data[1]
    assert list(earned.marker.color)[:2] == [LIGHT.component[Component.LOGIN], LIGHT.neutral]
    assert earned.hovertext[1].endswith("<br>Last of it 12 Oct 2026, 39 days ago")


def test_a_component_without_data_says_so_and_why() -> None:
    chart = breakdown(explain(replace(INPUTS, tickets=None), STANDARD), LIGHT, ages=AGES)
    assert chart.data[0].x[-1] == 0
    assert "no data" in words(chart)
    assert "No ticket count was recorded in these 30 days" in words(chart)


def test_what_is_no_score_by_itself_has_no_points() -> None:
    alone = replace(
        INPUTS, active_users=None, cases_closed=None, responses=0, response_days=0, tickets=None
    )
    chart = breakdown(explain(alone, STANDARD), LIGHT, ages=AGES)
    assert set(chart.data[1].x) == {0}
    assert "67 of 100, no score by itself" in words(chart)


def test_bars_are_as_long_as_their_exact_points() -> None:
    explained = explain(replace(INPUTS, tickets=None), STANDARD)
    chart = breakdown(explained, LIGHT, ages=AGES)
    assert sum(Fraction(x).limit_denominator(10**6) for x in chart.data[0].x) == 100


def test_usage_is_drawn_for_each_metric_with_its_gaps() -> None:
    rows = pl.DataFrame(
        {
            "date": [LAST - timedelta(days=2), LAST],
            "metric_type": ["API_CALLS", "API_CALLS"],
            "value": [3.0, 5000.2],
        }
    )
    chart = usage_panels([metric(MetricType.API_CALLS, 8, 4)], rows, LIGHT, first=FIRST, last=LAST)
    line = next(trace for trace in chart.data if trace.mode == "lines" and trace.name)
    known = [value for value in line.y if value is not None]
    assert [y is None for y in line.y[-4:]] == [True, False, True, False]
    assert known[0] > known[1], "5,000.2 is drawn above 3"
    assert hovers(line)[-3:] == [
        "18 Nov 2026<br>API calls: 3",
        None,
        "20 Nov 2026<br>API calls: 5,000.2",
    ]
    assert "API calls" in words(chart)
    assert "+100 %, better" in words(chart)


@pytest.mark.parametrize(
    ("kind", "current", "previous", "said"),
    [
        (MetricType.CASES_CLOSED, 88, 100, "↘ −12 %, worse"),
        (MetricType.CASES_CLOSED, 112, 100, "↗ +12 %, better"),
        (MetricType.SUPPORT_TICKETS, 112, 100, "↗ +12 %, worse"),
        (MetricType.SUPPORT_TICKETS, 88, 100, "↘ −12 %, better"),
        (MetricType.CASES_CLOSED, 102, 100, "→ +2 %, stable"),
        (MetricType.CASES_CLOSED, 3, None, "no data in the period before"),
        (MetricType.CASES_CLOSED, 3, 0, "0 in the period before"),
        (MetricType.CASES_CLOSED, None, 7, "was 7 before"),
        (MetricType.CASES_CLOSED, None, None, ""),
    ],
)
def test_a_change_says_its_direction_and_whether_it_is_good(
    kind: MetricType, current: float | None, previous: float | None, said: str
) -> None:
    assert change_words(metric(kind, current, previous)).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (MetricType.CAMPAIGN_RESPONSE_RATE, 81.25, "81.3 %"),
        (MetricType.CAMPAIGN_RESPONSE_RATE, 81.0, "81 %"),
        (MetricType.DAILY_ACTIVE_USERS, 12.5, "12.5"),
        (MetricType.API_CALLS, 99_999, "99,999"),
        (MetricType.API_CALLS, 1_234_567, "1.2M"),
        (MetricType.API_CALLS, None, "no data"),
    ],
)
def test_values_read_as_numbers_of_their_metric(
    kind: MetricType, value: float | None, said: str
) -> None:
    assert metric_value(kind, value).replace("\u00a0", " ") == said


def test_what_people_did_is_marked_on_the_line_and_said_on_hover() -> None:
    history = pl.DataFrame({"score_date": [LAST - timedelta(days=1), LAST]}).with_columns(
        overall_score=pl.Series([70, 60]),
        coverage=100,
        trend=pl.lit("STABLE"),
        risk_level=pl.lit("MEDIUM"),
        model_version=pl.lit("standard-1"),
        model=pl.lit("Standard"),
    )
    event = {"kind": "CALL", "what": "REACHED", "subject": "MIXED", "who": "Ada <b>"}
    days = [LAST - timedelta(days=1), LAST + timedelta(days=3), FIRST - timedelta(days=1)]
    events = pl.DataFrame([event | {"day": day, "text": "Slow."} for day in days])
    figure = score_history(history, LIGHT, STANDARD, first=FIRST, last=LAST, events=events)
    [marks] = [trace for trace in figure.data if trace.name == "Calls, notes, pulses and outcomes"]
    assert list(marks.x) == [LAST - timedelta(days=1), LAST]
    assert list(marks.y) == [70, 60]
    said = [text.replace("\u00a0", " ") for text in marks.hovertext]
    assert said[1] == "23 Nov 2026: Called, sounded mixed, Ada &lt;b&gt;<br>Slow."
    figure = score_history(history, LIGHT, STANDARD, first=FIRST, last=LAST, events=events.head(0))
    assert "Calls, notes, pulses and outcomes" not in [trace.name for trace in figure.data]
