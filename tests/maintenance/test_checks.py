"""A check passes on what the product stored, and names what somebody else spoiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from small_files import organizations, table, usage
from stored import everything

from health import imports
from health.imports import identity
from health.maintenance import checks
from health.maintenance.check import State
from health.scoring import runs
from health.scoring.model import STANDARD, TARGETS
from health.scoring.publishing import publish
from health.storage.database import Database

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)


@pytest.fixture
def scored(database: Database) -> Database:
    """Three clients: two scored, one that never sent anything."""
    files = [
        organizations(
            {"organization_id": "A", "total_users": 60},
            {"organization_id": "B", "total_users": 100},
            {"organization_id": "C", "total_users": 10},
        ),
        usage(
            ("A", "MONTHLY_ACTIVE_USERS", FIRST, 30),
            ("A", "MONTHLY_ACTIVE_USERS", LAST, 38),
            ("B", "CASES_CLOSED", FIRST, 10),
            ("B", "CASES_CLOSED_ON_TIME", FIRST, 9),
            ("B", "SUPPORT_TICKETS", LAST, 2),
        ),
        table(
            [
                {
                    "organization_id": "A",
                    "feature_name": "SSO",
                    "is_enabled": "true",
                    "is_used": "true",
                }
            ]
        ),
    ]
    imports.store(database, files, by="test")
    runs.score(database)
    return database


def states(database: Database) -> dict[str, State]:
    return {result.check.name: result.state for result in checks.run(database)}


def spoil(database: Database, statement: str) -> None:
    with database.write() as writer:
        writer.execute(statement)


def test_what_the_product_stored_passes(scored: Database) -> None:
    assert set(states(scored).values()) == {State.PASS}


def test_an_empty_database_has_nothing_to_look_at(tmp_path: Path) -> None:
    with Database.open(tmp_path / "health.duckdb") as database:
        found = states(database)
    assert found.pop("tables") is State.PASS
    assert set(found.values()) == {State.SKIPPED}


def test_every_check_explains_itself() -> None:
    every = (checks.SHAPE, *checks.CHECKS)
    assert len({check.name for check in every}) == len(every)
    assert all(check.label and check.description.endswith(".") for check in every)


LEFT = "SELECT 1, DATE '2026-11-20', 'CHURNED', NULL, NULL, 1, TIMESTAMP '2026-11-20 00:00:00' "
DAMAGE = [
    ("unique_keys", "INSERT INTO clients FROM clients WHERE organization = 1", "clients has A 2"),
    (
        "unique_keys",
        "INSERT INTO usage_daily FROM usage_daily WHERE organization = 1 AND date = '2026-11-20'",
        "usage_daily has A, 2026-11-20 2 times",
    ),
    ("unique_keys", "INSERT INTO adoption FROM adoption", "adoption has A, SSO 2 times"),
    (
        "unique_keys",
        "INSERT INTO scores FROM scores WHERE organization = 2 AND score_date = '2026-11-20'",
        "scores has B, 2026-11-20 2 times",
    ),
    (
        "unique_keys",
        "INSERT INTO imports FROM imports WHERE import_id = 1",
        "imports has 1 2 times",
    ),
    (
        "ranges",
        "UPDATE usage_daily SET api_calls = -1 WHERE organization = 1 AND date = '2026-11-20'",
        "A, 2026-11-20: api_calls is -1",
    ),
    (
        "ranges",
        "UPDATE usage_daily SET campaign_response_rate = 101 WHERE organization = 2",
        "B, 2026-11-01: campaign_response_rate is 101",
    ),
    ("ranges", "UPDATE scores SET coverage = 0", "A, 2026-11-01: coverage is 0"),
    ("ranges", "UPDATE clients SET total_users = -5", "A: total_users is -5"),
    ("words", "UPDATE clients SET alert_level = 'LOUD'", "clients: alert_level is LOUD"),
    ("words", "UPDATE adoption SET feature_name = 'FAX'", "adoption: feature_name is FAX"),
    (
        "references",
        "DELETE FROM clients WHERE organization = 2",
        "usage_daily: organization 2 is not in clients",
    ),
    (
        "references",
        "UPDATE usage_daily SET import_id = 99",
        "usage_daily: import_id 99 is not in imports",
    ),
    (
        "references",
        "UPDATE scores SET run_id = 99",
        "scores: run_id 99 is not in scoring_runs",
    ),
    (
        "unique_keys",
        f"INSERT INTO outcomes {LEFT} UNION ALL {LEFT}",
        "outcomes has A, 2026-11-20, CHURNED 2 times",
    ),
    (
        "outcomes",
        f"INSERT INTO outcomes {LEFT.replace('2026-11-20', '2020-01-01')}",
        "A: CHURNED on 2020-01-01 is before the first usage",
    ),
    (
        "outcomes",
        f"INSERT INTO outcomes {LEFT} UNION ALL {LEFT.replace('2026-11-20', '2026-11-21')}",
        "A: CHURNED on 2026-11-21 comes after another without a return between",
    ),
    (
        "words",
        f"INSERT INTO outcomes {LEFT.replace('CHURNED', 'LEFT')}",
        "outcomes: outcome is LEFT",
    ),
    (
        "histories",
        "INSERT INTO record_history BY NAME SELECT 1 AS organization, 'total_users' AS field, "
        "unnest([DATE '0001-01-01', DATE '2026-11-02']) AS valid_from, unnest(['60', '61']) "
        "AS value",
        "A: total_users is not the newest of its history",
    ),
    (
        "histories",
        "INSERT INTO record_history BY NAME SELECT 1 AS organization, 'total_users' AS field, "
        "unnest([DATE '2026-11-01', DATE '2026-11-02']) AS valid_from, '60' AS value",
        "A: total_users has no value before its first change",
    ),
    (
        "histories",
        "INSERT INTO record_history BY NAME SELECT 1 AS organization, 'colour' AS field, "
        "unnest([DATE '0001-01-01', DATE '2026-11-02']) AS valid_from, 'red' AS value",
        "A: colour has a history, and no such value",
    ),
    # What an insert leaves that is shifted by a column: a count as the number of an import.
    (
        "writers",
        "UPDATE usage_daily SET import_id = support_tickets WHERE support_tickets IS NOT NULL",
        "usage_daily: import 2 cannot have made days from 2026-11-20 to 2026-11-20",
    ),
    (
        "writers",
        "UPDATE imports SET clients = 3 WHERE import_id = 3",
        "import 3 stored usage of 2 clients instead of 3",
    ),
    (
        "writers",
        "UPDATE usage_daily SET import_id = 1 WHERE organization = 1",
        "usage_daily: import 1 cannot have made days from 2026-11-01 to 2026-11-20",
    ),
    (
        "spans",
        "UPDATE usage_span SET last_date = last_date - 1 WHERE organization = 2",
        "B: first and last day are not those of its usage",
    ),
    (
        "spans",
        "DELETE FROM usage_span WHERE organization = 1",
        "A: first and last day are not those of its usage",
    ),
    (
        "scores",
        "UPDATE scores SET overall_score = 1 WHERE organization = 1 AND score_date = '2026-11-20'",
        "A, 2026-11-20: overall_score 1 instead of",
    ),
    (
        "scores",
        "UPDATE scores SET risk_level = 'HIGH' WHERE organization = 1",
        "A, 2026-11-01: its parts differ",
    ),
    (
        "scores",
        "DELETE FROM scores WHERE organization = 2 AND score_date = '2026-11-20'",
        "B, 2026-11-20: a score is missing",
    ),
    (
        "scores",
        "UPDATE usage_daily SET cases_closed_on_time = 1 WHERE organization = 2",
        "B, 2026-11-01: overall_score",
    ),
    (
        "scores",
        "UPDATE clients SET is_active = false WHERE organization = 1",
        "A, 2026-11-01: there should be no score",
    ),
]


@pytest.mark.parametrize(("name", "damage", "example"), DAMAGE)
def test_damage_is_found_and_named(scored: Database, name: str, damage: str, example: str) -> None:
    spoil(scored, damage)
    results = {result.check.name: result for result in checks.run(scored)}
    assert results[name].state is State.FAIL
    assert any(found.startswith(example) for found in results[name].examples)


@pytest.mark.parametrize("chunk", [1, 25])
def test_looking_at_a_few_clients_at_a_time_finds_the_same(
    scored: Database, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    spoil(scored, "UPDATE scores SET overall_score = 1")
    spoil(scored, "UPDATE usage_daily SET api_calls = -1")
    at_once = checks.run(scored)
    monkeypatch.setattr(checks, "CHUNK", chunk)
    told: list[float] = []
    in_parts = checks.run(scored, progress=told.append)
    assert [(r.state, r.defects, r.examples) for r in in_parts] == [
        (r.state, r.defects, r.examples) for r in at_once
    ]
    assert len(told) > 1
    assert told[-1] == 1


def test_all_defects_are_counted_and_a_few_are_told(scored: Database) -> None:
    spoil(scored, "UPDATE scores SET overall_score = 1")
    result = next(r for r in checks.run(scored) if r.check.name == "scores")
    assert result.defects == 40
    assert len(result.examples) == checks.EXAMPLES
    assert list(result.examples) == sorted(result.examples)


def test_a_check_changes_nothing(scored: Database) -> None:
    spoil(scored, "DELETE FROM scores WHERE organization = 2")
    before = everything(scored)
    checks.run(scored)
    assert everything(scored) == before


def test_scores_that_are_marked_out_of_date_are_not_held_against_anyone(
    scored: Database,
) -> None:
    imports.record_usage(scored, "A", "MONTHLY_ACTIVE_USERS", 1, LAST, by="test")
    assert states(scored)["scores"] is State.PASS


def test_scores_of_an_earlier_model_are_recomputed_with_that_model(scored: Database) -> None:
    runs.use_model(scored, TARGETS)
    spoil(scored, "DELETE FROM stale")
    result = next(r for r in checks.run(scored) if r.check.name == "scores")
    assert result.defects == 40
    assert all("with standard-1, which is not in force" in told for told in result.examples)
    runs.use_model(scored, STANDARD)
    spoil(scored, "DELETE FROM stale")
    publish(scored, TARGETS, reason="Tried", by="test", today=LAST)
    assert states(scored)["scores"] is State.PASS
    spoil(scored, "UPDATE scores SET overall_score = 1 WHERE score_date = '2026-11-20'")
    result = next(r for r in checks.run(scored) if r.check.name == "scores")
    assert result.defects == 2
    assert all("scored with" not in told for told in result.examples)


def test_a_missing_column_fails_and_the_rest_is_skipped(scored: Database) -> None:
    view = "SELECT organization_id, name FROM clients"
    original = scored.query("SELECT sql FROM duckdb_views() WHERE view_name = 'organizations'")
    spoil(scored, f"CREATE OR REPLACE VIEW organizations AS {view}")
    first, *rest = checks.run(scored)
    assert first.state is State.FAIL
    assert first.examples == ("organizations has organization_id, name",)
    assert {result.state for result in rest} == {State.SKIPPED}
    spoil(scored, "DROP VIEW organizations")
    spoil(scored, original.item())


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE usage_daily ALTER import_id TYPE BIGINT",
        "ALTER TABLE usage_daily DROP support_tickets",
        "ALTER TABLE clients DROP csm",
    ],
)
def test_a_table_with_other_columns_fails(tmp_path: Path, damage: str) -> None:
    with Database.open(tmp_path / "health.duckdb") as database:
        spoil(database, damage)
        first = checks.run(database)[0]
    assert first.check.name == "tables"
    assert first.state is State.FAIL
    table = damage.split()[2]
    assert any(found.startswith(f"{table} has organization INTEGER") for found in first.examples)


def test_merged_clients_and_new_ids_are_sound_and_so_is_their_undo(scored: Database) -> None:
    by = "test"
    identity.add_alias(scored, "C", "c.example", by=by)
    identity.rename_client(scored, "C", "C-1", by=by)
    done = identity.merge_clients(scored, "A", "B", by=by)
    assert set(states(scored).values()) <= {State.PASS, State.SKIPPED}
    runs.score(scored)
    assert set(states(scored).values()) <= {State.PASS, State.SKIPPED}
    assert done.action_id is not None
    identity.undo_action(scored, done.action_id, by=by)
    assert set(states(scored).values()) <= {State.PASS, State.SKIPPED}


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("INSERT INTO aliases (organization, alias) VALUES (1, 'x'), (2, 'x')", "unique_keys"),
        ("INSERT INTO aliases (organization, alias) VALUES (99, 'x')", "references"),
        (
            """INSERT INTO identity_rows (action_id, table_name, columns, cells)
            VALUES (7, 'clients', [], [])""",
            "references",
        ),
    ],
)
def test_spoiled_ids_are_named(scored: Database, damage: str, check: str) -> None:
    spoil(scored, damage)
    assert states(scored)[check] is State.FAIL
