"""Warnings: what is right by the rules and looks wrong is said, and holds nothing back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from scores_by_hand import Client, Usage
from small_files import Cell, organizations, table, usage
from stored import fill

from health import imports
from health.files import ParsedFile
from health.imports import Finding, WarningKind
from health.storage.database import Database

DAY = date(2026, 6, 30)
USERS, CALLS = "DAILY_ACTIVE_USERS", "API_CALLS"
CLOSED, ON_TIME = "CASES_CLOSED", "CASES_CLOSED_ON_TIME"


def days(last: date, number: int) -> list[date]:
    return [last - timedelta(back) for back in reversed(range(number))]


def on_file(database: Database, usage: list[Usage], names: str = "AB") -> None:
    fill(database, [Client(organization_id=name, total_users=60) for name in names], usage)


def daily(name: str, dates: list[date], value: int, metric: str = CALLS) -> list[Usage]:
    return [Usage(organization_id=name, metric_type=metric, date=day, value=value) for day in dates]


def found_in(database: Database, *files: ParsedFile) -> dict[WarningKind, Finding]:
    """What is doubted of the last file, the same before storing and after it."""
    planned = imports.plan(database, files)
    stored = imports.store(database, files, by="ada")
    assert [told(outcome.warnings) for outcome in planned] == [
        told(outcome.warnings) for outcome in stored
    ]
    return {finding.kind: finding for finding in stored[-1].warnings}


def told(findings: tuple[Finding, ...]) -> list[tuple[Any, ...]]:
    return [
        (finding.kind, finding.count, finding.clients, finding.examples.rows())
        for finding in findings
    ]


def test_a_file_as_it_should_be_raises_no_warning(database: Database) -> None:
    on_file(database, daily("A", days(DAY, 30), 20) + daily("B", days(DAY, 30), 20))
    tomorrow = DAY + timedelta(1)
    assert not found_in(database, usage(("A", CALLS, tomorrow, 25), ("B", CALLS, tomorrow, 15)))


@pytest.mark.parametrize(("users", "is_doubted"), [(60, False), (61, True)])
def test_more_users_active_than_licensed(database: Database, users: int, is_doubted: bool) -> None:
    on_file(database, [])
    found = found_in(database, usage(("A", USERS, DAY, users), ("B", USERS, DAY, 1)))
    if is_doubted:
        finding = found[WarningKind.MORE_ACTIVE_THAN_LICENSED]
        assert (finding.count, finding.clients) == (1, 1)
        assert finding.examples.rows() == [("A", "A", 1, USERS, DAY, 61, 60)]
    else:
        assert not found


def test_licences_of_the_same_load_are_those_that_count(database: Database) -> None:
    on_file(database, [])
    more = organizations({"organization_id": "A", "total_users": 80})
    assert not found_in(database, usage(("A", USERS, DAY, 70)), more)


def test_fewer_licences_than_users_on_file(database: Database) -> None:
    on_file(database, daily("A", days(DAY, 3), 50, USERS))
    found = found_in(database, organizations({"organization_id": "A", "total_users": 40}))
    finding = found[WarningKind.MORE_ACTIVE_THAN_LICENSED]
    assert finding.examples.rows()[0][:4] == ("A", "A", 3, USERS)
    assert finding.examples.rows()[0][5:] == (50, 40)


@pytest.mark.parametrize(
    "rows",
    [
        [("A", CLOSED, DAY, 5), ("A", ON_TIME, DAY, 6), ("B", CLOSED, DAY, 5)],
        [("A", ON_TIME, DAY, 6)],
    ],
)
def test_more_closed_on_time_than_closed_wherever_the_other_number_stands(
    database: Database, rows: list[tuple[str, str, date, Cell]]
) -> None:
    on_file(database, daily("A", [DAY], 5, CLOSED))
    finding = found_in(database, usage(*rows))[WarningKind.MORE_ON_TIME_THAN_CLOSED]
    assert finding.examples.rows() == [("A", "A", 1, ON_TIME, DAY, 6, 5)]


def test_all_closed_on_time_is_as_it_should_be(database: Database) -> None:
    on_file(database, [])
    assert not found_in(database, usage(("A", CLOSED, DAY, 5), ("A", ON_TIME, DAY, 5)))


@pytest.mark.parametrize(
    ("usual", "value", "is_doubted"),
    [
        (20, 199, False),
        (20, 200, True),
        (1, 10, False),
        (1, 49, False),
        (1, 50, True),
        (0, 50, True),
    ],
)
def test_ten_times_the_usual_of_the_days_before_from_a_value_that_matters(
    database: Database, usual: int, value: int, is_doubted: bool
) -> None:
    on_file(database, daily("A", days(DAY, 40), usual))
    found = found_in(database, usage(("A", CALLS, DAY + timedelta(1), value)))
    if is_doubted:
        finding = found[WarningKind.TEN_TIMES_THE_USUAL]
        assert finding.examples.rows() == [("A", "A", 1, CALLS, DAY + timedelta(1), value, usual)]
    else:
        assert not found


def test_with_few_values_on_file_nothing_is_usual(database: Database) -> None:
    on_file(database, daily("A", days(DAY, 4), 20))
    assert not found_in(database, usage(("A", CALLS, DAY + timedelta(1), 900)))


def test_in_a_first_file_a_value_is_held_against_the_others(database: Database) -> None:
    on_file(database, [])
    rows: list[tuple[str, str, date, Cell]] = [("A", CALLS, day, 20) for day in days(DAY, 10)]
    rows[4] = ("A", CALLS, rows[4][2], 200)
    finding = found_in(database, usage(*rows))[WarningKind.TEN_TIMES_THE_USUAL]
    assert finding.examples.rows() == [("A", "A", 1, CALLS, rows[4][2], 200, 20)]


def test_in_a_long_file_a_value_is_held_against_the_weeks_before_it(database: Database) -> None:
    on_file(database, [])
    rows = [("A", CALLS, day, 20) for day in days(DAY, 28)]
    later = [DAY + timedelta(number) for number in range(1, 29)]
    finding = found_in(database, usage(*rows, *(("A", CALLS, day, 250) for day in later)))
    assert finding[WarningKind.TEN_TIMES_THE_USUAL].count == 28


def test_days_missing_between_what_is_on_file_and_the_file(database: Database) -> None:
    on_file(database, daily("A", days(DAY, 20), 20) + daily("B", days(DAY, 20), 20))
    day = DAY + timedelta(4)
    finding = found_in(database, usage(("A", CALLS, day, 20), ("B", CALLS, day, 20)))[
        WarningKind.DAYS_MISSING
    ]
    assert (finding.count, finding.clients) == (2, 2)
    assert finding.examples.rows()[0] == ("A", "A", 1, None, DAY + timedelta(1), 3, None)


def test_days_missing_inside_a_file(database: Database) -> None:
    on_file(database, [])
    kept = [day for day in days(DAY, 30) if day not in (date(2026, 6, 22), date(2026, 6, 23))]
    finding = found_in(database, usage(*(("A", CALLS, day, 20) for day in kept)))[
        WarningKind.DAYS_MISSING
    ]
    assert finding.examples.rows() == [("A", "A", 1, None, date(2026, 6, 22), 2, None)]


def test_a_day_that_is_on_file_or_in_another_file_of_the_load_is_not_missing(
    database: Database,
) -> None:
    on_file(database, daily("A", days(DAY, 20), 20))
    first, second = (usage(("A", CALLS, DAY + timedelta(ahead), 20)) for ahead in (2, 1))
    assert not found_in(database, first, second)
    assert not found_in(database, usage(("A", CALLS, DAY - timedelta(3), 21)))


def test_a_feed_without_weekends_has_no_gap_on_monday(database: Database) -> None:
    weekdays = [day for day in days(date(2026, 6, 26), 40) if day.weekday() < 5]
    on_file(database, daily("A", weekdays, 20))
    assert not found_in(database, usage(("A", CALLS, date(2026, 6, 29), 20)))


def fed(database: Database, *, active: bool = True) -> None:
    """Six clients with twenty days each; F may be inactive."""
    usage = [row for name in "ABCDEF" for row in daily(name, days(DAY, 20), 20)]
    on_file(database, usage, "ABCDEF")
    if not active:
        with database.write() as writer:
            writer.execute("UPDATE clients SET is_active = false WHERE organization_id = 'F'")


def test_a_client_that_vanished_from_the_feed(database: Database) -> None:
    fed(database)
    day = DAY + timedelta(1)
    finding = found_in(database, usage(*((name, CALLS, day, 20) for name in "ABCDE")))[
        WarningKind.CLIENT_MISSING
    ]
    assert finding.examples.rows() == [("F", "F", 1, None, DAY, 1, None)]


def test_a_feed_without_many_of_its_clients_is_held(database: Database) -> None:
    fed(database)
    day = DAY + timedelta(1)
    found = found_in(database, usage(*((name, CALLS, day, 20) for name in "ABC")))
    assert list(found) == [WarningKind.MANY_MISSING]
    finding = found[WarningKind.MANY_MISSING]
    assert finding.holds
    assert "for 3 of the 6 clients" in finding.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert finding.told(1) == ("D: nothing after 30 Jun 2026".replace(" Jun ", "\xa0Jun\xa0"),)


def test_a_file_of_one_client_is_not_the_whole_feed(database: Database) -> None:
    fed(database)
    assert not found_in(database, usage(("A", CALLS, DAY + timedelta(1), 20)))


def test_a_feed_that_comes_in_parts_of_the_same_size_is_not_held(database: Database) -> None:
    fed(database)
    for ahead in (1, 2):
        day = DAY + timedelta(ahead)
        for part in ("ABC", "DEF"):
            found = found_in(database, usage(*((name, CALLS, day, 20) for name in part)))
            assert bool(found) == ((ahead, part) == (1, "ABC"))


def test_a_feed_in_several_files_is_looked_at_as_one(database: Database) -> None:
    fed(database)
    day = DAY + timedelta(1)
    most = usage(*((name, CALLS, day, 20) for name in "ABCDE"))
    assert not found_in(database, most, usage(("F", CALLS, day, 20)))


def test_a_client_that_has_left_is_not_missed(database: Database) -> None:
    fed(database, active=False)
    day = DAY + timedelta(1)
    assert not found_in(database, usage(*((name, CALLS, day, 20) for name in "ABCDE")))


def test_a_client_that_stopped_long_ago_is_not_missed_again(database: Database) -> None:
    usage_on_file = [row for name in "ABCDE" for row in daily(name, days(DAY, 20), 20)]
    on_file(database, [*usage_on_file, *daily("F", days(DAY, 20)[:5], 20)], "ABCDEF")
    day = DAY + timedelta(1)
    assert not found_in(database, usage(*((name, CALLS, day, 20) for name in "ABCDE")))


def test_warnings_count_all_and_list_the_worst_clients(
    database: Database,
) -> None:
    names = [f"ORG-{number:02}" for number in range(30)]
    fill(database, [Client(organization_id=name, total_users=60) for name in names])
    rows = [
        {"organization_id": name, "date": day, "daily_active_users": 61 + place}
        for place, name in enumerate(names)
        for day in days(DAY, 2)
    ]
    finding = found_in(database, table(rows))[WarningKind.MORE_ACTIVE_THAN_LICENSED]
    assert (finding.count, finding.clients, finding.examples.height) == (60, 30, 20)
    assert finding.examples.rows()[0][:3] == ("ORG-29", "ORG-29", 2)


def test_rejected_rows_are_not_doubted(database: Database) -> None:
    on_file(database, [])
    outcome = imports.plan(
        database, [usage(("A", USERS, DAY, 900), ("A", USERS, DAY, 901), ("X", USERS, DAY, 900))]
    )[0]
    assert outcome.rows_rejected == 3
    assert not outcome.warnings
