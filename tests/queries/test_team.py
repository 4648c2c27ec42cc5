"""The team's book, against the same numbers counted one client at a time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import LOADED_AT, Tiny

from health.errors import ArgumentError
from health.queries.sizes import BANDS, UNKNOWN
from health.queries.team import MONTHS, Team, TeamGroup, TeamQuery, band_of, months, renewals, team
from health.storage.database import Database

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 26)
BEFORE = DAY - timedelta(days=91)
LEVELS = ("HIGH", "MEDIUM", "LOW")

scores = st.none() | st.tuples(st.integers(0, 100), st.sampled_from(LEVELS))
clients = st.lists(
    st.fixed_dictionaries(
        {
            "csm": st.sampled_from([None, "", "a@x", "b@x"]),
            "industry": st.sampled_from([None, "Energy", "Retail"]),
            "total_users": st.sampled_from([None, 0, 9, 10, 49, 50, 199, 200, 999, 1_000]),
            "annual_value": st.none() | st.integers(0, 10**9).map(lambda n: Decimal(n) / 100),
            "renewal_date": st.none() | st.integers(-40, 400).map(lambda n: DAY + timedelta(n)),
            "is_active": st.sampled_from([True, True, True, False]),
            "before": scores,
            "now": scores,
            "calls": st.lists(
                st.tuples(st.integers(-95, 10), st.sampled_from(["REACHED", "NOT_NEEDED"])),
                max_size=2,
            ),
            "tasks": st.lists(
                st.tuples(st.integers(-10, 10), st.booleans()),
                max_size=2,
            ),
        }
    ),
    max_size=12,
)


def write(tiny: Tiny, rows: list[dict[str, Any]]) -> None:
    tiny.run()
    for number, row in enumerate(rows, start=1):
        facts = ("csm", "industry", "total_users", "annual_value", "renewal_date", "is_active")
        tiny.client(number, f"C{number}", **{fact: row[fact] for fact in facts})
        for day, score in ((BEFORE, row["before"]), (DAY, row["now"])):
            if score:
                tiny.score(number, day, score[0], risk_level=score[1])
        for days, outcome in row["calls"]:
            call(tiny, number, DAY + timedelta(days), outcome)
        for days, done in row["tasks"]:
            task(tiny, number, TODAY + timedelta(days), DAY if done else None)


def call(tiny: Tiny, number: int, day: date, outcome: str) -> None:
    with tiny.database.write() as writer:
        writer.execute(
            """INSERT INTO account_calls
                (call_id, organization, day, outcome, note, created_by, created_at)
            VALUES (1, $number, $day, $outcome, '', 'a', $at)""",
            {"number": number, "day": day, "outcome": outcome, "at": LOADED_AT},
        )


def task(tiny: Tiny, number: int, due: date, done: date | None) -> None:
    with tiny.database.write() as writer:
        writer.execute(
            """INSERT INTO account_tasks (task_id, organization, day, due_day, task, person,
                created_by, created_at, done_day)
            VALUES (1, $number, $day, $due, 'x', 'a', 'a', $at, $done)""",
            {"number": number, "day": BEFORE, "due": due, "done": done, "at": LOADED_AT},
        )


def ask(tiny: Tiny, by: TeamGroup = TeamGroup.OWNER) -> Team:
    with tiny.database.read() as reader:
        return team(reader, TeamQuery(as_of=DAY, calendar_day=TODAY, by=by))


def name_of(row: dict[str, Any], by: TeamGroup) -> str | None:
    if by is TeamGroup.OWNER:
        return row["csm"] or None
    if by is TeamGroup.INDUSTRY:
        return row["industry"]
    if row["total_users"] is None:
        return "-1"
    return str(max(band.first for band in BANDS if band.first <= row["total_users"]))


def numbers(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the question says of these clients, counted plainly."""
    scored = [row for row in rows if row["now"]]
    high = [row for row in scored if row["now"][1] == "HIGH"]
    both = [row["now"][0] - row["before"][0] for row in scored if row["before"]]
    soon = [
        row for row in rows if row["renewal_date"] and 0 <= (row["renewal_date"] - DAY).days <= 90
    ]
    soon_high = [row for row in soon if row in high]

    def worth(some: list[dict[str, Any]]) -> Decimal:
        return sum((row["annual_value"] or Decimal(0) for row in some), Decimal(0))

    return {
        "clients": len(rows),
        **{level.lower(): sum(row["now"][1] == level for row in scored) for level in LEVELS},
        "not_scored": len(rows) - len(scored),
        "scored": len(scored),
        "average": mean([row["now"][0] for row in scored]),
        "compared": len(both),
        "average_change": mean(both),
        "value": worth(rows),
        "value_at_risk": worth(high),
        "without_value": sum(row["annual_value"] is None for row in rows),
        "renewals": len(soon),
        "renewals_at_risk": len(soon_high),
        "renewals_value": worth(soon),
        "renewals_value_at_risk": worth(soon_high),
        "calls": sum(
            outcome == "REACHED" and -91 < days <= 6
            for row in rows
            for days, outcome in row["calls"]
        ),
        "overdue": sum(days < 0 and not done for row in rows for days, done in row["tasks"]),
    }


def mean(values: list[int]) -> Any:
    return pytest.approx(sum(values) / len(values)) if values else None


@settings(max_examples=15, deadline=None)
@given(rows=clients)
def test_each_group_has_the_numbers_of_its_clients(rows: list[dict[str, Any]]) -> None:
    active = [row | {"number": at} for at, row in enumerate(rows) if row["is_active"]]
    with TemporaryDirectory() as folder, Database.open(Path(folder) / "x.duckdb") as database:
        tiny = Tiny(database)
        write(tiny, rows)
        for by in TeamGroup:
            found = ask(tiny, by)
            names = {name_of(row, by) for row in active}
            assert set(found.groups["name"]) == names
            whole = numbers(active)
            for row in found.groups.to_dicts():
                own = [one for one in active if name_of(one, by) == row["name"]]
                too_many = row.pop("has_too_many")
                assert {key: row[key] for key in whole} == numbers(own)
                share, of_all = row["high"] * whole["scored"], whole["high"] * row["scored"]
                assert too_many == (row["high"] >= 3 and share >= 1.5 * of_all)
            if active:
                assert {key: found.whole[key][0] for key in whole} == whole
            else:
                assert found.whole.is_empty()
        check_renewals(tiny, active)


def check_renewals(tiny: Tiny, active: list[dict[str, Any]]) -> None:
    with tiny.database.read() as reader:
        found = renewals(reader, DAY)
    assert tuple(found["month"]) == months(DAY)
    for row in found.to_dicts():
        own = [
            one
            for one in active
            if one["renewal_date"]
            and one["renewal_date"] >= DAY
            and one["renewal_date"].replace(day=1) == row["month"]
        ]
        counted = numbers(own)
        assert {key: row[key] for key in ("high", "medium", "low", "not_scored")} == {
            key: counted[key] for key in ("high", "medium", "low", "not_scored")
        }
        parts = ("high", "medium", "low", "not_scored")
        assert sum(row[f"{part}_value"] for part in parts) == counted["value"]
        assert row["high_value"] == counted["value_at_risk"]
        assert row["without_value"] == counted["without_value"]


def test_renewals_count_from_the_day_asked_for(tiny: Tiny) -> None:
    """Not from the day of the data: what renewed in between renews no more."""
    tiny.run()
    for number, days in ((1, -1), (2, 0), (3, 90), (4, 91)):
        tiny.client(number, f"C{number}", renewal_date=TODAY + timedelta(days))
    with tiny.database.read() as reader:
        query = TeamQuery(as_of=DAY, calendar_day=TODAY, from_day=TODAY)
        assert team(reader, query).whole["renewals"].item() == 2
        by_month = renewals(reader, DAY, TODAY)
        assert by_month["not_scored"].sum() == 3


def test_twelve_months_begin_with_that_of_the_day() -> None:
    assert len(months(DAY)) == MONTHS
    assert (months(DAY)[0], months(DAY)[-1]) == (date(2026, 11, 1), date(2027, 10, 1))


def test_an_owner_with_half_as_much_again_at_high_risk_has_too_many(tiny: Tiny) -> None:
    """Of 20 scored clients 4 are at high risk: of 10, 3 are too many and 2 never are."""
    tiny.run()
    for number in range(1, 21):
        tiny.client(number, f"C{number}", csm="a@x" if number <= 10 else "b@x")
        high = number <= 3 or number == 20
        tiny.score(number, DAY, 30 if high else 80, risk_level="HIGH" if high else "LOW")
    assert ask(tiny).groups.filter("has_too_many")["name"].to_list() == ["a@x"]


def test_sizes_come_from_the_smallest_on_and_name_their_band(tiny: Tiny) -> None:
    tiny.run()
    for number, users in enumerate([None, 5_000, 9, 60], start=1):
        tiny.client(number, f"C{number}", total_users=users)
    names = ask(tiny, TeamGroup.SIZE).groups["name"].to_list()
    assert names == ["-1", "0", "50", "1000"]
    assert [band_of(name) for name in names] == [UNKNOWN, BANDS[0], BANDS[2], BANDS[4]]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("days", 0), ("as_of", "2026-11-20"), ("calendar_day", None), ("by", "Country")],
)
def test_a_wrong_argument_is_named(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        TeamQuery(**{"as_of": DAY, "calendar_day": TODAY, argument: value})
    assert caught.value.argument == argument
