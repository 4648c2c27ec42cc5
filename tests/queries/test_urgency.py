"""One number says how urgent each client is, wherever clients are in its order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from health.maintenance.demo import DEMO_END
from health.queries.alerts.attention import AlertQuery, attention
from health.queries.filters import ScoreFilter
from health.queries.portfolio import landscape
from health.queries.scores import HealthScoreQuery, health_scores
from health.queries.urgency import UrgencyQuery, said, urgency
from health.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tiny import Tiny

DAY = date(2026, 11, 20)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.fixture
def two(tiny: Tiny) -> Tiny:
    """Two clients that are alike but for their value: high risk, 10 points down, renewal in 9."""
    tiny.run()
    for number, name, value in [(1, "SMALL", 1_000), (2, "LARGE", 50_000)]:
        tiny.client(number, name, annual_value=value, renewal_date=ago(-9))
        tiny.span(number, ago(200), DAY)
        tiny.usage(number, DAY, cases_created=1)
        tiny.score(number, ago(30), 45)
        tiny.score(number, DAY, 35, risk_level="HIGH")
    return tiny


def of(tiny: Tiny, name: str, **arguments: Any) -> Mapping[str, int]:
    with tiny.database.read() as reader:
        return urgency(reader, UrgencyQuery(**{"organization_id": name, "as_of": DAY, **arguments}))


def pulse(tiny: Tiny, level: str, number: int = 1, until: date = DAY) -> None:
    with tiny.database.write() as writer:
        writer.execute(
            """INSERT INTO account_pulses (pulse_id, organization, day, level, reason, until_day,
                created_by, created_at)
            VALUES (1, $number, $day, $level, '', $until, 'ada', '2026-11-01')""",
            {"number": number, "day": ago(5), "level": level, "until": until},
        )


def test_risk_fall_renewal_and_value_add_up_and_are_said(two: Tiny) -> None:
    assert said(of(two, "SMALL")) == "Urgency 29 of 100: 10 risk + 10 fall + 9 renewal"
    assert said(of(two, "LARGE")) == "Urgency 58 of 100: 10 risk + 10 fall + 9 renewal + 29 value"


def test_of_two_alike_the_larger_comes_first_by_far(two: Tiny) -> None:
    assert of(two, "LARGE")["urgency"] == 2 * of(two, "SMALL")["urgency"]
    with two.database.read() as reader:
        found = health_scores(reader, HealthScoreQuery(as_of=DAY))
    assert found.frame["organization_id"].to_list() == ["LARGE", "SMALL"]


def test_an_unknown_value_counts_half(two: Tiny) -> None:
    with two.database.write() as writer:
        writer.execute("UPDATE clients SET annual_value = NULL WHERE organization = 1")
    assert of(two, "SMALL")["urgency_value"] == 14


@pytest.mark.parametrize(("level", "points"), [("AT_RISK", 10), ("CONCERNED", 5), ("GOOD", 0)])
def test_the_pulse_is_a_part_as_long_as_it_holds(two: Tiny, level: str, points: int) -> None:
    pulse(two, level)
    assert of(two, "SMALL")["urgency_pulse"] == points
    assert of(two, "SMALL", from_day=DAY + timedelta(days=1))["urgency_pulse"] == 0


def test_a_renewal_is_counted_from_the_day_that_is_asked_for(two: Tiny) -> None:
    assert of(two, "SMALL", from_day=ago(-9))["urgency_renewal"] == 10
    assert of(two, "SMALL", from_day=ago(-10))["urgency_renewal"] == 0
    asked = AlertQuery(as_of=DAY, from_day=ago(-5))
    with two.database.read() as reader:
        calls = attention(reader, asked).calls
        scores = health_scores(reader, HealthScoreQuery(as_of=DAY, from_day=ago(-5))).frame
        soon = health_scores(
            reader, HealthScoreQuery(as_of=DAY, from_day=ago(-5), renewal_within=4)
        )
    assert calls["days_until_renewal"].to_list() == scores["days_until_renewal"].to_list() == [4, 4]
    assert soon.total == 2


def test_a_feed_that_stopped_is_as_grave_as_high_risk(two: Tiny) -> None:
    with two.database.write() as writer:
        writer.execute("UPDATE scores SET risk_level = 'LOW'")
    assert of(two, "SMALL")["urgency_risk"] == 0
    with two.database.write() as writer:
        writer.execute(
            "UPDATE usage_span SET last_date = $day WHERE organization = 1", {"day": ago(7)}
        )
        writer.execute("DELETE FROM usage_daily WHERE organization = 1")
    assert of(two, "SMALL")["urgency_risk"] == 10
    assert of(two, "LARGE")["urgency_risk"] == 0


@pytest.mark.parametrize("days_before", [0, 20])
def test_every_page_has_the_same_number_and_the_same_order(
    demo_database: Path, days_before: int
) -> None:
    day = DEMO_END - timedelta(days=days_before)
    with Database.open(demo_database) as database, database.read() as reader:
        calls = attention(reader, AlertQuery(as_of=day)).frame
        listed = health_scores(reader, HealthScoreQuery(as_of=day, limit=1_000)).frame
        drawn = landscape(reader, ScoreFilter(as_of=day))
        ids = listed["organization_id"].to_list()
        alone = {
            name: urgency(reader, UrgencyQuery(organization_id=name, as_of=day))["urgency"]
            for name in ids[:5]
        }
    numbers = dict(zip(ids, listed["urgency"], strict=True))
    assert drawn["organization_id"].to_list() == ids
    assert listed["urgency"].is_sorted(descending=True)
    assert max(numbers.values()) > 0
    scored = calls.drop_nulls("overall_score")
    assert scored["urgency"].to_list() == [numbers[name] for name in scored["organization_id"]]
    assert scored["organization_id"].to_list() == [
        name for name in ids if name in set(scored["organization_id"])
    ]
    assert alone == {name: numbers[name] for name in alone}
