"""What scores of many clients rest on, on two days at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from inputs import named

from health.errors import ArgumentError
from health.queries.inputs import (
    ClientKey,
    Comparison,
    ComparisonQuery,
    Window,
    comparisons,
    inputs_of,
    over_trends,
)
from health.scoring.model import STANDARD, ScoringModel
from health.scoring.publishing import Act, put_in_force
from health.scoring.segments import Rule, Segment
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from tiny import Tiny

TODAY = date(2026, 11, 20)
BEFORE = TODAY - timedelta(days=7)
SHORT = ScoringModel(version="short-1", label="Short", window_days=3)


def ask(tiny: Tiny, *names: str) -> dict[str, Comparison]:
    query = ComparisonQuery(organization_ids=names, start_date=BEFORE, end_date=TODAY)
    with tiny.database.read() as reader:
        return comparisons(reader, query)


def test_each_client_and_day_has_the_numbers_of_its_own_window(tiny: Tiny) -> None:
    for number, name in ((1, "A"), (2, "B")):
        tiny.client(number, name, total_users=10 * number)
        tiny.usage(number, TODAY - timedelta(days=30), support_tickets=100)
        tiny.usage(number, BEFORE, support_tickets=number, daily_active_users=3)
        tiny.usage(number, TODAY, support_tickets=5 * number, monthly_active_users=4)
        tiny.feature(number, "SSO", first_used_at=TODAY)
    found = ask(tiny, "A", "B", "nobody")
    assert set(found) == {"A", "B"}
    then, now = named(found["B"].before), named(found["B"].after)
    assert (then.tickets, now.tickets) == (102, 12)
    assert (then.licensed_users, then.active_users, now.active_users) == (
        20,
        3,
        4,
    )
    assert then.active_metric is MetricType.DAILY_ACTIVE_USERS
    assert (now.active_metric, now.active_date) == (
        MetricType.MONTHLY_ACTIVE_USERS,
        TODAY,
    )
    assert (then.features_used, now.features_used, now.features_enabled) == (
        0,
        1,
        1,
    )
    assert (then.window_end, then.days, now.window_end) == (BEFORE, 30, TODAY)


def test_a_client_without_usage_has_nothing_and_not_zero(tiny: Tiny) -> None:
    tiny.client(1, "A")
    now = named(ask(tiny, "A")["A"].after)
    assert (
        now.tickets,
        now.cases_closed,
        now.active_users,
        now.licensed_users,
    ) == (None,) * 4
    assert (now.response_days, now.features_enabled) == (None, 0)


def test_each_day_is_computed_with_the_model_of_its_score(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, BEFORE, support_tickets=1)
    tiny.usage(1, BEFORE - timedelta(days=5), support_tickets=2)
    tiny.run(SHORT)
    tiny.score(1, TODAY, 60)
    found = ask(tiny, "A")["A"]
    # No score is stored for the earlier day: it is computed as the later one.
    assert (found.before_model, found.after_model) == (SHORT, SHORT)
    assert (named(found.before).tickets, found.before.days) == (1, 3)
    assert found.rebased == found.before


def test_windows_of_two_lengths_are_kept_apart(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.usage(1, BEFORE, support_tickets=1)
    tiny.usage(1, BEFORE - timedelta(days=5), support_tickets=2)
    tiny.run(SHORT)
    tiny.score(1, BEFORE, 60)
    found = ask(tiny, "A")["A"]
    assert (found.before_model, found.after_model) == (SHORT, STANDARD)
    assert (named(found.before).tickets, named(found.rebased).tickets) == (1, 3)


def test_nobody_and_no_window_are_no_question(tiny: Tiny) -> None:
    tiny.client(1, "A")
    assert ask(tiny) == {}
    with tiny.database.read() as reader:
        assert inputs_of(reader, [], [Window(TODAY, 30)]) == {}
        assert inputs_of(reader, [ClientKey(1, "A", None)], []) == {}


def test_days_the_wrong_way_round_are_an_error() -> None:
    with pytest.raises(ArgumentError, match="start_date"):
        ComparisonQuery(organization_ids=("A",), start_date=TODAY, end_date=BEFORE)


def test_each_client_is_compared_over_the_trend_of_its_own_model(tiny: Tiny) -> None:
    tiny.run()
    weekly = ScoringModel(version="weekly-1", label="Weekly", trend_days=7)
    tiny.run_by(2, weekly)
    for number, (name, run) in enumerate((("A", 1), ("B", 2), ("C", 1)), start=1):
        tiny.client(number, name, total_users=10 * number)
        tiny.score(number, TODAY, 70, run_id=run)
    tiny.client(4, "D")
    with tiny.database.write() as writer:
        segments = (Segment(rule=Rule(total_users_from=20, total_users_below=30), model=weekly),)
        put_in_force(writer, Act.PUBLISHED, STANDARD, TODAY, segments=segments, reason="", by="")
    with tiny.database.read() as reader:
        found = over_trends(reader, ["A", "B", "C", "D", "none"], TODAY)
        assert over_trends(reader, [], TODAY) == ()
    assert [(one.organization_ids, one.start_date, one.end_date) for one in found] == [
        (("B",), BEFORE, TODAY),
        (("A", "C", "D"), TODAY - timedelta(days=30), TODAY),
    ]
