"""The numbers of all clients on one day, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from random_portfolios import WIDER

from health.errors import UnknownOrganization
from health.queries.filters import ScoreFilter
from health.queries.portfolio import (
    SPARKLINE_DAYS,
    PortfolioOverview,
    choices,
    landscape,
    overview,
    sparklines,
)
from health.scoring.components import Component
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from tiny import Tiny

DAY = date(2026, 11, 20)


@pytest.fixture
def clients(tiny: Tiny) -> Tiny:
    """Two at high risk, one at medium, one at low, one without a score."""
    tiny.run()
    for number, (name, days, value) in enumerate(
        [("A", 0, 100), ("B", 91, 200), ("C", 90, None), ("D", None, 800), ("E", 5, 1_600)],
        start=1,
    ):
        tiny.client(
            number,
            name,
            renewal_date=None if days is None else DAY + timedelta(days=days),
            annual_value=None if value is None else Decimal(value),
            csm="ana@example.com" if name in "AC" else None,
            industry="Energy" if name == "A" else "Banking",
        )
    tiny.span(1, DAY - timedelta(days=200), DAY)
    tiny.score(1, DAY, 30, risk_level="HIGH", trend="DECLINING", previous_score=40)
    tiny.score(2, DAY, 38, risk_level="HIGH", previous_score=39)
    tiny.score(3, DAY, 60, risk_level="MEDIUM", trend="IMPROVING", previous_score=50)
    tiny.score(4, DAY, 90)
    return tiny


def ask(tiny: Tiny, **arguments: Any) -> PortfolioOverview:
    with tiny.database.read() as reader:
        return overview(reader, ScoreFilter(**arguments))


def by_risk(numbers: PortfolioOverview) -> tuple[int, ...]:
    return tuple(numbers.by_risk[level] for level in reversed(RiskLevel))


def test_everything_is_counted(clients: Tiny) -> None:
    numbers = ask(clients)
    assert by_risk(numbers) == (2, 1, 1)
    assert (numbers.not_scored, numbers.clients, numbers.scored) == (1, 4, 4)
    assert numbers.average == (30 + 38 + 60 + 90) / 4
    assert numbers.average_change == pytest.approx((-10 - 1 + 10) / 3)
    assert (numbers.declining, numbers.improving) == (1, 1)
    assert (numbers.value, numbers.value_at_risk) == (Decimal(1100), Decimal(300))
    assert (numbers.renewals_at_risk, numbers.renewals_at_risk_value) == (1, Decimal(100))
    assert (numbers.without_value, numbers.without_renewal) == (1, 1)


def test_a_level_filters_all_but_the_counts_by_level(clients: Tiny) -> None:
    numbers = ask(clients, risk_level=RiskLevel.HIGH)
    assert by_risk(numbers) == (2, 1, 1)
    assert (numbers.clients, numbers.average) == (2, 34)
    assert (numbers.value, numbers.value_at_risk) == (Decimal(300), Decimal(300))
    assert numbers.not_scored == 1


def test_other_filters_also_filter_the_counts(clients: Tiny) -> None:
    numbers = ask(clients, csm="ana@example.com")
    assert (by_risk(numbers), numbers.clients, numbers.not_scored) == ((1, 1, 0), 2, 0)
    numbers = ask(clients, trend=HealthTrend.STABLE)
    assert (by_risk(numbers), numbers.clients, numbers.not_scored) == ((1, 0, 1), 2, 1)


def test_no_client_has_no_average_rather_than_zero(clients: Tiny) -> None:
    numbers = ask(clients, search="nobody")
    assert (numbers.clients, numbers.average, numbers.average_change) == (0, None, None)
    assert numbers.value == Decimal(0)


def test_nothing_to_compare_with_is_no_change(clients: Tiny) -> None:
    assert ask(clients, organization_id="D").average_change is None


def test_an_unknown_client_is_an_error(clients: Tiny) -> None:
    with pytest.raises(UnknownOrganization):
        ask(clients, organization_id="nobody")


def test_the_landscape_has_every_score_the_most_urgent_first(clients: Tiny) -> None:
    with clients.database.read() as reader:
        rows = landscape(reader, ScoreFilter())
        high = landscape(reader, ScoreFilter(risk_level=RiskLevel.HIGH))
    assert rows["organization_id"].to_list() == ["A", "B", "C", "D"]
    assert rows["days_until_renewal"].to_list() == [0, 91, 90, None]
    assert rows["change"].to_list() == [-10, -1, 10, None]
    assert rows["annual_value"].to_list() == [100.0, 200.0, None, 800.0]
    assert high["organization_id"].to_list() == ["A", "B"]


def test_the_landscape_of_a_day_without_scores_is_empty(clients: Tiny) -> None:
    with clients.database.read() as reader:
        assert landscape(reader, ScoreFilter(as_of=date(2020, 1, 1))).is_empty()


def test_the_landscape_says_what_is_not_known_of_a_score(tiny: Tiny) -> None:
    tiny.run()
    parts = {"case_resolution_score": 60, "campaign_completion_score": 61}
    for number, (days, columns) in enumerate([(0, parts), (6, {}), (7, {})], start=1):
        tiny.client(number, f"{number}")
        tiny.usage(number, DAY - timedelta(days=days), cases_created=1)
        tiny.score(number, DAY, 61, coverage=50, **columns)
    with tiny.database.read() as reader:
        rows = landscape(reader, ScoreFilter(as_of=DAY)).sort("organization_id")
    # 25 % of 60 and 25 % of 61 are 30.25; with all of the other half it would be 80.25.
    assert rows.select("coverage", "lowest", "highest").row(0) == (50, 30, 80)
    assert rows["is_late"].to_list() == [False, False, True]


def test_the_landscape_counts_extra_parts_of_the_model_of_each_score(tiny: Tiny) -> None:
    tiny.run()
    tiny.run_by(2, WIDER)
    known = {component.column: 60 for component in Component}
    for number, (run, points) in enumerate(
        [(1, None), (2, [60, 60, 60, 60]), (2, [60, None, 60, 60])], start=1
    ):
        tiny.client(number, f"{number}")
        tiny.score(number, DAY, 60, extra_points=points, run_id=run, **known)
    with tiny.database.read() as reader:
        rows = landscape(reader, ScoreFilter(as_of=DAY)).sort("organization_id")
    # A tenth of the last one is not known: 54 without it, 64 with all of its points.
    assert rows.select("lowest", "highest").rows() == [(60, 60), (60, 60), (54, 64)]
    assert not {"extra_points", "model_version"} & set(rows.columns)


def test_a_sparkline_has_a_value_for_each_day_and_none_for_a_gap(clients: Tiny) -> None:
    clients.score(1, DAY - timedelta(days=2), 33)
    clients.score(1, DAY - timedelta(days=SPARKLINE_DAYS - 1), 50)
    clients.score(1, DAY - timedelta(days=SPARKLINE_DAYS), 99)
    clients.score(1, DAY + timedelta(days=1), 99)
    with clients.database.read() as reader:
        rows = dict(sparklines(reader, ["E", "A"], DAY).iter_rows())
    assert list(rows) == ["E", "A"]
    assert rows["E"] == [None] * SPARKLINE_DAYS
    assert rows["A"] == [50, *[None] * (SPARKLINE_DAYS - 4), 33, None, 30]


def test_no_client_has_no_sparkline(tiny: Tiny) -> None:
    with tiny.database.read() as reader:
        assert sparklines(reader, [], DAY).is_empty()


def test_choices_are_what_is_on_file_in_order(clients: Tiny) -> None:
    with clients.database.read() as reader:
        found = choices(reader)
    assert found.csms == ("ana@example.com",)
    assert found.industries == ("Banking", "Energy")


def test_an_empty_database_offers_no_choice(tiny: Tiny) -> None:
    with tiny.database.read() as reader:
        assert (choices(reader).csms, choices(reader).industries) == ((), ())
