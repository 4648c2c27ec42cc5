"""What changes slowly: each day keeps what was in force on it, and undo brings histories back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scores_by_hand import Client, Feature, Usage
from small_files import Cell, organizations, table
from stored import contents, days_between, empty, fill, scores

from health import imports
from health.files import ParsedFile
from health.imports import FilesRefused
from health.maintenance import checks
from health.maintenance.check import State
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.scoring import history, runs
from health.storage.database import Database
from health.vocabulary import ALWAYS

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
HISTORIES = ("organizations", "feature_adoption", "record_history")

Row = dict[str, Cell]


def store(database: Database, file: ParsedFile, on: date = LAST, **options: Any) -> int:
    """Store a file that was read on a day, and return the number of the import."""
    outcome = imports.store(database, [replace(file, day=on)], by="ada", **options)[0]
    assert outcome.import_id is not None
    return outcome.import_id


def say(database: Database, on: date = LAST, **values: Cell) -> int:
    """Store a file of one client, A."""
    return store(database, organizations({"organization_id": "A", **values}), on)


def say_feature(database: Database, on: date = LAST, **values: Cell) -> int:
    """Store a file of one feature of A."""
    return store(database, table([{"organization_id": "A", "feature_name": "SSO", **values}]), on)


def in_force(database: Database, field: str, day: date) -> Any:
    """The value of a field of A on a day."""
    relation = history.clients_sql(f"DATE '{day}'")
    return database.query(f"SELECT {field} FROM {relation} WHERE organization_id = 'A'").item()


def feature_in_force(database: Database, field: str, day: date) -> Any:
    relation = history.features_sql(f"DATE '{day}'")
    return database.query(f"SELECT {field} FROM {relation}").item()


def client(database: Database) -> dict[str, Any]:
    return database.query("FROM organizations WHERE organization_id = 'A'").row(0, named=True)


# What holds from when


def test_the_first_value_holds_for_all_time_before_it(database: Database) -> None:
    say(database, total_users=60)
    assert in_force(database, "total_users", date(1950, 1, 1)) == 60
    assert database.query("FROM record_history").height == 0, "what never changed costs nothing"


def test_a_value_holds_from_the_import_on(database: Database) -> None:
    say(database, total_users=60, on=MARCH)
    say(database, total_users=70, on=APRIL)
    assert in_force(database, "total_users", APRIL - timedelta(1)) == 60
    assert in_force(database, "total_users", APRIL) == 70
    assert client(database)["total_users"] == 70


def test_a_file_says_from_when_a_value_holds(database: Database) -> None:
    say(database, total_users=60, csm="ada@example.org")
    say(database, total_users=70, csm="bob@example.org", valid_from=MARCH)
    assert in_force(database, "total_users", MARCH - timedelta(1)) == 60
    assert in_force(database, "csm", MARCH - timedelta(1)) == "ada@example.org"
    assert in_force(database, "total_users", MARCH) == 70
    assert client(database)["csm"] == "bob@example.org"


def test_the_same_again_adds_nothing(database: Database) -> None:
    say(database, total_users=60, valid_from=MARCH)
    before = contents(database, HISTORIES)
    say(database, total_users=60)
    say(database, total_users=60, valid_from=APRIL)
    assert contents(database, HISTORIES) == before


def test_the_same_day_again_replaces(database: Database) -> None:
    say(database, total_users=60)
    say(database, total_users=70, valid_from=MARCH)
    say(database, total_users=80, valid_from=MARCH)
    assert in_force(database, "total_users", MARCH - timedelta(1)) == 60
    assert in_force(database, "total_users", MARCH) == 80


def test_a_value_between_two_others_leaves_the_newest(database: Database) -> None:
    say(database, total_users=60)
    say(database, total_users=80, valid_from=APRIL)
    say(database, total_users=70, valid_from=MARCH)
    assert client(database)["total_users"] == 80
    days = (FIRST, MARCH, APRIL)
    assert [in_force(database, "total_users", day) for day in days] == [60, 70, 80]


def test_always_replaces_the_whole_history(database: Database) -> None:
    say(database, total_users=60)
    say(database, total_users=80, valid_from=APRIL)
    say(database, total_users=70, valid_from="always")
    assert {in_force(database, "total_users", day) for day in (FIRST, MARCH, LAST)} == {70}
    assert database.query("FROM record_history").height == 0


def test_a_file_can_hold_a_whole_history(database: Database) -> None:
    rows: list[Row] = [
        {"organization_id": "A", "total_users": users, "csm": csm, "valid_from": day}
        for users, csm, day in (
            (80, None, APRIL),
            (60, "ada@example.org", FIRST),
            (70, None, MARCH),
        )
    ]
    store(database, organizations(*rows))
    days = (FIRST, MARCH, APRIL)
    assert [in_force(database, "total_users", day) for day in days] == [60, 70, 80]
    assert client(database)["total_users"] == 80
    assert client(database)["csm"] == "ada@example.org"


def test_two_values_of_one_day_are_refused(database: Database) -> None:
    rows: list[Row] = [
        {"organization_id": "A", "total_users": users, "valid_from": MARCH} for users in (60, 70)
    ]
    with pytest.raises(FilesRefused) as refused:
        store(database, organizations(*rows))
    assert refused.value.outcomes[0].rejects["line"].to_list() == [2, 3]


@pytest.mark.parametrize("wrong", ["never", "1.3.2026", "2300-01-01"])
def test_what_is_no_start_is_refused_with_what_would_be_accepted(wrong: str) -> None:
    file = organizations({"organization_id": "A", "valid_from": wrong})
    (row,) = file.rejects.iter_rows(named=True)
    assert (row["column"], row["value"]) == ("valid_from", wrong)
    assert row["accepted"]


def test_a_change_shows_from_when_it_holds_where_that_is_not_the_import(database: Database) -> None:
    say(database, total_users=60, csm="ada@example.org")
    file = organizations(
        {"organization_id": "A", "total_users": 70, "valid_from": MARCH},
        {"organization_id": "A", "csm": "bob@example.org", "valid_from": LAST},
    )
    changes = imports.plan(database, [replace(file, day=LAST)])[0].changes
    assert changes["name"].unique().to_list() == ["A"]
    assert set(changes.drop("name").rows()) == {
        ("A", "csm", None, "ada@example.org", "bob@example.org"),
        ("A", "total_users", MARCH, "60", "70"),
    }


# Who left


def test_who_left_keeps_its_past(database: Database) -> None:
    say(database, total_users=60)
    say(database, is_active="no", on=APRIL)
    assert in_force(database, "is_active", APRIL - timedelta(1))
    assert not in_force(database, "is_active", APRIL)
    assert client(database)["inactive_from"] == APRIL


def test_a_file_says_on_which_day_a_client_left(database: Database) -> None:
    say(database, inactive_from=MARCH)
    assert in_force(database, "is_active", MARCH - timedelta(1))
    row = client(database)
    assert (row["is_active"], row["inactive_from"]) == (False, MARCH)


def test_a_client_that_comes_back_was_away(database: Database) -> None:
    say(database, inactive_from=MARCH)
    say(database, is_active="yes", on=APRIL)
    row = client(database)
    assert (row["is_active"], row["inactive_from"]) == (True, None)
    assert not in_force(database, "is_active", APRIL - timedelta(1))


@pytest.mark.parametrize("corrected", [FIRST, APRIL])
def test_another_day_of_leaving_takes_the_place_of_the_first(
    database: Database, corrected: date
) -> None:
    say(database, inactive_from=MARCH)
    say(database, inactive_from=corrected)
    assert client(database)["inactive_from"] == corrected
    assert in_force(database, "is_active", corrected - timedelta(1))


def test_who_never_was_a_client_has_no_day_of_leaving(database: Database) -> None:
    say(database, is_active="no")
    row = client(database)
    assert (row["is_active"], row["inactive_from"]) == (False, None)
    assert not in_force(database, "is_active", FIRST)


def test_a_row_that_left_and_is_active_is_refused(database: Database) -> None:
    with pytest.raises(FilesRefused, match="its only row cannot"):
        say(database, is_active="yes", inactive_from=MARCH)


@settings(max_examples=20)
@given(
    loads=st.lists(
        st.dictionaries(
            st.dates(FIRST, FIRST + timedelta(9)),
            st.tuples(st.just("inactive_from"), st.dates(FIRST, FIRST + timedelta(9)))
            | st.tuples(st.just("is_active"), st.sampled_from(("yes", "no"))),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=2,
        unique_by=repr,
    )
)
def test_leaving_and_coming_back_in_one_file_twice_is_once(
    shared_database: Database, loads: list[dict[date, tuple[str, Cell]]]
) -> None:
    database = shared_database
    empty(database)
    for rows in loads:
        file = organizations(
            *(
                {"organization_id": "A", "valid_from": day, **dict([row])}
                for day, row in rows.items()
            )
        )
        before = contents(database, HISTORIES)
        try:
            number = store(database, file)
        except FilesRefused:  # two values of one day
            assert contents(database, HISTORIES) == before
            continue
        once = contents(database, HISTORIES)
        store(database, file)
        assert contents(database, HISTORIES) == once
        imports.undo(database, number, by="ada")
        assert contents(database, HISTORIES) == before
        store(database, file)
        assert contents(database, ("record_history",)) == {"record_history": once["record_history"]}


def test_a_row_without_a_day_beside_one_that_has_one_is_refused(database: Database) -> None:
    # It would hold from always on the first load, and from its own day on the second.
    file = organizations(
        {"organization_id": "A", "csm": "ada", "valid_from": None},
        {"organization_id": "A", "csm": "bob", "valid_from": APRIL},
        {"organization_id": "B", "csm": "bob", "valid_from": None},
    )
    with pytest.raises(FilesRefused) as refused:
        store(database, file, LAST)
    rejects = refused.value.outcomes[0].rejects
    assert rejects.select("line", "column").rows() == [(2, "valid_from")]


def test_who_left_on_a_day_left_whatever_else_is_said_of_that_day(database: Database) -> None:
    file = organizations(
        {"organization_id": "A", "valid_from": MARCH, "is_active": "yes", "inactive_from": None},
        {"organization_id": "A", "valid_from": APRIL, "is_active": None, "inactive_from": MARCH},
    )
    store(database, file)
    store(database, file)
    assert client(database)["inactive_from"] == MARCH


# Features


def test_a_feature_that_is_used_now_was_not_before(database: Database) -> None:
    say(database)
    say_feature(database, is_enabled="yes", is_used="no")
    say_feature(database, is_used="yes", on=APRIL)
    assert not feature_in_force(database, "is_used", APRIL - timedelta(1))
    assert feature_in_force(database, "is_used", APRIL)


def test_a_first_use_says_since_when_a_feature_is_used(database: Database) -> None:
    say(database)
    say_feature(database, is_enabled="yes", is_used="no")
    say_feature(database, is_used="yes", first_used_at=MARCH, on=APRIL)
    assert not feature_in_force(database, "is_used", MARCH - timedelta(1))
    assert feature_in_force(database, "is_used", MARCH)


def test_a_first_use_before_a_time_without_use_leaves_that_time(database: Database) -> None:
    say(database)
    say_feature(database, is_enabled="yes", is_used="yes", first_used_at=FIRST)
    say_feature(database, is_used="no", on=MARCH)
    say_feature(database, is_used="yes", first_used_at=FIRST, on=APRIL)
    assert not feature_in_force(database, "is_used", MARCH)
    assert feature_in_force(database, "is_used", APRIL)


def test_a_feature_is_switched_on_by_hand_since_a_day(database: Database) -> None:
    say(database)
    imports.update_feature_adoption(database, "A", "SSO", False, False)
    imports.update_feature_adoption(database, "A", "SSO", True, True, valid_from=MARCH, today=LAST)
    with database.read() as reader:
        before, after = (
            feature_adoption(reader, FeatureAdoptionQuery(organization_id="A", as_of=day))
            for day in (MARCH - timedelta(1), MARCH)
        )
    assert feature_in_force(database, "is_enabled", MARCH - timedelta(1)) is False
    assert (before.enabled_features, after.enabled_features) == (1, 1), (
        "nothing is past without usage"
    )


# Scores


def calm(database: Database) -> None:
    """A client with usage on every day and two features, scored on all days."""
    empty(database)
    fill(
        database,
        [Client(organization_id="A", total_users=60)],
        [
            Usage(organization_id="A", metric_type="MONTHLY_ACTIVE_USERS", date=day, value=30)
            for day in days_between(FIRST, LAST)
        ],
        [
            Feature(organization_id="A", feature_name="SSO", is_used=False),
            Feature(organization_id="A", feature_name="AI_ASSISTANT"),
        ],
    )
    runs.score(database, everything=True)


CHANGES: dict[str, Callable[[Database], Any]] = {
    "licences": lambda database: say(database, total_users=200, on=APRIL),
    "licences since": lambda database: say(database, total_users=200, valid_from=APRIL),
    "a client that leaves": lambda database: say(database, is_active="no", on=APRIL),
    "a day of leaving": lambda database: say(database, inactive_from=APRIL),
    "a feature in use": lambda database: say_feature(database, is_used="yes", on=APRIL),
    "a feature since": lambda database: say_feature(database, is_used="yes", valid_from=APRIL),
    "a first use": lambda database: say_feature(database, is_used="yes", first_used_at=APRIL),
    "a feature switched off": lambda database: say_feature(database, is_enabled="no", on=APRIL),
    "by hand": lambda database: imports.update_feature_adoption(
        database, "A", "SSO", True, True, today=APRIL
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_score_of_a_day_before_a_change_stays(
    database: Database, change: Callable[[Database], Any]
) -> None:
    calm(database)
    before = scores(database)
    change(database)
    runs.score(database)
    incremental = scores(database)
    assert {d: s for d, s in incremental.items() if d[1] < APRIL} == {
        d: s for d, s in before.items() if d[1] < APRIL
    }
    assert incremental != before, "the change counts from its day on"
    runs.score(database, everything=True)
    assert scores(database) == incremental
    for day in (MARCH, APRIL - timedelta(1), APRIL, LAST):
        runs.score(database, as_of=day)
    assert scores(database) == incremental


def test_a_client_that_came_back_has_no_score_to_compare_with_while_it_was_away(
    database: Database,
) -> None:
    calm(database)
    say(database, inactive_from=MARCH)
    say(database, is_active="yes", valid_from=date(2026, 3, 20))
    runs.score(database)
    stored = scores(database)
    assert ("A", date(2026, 3, 19)) not in stored
    assert stored["A", date(2026, 4, 18)].previous is None
    assert stored["A", date(2026, 4, 19)].previous == stored["A", date(2026, 3, 20)].overall


# Whatever is said

Start = date | str | None
days = st.integers(0, 12).map(lambda number: FIRST + timedelta(number))
starts: st.SearchStrategy[Start] = st.none() | st.just("always") | days | days
said = st.lists(
    st.tuples(days, starts, st.sampled_from((None, 1, 2, 3)), st.booleans()), max_size=5
)


class Kept:
    """What is known of one value, by the rules of the contract alone."""

    def __init__(self) -> None:
        self.values: dict[date, Any] = {}

    def on(self, day: date) -> Any:
        """The value in force."""
        return self.values[max(d for d in self.values if d <= day)] if self.values else None

    def say(self, value: Any, start: Start, imported: date) -> None:
        """Take in what a file says."""
        if start == "always":
            self.values = {ALWAYS: value}
            return
        day = start if isinstance(start, date) else imported
        if not self.values:
            self.values = {ALWAYS: value}
            if start is None:
                return
            self.values[day] = value
        elif day in self.values or self.on(day) != value:
            self.values[day] = value


@settings(max_examples=15)
@given(said=said)
def test_in_force_is_what_the_contract_says_and_undo_brings_it_back(
    shared_database: Database, said: list[tuple[date, Start, int | None, bool]]
) -> None:
    database = shared_database
    empty(database)
    say(database, name="Ada")
    users, used = Kept(), Kept()
    used.say(False, None, FIRST)
    say_feature(database, is_enabled="yes", is_used="no")
    states = []
    for imported, start, value, flag in said:
        states.append(
            (contents(database, HISTORIES), say_both(database, imported, start, value, flag))
        )
        if value is not None:
            users.say(value, start, imported)
        used.say(flag, start, imported)

    for day in days_between(FIRST - timedelta(1), FIRST + timedelta(13)):
        both = f"""SELECT total_users, is_used FROM {history.clients_sql(f"DATE '{day}'")}
            JOIN {history.features_sql(f"DATE '{day}'")} USING (organization)"""
        assert database.query(both).rows() == [(users.on(day), used.on(day))]
    newest = max(users.values, default=ALWAYS)
    assert client(database)["total_users"] == users.on(newest)
    (histories,) = (c for c in checks.CHECKS if c.name == "histories")
    assert all(r.state is State.PASS for r in checks.run(database, only=[histories]))

    for before, numbers in reversed(states):
        for number in reversed(numbers):
            imports.undo(database, number, by="ada")
        assert contents(database, HISTORIES) == before


def say_both(
    database: Database, imported: date, start: Start, value: int | None, flag: bool
) -> list[int]:
    """Store a file of the client and one of its feature; return those that were no repetition."""
    last = database.query("SELECT max(import_id) FROM imports").item() or 0
    file = organizations(
        {"organization_id": "A", "name": "Ada", "total_users": value, "valid_from": start}
    )
    store(database, file, imported)
    say_feature(database, imported, is_used=flag, valid_from=start)
    return database.query(
        "SELECT import_id FROM imports WHERE import_id > $last ORDER BY 1", {"last": last}
    )["import_id"].to_list()
