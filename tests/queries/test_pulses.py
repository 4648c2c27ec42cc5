"""The pulse in force on a day is the newest one set by then that has neither expired nor ended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from health.queries.pulses import pulses_as_of
from health.storage.database import Database

LATEST = date(2026, 11, 20)
TODAY = date(2026, 11, 23)


@pytest.fixture
def acme(database: Database) -> Database:
    """A client with usage up to a day, a score of 70 on 2 October, and three pulses."""
    with database.write() as writer:
        writer.execute(
            """INSERT INTO clients BY NAME SELECT 1 AS organization, 'A' AS organization_id,
                'Acme' AS name, 'NONE' AS alert_level, true AS is_active,
                TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS updated_at"""
        )
        writer.execute(
            """INSERT INTO usage_span (organization, first_date, last_date)
            VALUES (1, '2026-09-01', $latest)""",
            {"latest": LATEST},
        )
        writer.execute(
            """INSERT INTO scores BY NAME SELECT 1 AS organization, DATE '2026-10-02' AS score_date,
                70 AS overall_score, 100 AS coverage, 'STABLE' AS trend, 'LOW' AS risk_level,
                1 AS run_id"""
        )
        writer.execute(
            """INSERT INTO account_pulses (pulse_id, organization, day, level, reason, until_day,
                score_day, created_by, created_at, ended_by, ended_day, removed_by, removed_at)
            VALUES (1, 1, '2026-10-03', 'GOOD', '', '2026-11-30', '2026-10-02', 'ada', '2026-10-03',
                    NULL, NULL, NULL, NULL),
                (2, 1, '2026-10-20', 'AT_RISK', '', '2026-11-10', NULL, 'ada', '2026-10-20',
                    NULL, NULL, NULL, NULL),
                (3, 1, '2026-11-22', 'CONCERNED', '', '2026-12-01', NULL, 'ada', '2026-11-22',
                    NULL, NULL, NULL, NULL)"""
        )
    return database


def in_force(database: Database, day: date) -> list[tuple[Any, ...]]:
    with database.read() as reader:
        return reader.query(f"SELECT level, score_then FROM {pulses_as_of(reader, day)}").rows()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 2), []),
        (date(2026, 10, 3), [("GOOD", 70)]),
        (date(2026, 10, 19), [("GOOD", 70)]),
        (date(2026, 10, 20), [("AT_RISK", None)]),
        (date(2026, 11, 10), [("AT_RISK", None)]),
        # The one that it took the place of does not come back.
        (date(2026, 11, 11), []),
        # The present: set after the latest data, it counts.
        (LATEST, [("CONCERNED", None)]),
        (TODAY, [("CONCERNED", None)]),
        (date(2026, 12, 1), [("CONCERNED", None)]),
        (date(2026, 12, 2), []),
    ],
)
def test_the_newest_pulse_counts_until_it_expires(
    acme: Database, day: date, expected: list[tuple[Any, ...]]
) -> None:
    assert in_force(acme, day) == expected


def test_a_pulse_that_was_ended_is_over_from_its_day_on_and_at_once_in_the_present(
    acme: Database,
) -> None:
    with acme.write() as writer:
        writer.execute("UPDATE account_pulses SET ended_by = 'ada', ended_day = '2026-11-23'")
    assert in_force(acme, LATEST) == []
    assert in_force(acme, date(2026, 11, 5)) == [("AT_RISK", None)]


def test_a_pulse_that_was_removed_never_was(acme: Database) -> None:
    with acme.write() as writer:
        writer.execute("UPDATE account_pulses SET removed_at = '2026-11-23' WHERE pulse_id = 2")
    assert in_force(acme, date(2026, 10, 25)) == [("GOOD", 70)]
