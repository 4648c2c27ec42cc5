"""What a database holds, taken out of it whole to be compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import polars as pl
from scores_by_hand import Changes, Client, Feature, Portfolio, Score, Usage

from health.storage.database import Database, Reader
from health.storage.schema import METRIC_COLUMNS
from health.vocabulary import ALWAYS, MetricType

LOADED = ("organizations", "usage_metrics", "feature_adoption")
"""The tables of the contract that files fill."""

CLIENT = {
    "organization_id": pl.String,
    "total_users": pl.Int64,
    "is_active": pl.Boolean,
    "industry": pl.String,
    "csm": pl.String,
    "annual_value": pl.Int64,
}
DAY = {"organization": pl.Int32, "date": pl.Date, **dict.fromkeys(METRIC_COLUMNS, pl.Int64)}
FEATURE = {
    "organization_id": pl.String,
    "feature_name": pl.String,
    "is_enabled": pl.Boolean,
    "is_used": pl.Boolean,
    "first_used_at": pl.Date,
}
HISTORY = {
    "organization": pl.Int32,
    "feature_name": pl.String,
    "field": pl.String,
    "valid_from": pl.Date,
    "value": pl.String,
}


def tables(reader: Reader) -> tuple[str, ...]:
    """Every table but ``state``."""
    names = reader.query(
        """SELECT table_name FROM duckdb_tables()
        WHERE NOT internal AND NOT temporary AND table_name <> 'state' ORDER BY 1"""
    )
    return tuple(names.to_series())


def empty(database: Database) -> None:
    """Make the database as good as new: opening one for each example takes ten times as long."""
    with database.write() as writer:
        for table in tables(writer):
            writer.execute(f"DELETE FROM {table}")
        writer.execute("UPDATE state SET is_demo = false")


def fill(
    database: Database,
    clients: Collection[Client],
    usage: Collection[Usage] = (),
    features: Collection[Feature] = (),
) -> None:
    """Put rows straight into an empty database, as its import 0; nothing is out of date."""
    number = {client.organization_id: place for place, client in enumerate(clients, start=1)}
    days: dict[tuple[int, date], dict[str, int]] = {}
    for row in usage:
        key = (number[row.organization_id], row.date)
        days.setdefault(key, {})[MetricType.of(row.metric_type).column] = row.value
    with database.write() as writer:
        writer.execute(
            """INSERT INTO imports BY NAME SELECT 0 AS import_id, 'usage' AS kind, '' AS name,
                0 AS size, '' AS sha256, '' AS imported_by, TIMESTAMP '2026-01-01' AS imported_at,
                0 AS rows_new, 0 AS rows_changed, 0 AS rows_unchanged, 0 AS rows_rejected,
                0 AS clients"""
        )
        now = [
            asdict(c)
            | {
                "total_users": newest(c.total_users, c.users_changes),
                "is_active": newest(c.is_active, c.status_changes),
                "industry": newest(c.industry, c.industry_changes),
                "csm": newest(c.csm, c.csm_changes),
                "annual_value": newest(c.annual_value, c.value_changes),
            }
            for c in clients
        ]
        writer.register("given", pl.DataFrame(now, schema=CLIENT))
        writer.execute(
            """INSERT INTO clients BY NAME SELECT *, row_number() OVER () AS organization,
                organization_id AS name, 'NONE' AS alert_level,
                TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS updated_at
            FROM given"""
        )
        cells = [{"organization": o, "date": day, **values} for (o, day), values in days.items()]
        writer.register("given", pl.DataFrame(cells, schema=DAY))
        writer.execute("INSERT INTO usage_daily BY NAME SELECT *, 0 AS import_id FROM given")
        writer.execute(
            """INSERT INTO usage_span SELECT organization, min(date), max(date)
            FROM usage_daily GROUP BY organization"""
        )
        now = [
            asdict(f)
            | {
                "is_enabled": newest(f.is_enabled, f.enabled_changes),
                "is_used": newest(f.is_used, f.used_changes),
            }
            for f in features
        ]
        writer.register("given", pl.DataFrame(now, schema=FEATURE))
        writer.execute(
            """INSERT INTO adoption BY NAME
            SELECT given.* EXCLUDE (organization_id), clients.organization,
                TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS updated_at
            FROM given JOIN clients USING (organization_id)"""
        )
        histories = [
            (number[c.organization_id], None, field, since, text(value))
            for c in clients
            for field, first, changes in (
                ("total_users", c.total_users, c.users_changes),
                ("is_active", c.is_active, c.status_changes),
                ("industry", c.industry, c.industry_changes),
                ("csm", c.csm, c.csm_changes),
                ("annual_value", c.annual_value, c.value_changes),
            )
            for since, value in ((ALWAYS, first), *changes)
            if changes
        ] + [
            (number[f.organization_id], f.feature_name, field, since, text(value))
            for f in features
            for field, first, changes in (
                ("is_enabled", f.is_enabled, f.enabled_changes),
                ("is_used", f.is_used, f.used_changes),
            )
            for since, value in ((ALWAYS, first), *changes)
            if changes
        ]
        writer.register("given", pl.DataFrame(histories, schema=HISTORY, orient="row"))
        writer.execute("INSERT INTO record_history BY NAME FROM given")


def newest(first: Any, changes: Changes) -> Any:
    """The value that holds from the latest day on."""
    return max(changes, key=lambda change: change[0])[1] if changes else first


def text(value: Any) -> str | None:
    """A value as a history has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def changes_of(reader: Reader) -> dict[tuple[Any, ...], tuple[Any, Changes]]:
    """The first value and the later ones of all that has a history, by id, feature and field."""
    typed = {"total_users": int, "industry": str, "csm": str, "annual_value": _whole}
    found: dict[tuple[Any, ...], list[tuple[date, Any]]] = {}
    rows = reader.query(
        """SELECT organization_id, feature_name, field, valid_from, value
        FROM record_history JOIN clients USING (organization)
        WHERE field IN ('total_users', 'is_active', 'is_enabled', 'is_used', 'industry', 'csm',
            'annual_value')
        ORDER BY valid_from"""
    )
    for name, feature, field, since, value in rows.iter_rows():
        parsed = None if value is None else typed.get(field, "true".__eq__)(value)
        found.setdefault((name, feature, field), []).append((since, parsed))
    return {key: (values[0][1], tuple(values[1:])) for key, values in found.items()}


def portfolio(database: Database) -> Portfolio:
    """What the tables of the contract and the histories hold, to be scored by hand."""
    with database.read() as reader:
        clients = reader.query(
            """SELECT organization_id, total_users, is_active, industry, csm,
                annual_value::BIGINT AS annual_value FROM organizations"""
        )
        usage = reader.query("SELECT * EXCLUDE (created_at) FROM usage_metrics")
        features = reader.query(
            """SELECT organization_id, feature_name, is_enabled, is_used, first_used_at
            FROM feature_adoption"""
        )
        changed = changes_of(reader)

    def then(row: dict[str, Any], **names: str) -> dict[str, Any]:
        """The row with the first values and their changes."""
        key = (row["organization_id"], row.get("feature_name"))
        values = {}
        for field, changes in names.items():
            if (*key, field) in changed:
                values[field], values[changes] = changed[*key, field]
        return row | values

    return Portfolio(
        [
            Client(
                **then(
                    row,
                    total_users="users_changes",
                    is_active="status_changes",
                    industry="industry_changes",
                    csm="csm_changes",
                    annual_value="value_changes",
                )
            )
            for row in clients.iter_rows(named=True)
        ],
        [Usage(**row) for row in usage.iter_rows(named=True)],
        [
            Feature(**then(row, is_enabled="enabled_changes", is_used="used_changes"))
            for row in features.iter_rows(named=True)
        ],
    )


def _whole(value: str) -> int:
    return int(float(value))


def contents(database: Database, tables: tuple[str, ...] = LOADED) -> dict[str, list[Any]]:
    """All rows of the tables, in an order that says nothing of how they were stored."""
    with database.read() as reader:
        return {
            table: reader.query(f"SELECT * FROM {table} ORDER BY ALL").rows() for table in tables
        }


def everything(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables, and what the database says of itself."""
    with database.read() as reader:
        names = tables(reader)
    return contents(database, (*names, "state"))


def scores(database: Database) -> dict[tuple[str, date], Score]:
    """The stored scores, by client and day."""
    frame = database.query(
        """SELECT tenant_health_scores.*, coalesce(extra_points, []) AS extra_points
        FROM tenant_health_scores JOIN clients USING (organization_id)
        JOIN scores USING (organization, score_date)"""
    )
    keys = frame.select("organization_id", "score_date").rows()
    assert len(set(keys)) == len(keys), "a client has two scores on a day"
    fields = frame.select(
        login="login_score",
        case_resolution="case_resolution_score",
        campaign_completion="campaign_completion_score",
        feature_adoption="feature_adoption_score",
        support_ticket="support_ticket_score",
        extra="extra_points",
        overall="overall_score",
        previous="previous_score",
        coverage="coverage",
        trend="trend",
        risk="risk_level",
    )
    return dict(
        zip(
            keys,
            (Score(**row | {"extra": tuple(row["extra"])}) for row in fields.iter_rows(named=True)),
            strict=True,
        )
    )


def stale(database: Database) -> dict[str, set[date]]:
    """The days that are out of date, by client; spans may overlap."""
    spans = database.query(
        "SELECT organization_id, first_day, last_day FROM stale JOIN clients USING (organization)"
    )
    days: dict[str, set[date]] = {}
    for name, first, last in spans.iter_rows():
        days.setdefault(name, set()).update(days_between(first, last))
    return days


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def one(frame: pl.DataFrame) -> dict[str, Any]:
    """The only row of a frame."""
    assert frame.height == 1
    return frame.row(0, named=True)
