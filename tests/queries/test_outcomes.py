"""What became of clients: listed, by group, and against the pulses and scores of before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from health import imports
from health.accounts.pulses import end_pulse, set_pulse
from health.errors import ArgumentError, UnknownOrganization
from health.files import read_file
from health.queries.outcomes import (
    JudgedQuery,
    OutcomesByGroupQuery,
    OutcomesQuery,
    judged_pulses,
    outcomes,
    outcomes_by_group,
)
from health.queries.team import TeamGroup
from health.scoring import runs
from health.storage.database import Database

TODAY = date(2026, 11, 24)
MAY, JUNE, JULY = date(2026, 5, 6), date(2026, 6, 1), date(2026, 7, 1)
CLIENTS = (
    "organization_id,name,total_users,csm\n"
    "LOW,Low,100,ada@example.org\nHIGH,High,100,ada@example.org\nMID,Mid,100,\n"
)
USAGE = "organization_id,date,monthly_active_users\n" + "".join(
    f"{client},{day},{users}\n"
    for client, users in (("LOW", 90), ("HIGH", 10), ("MID", 50))
    for day in ("2026-03-01", "2026-05-05")
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A client at low, one at high and one at medium risk on 5 May."""
    with Database.open(tmp_path / "health.duckdb") as database:
        load(database, CLIENTS)
        load(database, USAGE)
        runs.score(database)
        yield database


def load(database: Database, text: str) -> None:
    parsed = read_file(text.encode(), name="file.csv", today=TODAY)
    imports.store(database, [parsed], by="ada")


def became(database: Database, *lines: str) -> None:
    load(database, "organization_id,date,outcome,value_change\n" + "\n".join(lines) + "\n")


def pulse(database: Database, client: str, level: str, day: date = MAY, by: str = "Ada") -> None:
    set_pulse(
        database, client, level=level, reason="So.", until_day=day, day=day, by=by
    )  # fmt: skip


def judged(database: Database) -> list[tuple[object, ...]]:
    query = JudgedQuery(after=date(2026, 1, 1), until=TODAY)
    with database.read() as reader:
        return judged_pulses(reader, query).rows()


def test_outcomes_are_listed_newest_first_and_by_client_kind_and_period(
    database: Database,
) -> None:
    became(
        database,
        "LOW,2026-06-01,RENEWED,",
        "HIGH,2026-07-01,CHURNED,-10",
        "LOW,2026-07-01,EXPANDED,5",
    )

    def listed(**of: object) -> list[tuple[object, ...]]:
        with database.read() as reader:
            found = outcomes(reader, OutcomesQuery(**of))  # type: ignore[arg-type]
        return found.select("organization_id", "date", "outcome").rows()

    every = [
        ("HIGH", JULY, "CHURNED"),
        ("LOW", JULY, "EXPANDED"),
        ("LOW", JUNE, "RENEWED"),
    ]
    assert listed() == every
    assert listed(organization_id="LOW") == every[1:]
    assert listed(outcomes=("CHURNED", "RENEWED")) == [every[0], every[2]]
    assert listed(start_date=JULY) == every[:2]
    assert listed(end_date=JUNE) == every[2:]
    with pytest.raises(ArgumentError, match="outcomes"):
        OutcomesQuery(outcomes=("LEFT",))
    with pytest.raises(ArgumentError, match="start_date"):
        OutcomesQuery(start_date=JULY, end_date=JUNE)
    with pytest.raises(UnknownOrganization):
        listed(organization_id="NOBODY")


def test_each_group_has_its_outcomes_after_the_first_day_and_what_they_changed(
    database: Database,
) -> None:
    became(
        database,
        "LOW,2026-06-01,CHURNED,-7", "LOW,2026-07-01,REACTIVATED,5", "HIGH,2026-07-01,CHURNED,-10",
        "HIGH,2026-06-15,RENEWED,", "MID,2026-07-01,EXPANDED,",
    )  # fmt: skip
    query = OutcomesByGroupQuery(by=TeamGroup.OWNER, after=JUNE, until=JULY)
    with database.read() as reader:
        found = outcomes_by_group(reader, query)
    assert found.rows() == [
        ("ada@example.org", 1, 0, 1, 0, 1, Decimal("-5.00"), 0),
        (None, 0, 0, 0, 1, 0, Decimal("0.00"), 1),
    ]


def test_a_pulse_is_right_or_wrong_by_what_came_of_it_and_so_is_the_score_beside_it(
    database: Database,
) -> None:
    pulse(database, "LOW", "AT_RISK")
    pulse(database, "HIGH", "GOOD", by="Bob")
    pulse(database, "MID", "CONCERNED")
    became(
        database, "LOW,2026-06-01,CHURNED,", "HIGH,2026-06-01,CHURNED,", "MID,2026-06-01,RENEWED,"
    )
    assert judged(database) == [("Ada", 2, 1, 0, 2, 0, 1), ("Bob", 1, 0, 1, 1, 1, 0)]


def test_a_renewal_proves_a_good_pulse_and_a_low_risk_right(database: Database) -> None:
    pulse(database, "LOW", "GOOD")
    pulse(database, "HIGH", "AT_RISK")
    became(database, "LOW,2026-06-01,EXPANDED,", "HIGH,2026-06-01,RENEWED,")
    assert judged(database) == [("Ada", 2, 1, 1, 2, 1, 1)]


def test_only_the_last_pulse_of_the_ninety_days_before_counts(database: Database) -> None:
    pulse(database, "LOW", "AT_RISK", date(2026, 5, 6))
    pulse(database, "LOW", "GOOD", date(2026, 5, 7))
    pulse(database, "HIGH", "AT_RISK", date(2026, 5, 6))
    pulse(database, "MID", "GOOD", date(2026, 5, 8))
    end_pulse(database, "MID", day=date(2026, 5, 8), by="Ada")
    became(
        database, "LOW,2026-05-08,CHURNED,", "HIGH,2026-08-05,CHURNED,", "MID,2026-05-09,CHURNED,"
    )
    assert judged(database) == [("Ada", 1, 0, 1, 1, 0, 1)]


def test_a_pulse_of_the_day_itself_or_a_return_judges_nothing(database: Database) -> None:
    pulse(database, "LOW", "GOOD", JUNE)
    became(database, "LOW,2026-06-01,CHURNED,", "LOW,2026-06-05,REACTIVATED,")
    assert judged(database) == []
