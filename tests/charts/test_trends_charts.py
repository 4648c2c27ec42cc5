"""Pictures of the portfolio over time and of who moved, on a reduced form."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
from chart_texts import texts_of
from hovers import hovers

from health.charts.theme import LIGHT
from health.charts.trends import LONGEST_NAME, average_history, movers, risk_mix

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=9)


def history(*days_before: int) -> pl.DataFrame:
    """Ten clients on each of some days before the last one."""
    return pl.DataFrame(
        {
            "score_date": [LAST - timedelta(days=days) for days in days_before],
            "clients": [10] * len(days_before),
            "average": [70.25] * len(days_before),
            "high": [1] * len(days_before),
            "medium": [2] * len(days_before),
            "low": [7] * len(days_before),
        }
    )


REASON = "10 more support tickets (−12.0)"


def moved(*names_and_scores: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (f"ORG-{at}", name, before, now, now - before, "LOW", "HIGH", 23, REASON)
            for at, (name, before, now) in enumerate(names_and_scores)
        ],
        schema=[
            "organization_id",
            "organization_name",
            "score_before",
            "score",
            "change",
            "risk_before",
            "risk_level",
            "days_until_renewal",
            "reason",
        ],
        orient="row",
    )


def test_a_day_without_scores_is_a_gap_in_the_average() -> None:
    chart = average_history(history(9, 8, 5, 4, 0), LIGHT, first=FIRST, last=LAST)
    line = chart.data[0]
    assert (line.x0, line.dx, len(line.y)) == (FIRST, 24 * 3600 * 1000, 10)
    assert [9 - at for at, value in enumerate(line.y) if value is None] == [7, 6, 3, 2, 1]
    assert line.connectgaps is False


def test_the_last_average_is_written_beside_the_line() -> None:
    chart = average_history(history(1, 0), LIGHT, first=FIRST, last=LAST)
    assert chart.layout.annotations[-1].text == "<b>70.3</b>"
    assert hovers(chart.data[0])[-1] == "20 Nov 2026<br>Average 70.3 of 10 clients"


def test_the_risk_mix_stacks_high_risk_lowest_and_leaves_gaps_empty() -> None:
    chart = risk_mix(history(3, 0), LIGHT, first=FIRST, last=LAST)
    high, medium, low, middle = chart.data[:4]
    assert [level.name for level in (high, medium, low)] == ["High risk", "Medium risk", "Low risk"]
    assert [y for y in high.y if y is not None] == [1, 1, 1, 0, 0, 0] * 2
    assert [y for y in low.y if y is not None] == [10, 10, 10, 3, 3, 3] * 2
    assert [at for at, x in enumerate(medium.x) if x is None] == [6, 13], "two days, each alone"
    assert medium.x[0] == datetime(2026, 11, 16, 12)
    assert texts_of(chart) == [
        "<b>1</b> high risk",
        "<b>2</b> medium risk",
        "<b>7</b> low risk",
    ]
    assert hovers(middle)[6:8] == [
        "17 Nov 2026, 10 clients<br>● Low risk: 7, 70 %<br>◆ Medium risk: 2, 20 %"
        "<br>▲ High risk: 1, 10 %",
        None,
    ]


def test_days_that_follow_each_other_are_one_shape() -> None:
    chart = risk_mix(history(3, 1, 0), LIGHT, first=FIRST, last=LAST)
    assert [at for at, x in enumerate(chart.data[0].x) if x is None] == [6, 15]


def test_labels_of_small_levels_do_not_overlap() -> None:
    rows = history(0).with_columns(high=pl.lit(0), medium=pl.lit(0), low=pl.lit(10))
    heights = risk_mix(rows, LIGHT, first=FIRST, last=LAST).data[-1].y
    assert min(b - a for a, b in pairwise(heights)) >= 0.7


def test_no_scores_at_all_can_be_drawn() -> None:
    nothing = history(0).clear()
    assert not texts_of(risk_mix(nothing, LIGHT, first=FIRST, last=LAST))
    assert set(average_history(nothing, LIGHT, first=FIRST, last=LAST).data[0].y) == {None}


def test_movers_go_from_a_hollow_to_a_full_mark() -> None:
    chart = movers(moved(("Contoso", 90, 39), ("Globex", 70, 60)), LIGHT, before=FIRST, as_of=LAST)
    before, now = chart.data[-2:]
    assert (before.x, now.x) == ((90, 70), (39, 60))
    assert set(before.marker.color) == {LIGHT.ground}
    assert now.marker.color == (LIGHT.risk["HIGH"],) * 2
    assert [point[0] for point in now.customdata] == ["ORG-0", "ORG-1"]
    assert texts_of(chart) == ["<b>Contoso</b>", "<b>Globex</b>", "<b>−51</b>", "<b>−10</b>"]


def test_the_name_and_all_of_its_row_open_the_client() -> None:
    chart = movers(moved(("Contoso", 90, 39), ("Globex", 70, 60)), LIGHT, before=FIRST, as_of=LAST)
    rows = next(trace for trace in chart.data if trace.type == "bar")
    assert [point[0] for point in rows.customdata] == ["ORG-0", "ORG-1"]
    assert rows.y == (0, 1)
    assert chart.layout.bargap == 0
    assert {start + length for start, length in zip(rows.base, rows.x, strict=True)} == {
        chart.layout.xaxis.range[1]
    }


def test_a_mover_is_told_in_a_sentence() -> None:
    chart = movers(moved(("Contoso", 90, 39)), LIGHT, before=FIRST, as_of=LAST)
    assert chart.data[-1].hovertext[0].replace("\u00a0", " ") == (
        "<b>Contoso</b><br>90 on 11 Nov 2026, 39 on 20 Nov 2026: −51, "
        "from low risk to high risk<br>10 more support tickets (−12.0)<br>Renews in 23 days"
    )


def test_a_mover_without_a_reason_is_told_without() -> None:
    rows = moved(("Contoso", 90, 39)).with_columns(reason=pl.lit(""))
    told = movers(rows, LIGHT, before=FIRST, as_of=LAST).data[-1].hovertext[0]
    assert told.count("<br>") == 2


def test_long_and_hostile_names_stay_names() -> None:
    name = "<b>" + "x" * 60
    chart = movers(moved((name, 90, 39)), LIGHT, before=FIRST, as_of=LAST)
    written = texts_of(chart)[0].removeprefix("<b>").removesuffix("</b>")
    assert written.startswith("&lt;b&gt;x")
    assert written.endswith("…")
    assert len(written) <= LONGEST_NAME + len("&lt;&gt;")
