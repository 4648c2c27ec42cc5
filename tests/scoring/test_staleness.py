"""What is out of date: exactly the days a change can touch, until they are computed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
import random_portfolios
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import NAMES, SHORT, WIDER
from scores_by_hand import Client, Feature, Usage
from small_files import organizations, table, usage
from stored import days_between, empty, fill, portfolio, scores, stale

from health import imports
from health.errors import Cancelled
from health.files import ParsedFile
from health.scoring import runs, staleness
from health.scoring.active_model import active_model
from health.scoring.model import STANDARD
from health.storage.database import Database

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 10)
REACH = STANDARD.reach
ALWAYS = set(days_between(FIRST, LAST + timedelta(REACH)))
"""Every day on which a client with usage from FIRST to LAST can have a score or a trend."""

TICKETS = "SUPPORT_TICKETS"


def touched(*days: date, reach: int = REACH) -> set[date]:
    """The days that usage of these days touches."""
    return {day + timedelta(number) for day in days for number in range(reach + 1)}


def store(database: Database, *files: ParsedFile) -> int:
    """Store the files and return the number of the last import."""
    number = imports.store(database, files, by="test")[-1].import_id
    assert number is not None
    return number


@pytest.fixture
def calm(database: Database) -> Database:
    """A has usage from FIRST to LAST and a feature, B has usage on LAST; all is up to date."""
    fill(
        database,
        [Client(organization_id=name, total_users=60) for name in ("A", "B", "NEW")],
        [
            Usage(organization_id=name, metric_type=TICKETS, date=day, value=1)
            for name, day in (("A", FIRST), ("A", LAST), ("B", LAST))
        ],
        [
            Feature(organization_id=name, feature_name="SSO", first_used_at=date(2026, 4, 10))
            for name in ("A", "NEW")
        ],
    )
    return database


def be_calm(database: Database) -> None:
    """Take away every mark, without scoring."""
    with database.write() as writer:
        writer.execute("DELETE FROM stale")


# Usage


def test_a_value_marks_its_day_and_all_its_window_and_trend_reach(database: Database) -> None:
    day = date(2026, 4, 1)
    store(database, organizations({"organization_id": "A"}), usage(("A", TICKETS, day, 1)))
    assert stale(database) == {"A": set(days_between(day, date(2026, 5, 30)))}


@pytest.mark.parametrize("apart", [1, 29, 30, 59, 60, 61, 200])
def test_values_mark_each_their_own_days(database: Database, apart: int) -> None:
    day, later = FIRST, FIRST + timedelta(apart)
    rows = usage(("A", TICKETS, later, 1), ("A", TICKETS, day, 1))
    store(database, organizations({"organization_id": "A"}), rows)
    assert stale(database) == {"A": touched(day, later)}


def test_a_value_marks_its_own_client_only(calm: Database) -> None:
    store(calm, usage(("B", TICKETS, FIRST, 1)))
    assert stale(calm) == {"B": touched(FIRST)}


def test_a_wide_file_marks_like_a_long_one(calm: Database) -> None:
    store(calm, table([{"organization_id": "B", "date": FIRST, "support_tickets": 1}]))
    assert stale(calm) == {"B": touched(FIRST)}


def test_a_value_that_is_as_before_marks_nothing(calm: Database) -> None:
    store(calm, usage(("A", TICKETS, FIRST, 1)))
    assert stale(calm) == {}


def test_a_changed_value_and_one_beside_it_mark_their_day(calm: Database) -> None:
    store(calm, usage(("A", TICKETS, FIRST, 2)))
    assert stale(calm) == {"A": touched(FIRST)}
    be_calm(calm)
    store(calm, usage(("A", "CASES_CLOSED", LAST, 2)))
    assert stale(calm) == {"A": touched(LAST)}


@pytest.mark.parametrize(
    "metric",
    [
        "CASES_CREATED",
        "CAMPAIGNS_COMPLETED",
        "REPORTS_GENERATED",
        "SEARCHES_PERFORMED",
        "API_CALLS",
    ],
)
def test_a_metric_no_score_rests_on_marks_nothing(calm: Database, metric: str) -> None:
    store(calm, usage(("A", metric, date(2026, 4, 1), 7), ("B", metric, LAST, 7)))
    assert stale(calm) == {}


def test_the_model_in_use_says_how_far_a_value_reaches(calm: Database) -> None:
    runs.use_model(calm, SHORT)
    be_calm(calm)
    store(calm, usage(("B", TICKETS, FIRST, 1)))
    assert stale(calm) == {"B": touched(FIRST, reach=SHORT.reach)}


def test_undoing_marks_what_storing_had_marked(calm: Database) -> None:
    day = date(2026, 4, 1)
    number = store(calm, usage(("A", TICKETS, day, 1), ("A", TICKETS, LAST, 9)))
    be_calm(calm)
    imports.undo(calm, number, by="test")
    assert stale(calm) == {"A": touched(day, LAST)}


def test_nothing_is_out_of_date_without_usage(calm: Database) -> None:
    number = store(calm, usage(("NEW", TICKETS, LAST, 1)))
    assert stale(calm) == {"NEW": touched(LAST)}
    imports.undo(calm, number, by="test")
    assert stale(calm) == {}


def test_scores_behind_the_day_the_data_now_ends_are_missing_when_it_comes_back(
    calm: Database,
) -> None:
    later = usage(("A", TICKETS, LAST + timedelta(5), 1))
    number = store(calm, later)
    runs.score(calm, everything=True)
    kept = scores(calm)
    assert ("B", LAST + timedelta(5)) in kept
    imports.undo(calm, number, by="test")
    assert max(day for _, day in scores(calm)) == LAST
    runs.score(calm)
    store(calm, later)
    runs.score(calm)
    assert scores(calm) == kept


# Clients


CHANGED = date(2026, 4, 1)


@pytest.mark.parametrize("change", [{"total_users": 61}, {"is_active": "no"}])
def test_licensed_users_and_activity_mark_from_the_day_from_which_they_hold(
    calm: Database, change: dict[str, Any]
) -> None:
    row = {"organization_id": "A", **change}
    store(calm, organizations(row))
    assert stale(calm) == {}, "it holds from the import on"
    store(calm, organizations({**row, "valid_from": CHANGED}))
    assert stale(calm) == from_day(CHANGED)
    store(calm, organizations({**row, "valid_from": "always"}))
    assert stale(calm) == {"A": ALWAYS}


def test_a_value_between_two_others_marks_its_days_and_the_trends_that_look_back(
    calm: Database,
) -> None:
    store(calm, organizations({"organization_id": "A", "total_users": 61, "valid_from": CHANGED}))
    be_calm(calm)
    start = CHANGED - timedelta(5)
    store(calm, organizations({"organization_id": "A", "total_users": 59, "valid_from": start}))
    days = days_between(start, CHANGED - timedelta(1))
    later = {day + timedelta(STANDARD.trend_days) for day in days}
    assert stale(calm) == {"A": {*days} | later}


def test_a_day_of_leaving_marks_from_that_day(calm: Database) -> None:
    store(calm, organizations({"organization_id": "A", "inactive_from": CHANGED}))
    assert stale(calm) == from_day(CHANGED)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"renewal_date": FIRST},
        {"industry": "Energy"},
        {"employee_count": 7},
        {"csm": "ada@example.org"},
        {"annual_value": "7.50"},
        {"alert_level": "PROACTIVE"},
        {"total_users": 60},
    ],
)
def test_what_no_score_rests_on_marks_nothing(calm: Database, change: dict[str, Any]) -> None:
    store(calm, organizations({"organization_id": "A", **change}))
    assert stale(calm) == {}


def test_a_client_without_usage_is_never_out_of_date(calm: Database) -> None:
    store(calm, organizations({"organization_id": "NEW", "total_users": 7}))
    store(calm, table([{"organization_id": "NEW", "feature_name": "SSO", "is_enabled": "no"}]))
    assert stale(calm) == {}


def test_undoing_a_change_of_licensed_users_marks_the_same_days(calm: Database) -> None:
    row = {"organization_id": "A", "total_users": 61, "valid_from": CHANGED}
    number = store(calm, organizations(row))
    be_calm(calm)
    imports.undo(calm, number, by="test")
    assert stale(calm) == from_day(CHANGED)


# Features


def from_day(day: date) -> dict[str, set[date]]:
    return {"A": {other for other in ALWAYS if other >= day}}


def between(first: date, last: date) -> dict[str, set[date]]:
    """The days of a difference, and those whose trend looks back to one of them."""
    days = days_between(first, last)
    return {"A": {*days} | {day + timedelta(STANDARD.trend_days) for day in days}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"first_used_at": date(2026, 4, 20)}, between(date(2026, 4, 10), date(2026, 4, 19))),
        ({"first_used_at": date(2026, 4, 5)}, between(date(2026, 4, 5), date(2026, 4, 9))),
        ({"first_used_at": date(2026, 1, 1)}, between(FIRST, date(2026, 4, 9))),
        ({"first_used_at": None}, {}),
        ({"is_used": "no"}, {}),
        ({"is_used": "no", "valid_from": CHANGED}, from_day(date(2026, 4, 10))),
        ({"is_used": "no", "valid_from": "always"}, from_day(date(2026, 4, 10))),
        ({"is_enabled": "no"}, {}),
        ({"is_enabled": "no", "valid_from": CHANGED}, from_day(CHANGED)),
        ({"is_enabled": "no", "valid_from": "always"}, from_day(FIRST)),
        ({"usage_count": 5}, {}),
        ({"last_used_at": LAST}, {}),
        ({"first_used_at": date(2026, 4, 10)}, {}),
        ({"is_enabled": "yes", "is_used": "yes"}, {}),
    ],
)
def test_a_feature_marks_from_the_day_on_which_it_counts_differently(
    calm: Database, change: dict[str, Any], expected: dict[str, set[date]]
) -> None:
    store(calm, table([{"organization_id": "A", "feature_name": "SSO", **change}]))
    assert stale(calm) == expected


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ({"is_enabled": "yes"}, from_day(FIRST)),
        ({"is_enabled": "yes", "is_used": "yes"}, from_day(FIRST)),
        ({"is_enabled": "no"}, {}),
        ({"is_enabled": "no", "is_used": "yes"}, {}),
        ({"usage_count": 3}, {}),
    ],
)
def test_a_new_feature_marks_every_day_where_it_is_enabled(
    calm: Database, feature: dict[str, Any], expected: dict[str, set[date]]
) -> None:
    store(calm, table([{"organization_id": "A", "feature_name": "AI_ASSISTANT", **feature}]))
    assert stale(calm) == expected


def test_a_feature_first_used_after_all_that_can_be_scored_marks_nothing(calm: Database) -> None:
    row = {"organization_id": "A", "feature_name": "SSO"}
    far = LAST + timedelta(REACH + 1)
    store(calm, table([row | {"first_used_at": far}]))
    be_calm(calm)
    store(calm, table([row | {"first_used_at": far + timedelta(1)}]))
    assert stale(calm) == {}


def test_undoing_a_change_of_a_feature_marks_every_day_it_touched(calm: Database) -> None:
    number = store(
        calm,
        table(
            [{"organization_id": "A", "feature_name": "SSO", "first_used_at": date(2026, 4, 20)}]
        ),
    )
    be_calm(calm)
    imports.undo(calm, number, by="test")
    assert stale(calm) == between(date(2026, 4, 10), date(2026, 4, 19))


def test_undoing_a_new_feature_marks_every_day(calm: Database) -> None:
    row = {"organization_id": "A", "feature_name": "AI_ASSISTANT", "is_enabled": "yes"}
    number = store(calm, table([row]))
    be_calm(calm)
    imports.undo(calm, number, by="test")
    assert stale(calm) == {"A": ALWAYS}


# The model


def test_another_model_marks_every_day_of_every_client(calm: Database) -> None:
    runs.use_model(calm, replace(STANDARD, version="mine-1", points_per_ticket=9))
    later = set(days_between(LAST, LAST + timedelta(REACH)))
    assert stale(calm) == {"A": ALWAYS, "B": later}
    runs.use_model(calm, STANDARD)
    assert stale(calm) == {"A": ALWAYS, "B": later}
    assert calm.query("SELECT count(*) FROM stale").item() == 2


# Counting


def test_what_is_out_of_date_is_counted_up_to_a_day_and_once(calm: Database) -> None:
    def counted(until: date) -> staleness.OutOfDate:
        with calm.read() as reader:
            return staleness.out_of_date(reader, until)

    nothing = staleness.OutOfDate(clients=0, scores=0, first_day=None, last_day=None)
    assert counted(LAST) == nothing
    day = LAST - timedelta(9)
    store(calm, usage(("A", TICKETS, day, 5)))
    store(calm, usage(("A", TICKETS, day + timedelta(3), 5), ("B", TICKETS, LAST, 5)))
    assert counted(LAST) == staleness.OutOfDate(clients=2, scores=11, first_day=day, last_day=LAST)
    assert counted(day) == staleness.OutOfDate(clients=1, scores=1, first_day=day, last_day=day)
    assert counted(day - timedelta(1)) == nothing


def test_a_preview_counts_what_it_would_put_out_of_date_and_marks_nothing(calm: Database) -> None:
    day = LAST - timedelta(9)
    rows = usage(("A", TICKETS, day, 5), ("B", TICKETS, LAST, 5), ("B", "API_CALLS", FIRST, 5))
    outcome = imports.plan(calm, [rows])[0]
    assert (outcome.scores_clients, outcome.scores_days) == (2, 11)
    assert stale(calm) == {}


# Recalculating


def test_recalculating_clears_up_to_the_latest_usage_and_leaves_the_days_to_come(
    calm: Database,
) -> None:
    store(calm, usage(("A", TICKETS, LAST, 5)))
    run = runs.score(calm)
    assert (run.first_day, run.last_day, run.scores) == (LAST, LAST, 1)
    assert stale(calm) == {"A": touched(LAST) - {LAST}}
    store(calm, usage(("B", "API_CALLS", LAST + timedelta(2), 1)))
    run = runs.score(calm)
    assert run.first_day == LAST + timedelta(1)
    assert stale(calm) == {"A": touched(LAST) - touched(LAST, reach=2)}


def test_a_second_run_has_nothing_to_do(calm: Database) -> None:
    store(calm, usage(("A", TICKETS, FIRST, 5)))
    assert runs.score(calm).scores > 0
    version = calm.version
    assert runs.score(calm).scores == 0
    assert calm.version == version


def test_only_what_is_out_of_date_is_computed(calm: Database) -> None:
    store(calm, usage(("A", TICKETS, FIRST, 5)))
    run = runs.score(calm)
    computed = set(scores(calm))
    assert run.scores == len(computed)
    assert computed <= {("A", day) for day in touched(FIRST)}


def test_a_score_that_is_not_out_of_date_stays_as_it_is(calm: Database) -> None:
    first_run = runs.score(calm, everything=True)
    store(calm, usage(("A", TICKETS, FIRST, 5), ("B", TICKETS, LAST, 5)))
    second_run = runs.score(calm)
    assert scores(calm) == portfolio(calm).scores(days_between(FIRST, LAST), STANDARD)
    calculated = calm.query(
        "SELECT organization_id, score_date, calculated_at FROM tenant_health_scores"
    )
    again = {("A", day) for day in touched(FIRST)} | {("B", LAST)}
    for name, day, at in calculated.iter_rows():
        run = second_run if (name, day) in again else first_run
        assert at == run.started_at, (name, day)
    assert ("A", LAST) not in again


def test_an_empty_list_of_days_is_cleared_too(calm: Database) -> None:
    row = {"organization_id": "A", "is_active": "no", "valid_from": "always"}
    store(calm, organizations(row))
    assert runs.score(calm).scores == 0
    assert stale(calm) == {"A": {day for day in ALWAYS if day > LAST}}


@pytest.mark.parametrize(
    ("days", "cleared"),
    [
        ({"as_of": date(2026, 4, 1)}, [date(2026, 4, 1)]),
        ({"as_of": FIRST}, [FIRST]),
        (
            {"from_day": date(2026, 4, 1), "as_of": date(2026, 4, 9)},
            days_between(date(2026, 4, 1), date(2026, 4, 9)),
        ),
        ({"from_day": date(2026, 4, 1)}, days_between(date(2026, 4, 1), LAST)),
        ({"everything": True}, days_between(FIRST, LAST)),
        ({"as_of": LAST + timedelta(5)}, [LAST + timedelta(5)]),
    ],
)
def test_scoring_chosen_days_clears_exactly_them(
    calm: Database, days: dict[str, Any], cleared: Collection[date]
) -> None:
    row = {"organization_id": "A", "total_users": 61, "valid_from": "always"}
    store(calm, organizations(row))
    runs.score(calm, **days)
    assert stale(calm) == {"A": ALWAYS - set(cleared)}


def test_a_run_that_is_stopped_leaves_the_rest_for_the_next(
    calm: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 1)
    row = {"total_users": 61, "valid_from": "always"}
    store(calm, organizations(*({"organization_id": name, **row} for name in ("A", "B"))))
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        runs.score(calm, cancelled=lambda: next(answers))
    left = {name: {day for day in days if day <= LAST} for name, days in stale(calm).items()}
    finished = {name for name, _ in scores(calm)}
    assert len(finished) == 1
    assert {name for name, days in left.items() if days} == {"A", "B"} - finished
    runs.score(calm)
    assert {name for name, _ in scores(calm)} == {"A", "B"}
    assert runs.score(calm).scores == 0


# The spans themselves

BEGINNING = date(2026, 1, 1)
some_days = st.integers(0, 30)
numbers = st.integers(1, 3)
steps = st.lists(
    st.tuples(st.just("mark"), numbers, st.lists(some_days, min_size=1, max_size=5, unique=True))
    | st.tuples(st.just("clear"), numbers, st.lists(some_days, min_size=2, max_size=2).map(sorted)),
    max_size=8,
)


@settings(max_examples=40)
@given(steps=steps, reach=st.integers(0, 4), until=st.integers(0, 40))
def test_marking_and_clearing_are_those_of_a_set_of_days(
    shared_database: Database, steps: list[tuple[str, int, list[int]]], reach: int, until: int
) -> None:
    expected: set[tuple[int, int]] = set()
    with shared_database.rehearse() as writer:
        writer.execute("DELETE FROM stale")
        for step, number, days in steps:
            if step == "mark":
                values = ", ".join(f"({number}, DATE '2026-01-01' + {day})" for day in days)
                changed = f"(FROM (VALUES {values}) AS changed (organization, date))"
                staleness.mark_values(writer, changed, reach)
                expected |= {(number, day + more) for day in days for more in range(reach + 1)}
            else:
                first, last = (BEGINNING + timedelta(day) for day in days)
                staleness.clear(
                    writer,
                    f"""(SELECT {number} AS organization, DATE '{first}' AS first_day,
                        DATE '{last}' AS last_day)""",
                )
                expected -= {(number, day) for day in range(days[0], days[1] + 1)}
        counted = staleness.out_of_date(writer, BEGINNING + timedelta(until))
        spans = writer.query(
            """SELECT organization, first_day - DATE '2026-01-01', last_day - DATE '2026-01-01'
            FROM stale"""
        ).rows()
        listed = writer.query(staleness.ALL_STALE, {"until": BEGINNING + timedelta(until)}).rows()
    assert {(n, day) for n, first, last in spans for day in range(first, last + 1)} == expected
    seen = {(number, day) for number, day in expected if day <= until}
    assert counted.scores == len(seen)
    assert counted.clients == len({number for number, _ in seen})
    days_listed = [
        (number, (day - BEGINNING).days)
        for number, first, last in listed
        for day in days_between(first, last)
    ]
    assert sorted(days_listed) == sorted(seen)


# All of it together

LONGER = replace(SHORT, version="longer-1", window_days=5, trend_days=2)
SPAN = 16


def dated(
    records: st.SearchStrategy[list[Any]], column: str = "valid_from"
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of a file of records, each with the day from which it holds, or without."""
    starts = random_portfolios.days(SPAN)
    some = st.none() | starts | (st.just("always") if column == "valid_from" else starts)

    def rows(both: tuple[list[Any], list[Any]]) -> list[dict[str, Any]]:
        return [
            asdict(record)
            | {column: start}
            | ({"is_active": False} if column == "inactive_from" and start else {})
            for record, start in zip(*both, strict=False)
        ]

    return st.tuples(records, st.lists(some, min_size=6, max_size=6)).map(rows)


steps_of_a_life = st.lists(
    st.tuples(st.just("usage"), random_portfolios.usage_rows(SPAN, most=5).filter(bool))
    | st.tuples(st.just("usage"), random_portfolios.usage_rows(SPAN, most=5).filter(bool))
    | st.tuples(st.just("clients"), dated(random_portfolios.clients()))
    | st.tuples(st.just("clients"), dated(random_portfolios.clients(), "inactive_from"))
    | st.tuples(st.just("features"), dated(random_portfolios.features(SPAN).filter(bool)))
    | st.tuples(st.just("undo"), st.integers(0, 9))
    | st.tuples(st.just("score"), st.just({}))
    | st.tuples(st.just("score"), random_portfolios.days(SPAN).map(lambda day: {"as_of": day}))
    | st.tuples(st.just("model"), st.sampled_from((SHORT, LONGER, WIDER))),
    min_size=2,
    max_size=8,
)


@settings(max_examples=20)
@given(life=steps_of_a_life)
def test_scoring_what_is_out_of_date_is_scoring_everything(
    shared_database: Database, life: list[tuple[str, Any]]
) -> None:
    database = shared_database
    empty(database)
    fill(database, [Client(organization_id=name, total_users=60) for name in NAMES])
    runs.use_model(database, SHORT)
    for step, what in life:
        live(database, step, what)
    runs.score(database)

    days = database.query("SELECT min(date), max(date) FROM usage_metrics").row(0)
    if days[0] is None:
        assert scores(database) == {}
        return
    with database.read() as reader:
        model = active_model(reader)
        assert staleness.out_of_date(reader, days[1]).scores == 0
    stored = {key: score for key, score in scores(database).items() if key[1] <= days[1]}
    assert stored == portfolio(database).scores(days_between(*days), model)


def live(database: Database, step: str, what: Any) -> None:
    """Let one thing happen to the data."""
    if step == "score":
        runs.score(database, **what)
    elif step == "model":
        runs.use_model(database, what)
    elif step == "undo":
        imported = database.query(
            "SELECT import_id FROM imports WHERE import_id > 0 AND undone_at IS NULL ORDER BY 1"
        ).to_series()
        if len(imported):
            imports.undo(database, imported[what % len(imported)], by="test", anyway=True)
    elif step == "clients":
        store(database, organizations(*what))
    elif step == "features":
        store(database, table(what))
    else:
        store(database, table(map(asdict, what)))
