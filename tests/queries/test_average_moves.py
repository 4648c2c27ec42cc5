"""Why the average moved, on scores whose parts are written down."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import Tiny

from health.errors import ArgumentError
from health.queries.average_moves import (
    DATA,
    MODEL,
    ROUNDING,
    AverageMove,
    AverageMoveQuery,
    average_move,
    largest_month,
)
from health.queries.filters import ClientFilter
from health.queries.trends import HistoryQuery
from health.scoring.components import Component
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import STANDARD, TARGETS
from health.storage.database import Database
from health.vocabulary import MetricType

DAY = date(2026, 11, 20)
BEFORE = date(2026, 10, 31)

Parts = dict[Component, int | None]
parts = st.fixed_dictionaries({part: st.none() | st.integers(0, 100) for part in Component}).filter(
    lambda found: any(points is not None for points in found.values())
)


def overall(found: Parts) -> int:
    known = {part: points for part, points in found.items() if points is not None}
    weight = sum(STANDARD.weights[part] for part in known)
    share = Fraction(sum(STANDARD.weights[part] * points for part, points in known.items()), weight)
    return int(share + Fraction(1, 2))


def write(tiny: Tiny, number: int, day: date, found: Parts, **columns: Any) -> None:
    points = {part.column: value for part, value in found.items()}
    tiny.score(number, day, overall(found), **points, **columns)


def ask(tiny: Tiny, **arguments: Any) -> AverageMove | None:
    with tiny.database.read() as reader:
        return average_move(reader, AverageMoveQuery(first_day=BEFORE, last_day=DAY, **arguments))


def all_at(points: int) -> Parts:
    return dict.fromkeys(Component, points)


@settings(max_examples=15, deadline=None)
@given(clients=st.lists(st.tuples(st.none() | parts, st.none() | parts), max_size=8))
def test_the_lines_are_those_of_the_clients_and_add_up(
    clients: list[tuple[Parts | None, Parts | None]],
) -> None:
    with TemporaryDirectory() as folder, Database.open(Path(folder) / "x.duckdb") as database:
        tiny = Tiny(database)
        tiny.run()
        for number, days in enumerate(clients, start=1):
            tiny.client(number, f"C{number}")
            for day, found in zip((BEFORE, DAY), days, strict=True):
                if found:
                    write(tiny, number, day, found)
        move = ask(tiny)
    both = [(before, now) for before, now in clients if before and now]
    if not both:
        assert move is None
        return
    assert move is not None
    change = Fraction(sum(overall(now) - overall(before) for before, now in both), len(both))
    assert move.compared == len(both)
    assert move.change == pytest.approx(float(change))
    assert sum(line.points for line in move.lines) == pytest.approx(float(change))
    lines = {line.cause: line for line in move.lines}
    same = [
        (before, now)
        for before, now in both
        if all((before[part] is None) == (now[part] is None) for part in Component)
    ]
    for part in Component:
        gained = [
            Fraction(
                STANDARD.weights[part] * (now[part] - before[part]),  # type: ignore[operator]
                sum(STANDARD.weights[one] for one in Component if now[one] is not None),
            )
            for before, now in same
            if now[part] is not None
        ]
        assert lines[part].points == pytest.approx(float(sum(gained) / len(both)))
        assert lines[part].fell == sum(points < 0 for points in gained)
        assert lines[part].rose == sum(points > 0 for points in gained)
    other = [overall(now) - overall(before) for before, now in both if (before, now) not in same]
    assert lines[DATA].points == pytest.approx(sum(other) / len(both))
    assert lines[MODEL].points == 0
    assert move.lines[-1].cause == ROUNDING


def test_an_extra_part_has_its_line_whatever_it_is_called(tiny: Tiny) -> None:
    """One called “Data” is not taken for what data began or ended."""
    part = ExtraPart(
        key="data",
        label="Data",
        unit="report",
        form=Form.AMOUNT,
        metrics=(MetricType.REPORTS_GENERATED,),
        weight=1000,
    )
    weights = STANDARD.weights | {"login": 1000}
    tiny.run()
    tiny.client(1, "A")
    tiny.run_by(2, replace(STANDARD, version="mine", weights=weights, extra_parts=(part,)))
    for day, overall_score, points in ((BEFORE, 60, 60), (DAY, 62, 80)):
        parts_at_60 = {part.column: 60 for part in Component}
        tiny.score(1, day, overall_score, **parts_at_60, extra_points=[points], run_id=2)
    move = ask(tiny)
    assert move is not None
    lines = {line.cause: line for line in move.lines}
    assert (lines["extra_data"].points, lines["extra_data"].label) == (2, "Data")
    assert [lines[cause].points for cause in (DATA, MODEL, ROUNDING)] == [0, 0, 0]


def test_two_models_are_not_compared_part_by_part(tiny: Tiny) -> None:
    tiny.run()
    tiny.client(1, "A")
    tiny.run_by(2, TARGETS)
    write(tiny, 1, BEFORE, all_at(60))
    write(tiny, 1, DAY, all_at(80), run_id=2)
    move = ask(tiny)
    assert move is not None
    assert (move.lines[0].cause, move.lines[0].points, move.lines[0].rose) == (MODEL, 20, 1)
    assert {line.points for line in move.lines[1:]} == {0}


def test_only_the_clients_asked_for_count(tiny: Tiny) -> None:
    tiny.run()
    for number, owner in enumerate(("a@x", "b@x"), start=1):
        tiny.client(number, owner, csm=owner)
        write(tiny, number, BEFORE, all_at(50))
        write(tiny, number, DAY, all_at(50 + 10 * number))
    move = ask(tiny, clients=ClientFilter(csm="b@x", as_of=DAY))
    assert move is not None
    assert (move.compared, move.change) == (1, 20)


def test_the_month_that_moved_the_average_most_is_found(tiny: Tiny) -> None:
    """September lifts it by 9, October lowers it by 12, the days of November by 3."""
    tiny.run()
    tiny.client(1, "A")
    first = date(2026, 8, 10)
    ends = [date(2026, month, monthrange(2026, month)[1]) for month in (8, 9, 10)]
    for day, points in zip((first, *ends, DAY), (60, 60, 69, 57, 54), strict=True):
        write(tiny, 1, day, all_at(points))
    with tiny.database.read() as reader:
        found = largest_month(reader, HistoryQuery(start_date=first, end_date=DAY))
        until_september = HistoryQuery(start_date=first, end_date=ends[1])
        lifted = largest_month(reader, until_september)
        unscored = HistoryQuery(start_date=DAY, end_date=DAY + timedelta(days=90))
        assert largest_month(reader, unscored) is None
    assert found == AverageMoveQuery(first_day=ends[1], last_day=ends[2])
    assert lifted == AverageMoveQuery(first_day=ends[0], last_day=ends[1])


def test_days_in_the_wrong_order_are_named() -> None:
    with pytest.raises(ArgumentError):
        AverageMoveQuery(first_day=DAY, last_day=BEFORE)
