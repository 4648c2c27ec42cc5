"""Tables, views and migrations: one source for what is stored and in which order it is exported.

Inside, clients carry an integer and usage is wide, one row per client and day: measured against
one row per metric it takes a third of the file and half of the time of a score. The contract's
tables are views of that. No table has a primary key or an index: with them a bulk load is four
times slower, and a shared store may not have any. Keys are unique because one writer at a time
looks before it inserts; ``health.maintenance.checks`` proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.scoring.components import Component
from health.vocabulary import FileKind, HealthTrend, MetricType, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

VERSION: Final = 4
"""Version of the schema; a database of a later one is not opened."""


TREND_TYPE: Final = "health_trend"
RISK_TYPE: Final = "risk_level"
"""How trend and risk are kept: numbers with names. As text they took half of the time of storing
scores and a third of their space; a query returns them as text."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a contract table: its name, engine type and whether a row must have it."""

    name: str
    sql_type: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the contract (section 2): its columns in the order of exports, and its key."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the contract's order."""
        return tuple(column.name for column in self.columns)


def _columns(required: str, optional: str) -> tuple[Column, ...]:
    """Columns from lines of ``name type``."""
    return tuple(
        Column(name=line.split()[0], sql_type=line.split(maxsplit=1)[1], required=is_required)
        for text, is_required in ((required, True), (optional, False))
        for line in text.strip().splitlines()
    )


ORGANIZATIONS: Final = Table(
    name="organizations",
    key=("organization_id",),
    columns=_columns(
        """
        organization_id VARCHAR
        name VARCHAR
        """,
        """
        total_users BIGINT
        renewal_date DATE
        industry VARCHAR
        employee_count BIGINT
        csm VARCHAR
        annual_value DECIMAL(18,2)
        alert_level VARCHAR
        is_active BOOLEAN
        created_at TIMESTAMP
        updated_at TIMESTAMP
        """,
    ),
)

USAGE_METRICS: Final = Table(
    name="usage_metrics",
    key=("organization_id", "metric_type", "date"),
    columns=_columns(
        """
        organization_id VARCHAR
        metric_type VARCHAR
        date DATE
        value BIGINT
        created_at TIMESTAMP
        """,
        "",
    ),
)

FEATURE_ADOPTION: Final = Table(
    name="feature_adoption",
    key=("organization_id", "feature_name"),
    columns=_columns(
        """
        organization_id VARCHAR
        feature_name VARCHAR
        is_enabled BOOLEAN
        is_used BOOLEAN
        """,
        """
        first_used_at DATE
        last_used_at DATE
        usage_count BIGINT
        created_at TIMESTAMP
        updated_at TIMESTAMP
        """,
    ),
)

TENANT_HEALTH_SCORES: Final = Table(
    name="tenant_health_scores",
    key=("organization_id", "score_date"),
    columns=_columns(
        """
        organization_id VARCHAR
        score_date DATE
        """,
        "\n".join(f"{component.column} UTINYINT" for component in Component)
        + """
        overall_score UTINYINT
        previous_score UTINYINT
        coverage UTINYINT
        trend VARCHAR
        risk_level VARCHAR
        model_version VARCHAR
        calculated_at TIMESTAMP
        created_at TIMESTAMP
        """,
    ),
)

CONTRACT: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (ORGANIZATIONS, USAGE_METRICS, FEATURE_ADOPTION, TENANT_HEALTH_SCORES)
}
"""The four tables of the contract by name; the database has a view or a table of each name."""

KIND_TABLE: Final[Mapping[FileKind, Table]] = {
    FileKind.ORGANIZATIONS: ORGANIZATIONS,
    FileKind.USAGE: USAGE_METRICS,
    FileKind.FEATURES: FEATURE_ADOPTION,
}

METRIC_COLUMNS: Final = tuple(metric.column for metric in MetricType)
"""The metric columns of ``usage_daily``, in the order of the contract."""

_POLARS: Final[Mapping[str, pl.DataType]] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "UTINYINT": pl.UInt8(),
    "DATE": pl.Date(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMP": pl.Datetime("us"),
    "DECIMAL(18,2)": pl.Decimal(18, 2),
}


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """The polars types of a contract table's columns, as a query returns them."""
    return {column.name: _POLARS[column.sql_type] for column in table.columns}


def _metric_columns(sql_type: str) -> str:
    return ",\n    ".join(f"{column} {sql_type}" for column in METRIC_COLUMNS)


def _long_usage() -> str:
    """One SELECT per metric: measured as fast as UNPIVOT, and a filter on the metric prunes."""
    return "\n    UNION ALL\n".join(
        f"    SELECT organization, '{metric}' AS metric_type, date, {metric.column} AS value, "
        f"import_id FROM usage_daily WHERE {metric.column} IS NOT NULL"
        for metric in MetricType
    )


def _members(words: type[StrEnum]) -> str:
    return ", ".join(f"'{member}'" for member in words)


MIGRATIONS: Final[Mapping[int, str]] = {
    1: f"""
CREATE TABLE state (
    schema_version INTEGER NOT NULL,
    data_version BIGINT NOT NULL,
    model_version VARCHAR NOT NULL,
    is_demo BOOLEAN NOT NULL
);
INSERT INTO state VALUES (0, 0, 'standard-1', false);

CREATE TABLE clients (
    organization INTEGER NOT NULL,
    organization_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    total_users BIGINT,
    renewal_date DATE,
    industry VARCHAR,
    employee_count BIGINT,
    csm VARCHAR,
    annual_value DECIMAL(18,2),
    alert_level VARCHAR NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE usage_daily (
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    {_metric_columns("BIGINT")},
    import_id INTEGER NOT NULL
);
CREATE TABLE usage_span (
    organization INTEGER NOT NULL,
    first_date DATE NOT NULL,
    last_date DATE NOT NULL
);
CREATE TABLE adoption (
    organization INTEGER NOT NULL,
    feature_name VARCHAR NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    is_used BOOLEAN NOT NULL,
    first_used_at DATE,
    last_used_at DATE,
    usage_count BIGINT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE imports (
    import_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    imported_by VARCHAR NOT NULL,
    imported_at TIMESTAMP NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_changed BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    clients BIGINT NOT NULL,
    first_date DATE,
    last_date DATE,
    undone_by VARCHAR,
    undone_at TIMESTAMP
);
CREATE TABLE usage_changes (
    import_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    metric VARCHAR NOT NULL,
    old_value BIGINT,
    new_value BIGINT
);
CREATE TABLE record_changes (
    import_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    feature_name VARCHAR,
    field VARCHAR NOT NULL,
    old_value VARCHAR,
    new_value VARCHAR
);

CREATE TABLE scoring_models (
    model_version VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE scoring_runs (
    run_id INTEGER NOT NULL,
    model_version VARCHAR NOT NULL,
    requested_by VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    first_day DATE,
    last_day DATE,
    scores BIGINT NOT NULL
);
CREATE TABLE scores (
    organization INTEGER NOT NULL,
    score_date DATE NOT NULL,
    {"".join(f"{component.column} UTINYINT, " for component in Component)}
    overall_score UTINYINT NOT NULL,
    previous_score UTINYINT,
    coverage UTINYINT NOT NULL,
    trend VARCHAR NOT NULL,
    risk_level VARCHAR NOT NULL,
    run_id INTEGER NOT NULL
);
CREATE TABLE stale (
    organization INTEGER NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL
);
CREATE TABLE decisions (
    decision_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    until_day DATE,
    known VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    revoked_by VARCHAR,
    revoked_at TIMESTAMP
);
CREATE TABLE viewers (
    viewer VARCHAR NOT NULL,
    day DATE NOT NULL,
    day_before DATE,
    data_version BIGINT NOT NULL,
    looked_at TIMESTAMP NOT NULL
);

CREATE VIEW organizations AS SELECT * EXCLUDE (organization) FROM clients;
CREATE VIEW usage_metrics AS
SELECT clients.organization_id, long.metric_type, long.date, long.value,
    imports.imported_at AS created_at
FROM (
{_long_usage()}
) AS long
JOIN clients USING (organization)
JOIN imports USING (import_id);
CREATE VIEW usage_metrics_with_change AS
SELECT *,
    lag(value) OVER earlier AS previous_value,
    100.0 * (value - lag(value) OVER earlier) / nullif(lag(value) OVER earlier, 0)
        AS change_percent
FROM usage_metrics
WINDOW earlier AS (PARTITION BY organization_id, metric_type ORDER BY date);
CREATE VIEW feature_adoption AS
SELECT clients.organization_id, adoption.* EXCLUDE (organization)
FROM adoption JOIN clients USING (organization);
CREATE VIEW tenant_health_scores AS
SELECT clients.organization_id, scores.* EXCLUDE (organization, run_id),
    scoring_runs.model_version, scoring_runs.started_at AS calculated_at,
    scoring_runs.started_at AS created_at
FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id);
""",
    2: f"""
CREATE TABLE united AS
SELECT organization, min(first_day) AS first_day, max(last_day) AS last_day
FROM (
    SELECT *, count(*) FILTER (reached IS NULL OR reached < first_day - 1)
        OVER (PARTITION BY organization ORDER BY first_day, last_day) AS island
    FROM (
        SELECT *, max(last_day) OVER (
            PARTITION BY organization ORDER BY first_day, last_day
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
        FROM stale
    )
)
GROUP BY organization, island;
DELETE FROM stale;
INSERT INTO stale FROM united;
DROP TABLE united;
CREATE TYPE {TREND_TYPE} AS ENUM ({_members(HealthTrend)});
CREATE TYPE {RISK_TYPE} AS ENUM ({_members(RiskLevel)});
ALTER TABLE scores ALTER trend TYPE {TREND_TYPE};
ALTER TABLE scores ALTER risk_level TYPE {RISK_TYPE};
CREATE OR REPLACE VIEW tenant_health_scores AS
SELECT clients.organization_id,
    scores.* EXCLUDE (organization, run_id)
        REPLACE (trend::VARCHAR AS trend, risk_level::VARCHAR AS risk_level),
    scoring_runs.model_version, scoring_runs.started_at AS calculated_at,
    scoring_runs.started_at AS created_at
FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id);
""",
    # When an import became too old to be undone; null while it can be.
    3: "ALTER TABLE imports ADD COLUMN settled_at TIMESTAMP;",
    4: "CREATE TABLE settled (table_name VARCHAR NOT NULL, until DATE NOT NULL);",
}
"""Statements that lift a database to the version they are under; never changed once released."""
