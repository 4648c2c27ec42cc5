"""The tables of the contract, and the columns and views that follow today's words.

The tables themselves are history, see :mod:`health.storage.migrations`. What depends on the
metrics and the parts of a score comes after it, each time a database is opened: columns that an
older one lacks are added, and views that differ are replaced.

Inside, clients carry an integer and usage is wide, one row per client and day: measured against
one row per metric it takes a third of the file and half of the time of a score. The contract's
tables are views of that. No table has a primary key or an index: with them a bulk load is four
times slower, and a shared store may not have any. Keys are unique because one writer at a time
looks before it inserts; ``health.maintenance.checks`` proves it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.scoring.components import Component
from health.vocabulary import ALWAYS, FileKind, MetricType

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import polars as pl

TREND_TYPE: Final = "health_trend"
RISK_TYPE: Final = "risk_level"
"""How trend and risk are kept: numbers with names. As text they took half of the time of storing
scores and a third of their space; a query returns them as text."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a contract table: its name, DuckDB type and whether a row must have it."""

    name: str
    sql_type: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the contract (section 2): its columns in the order of exports, and its key.

    view: the view that has it, where a table inside has its name.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    view: str = ""

    @property
    def relation(self) -> str:
        """The view or table of the database that has its rows."""
        return self.view or self.name

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
        inactive_from DATE
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

OUTCOMES: Final = Table(
    name="outcomes",
    view="outcomes_of_clients",
    key=("organization_id", "date", "outcome"),
    columns=_columns(
        """
        organization_id VARCHAR
        date DATE
        outcome VARCHAR
        """,
        """
        value_change DECIMAL(18,2)
        reason VARCHAR
        recorded_at TIMESTAMP
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

HISTORIES: Final = Table(
    name="histories",
    key=("organization_id", "feature_name", "field", "valid_from"),
    columns=_columns(
        """
        organization_id VARCHAR
        """,
        """
        feature_name VARCHAR
        field VARCHAR
        valid_from VARCHAR
        value VARCHAR
        """,
    ),
)
"""Every value that changed, each with the day from which it holds; ``always`` is the first."""


def _work(name: str, *own: str) -> Table:
    """A table of what people do about clients; its number, then columns as ``name type``."""
    number = f"{name.removesuffix('s')}_id"
    written = ("created_by VARCHAR", "created_at TIMESTAMP")
    removed = ("removed_by VARCHAR", "removed_at TIMESTAMP")
    return Table(
        name=name,
        key=("organization_id", number),
        columns=_columns(
            f"organization_id VARCHAR\n{number} BIGINT",
            "\n".join(("day DATE", *own, *written, *removed)),
        ),
    )


WORK: Final[Mapping[str, Table]] = {
    "account_calls": _work("calls", "outcome VARCHAR", "sound VARCHAR", "note VARCHAR"),
    "account_notes": _work("notes", "note VARCHAR"),
    "account_tasks": _work(
        "tasks",
        *("due_day DATE", "task VARCHAR", "person VARCHAR", "call_id BIGINT"),
        *("done_by VARCHAR", "done_day DATE"),
    ),
    "account_pulses": _work(
        "pulses",
        *("level VARCHAR", "reason VARCHAR", "until_day DATE", "score_day DATE"),
        *("ended_by VARCHAR", "ended_day DATE"),
    ),
}
"""What people do about clients: the contract's tables by the table inside. The last column of a
key numbers the rows."""

CONTRACT: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        ORGANIZATIONS,
        USAGE_METRICS,
        FEATURE_ADOPTION,
        HISTORIES,
        OUTCOMES,
        TENANT_HEALTH_SCORES,
        *WORK.values(),
    )
}
"""The tables of the contract by name; the database has each as its ``relation``."""

KIND_TABLE: Final[Mapping[FileKind, Table]] = {
    FileKind.ORGANIZATIONS: ORGANIZATIONS,
    FileKind.USAGE: USAGE_METRICS,
    FileKind.FEATURES: FEATURE_ADOPTION,
    FileKind.OUTCOMES: OUTCOMES,
}

HISTORY_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "clients": (
        "name",
        "total_users",
        "renewal_date",
        "industry",
        "employee_count",
        "csm",
        "annual_value",
        "alert_level",
        "is_active",
    ),
    "adoption": ("is_enabled", "is_used"),
}
"""The columns of each table whose values have a history, in ``record_history``."""

METRIC_COLUMNS: Final = tuple(metric.column for metric in MetricType)
"""The metric columns of ``usage_daily``, in the order of the contract."""

COMPONENT_COLUMNS: Final = tuple(component.column for component in Component)
"""The columns of ``scores`` with the points of each part, in the order of the contract."""

VOCABULARY_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "usage_daily": dict.fromkeys(METRIC_COLUMNS, "BIGINT"),
    "scores": dict.fromkeys(COMPONENT_COLUMNS, "UTINYINT"),
}
"""The columns that a table has for each of today's words; null is no data."""


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """The polars types of a contract table's columns, as a query returns them."""
    import polars as pl  # the command that has nothing to do needs no frame

    types: Mapping[str, pl.DataType] = {
        "VARCHAR": pl.String(),
        "BIGINT": pl.Int64(),
        "UTINYINT": pl.UInt8(),
        "DATE": pl.Date(),
        "BOOLEAN": pl.Boolean(),
        "TIMESTAMP": pl.Datetime("us"),
        "DECIMAL(18,2)": pl.Decimal(18, 2),
    }
    return {column.name: types[column.sql_type] for column in table.columns}


def _views() -> dict[str, str]:
    """The SELECT of each view; a later one may read an earlier one."""
    # One SELECT per metric: measured as fast as UNPIVOT, and a filter on the metric prunes.
    long = "\nUNION ALL\n".join(
        f"SELECT organization, '{metric}' AS metric_type, date, {metric.column} AS value, "
        f"import_id FROM usage_daily WHERE {metric.column} IS NOT NULL"
        for metric in MetricType
    )
    parts = "".join(f"scores.{column}, " for column in COMPONENT_COLUMNS)
    return {
        # A client that was none from the start has no day on which it left.
        "organizations": f"""SELECT {", ".join(ORGANIZATIONS.column_names)}
            FROM clients LEFT JOIN (
                SELECT organization, min(valid_from) AS inactive_from
                FROM record_history JOIN (
                    SELECT organization, max(valid_from) AS last_active FROM record_history
                    WHERE field = 'is_active' AND value = 'true' GROUP BY organization
                ) USING (organization)
                WHERE field = 'is_active' AND valid_from > last_active GROUP BY organization
            ) USING (organization)""",
        "usage_metrics": f"""SELECT clients.organization_id, long.metric_type, long.date,
                long.value, imports.imported_at AS created_at
            FROM ({long}) AS long
            JOIN clients USING (organization) JOIN imports USING (import_id)""",
        "usage_metrics_with_change": """SELECT *,
                lag(value) OVER earlier AS previous_value,
                100.0 * (value - lag(value) OVER earlier)
                    / nullif(lag(value) OVER earlier, 0) AS change_percent
            FROM usage_metrics
            WINDOW earlier AS (PARTITION BY organization_id, metric_type ORDER BY date)""",
        "feature_adoption": """SELECT clients.organization_id, adoption.* EXCLUDE (organization)
            FROM adoption JOIN clients USING (organization)""",
        "histories": f"""SELECT organization_id, feature_name, field,
                CASE valid_from WHEN DATE '{ALWAYS}' THEN 'always' ELSE valid_from::VARCHAR END
                    AS valid_from,
                value
            FROM record_history JOIN clients USING (organization)""",
        OUTCOMES.relation: f"""SELECT {", ".join(OUTCOMES.column_names)}
            FROM outcomes JOIN clients USING (organization)""",
        **{
            table.name: f"""SELECT {
                ", ".join(
                    f"{inside if column != table.columns[0] else 'clients'}.{column.name}"
                    f"::{column.sql_type} AS {column.name}"
                    for column in table.columns
                )
            } FROM {inside} JOIN clients USING (organization)"""
            for inside, table in WORK.items()
        },
        "tenant_health_scores": f"""SELECT clients.organization_id, scores.score_date, {parts}
                scores.overall_score, scores.previous_score, scores.coverage,
                scores.trend::VARCHAR AS trend, scores.risk_level::VARCHAR AS risk_level,
                scoring_runs.model_version, scoring_runs.started_at AS calculated_at,
                scoring_runs.started_at AS created_at
            FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id)""",
    }


def to_follow(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """The statements that bring a database to today's words: none where it has them all.

    A view carries the digest of its SELECT as its comment, as DuckDB writes the SELECT in words
    of its own.
    """
    statements = []
    for table, worded in VOCABULARY_COLUMNS.items():
        present = {row[0] for row in cursor.execute(f"DESCRIBE {table}").fetchall()}
        statements += [
            f"ALTER TABLE {table} ADD COLUMN {name} {sql_type}"
            for name, sql_type in worded.items()
            if name not in present
        ]
    written = dict(
        cursor.execute(
            "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    )
    for name, select in _views().items():
        digest = hashlib.sha256(select.encode()).hexdigest()
        if written.get(name) != digest:
            statements.append(f"CREATE OR REPLACE VIEW {name} AS {select}")
            statements.append(f"COMMENT ON VIEW {name} IS '{digest}'")
    return statements
