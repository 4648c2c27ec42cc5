"""The portfolio over time, and two days compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from health.errors import ArgumentError
from health.queries.trends import (
    HistoryQuery,
    Movers,
    MoversQuery,
    first_scored_day,
    history,
    movers,
)

if TYPE_CHECKING:
    from tiny import Tiny

DAY = date(2026, 11, 20)
BEFORE = DAY - timedelta(days=30)


@pytest.fixture
def clients(tiny: Tiny) -> Tiny:
    """A fell into high risk, B rose out of it, C stayed, D is new, E is gone."""
    tiny.run()
    for number, name in enumerate("ABCDE", start=1):
        tiny.client(number, name, renewal_date=DAY + timedelta(days=number))
    for number, before, now in [
        (1, (70, "LOW"), (35, "HIGH")),
        (2, (30, "HIGH"), (50, "MEDIUM")),
        (3, (80, "LOW"), (80, "LOW")),
        (4, None, (90, "LOW")),
        (5, (60, "MEDIUM"), None),
    ]:
        for day, score in [(BEFORE, before), (DAY, now)]:
            if score is not None:
                tiny.score(number, day, score[0], risk_level=score[1])
    return tiny


def ask(tiny: Tiny, **arguments: Any) -> Movers:
    with tiny.database.read() as reader:
        return movers(reader, MoversQuery(**{"as_of": DAY, **arguments}))


def test_only_clients_with_both_scores_are_compared(clients: Tiny) -> None:
    moved = ask(clients)
    assert (moved.compared, moved.fell, moved.rose) == (3, 1, 1)
    assert (moved.became_high, moved.left_high) == (1, 1)
    assert (moved.appeared, moved.vanished) == (1, 1)
    assert moved.average_before == 60
    assert moved.average == 55


def test_movers_carry_both_scores_and_who_they_are(clients: Tiny) -> None:
    moved = ask(clients)
    assert moved.down.to_dicts() == [
        {
            "organization_id": "A",
            "organization_name": "Client A",
            "score_before": 70,
            "score": 35,
            "change": -35,
            "risk_before": "LOW",
            "risk_level": "HIGH",
            "days_until_renewal": 1,
            "csm": None,
            "annual_value": None,
        }
    ]
    assert moved.up["organization_id"].to_list() == ["B"]
    assert moved.up["change"].to_list() == [20]


def test_the_largest_change_is_first_and_ties_have_one_order(tiny: Tiny) -> None:
    tiny.run()
    for number, (name, before, now) in enumerate(
        [("D", 50, 40), ("C", 60, 50), ("B", 50, 40), ("A", 90, 70)], start=1
    ):
        tiny.client(number, name)
        tiny.score(number, BEFORE, before)
        tiny.score(number, DAY, now)
    assert "".join(ask(tiny).down["organization_id"]) == "ABDC"
    assert "".join(ask(tiny, limit=2).down["organization_id"]) == "AB"
    assert ask(tiny, limit=2).fell == 4


def test_days_without_scores_compare_nothing(clients: Tiny) -> None:
    moved = ask(clients, days=7)
    assert (moved.compared, moved.average, moved.average_before) == (0, None, None)
    assert moved.down.is_empty()
    assert moved.up.is_empty()


@pytest.mark.parametrize(
    ("argument", "value"), [("days", 0), ("limit", 0), ("as_of", "2026-11-20")]
)
def test_a_wrong_argument_is_named(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        MoversQuery(**{"as_of": DAY, argument: value})
    assert caught.value.argument == argument


def test_a_history_that_ends_before_it_starts_is_wrong() -> None:
    with pytest.raises(ArgumentError) as caught:
        HistoryQuery(start_date=DAY, end_date=BEFORE)
    assert caught.value.argument == "start_date"


def test_history_has_a_row_for_each_day_with_scores(clients: Tiny) -> None:
    with clients.database.read() as reader:
        rows = history(reader, HistoryQuery(start_date=BEFORE, end_date=DAY)).rows()
        assert first_scored_day(reader) == BEFORE
    assert rows == [(BEFORE, 4, 60.0, 1, 1, 2), (DAY, 4, 63.75, 1, 1, 2)]


def test_without_scores_there_is_no_history(tiny: Tiny) -> None:
    with tiny.database.read() as reader:
        assert history(reader, HistoryQuery(start_date=BEFORE, end_date=DAY)).is_empty()
        assert first_scored_day(reader) is None
