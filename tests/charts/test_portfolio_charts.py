"""Pictures of all clients on one day, on a reduced form: what is drawn, where, in which words."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl
import pytest

from health.charts.mark_names import MOST_NAMES, mark_names
from health.charts.renewal_map import outside_note, renewal_map
from health.charts.score_distribution import score_distribution
from health.charts.theme import DARK, LIGHT, RISK_SYMBOL
from health.vocabulary import RiskLevel

Row = tuple[str, int, str, int | None, float | None]


def landscape(
    *rows: Row, known: tuple[int, int] | None = None, is_late: bool = False
) -> pl.DataFrame:
    """Clients by name, score, risk, days to renewal and value.

    known: between which scores they are for want of data; is_late: whether their feed stands still.
    """
    return pl.DataFrame(
        [
            (
                *(f"ORG-{at}", name, score, -4, "STABLE", risk, days, value),
                *(75 if known else 100, *(known or (score, score)), is_late),
            )
            for at, (name, score, risk, days, value) in enumerate(rows)
        ],
        schema={
            "organization_id": pl.String,
            "organization_name": pl.String,
            "overall_score": pl.UInt8,
            "change": pl.Int32,
            "trend": pl.String,
            "risk_level": pl.String,
            "days_until_renewal": pl.Int32,
            "annual_value": pl.Float64,
            "coverage": pl.UInt8,
            "lowest": pl.Int32,
            "highest": pl.Int32,
            "is_late": pl.Boolean,
        },
        orient="row",
    )


def many(amount: int) -> pl.DataFrame:
    """Clients of all risks, spread over the year."""
    levels = ("HIGH", "MEDIUM", "LOW")
    return landscape(
        *(
            (
                f"Client {n}",
                20 + 30 * (n % 3) + n % 7,
                levels[n % 3],
                n * 7 % 360,
                1_000.0 * (n % 50 + 1),
            )
            for n in range(amount)
        )
    )


def names(chart: go.Figure) -> list[str]:
    """What is written beside marks."""
    return [note.text for note in chart.layout.annotations if note.bgcolor and note.xref != "paper"]


def marks(chart: go.Figure) -> int:
    return sum(len(trace.x) for trace in chart.data if trace.type == "scatter")


def test_each_client_is_a_mark_of_its_risk_that_knows_its_client() -> None:
    chart = renewal_map(
        landscape(("Low", 90, "LOW", 200, 1.0), ("High", 20, "HIGH", 10, 4.0)),
        LIGHT,
        currency="USD",
    )
    high, medium, low = chart.data
    assert (high.name, medium.name, low.name) == ("High risk", "Medium risk", "Low risk")
    assert high.marker.symbol == RISK_SYMBOL[RiskLevel.HIGH]
    assert (high.x, high.y, high.customdata[0][0]) == ((10,), (20,), "ORG-1")
    assert (low.x, low.y, low.customdata[0][0]) == ((200,), (90,), "ORG-0")
    assert not medium.x


def test_the_hover_is_a_sentence_with_the_name_as_it_is() -> None:
    chart = renewal_map(landscape(("<b>A & B", 20, "HIGH", 10, 46_200.0)), LIGHT, currency="USD")
    assert chart.data[0].hovertext[0].replace("\u00a0", " ") == (
        "<b>&lt;b&gt;A &amp; B</b><br>Score 20, high risk, stable (−4 over the trend)<br>"
        "Renews in 10 days · $46,200 a year"
    )


def test_an_unknown_value_is_left_out_of_the_hover() -> None:
    chart = renewal_map(landscape(("A", 20, "HIGH", 10, None)), LIGHT, currency="USD")
    assert "$" not in chart.data[0].hovertext[0]


def test_what_the_picture_leaves_out_is_said() -> None:
    rows = landscape(
        ("Shown", 50, "MEDIUM", 100, 1.0),
        ("Unknown", 50, "MEDIUM", None, 1.0),
        ("Later", 50, "MEDIUM", 376, 1.0),
        ("Passed", 50, "MEDIUM", -46, 1.0),
    )
    assert marks(renewal_map(rows, LIGHT, currency="USD")) == 1
    assert outside_note(rows) == (
        "Not in the picture: 1 without a renewal date, 1 renewing later than in a year and "
        "1 whose renewal passed over 45 days ago."
    )
    assert outside_note(rows.head(1)) == ""


def test_a_few_clients_are_all_named_where_there_is_room() -> None:
    rows = landscape(*((f"Client {n}", 10 + 15 * n, "LOW", 20 + 60 * n, 1.0) for n in range(5)))
    assert sorted(names(renewal_map(rows, LIGHT, currency="USD"))) == [
        f"Client {n}" for n in range(5)
    ]


def test_of_many_clients_only_those_at_high_risk_are_named() -> None:
    rows = many(200)
    named = names(renewal_map(rows, LIGHT, currency="USD"))
    high = rows.filter(pl.col("risk_level") == "HIGH")["organization_name"].to_list()
    assert 0 < len(named) <= MOST_NAMES
    assert set(named) <= set(high)


@pytest.mark.parametrize("amount", [20, 200, 2_000])
def test_names_never_overlap(amount: int) -> None:
    rows = many(amount)
    boxes = [name.box for name in mark_names(rows, named=rows.height)]
    pairs = [(a, b) for at, a in enumerate(boxes) for b in boxes[at + 1 :]]
    assert boxes
    assert not any(one.overlaps(other) for one, other in pairs)


def test_the_largest_of_those_that_renew_soon_is_named_first() -> None:
    crowd = [(f"Crowd {n}", 30, "HIGH", 30, 5.0) for n in range(30)]
    later = ("Later", 30, "HIGH", 300, 5_000.0)
    rows = landscape(*crowd, later, ("Whale", 30, "HIGH", 31, 900.0))
    named = names(renewal_map(rows, LIGHT, currency="USD"))
    assert named[0] == "Whale"
    assert "Later" in named


def test_of_a_few_the_largest_of_the_urgent_is_named_too() -> None:
    crowd = [(f"Crowd {n}", 30, "HIGH", 30, 5.0) for n in range(15)]
    rows = landscape(*crowd, ("Whale", 31, "HIGH", 31, 900.0))
    assert names(renewal_map(rows, LIGHT, currency="USD"))[0] == "Whale"


def test_thousands_of_clients_become_a_density_with_the_urgent_marked() -> None:
    rows = many(2_000)
    chart = renewal_map(rows, LIGHT, currency="USD")
    density = next(trace for trace in chart.data if trace.type == "heatmap")
    assert sum(density.z) == 2_000
    assert 0 < marks(chart) <= 60


def test_an_empty_picture_can_be_drawn() -> None:
    assert marks(renewal_map(landscape(), DARK, currency="USD")) == 0
    assert not score_distribution(landscape(), DARK).layout.annotations


def test_the_distribution_counts_every_client_once() -> None:
    rows = landscape(
        ("A", 0, "HIGH", 1, 1.0),
        ("B", 69, "MEDIUM", 1, 1.0),
        ("C", 70, "LOW", 1, 1.0),
        ("D", 99, "LOW", 1, 1.0),
        ("E", 100, "LOW", 1, 1.0),
    )
    chart = score_distribution(rows, LIGHT)
    bars = {
        (trace.name, x): y for trace in chart.data for x, y in zip(trace.x, trace.y, strict=True)
    }
    assert bars == {
        ("High risk", 2.5): 1,
        ("Medium risk", 67.5): 1,
        ("Low risk", 72.5): 1,
        ("Low risk", 97.5): 2,
    }
    hover = [text for trace in chart.data for text in trace.hovertext]
    assert hover[-1].replace("\u00a0", " ") == "2 clients scored 95 to 100<br>Low risk"
    assert chart.layout.annotations[0].text == "average 67.6"


def test_few_clients_are_counted_in_whole_steps() -> None:
    assert score_distribution(many(3), LIGHT).layout.yaxis.dtick == 1
    assert score_distribution(many(300), LIGHT).layout.yaxis.dtick is None


def test_the_frame_stays_as_it_was() -> None:
    rows = many(30)
    before = rows.clone()
    renewal_map(rows, LIGHT, currency="USD")
    score_distribution(rows, LIGHT)
    assert rows.equals(before)


def test_a_mark_says_between_which_scores_it_is_for_want_of_data() -> None:
    row = ("Acme", 50, "MEDIUM", 20, 9.0)
    (whole,) = hovers(renewal_map(landscape(row), LIGHT, currency="USD"))
    (part,) = hovers(renewal_map(landscape(row, known=(38, 63)), LIGHT, currency="USD"))
    assert "known" not in whole
    assert part.replace("\u00a0", " ").endswith("75 % known; score 38–63")


def test_a_client_whose_feed_stands_still_is_grey_and_says_so() -> None:
    row = ("Acme", 90, "LOW", 20, 9.0)
    picture = renewal_map(landscape(row, is_late=True), LIGHT, currency="USD")
    (said,) = hovers(picture)
    assert said.replace("\u00a0", " ").endswith("No usage in the last 7 days")
    (low,) = (trace for trace in picture.data if trace.name == "Low risk")
    assert low.marker.line.color == (LIGHT.neutral,)


def hovers(chart: go.Figure) -> list[str]:
    """What marks say under the pointer."""
    return [text for trace in chart.data for text in trace.hovertext or ()]
