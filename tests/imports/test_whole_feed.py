"""Whole-feed checks: what each holds, and the ordinary file beside it that stays quiet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scores_by_hand import Client, Usage
from small_files import Cell, organizations, table, usage
from stored import contents, empty, everything, fill

from health import imports
from health.files import ParsedFile
from health.imports import FilesHeld, Finding, WarningKind
from health.queries.imports import ImportsQuery, list_imports
from health.storage.database import Database

LAST = date(2026, 11, 22)
"""A Sunday: the last day on file."""

NAMES = "ABCDEFGH"
USERS, CALLS, TICKETS = "DAILY_ACTIVE_USERS", "API_CALLS", "SUPPORT_TICKETS"

Row = tuple[str, str, date, Cell]


def usual(name: str, day: date) -> int:
    """The calls of a client on a day: fewer on weekends, never the same."""
    return (20 + 3 * NAMES.index(name)) // (4 if day.weekday() > 4 else 1) + day.day % 3


@pytest.fixture
def fed(database: Database) -> Database:
    """Eight clients with nine weeks of calls."""
    days = [LAST - timedelta(back) for back in range(63)]
    rows = [
        Usage(organization_id=name, metric_type=CALLS, date=day, value=usual(name, day))
        for name in NAMES
        for day in days
    ]
    fill(database, [Client(organization_id=name, total_users=60) for name in NAMES], rows)
    return database


def after(number: int, value: Callable[[str, date], int] = usual) -> list[Row]:
    """The days that follow what is on file."""
    days = [LAST + timedelta(ahead) for ahead in range(1, number + 1)]
    return [(name, CALLS, day, value(name, day)) for day in days for name in NAMES]


def held(database: Database, file: ParsedFile) -> dict[WarningKind, Finding]:
    """What holds a file; nothing of it is stored where it is to be held, and all of it else."""
    outcome = imports.plan(database, [file])[0]
    before = everything(database)
    if outcome.holds:
        with pytest.raises(FilesHeld) as raised:
            imports.store(database, [file], by="night", hold=True)
        assert all(found.sentence in raised.value.message for found in outcome.holds)
        assert everything(database) == before
    else:
        imports.store(database, [file], by="night", hold=True)
    return {found.kind: found for found in outcome.holds}


def words(found: Finding) -> str:
    return found.sentence.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("number", [1, 7, 30])
def test_days_as_they_always_are_stay_quiet(fed: Database, number: int) -> None:
    assert not held(fed, usage(*after(number)))
    assert not imports.plan(fed, [usage(*after(number))])[0].warnings


def test_a_day_on_which_everyone_is_at_0_is_held(fed: Database) -> None:
    found = held(fed, usage(*after(1, lambda *_: 0)))
    assert list(found) == [WarningKind.ALL_ZERO]
    assert "8 clients at 0: API calls, on 23 Nov 2026." in words(found[WarningKind.ALL_ZERO])


def test_one_client_above_0_is_enough_for_an_ordinary_day(fed: Database) -> None:
    found = held(fed, usage(*after(1, lambda name, day: usual(name, day) if name == "A" else 0)))
    assert WarningKind.ALL_ZERO not in found


def test_nobody_has_a_ticket_on_most_days(fed: Database) -> None:
    days = [LAST - timedelta(back) for back in range(28)]
    rows = [(name, TICKETS, day, int(day.day % 7 == 1)) for day in days for name in NAMES]
    imports.store(fed, [usage(*rows)], by="ada")
    quiet = [(name, TICKETS, LAST + timedelta(1), 0) for name in NAMES]
    assert not held(fed, usage(*quiet, *after(1)))


def test_a_weekend_without_work_is_no_day_of_zeros(database: Database) -> None:
    days = [LAST - timedelta(back) for back in range(1, 40)]
    rows = [
        Usage(
            organization_id=name, metric_type=CALLS, date=day, value=0 if day.weekday() > 4 else 30
        )
        for name in NAMES
        for day in days
    ]
    fill(database, [Client(organization_id=name) for name in NAMES], rows)
    assert not held(database, usage(*((name, CALLS, LAST, 0) for name in NAMES)))


@pytest.mark.parametrize(
    ("factor", "said"),
    [(0.5, "8 clients fall by about half"), (1.6, "8 clients rise by about half")],
)
def test_everyone_by_half_at_once_is_held(fed: Database, factor: float, said: str) -> None:
    found = held(fed, usage(*after(1, lambda name, day: int(usual(name, day) * factor))))
    assert said in words(found[WarningKind.ALL_AT_ONCE])


MONTHS = [date(2026, month, 1) for month in (8, 9, 10, 11)]


def months(days: list[date], factor: float = 1, *, of: str = NAMES) -> ParsedFile:
    """A file of monthly active users on the first days of months."""
    return usage(
        *(
            (name, "MONTHLY_ACTIVE_USERS", day, round(30 * (factor if name in of else 1)) + place)
            for day in days
            for place, name in enumerate(NAMES)
        )
    )


@pytest.mark.parametrize(("factor", "said"), [(0.5, "fall"), (2, "rise")])
@pytest.mark.parametrize("known", [1, 2, 3])
def test_a_month_of_everyone_by_half_is_held(
    fed: Database, known: int, factor: float, said: str
) -> None:
    assert not held(fed, months(MONTHS[:known]))
    found = held(fed, months(MONTHS[known : known + 1], factor))
    assert f"8 clients {said} by about half" in words(found[WarningKind.ALL_AT_ONCE])


def test_months_as_they_always_are_stay_quiet(fed: Database) -> None:
    assert not held(fed, months(MONTHS[:2]))
    assert not held(fed, months(MONTHS[2:3], 0.8))
    assert not held(fed, months(MONTHS[3:], 0.5, of="ABC"))


def test_a_month_of_half_within_a_file_of_months_is_held(fed: Database) -> None:
    rows = pl.concat([months(MONTHS[:3]).rows, months(MONTHS[3:], 0.4).rows])
    file = usage(*rows.select("organization_id", "metric", "date", "value").iter_rows())
    assert WarningKind.ALL_AT_ONCE in held(fed, file)


def test_a_day_after_a_pause_of_a_daily_feed_is_no_month(fed: Database) -> None:
    day = LAST + timedelta(29)
    assert not held(fed, usage(*((name, CALLS, day, usual(name, LAST) * 4) for name in NAMES)))


def test_everyone_by_a_fifth_is_an_ordinary_day(fed: Database) -> None:
    assert not held(fed, usage(*after(1, lambda name, day: int(usual(name, day) * 0.8))))


def test_some_clients_by_half_are_not_everyone(fed: Database) -> None:
    def some(name: str, day: date) -> int:
        return usual(name, day) // (2 if name in "ABCDEF" else 1)

    assert not held(fed, usage(*after(1, some)))


def test_a_new_level_is_said_once_and_then_usual(fed: Database) -> None:
    imports.store(fed, [usage(*after(8, lambda name, day: 2 * usual(name, day)))], by="ada")
    ninth = [row for row in after(9, lambda name, day: 2 * usual(name, day)) if row not in after(8)]
    day = LAST + timedelta(9)
    assert not held(fed, usage(*(row for row in ninth if row[2] == day)))


def test_totals_sent_as_daily_values_are_held(database: Database) -> None:
    fill(database, [Client(organization_id=name) for name in NAMES])
    rows: list[Row] = [
        (name, CALLS, LAST - timedelta(30 - number), 12 * number + NAMES.index(name))
        for number in range(30)
        for name in NAMES
    ]
    found = held(database, usage(*rows))
    assert "Values of 8 clients only grow: API calls." in words(found[WarningKind.ONLY_GROWS])


def test_many_changed_values_of_the_past_are_held(fed: Database) -> None:
    days = [LAST - timedelta(back) for back in range(10, 20)]
    rows = [(name, CALLS, day, usual(name, day) + 1) for day in days for name in NAMES]
    found = held(fed, usage(*rows))
    assert "80 of 80 values on file change, from 3 Nov 2026 to 12 Nov 2026, for 8 clients" in words(
        found[WarningKind.PAST_RESTATED]
    )


def test_late_values_of_the_last_days_are_no_restatement(fed: Database) -> None:
    days = [LAST - timedelta(back) for back in range(7)]
    rows = [(name, CALLS, day, usual(name, day) + 1) for day in days for name in NAMES]
    assert not held(fed, usage(*rows))


def test_a_correction_of_one_client_is_no_restatement(fed: Database) -> None:
    days = [LAST - timedelta(back) for back in range(60)]
    assert not held(fed, usage(*(("A", CALLS, day, usual("A", day) + 1) for day in days)))


def test_a_whole_file_of_the_year_before_is_held(fed: Database) -> None:
    rows = [(name, CALLS, date(2025, 11, 23), 20) for name in NAMES]
    found = held(fed, usage(*rows))
    assert (
        "All 8 client-days of the file, on 23 Nov 2025, are 364 days or more before the newest day "
        "on file, 22 Nov 2026. Check the year."
    ) in words(found[WarningKind.DAYS_FAR_OFF])


def test_one_row_of_the_year_before_is_held(fed: Database) -> None:
    rows = after(7)
    rows[0] = ("A", CALLS, date(2025, 11, 23), 20)
    found = held(fed, usage(*rows))
    assert "1 of 56 client-days lie far" in words(found[WarningKind.DAYS_FAR_OFF])


def test_the_months_before_what_is_on_file_are_its_history(fed: Database) -> None:
    days = [LAST - timedelta(back) for back in range(63, 250)]
    assert not held(
        fed, usage(*((name, CALLS, day, usual(name, day)) for day in days for name in NAMES))
    )


@pytest.mark.parametrize("layout", ["long", "wide"])
def test_a_row_for_each_event_is_never_stored_as_1(fed: Database, layout: str) -> None:
    day = LAST + timedelta(1)
    if layout == "long":
        file = usage(*[("A", TICKETS, day, 1)] * 4, ("B", TICKETS, day, 1))
    else:
        file = table([{"organization_id": "A", "date": day, "support_tickets": 1}] * 4)
    before = everything(fed)
    with pytest.raises(FilesHeld) as raised:
        imports.store(fed, [file], by="ada")
    assert "4 rows of 1 client for 1 client-day" in raised.value.message.replace("\xa0", " ")
    assert everything(fed) == before


def test_copies_of_rows_are_said_and_stored_once(fed: Database) -> None:
    rows = after(1)
    outcome = imports.store(fed, [usage(*rows, *rows)], by="ada", hold=True)[0]
    assert [found.kind for found in outcome.warnings] == [WarningKind.ROWS_REPEATED]
    assert "16 rows of 8 clients give the same value" in words(outcome.warnings[0])
    assert outcome.rows_new == 8


def test_cells_that_become_empty_are_counted_and_named(fed: Database) -> None:
    file = organizations(*({"organization_id": name, "total_users": None} for name in NAMES))
    outcome = imports.plan(fed, [file])[0]
    emptied = [one for one in outcome.warnings if one.kind is WarningKind.CELLS_EMPTIED]
    if outcome.rows_changed:
        assert emptied[0].holds
        assert "8 filled cells become empty: 8 in total users, first of A." in words(emptied[0])
    else:
        assert not emptied


def test_a_metric_the_client_never_had_has_no_usual(fed: Database) -> None:
    row = {"organization_id": "A", "date": LAST + timedelta(1), "daily_active_users": 3}
    imports.store(fed, [table([row])], by="ada")
    file = table([{**row, "searches_performed": 1_000, "api_calls": 900}])
    found = imports.plan(fed, [file])[0].warnings
    assert [one.kind for one in found] == [WarningKind.TEN_TIMES_THE_USUAL]
    assert found[0].count == 1
    assert "API calls" in found[0].told(1)[0]


def test_who_sends_once_a_week_is_not_missed_on_the_days_between(fed: Database) -> None:
    weekly = [("H", USERS, LAST - timedelta(7 * back), 5) for back in range(9)]
    with fed.write() as writer:
        writer.execute("DELETE FROM usage_daily WHERE organization = 8")
        writer.execute("DELETE FROM usage_span WHERE organization = 8")
    imports.store(fed, [usage(*weekly)], by="ada")
    for ahead in range(1, 7):
        day = LAST + timedelta(ahead)
        rows = [row for row in after(ahead) if row[0] != "H" and row[2] == day]
        assert not imports.store(fed, [usage(*rows)], by="ada")[0].warnings
    day = LAST + timedelta(7)
    rows = [row for row in after(7) if row[0] != "H" and row[2] == day]
    found = imports.store(fed, [usage(*rows)], by="ada")[0].warnings
    assert [one.kind for one in found] == [WarningKind.CLIENT_MISSING]


def test_what_was_said_stays_with_the_import_and_is_said_once(fed: Database) -> None:
    file = usage(*after(1, lambda *_: 0))
    for _ in range(2):
        outcome = imports.store(fed, [file], by="ada")[0]
    assert outcome.import_id is not None
    imports.undo(fed, outcome.import_id, by="ada")
    with fed.read() as reader:
        newest = list_imports(reader, ImportsQuery()).rows[0]
    assert newest.is_undone
    assert [one.sentence for one in newest.warnings] == [outcome.holds[0].sentence]
    assert newest.warnings[0].is_hold


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.sampled_from([USERS, TICKETS]),
            st.dates(LAST - timedelta(3), LAST + timedelta(300)),
            st.integers(0, 400),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:3],
    )
)
def test_load_then_undo_is_before_with_what_was_said_kept(
    database: Database, rows: list[Row]
) -> None:
    empty(database)
    fill(database, [Client(organization_id=name, total_users=60) for name in "ABC"])
    imports.store(database, [usage(("A", USERS, LAST, 5))], by="ada")
    before = contents(database)
    outcome = imports.store(database, [usage(*rows)], by="ada")[0]
    assert outcome.import_id is not None
    if outcome.import_id != outcome.same_as:
        imports.undo(database, outcome.import_id, by="ada")
    assert contents(database) == before
    with database.read() as reader:
        newest = list_imports(reader, ImportsQuery()).rows[0]
    assert len(newest.warnings) == len(outcome.warnings)
