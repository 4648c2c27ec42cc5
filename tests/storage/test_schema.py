"""What is stored, seen through the tables of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl
import pytest

from health.scoring.components import Component
from health.storage import migrations, schema
from health.storage.database import Database
from health.vocabulary import FileKind, MetricType

IMPORTED_AT = datetime(2026, 11, 2, 6, 30)
SCORED_AT = datetime(2026, 11, 3, 7, 45)

CONTRACT = {
    "organizations": "organization_id, name, total_users, renewal_date, industry, "
    "employee_count, csm, annual_value, alert_level, is_active, inactive_from, created_at, "
    "updated_at",
    "usage_metrics": "organization_id, metric_type, date, value, created_at",
    "feature_adoption": "organization_id, feature_name, is_enabled, is_used, first_used_at, "
    "last_used_at, usage_count, created_at, updated_at",
    "histories": "organization_id, feature_name, field, valid_from, value",
    "outcomes": "organization_id, date, outcome, value_change, reason, recorded_at",
    "tenant_health_scores": "organization_id, score_date, login_score, case_resolution_score, "
    "campaign_completion_score, feature_adoption_score, support_ticket_score, overall_score, "
    "previous_score, coverage, trend, risk_level, model_version, calculated_at, created_at",
}
KEYS = {
    "organizations": "organization_id",
    "usage_metrics": "organization_id, metric_type, date",
    "feature_adoption": "organization_id, feature_name",
    "histories": "organization_id, feature_name, field, valid_from",
    "outcomes": "organization_id, date, outcome",
    "tenant_health_scores": "organization_id, score_date",
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two clients, ACME with some usage, a feature and a score."""
    with Database.open(tmp_path_factory.mktemp("schema") / "health.duckdb") as database:
        with database.write() as writer:
            for number, name in enumerate(("ACME", "BOLT"), start=1):
                writer.execute(
                    """INSERT INTO clients BY NAME SELECT $number AS organization,
                        $name AS organization_id, $name AS name, 12.5 AS annual_value,
                        'NONE' AS alert_level, true AS is_active,
                        $at AS created_at, $at AS updated_at""",
                    {"number": number, "name": name, "at": IMPORTED_AT},
                )
            writer.execute(
                """INSERT INTO record_history BY NAME SELECT 1 AS organization, 'csm' AS field,
                    DATE '0001-01-01' AS valid_from, 'ada@example.org' AS value"""
            )
            writer.execute(
                """INSERT INTO outcomes BY NAME SELECT 1 AS organization,
                    DATE '2026-10-05' AS date, 'RENEWED' AS outcome, 7 AS import_id,
                    $at AS recorded_at""",
                {"at": IMPORTED_AT},
            )
            writer.execute(
                """INSERT INTO imports BY NAME SELECT 7 AS import_id, 'usage' AS kind,
                    'u.csv' AS name, 1 AS size, '' AS sha256, 'ada' AS imported_by,
                    $at AS imported_at, 0 AS rows_new, 0 AS rows_changed,
                    0 AS rows_unchanged, 0 AS rows_rejected, 0 AS clients""",
                {"at": IMPORTED_AT},
            )
            for organization, day, calls, tickets in (
                (1, 1, 100, 0),
                (1, 2, 150, None),
                (1, 5, 120, 3),
                (1, 6, 0, 3),
                (1, 9, 80, None),
                (2, 2, 999, None),
            ):
                writer.execute(
                    """INSERT INTO usage_daily BY NAME SELECT $organization AS organization,
                        $day AS date, $calls AS api_calls, $tickets AS support_tickets,
                        7 AS import_id""",
                    {
                        "organization": organization,
                        "day": date(2026, 10, day),
                        "calls": calls,
                        "tickets": tickets,
                    },
                )
            writer.execute(
                """INSERT INTO adoption BY NAME SELECT 1 AS organization, 'SSO' AS feature_name,
                    true AS is_enabled, false AS is_used, $at AS created_at, $at AS updated_at""",
                {"at": IMPORTED_AT},
            )
            writer.execute(
                """INSERT INTO scoring_runs BY NAME SELECT 4 AS run_id,
                    'standard-1' AS model_version, 'ada' AS requested_by, $at AS started_at,
                    1 AS scores""",
                {"at": SCORED_AT},
            )
            writer.execute(
                """INSERT INTO scores BY NAME SELECT 1 AS organization,
                    DATE '2026-10-09' AS score_date, 70 AS support_ticket_score,
                    70 AS overall_score, 15 AS coverage, 'STABLE' AS trend, 'LOW' AS risk_level,
                    4 AS run_id"""
            )
        yield database


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_the_columns_of_the_contract_in_its_order(stored: Database, table: str) -> None:
    columns = CONTRACT[table].split(", ")
    assert list(schema.CONTRACT[table].column_names) == columns
    assert stored.query(f"SELECT * FROM {schema.CONTRACT[table].relation}").columns == columns


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_the_key_of_the_contract(table: str) -> None:
    assert ", ".join(schema.CONTRACT[table].key) == KEYS[table]


@pytest.mark.parametrize("table", CONTRACT)
def test_a_query_returns_the_types_that_the_schema_names(stored: Database, table: str) -> None:
    frame = stored.query(f"SELECT * FROM {schema.CONTRACT[table].relation}")
    assert frame.height
    assert dict(frame.schema) == schema.frame_schema(schema.CONTRACT[table])


@pytest.mark.parametrize("table", CONTRACT)
def test_an_empty_table_has_its_columns_and_types_too(table: str, tmp_path: Any) -> None:
    with Database.open(tmp_path / "empty.duckdb") as database:
        frame = database.query(f"SELECT * FROM {schema.CONTRACT[table].relation}")
    assert frame.height == 0
    assert dict(frame.schema) == schema.frame_schema(schema.CONTRACT[table])


def test_only_id_and_name_are_required_of_a_client() -> None:
    required = [column.name for column in schema.ORGANIZATIONS.columns if column.required]
    assert required == ["organization_id", "name"]


def test_every_kind_of_file_fills_a_table_of_the_contract() -> None:
    assert {kind: schema.KIND_TABLE[kind].name for kind in FileKind} == {
        FileKind.ORGANIZATIONS: "organizations",
        FileKind.USAGE: "usage_metrics",
        FileKind.FEATURES: "feature_adoption",
        FileKind.OUTCOMES: "outcomes",
    }


def test_every_version_of_the_schema_has_the_way_to_it() -> None:
    assert list(migrations.MIGRATIONS) == list(range(1, migrations.latest() + 1))


def test_usage_is_one_row_for_each_value_and_none_for_an_empty_cell(stored: Database) -> None:
    rows = stored.query(
        """SELECT metric_type, extract(day FROM date)::INTEGER, value, created_at
        FROM usage_metrics WHERE organization_id = 'ACME' ORDER BY ALL"""
    ).rows()
    assert rows == [
        ("API_CALLS", 1, 100, IMPORTED_AT),
        ("API_CALLS", 2, 150, IMPORTED_AT),
        ("API_CALLS", 5, 120, IMPORTED_AT),
        ("API_CALLS", 6, 0, IMPORTED_AT),
        ("API_CALLS", 9, 80, IMPORTED_AT),
        ("SUPPORT_TICKETS", 1, 0, IMPORTED_AT),
        ("SUPPORT_TICKETS", 5, 3, IMPORTED_AT),
        ("SUPPORT_TICKETS", 6, 3, IMPORTED_AT),
    ]


def test_every_metric_reaches_the_usage_table_under_its_own_name(tmp_path: Any) -> None:
    with Database.open(tmp_path / "wide.duckdb") as database:
        values = ", ".join(str(number) for number, _ in enumerate(MetricType))
        with database.rehearse() as writer:
            writer.execute(
                """INSERT INTO clients BY NAME SELECT 1 AS organization, 'A' AS organization_id,
                    'A' AS name, 'NONE' AS alert_level, true AS is_active,
                    now()::TIMESTAMP AS created_at, now()::TIMESTAMP AS updated_at"""
            )
            writer.execute(
                """INSERT INTO imports BY NAME SELECT 1 AS import_id, 'usage' AS kind, '' AS name,
                    1 AS size, '' AS sha256, '' AS imported_by, now()::TIMESTAMP AS imported_at,
                    0 AS rows_new, 0 AS rows_changed, 0 AS rows_unchanged, 0 AS rows_rejected,
                    0 AS clients"""
            )
            writer.execute(f"INSERT INTO usage_daily SELECT 1, DATE '2026-10-01', {values}, 1")
            rows = writer.query("SELECT metric_type, value FROM usage_metrics ORDER BY value")
    assert rows.rows() == [(metric.value, number) for number, metric in enumerate(MetricType)]


@pytest.mark.parametrize(
    ("metric", "day", "previous", "percent"),
    [
        ("API_CALLS", 1, None, None),  # the first value has nothing before it
        ("API_CALLS", 2, 100, 50.0),
        ("API_CALLS", 5, 150, -20.0),  # the day recorded before, not the day before
        ("API_CALLS", 6, 120, -100.0),
        ("API_CALLS", 9, 0, None),  # there is no percentage of 0
        ("SUPPORT_TICKETS", 5, 0, None),
        ("SUPPORT_TICKETS", 6, 3, 0.0),
    ],
)
def test_a_value_is_compared_with_the_one_recorded_before(
    stored: Database, metric: str, day: int, previous: int | None, percent: float | None
) -> None:
    rows = stored.query(
        """SELECT previous_value, change_percent FROM usage_metrics_with_change
        WHERE organization_id = 'ACME' AND metric_type = $metric AND date = $day""",
        {"metric": metric, "day": date(2026, 10, day)},
    ).rows()
    assert rows == [(previous, percent)]


def test_a_value_is_not_compared_with_another_clients(stored: Database) -> None:
    rows = stored.query(
        "SELECT previous_value FROM usage_metrics_with_change WHERE organization_id = 'BOLT'"
    ).rows()
    assert rows == [(None,)]


def test_the_view_of_changes_keeps_every_column_of_usage(stored: Database) -> None:
    assert stored.query("SELECT * FROM usage_metrics_with_change").columns == [
        *schema.USAGE_METRICS.column_names,
        "previous_value",
        "change_percent",
    ]


def test_a_score_names_its_model_and_when_it_was_calculated(stored: Database) -> None:
    rows = stored.query(
        "SELECT model_version, calculated_at, created_at FROM tenant_health_scores"
    ).rows()
    assert rows == [("standard-1", SCORED_AT, SCORED_AT)]


def test_a_component_without_data_is_null_and_not_zero(stored: Database) -> None:
    frame = stored.query(
        f"SELECT {', '.join(component.column for component in Component)} FROM tenant_health_scores"
    )
    assert frame.rows() == [(None, None, None, None, 70)]


def test_money_is_exact_to_the_cent(stored: Database) -> None:
    values = stored.query("SELECT annual_value FROM organizations")["annual_value"]
    assert values.dtype == pl.Decimal(18, 2)
    assert [str(value) for value in values] == ["12.50", "12.50"]


def test_a_database_of_the_first_schema_is_lifted_with_all_it_holds(tmp_path: Any) -> None:
    path = tmp_path / "first.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in duckdb.extract_statements(migrations.MIGRATIONS[1]):
            connection.execute(statement)
        connection.execute("UPDATE state SET schema_version = 1")
        connection.execute(
            """INSERT INTO clients BY NAME SELECT 1 AS organization, 'A' AS organization_id,
                'Alpha' AS name, 'NONE' AS alert_level, true AS is_active,
                TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS updated_at"""
        )
        connection.execute(
            """INSERT INTO scoring_runs BY NAME SELECT 1 AS run_id, 'standard-1' AS model_version,
                'ada' AS requested_by, TIMESTAMP '2026-01-02' AS started_at, 1 AS scores"""
        )
        connection.execute(
            """INSERT INTO scores BY NAME SELECT 1 AS organization, DATE '2026-01-02' AS score_date,
                60 AS overall_score, 100 AS coverage, 'DECLINING' AS trend, 'MEDIUM' AS risk_level,
                1 AS run_id"""
        )
        connection.execute(
            """INSERT INTO stale VALUES (1, '2026-01-01', '2026-01-05'),
                (1, '2026-01-03', '2026-01-09'), (1, '2026-02-01', '2026-02-02')"""
        )
    with Database.open(path) as database:
        score = database.query("SELECT trend, risk_level, overall_score FROM tenant_health_scores")
        spans = database.query("FROM stale ORDER BY first_day").rows()
        assert database.query("SELECT schema_version FROM state").item() == migrations.latest()
    assert score.rows() == [("DECLINING", "MEDIUM", 60)]
    assert spans == [
        (1, date(2026, 1, 1), date(2026, 1, 9)),
        (1, date(2026, 2, 1), date(2026, 2, 2)),
    ]
