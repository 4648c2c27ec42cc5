"""Metrics of a period against the period before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from health.errors import ArgumentError, UnknownOrganization
from health.queries.usage import (
    UsageMetricQuery,
    UsageMetricWithTrend,
    UsageTrend,
    usage_metrics,
    usage_rows,
)
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from tiny import Tiny

END = date(2026, 11, 20)
START = END - timedelta(days=29)
BEFORE = START - timedelta(days=1)


def ask(tiny: Tiny, *metrics: MetricType, start: date = START) -> list[UsageMetricWithTrend]:
    query = UsageMetricQuery(
        organization_id="A",
        start_date=start,
        end_date=END,
        metric_types=metrics or tuple(MetricType),
    )
    with tiny.database.read() as reader:
        return list(usage_metrics(reader, query))


def values(tiny: Tiny, *metrics: MetricType) -> list[tuple[float | None, float | None]]:
    return [(answer.current_value, answer.previous_value) for answer in ask(tiny, *metrics)]


def test_counts_are_summed_over_the_period_and_the_one_before(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, START, cases_created=3)
    tiny.usage(1, END, cases_created=4)
    tiny.usage(1, BEFORE, cases_created=10)
    tiny.usage(1, BEFORE - timedelta(days=29), cases_created=20)
    tiny.usage(1, BEFORE - timedelta(days=30), cases_created=1000)
    tiny.usage(1, END + timedelta(days=1), cases_created=1000)
    assert values(tiny, MetricType.CASES_CREATED) == [(7, 30)]


def test_daily_users_and_response_rates_are_averaged_over_their_rows(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, START, daily_active_users=10, campaign_response_rate=80)
    tiny.usage(1, END, daily_active_users=15)
    tiny.usage(1, BEFORE, campaign_response_rate=61)
    assert values(tiny, MetricType.DAILY_ACTIVE_USERS, MetricType.CAMPAIGN_RESPONSE_RATE) == [
        (12.5, None),
        (80.0, 61.0),
    ]


def test_monthly_users_are_the_last_value_and_not_the_greatest(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, START, monthly_active_users=60)
    tiny.usage(1, END - timedelta(days=3), monthly_active_users=40)
    tiny.usage(1, END, support_tickets=0)
    assert values(tiny, MetricType.MONTHLY_ACTIVE_USERS) == [(40, None)]


def test_a_metric_without_a_row_has_no_value_and_zero_is_a_value(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, END, support_tickets=0)
    assert values(tiny, MetricType.SUPPORT_TICKETS, MetricType.API_CALLS) == [
        (0, None),
        (None, None),
    ]


def test_a_client_without_usage_is_an_answer(tiny: Tiny) -> None:
    tiny.client(1, "A")
    answers = ask(tiny)
    assert [answer.metric_type for answer in answers] == list(MetricType)
    assert {answer.current_value for answer in answers} == {None}
    assert {answer.trend for answer in answers} == {UsageTrend.STABLE}


@pytest.mark.parametrize(
    ("current", "previous", "change", "trend"),
    [
        (105, 100, 5.0, UsageTrend.UP),
        (104, 100, 4.0, UsageTrend.STABLE),
        (95, 100, -5.0, UsageTrend.DOWN),
        (96, 100, -4.0, UsageTrend.STABLE),
        (0, 100, -100.0, UsageTrend.DOWN),
        (7, 0, None, UsageTrend.STABLE),
        (0, 0, None, UsageTrend.STABLE),
    ],
)
def test_five_percent_either_way_is_a_move(
    tiny: Tiny, current: int, previous: int, change: float | None, trend: UsageTrend
) -> None:
    tiny.client(1, "A")
    tiny.usage(1, END, api_calls=current)
    tiny.usage(1, BEFORE, api_calls=previous)
    (answer,) = ask(tiny, MetricType.API_CALLS)
    assert (answer.change_percent, answer.trend) == (change, trend)


def test_a_mean_at_exactly_five_percent_is_a_move(tiny: Tiny) -> None:
    tiny.client(1, "A")
    for day, users in ((END, 7), (END - timedelta(days=1), 7), (START, 7)):
        tiny.usage(1, day, daily_active_users=users)
    for step, users in enumerate((6, 7, 7)):
        tiny.usage(1, BEFORE - timedelta(days=step), daily_active_users=users)
    (answer,) = ask(tiny, MetricType.DAILY_ACTIVE_USERS)
    assert (answer.change_percent, answer.trend) == (5.0, UsageTrend.UP)


def test_the_answer_names_its_period(tiny: Tiny) -> None:
    tiny.client(1, "A")
    (answer,) = ask(tiny, MetricType.API_CALLS)
    assert (answer.period_start, answer.period_end) == (START, END)


def test_a_period_of_one_day_is_compared_with_the_day_before(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, END, api_calls=5)
    tiny.usage(1, END - timedelta(days=1), api_calls=4)
    (answer,) = ask(tiny, MetricType.API_CALLS, start=END)
    assert (answer.current_value, answer.previous_value) == (5, 4)


def test_daily_rows_are_those_of_the_period_by_metric_and_day(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, END, api_calls=5, support_tickets=0)
    tiny.usage(1, START, api_calls=4)
    tiny.usage(1, BEFORE, api_calls=1)
    query = UsageMetricQuery(
        organization_id="A",
        start_date=START,
        end_date=END,
        metric_types=(MetricType.SUPPORT_TICKETS, MetricType.API_CALLS),
    )
    with tiny.database.read() as reader:
        frame = usage_rows(reader, query)
    assert frame.schema == {"date": pl.Date, "metric_type": pl.String, "value": pl.Int64}
    assert frame.rows() == [
        (END, "SUPPORT_TICKETS", 0),
        (START, "API_CALLS", 4),
        (END, "API_CALLS", 5),
    ]


def test_another_clients_rows_do_not_count(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.usage(2, END, api_calls=5)
    assert values(tiny, MetricType.API_CALLS) == [(None, None)]


def test_an_unknown_client_is_an_error(tiny: Tiny) -> None:
    with pytest.raises(UnknownOrganization, match="“A”"):
        ask(tiny)


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("start_date", {"start_date": END, "end_date": START}),
        ("start_date", {"start_date": date(1899, 12, 31), "end_date": END}),
        ("end_date", {"start_date": START, "end_date": "2026-11-20"}),
        ("metric_types", {"metric_types": ()}),
        ("metric_types", {"metric_types": ("LOGINS",)}),
    ],
)
def test_a_wrong_argument_is_named(argument: str, arguments: dict[str, object]) -> None:
    right: dict[str, object] = {"organization_id": "A", "start_date": START, "end_date": END}
    with pytest.raises(ArgumentError) as raised:
        UsageMetricQuery(**{**right, **arguments})
    assert raised.value.argument == argument


def test_metrics_may_be_given_by_name() -> None:
    query = UsageMetricQuery(
        organization_id="A", start_date=START, end_date=END, metric_types=("API_CALLS",)
    )
    assert query.metric_types == (MetricType.API_CALLS,)
