"""Scores of a day: which ones, in which order, and why some clients have none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from health.errors import ArgumentError, UnknownOrganization
from health.queries.filters import ClientFilter, ScoreFilter
from health.queries.not_scored import NotScoredPage, NotScoredQuery, not_scored, why_not_scored
from health.queries.scores import (
    HealthScorePage,
    HealthScoreQuery,
    SortBy,
    SortDirection,
    health_scores,
)
from health.scoring.components import Component
from health.vocabulary import HealthTrend, NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from tiny import Tiny

DAY = date(2026, 11, 20)


def ask(tiny: Tiny, **arguments: Any) -> HealthScorePage:
    with tiny.database.read() as reader:
        return health_scores(reader, HealthScoreQuery(**arguments))


def ids(page: HealthScorePage | NotScoredPage) -> str:
    return "".join(page.frame["organization_id"])


def ask_not_scored(tiny: Tiny, **arguments: Any) -> NotScoredPage:
    with tiny.database.read() as reader:
        return not_scored(reader, NotScoredQuery(**arguments))


@pytest.fixture
def clients(tiny: Tiny) -> Tiny:
    """Four scored clients; A is the most urgent, then B, C and D."""
    tiny.run()
    for number, (name, days, columns) in enumerate(
        [
            ("A", 10, {"csm": "ana@example.com", "annual_value": Decimal(400)}),
            ("B", 200, {"csm": "ben@example.com", "annual_value": Decimal(100)}),
            ("C", -5, {"csm": "ana@example.com", "industry": "Energy"}),
            ("D", None, {"annual_value": Decimal(900), "name": "client d-100%"}),
        ],
        start=1,
    ):
        renewal = None if days is None else DAY + timedelta(days=days)
        tiny.client(number, name, renewal_date=renewal, **columns)
        tiny.span(number, DAY - timedelta(days=60), DAY)
    tiny.score(1, DAY, 55, risk_level="HIGH", trend="DECLINING", previous_score=80, coverage=60)
    tiny.score(2, DAY, 20, risk_level="HIGH", previous_score=20)
    tiny.score(3, DAY, 60, risk_level="MEDIUM", trend="IMPROVING", previous_score=50)
    tiny.score(4, DAY, 100, login_score=100)
    tiny.score(1, DAY - timedelta(days=1), 57)
    return tiny


def test_urgent_is_high_risk_then_a_renewal_soon_then_the_lowest_score(clients: Tiny) -> None:
    page = ask(clients)
    assert ids(page) == "ABCD"
    assert (page.total, page.as_of) == (4, DAY)


def test_a_row_has_the_fields_of_the_contract(clients: Tiny) -> None:
    row = ask(clients, organization_id="A").rows[0]
    assert (row.organization_id, row.organization_name) == ("A", "Client A")
    assert (row.overall_score, row.previous_score, row.coverage) == (55, 80, 60)
    assert row.trend is HealthTrend.DECLINING
    assert row.risk_level is RiskLevel.HIGH
    assert [getattr(row, component.column) for component in Component] == [None] * 5
    assert (row.renewal_date, row.days_until_renewal) == (DAY + timedelta(days=10), 10)
    assert row.calculated_at.year == 2026
    assert (row.csm, row.annual_value) == ("ana@example.com", Decimal(400))


def test_a_past_renewal_is_negative_and_an_unknown_one_is_none(clients: Tiny) -> None:
    days = {row.organization_id: row.days_until_renewal for row in ask(clients).rows}
    assert days == {"A": 10, "B": 200, "C": -5, "D": None}


def test_renewal_counts_from_the_day_asked_about(clients: Tiny) -> None:
    page = ask(clients, as_of=DAY - timedelta(days=1))
    assert [(row.overall_score, row.days_until_renewal) for row in page.rows] == [(57, 11)]


def test_a_day_without_scores_is_an_empty_answer(clients: Tiny) -> None:
    page = ask(clients, as_of=DAY - timedelta(days=300))
    assert (page.rows, page.total) == ((), 0)


def test_an_empty_database_is_an_empty_answer(tiny: Tiny) -> None:
    page = ask(tiny)
    assert (page.rows, page.total, page.as_of) == ((), 0, None)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"risk_level": RiskLevel.HIGH}, "AB"),
        ({"risk_level": "HIGH"}, "AB"),
        ({"trend": HealthTrend.STABLE}, "BD"),
        ({"min_score": 55}, "ACD"),
        ({"max_score": 55}, "AB"),
        ({"min_score": 55, "max_score": 60}, "AC"),
        ({"csm": "ana@example.com"}, "AC"),
        ({"industry": "Energy"}, "C"),
        ({"renewal_within": 10}, "A"),
        ({"renewal_within": 9}, ""),
        ({"search": "CLIENT c"}, "C"),
        ({"search": " b "}, "B"),
        ({"search": "100%"}, "D"),
        ({"search": "%"}, "D"),
        ({"search": "_"}, ""),
        ({"search": "'; DROP TABLE scores"}, ""),
        ({"organization_id": "B"}, "B"),
        ({"csm": "ana@example.com", "risk_level": RiskLevel.HIGH}, "A"),
    ],
)
def test_filters_narrow_and_search_is_literal(
    clients: Tiny, arguments: dict[str, Any], found: str
) -> None:
    page = ask(clients, **arguments)
    assert ids(page) == found
    assert page.total == len(found)


@pytest.mark.parametrize(
    ("sort_by", "rising", "falling"),
    [
        (SortBy.OVERALL_SCORE, "BACD", "DCAB"),
        (SortBy.ORGANIZATION_NAME, "ABCD", "DCBA"),
        (SortBy.CHANGE, "ABCD", "CBAD"),
        (SortBy.TREND, "ABDC", "CBDA"),
        (SortBy.RISK_LEVEL, "ABCD", "DCAB"),
        (SortBy.RENEWAL_DATE, "CABD", "BACD"),
        (SortBy.ANNUAL_VALUE, "BADC", "DABC"),
        ("login_score", "DABC", "DABC"),
        (SortBy.COVERAGE, "ABCD", "BCDA"),
        (SortBy.URGENCY, "ABCD", "DCBA"),
    ],
)
def test_order_rises_and_falls_with_the_unknown_last(
    clients: Tiny, sort_by: SortBy, rising: str, falling: str
) -> None:
    assert ids(ask(clients, sort_by=sort_by)) == rising
    assert ids(ask(clients, sort_by=sort_by, sort_dir=SortDirection.DESCENDING)) == falling


@pytest.mark.parametrize("sort_by", SortBy)
def test_every_order_can_be_asked_for_and_pages_do_not_overlap(
    clients: Tiny, sort_by: SortBy
) -> None:
    pages = [ask(clients, sort_by=sort_by, page=page, limit=3) for page in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [3, 1, 0]
    assert [page.total for page in pages] == [4, 4, 4]
    assert sorted("".join(ids(page) for page in pages)) == list("ABCD")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("page", 0),
        ("page", True),
        ("limit", 0),
        ("limit", 10_001),
        ("min_score", -1),
        ("max_score", 101),
        ("max_score", 50.5),
        ("sort_by", "name; DROP TABLE scores"),
        ("sort_dir", "up"),
        ("risk_level", "EXTREME"),
        ("trend", "UP"),
        ("as_of", "2026-11-20"),
        ("renewal_within", -1),
    ],
)
def test_a_wrong_argument_is_named(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        HealthScoreQuery(**{argument: value})
    assert caught.value.argument == argument


def test_a_minimum_above_the_maximum_is_wrong() -> None:
    with pytest.raises(ArgumentError, match="61 is more than max_score, 60"):
        HealthScoreQuery(min_score=61, max_score=60)


@pytest.mark.parametrize("query", [HealthScoreQuery, NotScoredQuery])
def test_an_unknown_client_is_an_error_and_one_without_a_score_is_not(
    clients: Tiny, query: type[HealthScoreQuery | NotScoredQuery]
) -> None:
    function: Any = health_scores if query is HealthScoreQuery else not_scored
    clients.client(9, "Z")
    with clients.database.read() as reader:
        assert ids(function(reader, query(organization_id="Z"))) in ("", "Z")
        with pytest.raises(UnknownOrganization):
            function(reader, query(organization_id="nobody"))


def test_a_filter_can_forget_the_score() -> None:
    chosen = ScoreFilter(search="a", csm="b", risk_level=RiskLevel.HIGH, as_of=DAY)
    assert chosen.about_clients == ClientFilter(search="a", csm="b", as_of=DAY)


OF_STANDARD = [reason for reason in NotScoredReason if reason is not NotScoredReason.TOO_LITTLE]
"""Why a model without a least coverage gives no score."""


@pytest.fixture
def unscored(tiny: Tiny) -> Tiny:
    """A client for each reason of the model standard, named after it, and one that is scored."""
    long_ago = DAY - timedelta(days=30)
    tiny.run()
    for number, organization_id in enumerate(["scored", *OF_STANDARD], start=1):
        tiny.client(number, organization_id, is_active=organization_id != NotScoredReason.INACTIVE)
    tiny.score(1, DAY, 50)
    for number, first, last in [
        (1, long_ago, DAY),
        (2, long_ago, DAY),
        (4, long_ago, long_ago),
        (5, DAY, DAY),
        (6, DAY, DAY),
    ]:
        tiny.span(number, first, last)
        tiny.usage(number, last, api_calls=1)
    tiny.stale(6, DAY, DAY)
    return tiny


def test_each_client_without_a_score_says_why(unscored: Tiny) -> None:
    page = ask_not_scored(unscored)
    reasons = dict(page.frame.select("organization_id", "reason").iter_rows())
    assert reasons == {reason: reason for reason in OF_STANDARD}
    assert page.reasons == dict.fromkeys(OF_STANDARD, 1)
    assert (page.total, page.as_of) == (5, DAY)


def test_the_last_usage_is_told_where_there_is_one(unscored: Tiny) -> None:
    last = dict(ask_not_scored(unscored).frame.select("reason", "last_usage").iter_rows())
    assert last[NotScoredReason.FEED_STOPPED] == DAY - timedelta(days=30)
    assert last[NotScoredReason.NO_USAGE] is None
    assert last[NotScoredReason.NOT_ENOUGH] == DAY


def test_a_feed_has_stopped_after_thirty_days_without_usage(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    for number, days in [(1, 29), (2, 30)]:
        day = DAY - timedelta(days=days)
        tiny.usage(number, day, api_calls=1)
        tiny.span(number, day, day)
    reasons = dict(ask_not_scored(tiny, as_of=DAY).frame.select("organization_id", "reason").rows())
    assert reasons == {"A": NotScoredReason.NOT_ENOUGH, "B": NotScoredReason.FEED_STOPPED}


def test_a_past_day_knows_nothing_of_later_usage(unscored: Tiny) -> None:
    page = ask_not_scored(unscored, as_of=DAY - timedelta(days=1), organization_id="NOT_ENOUGH")
    assert page.frame["reason"].to_list() == [NotScoredReason.NO_USAGE]
    assert page.frame["last_usage"].to_list() == [None]


def test_clients_without_a_score_are_paged_and_the_reasons_counted_whole(unscored: Tiny) -> None:
    page = ask_not_scored(unscored, page=2, limit=3)
    assert page.frame.height == 2
    assert page.total == 5


def test_one_client_can_be_asked_why(unscored: Tiny) -> None:
    with unscored.database.read() as reader:
        assert why_not_scored(reader, "INACTIVE", DAY) is NotScoredReason.INACTIVE
        assert why_not_scored(reader, "scored", DAY) is None
