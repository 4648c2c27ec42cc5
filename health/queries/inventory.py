"""How much of each kind of data and of each metric is on file, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.vocabulary import FileKind, MetricType

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class KindOnFile:
    """What is on file of a kind of file, and the last import of it that was not undone.

    rows: clients, values of usage, features of clients, or outcomes.
    clients: clients there is any of it for.
    imported_at: UTC; None, like imported_by and name, where no import of it stands.
    """

    kind: FileKind
    rows: int
    clients: int
    imported_at: datetime | None
    imported_by: str | None
    name: str | None


@dataclass(frozen=True, kw_only=True)
class MetricOnFile:
    """What is on file of a metric: days with the first and the last value, both None without any.

    values: how many values; clients: of how many clients.
    """

    metric: MetricType
    values: int
    clients: int
    first_day: date | None
    last_day: date | None


_COUNTS: Final = ", ".join(f"count({m.column}) AS {m.column}" for m in MetricType)
"""Counted by client and by day first: a first day and a set of clients of each metric, taken from
the rows themselves, cost four times as much."""

_TABLES: Final = {
    FileKind.ORGANIZATIONS: "SELECT count(*) AS rows, count(*) AS clients FROM clients",
    FileKind.USAGE: f"""SELECT (SELECT coalesce(sum({
        " + ".join(f"({m.column} IS NOT NULL)::INTEGER" for m in MetricType)
    }), 0)::BIGINT FROM usage_daily) AS rows,
        (SELECT count(*) FROM usage_span) AS clients""",
    FileKind.FEATURES: """SELECT count(*) AS rows, count(DISTINCT organization) AS clients
        FROM adoption""",
    FileKind.OUTCOMES: """SELECT count(*) AS rows, count(DISTINCT organization) AS clients
        FROM outcomes""",
}


def kinds_on_file(reader: Reader) -> tuple[KindOnFile, ...]:
    """Return what is on file of each kind, in the order in which files are stored."""
    counts = "\nUNION ALL\n".join(
        f"SELECT '{kind}' AS kind, * FROM ({sql})" for kind, sql in _TABLES.items()
    )
    frame = reader.query(
        f"""SELECT counted.*, latest.* EXCLUDE (kind)
        FROM ({counts}) AS counted
        LEFT JOIN (
            SELECT kind, max(imported_at) AS imported_at,
                arg_max(imported_by, import_id) AS imported_by, arg_max(name, import_id) AS name
            FROM imports WHERE undone_at IS NULL GROUP BY kind
        ) AS latest USING (kind)"""
    )
    rows = {row["kind"]: row for row in frame.iter_rows(named=True)}
    return tuple(KindOnFile(**{**rows[kind], "kind": kind}) for kind in _TABLES)


def metrics_on_file(reader: Reader) -> tuple[MetricOnFile, ...]:
    """Return what is on file of each metric, in the order of the contract."""
    asked = "\nUNION ALL\n".join(
        f"""SELECT '{m}' AS metric, coalesce(sum({m.column}), 0)::BIGINT AS values,
            count(*) FILTER ({m.column} > 0) AS clients,
            (SELECT min(date) FROM by_day WHERE {m.column} > 0) AS first_day,
            (SELECT max(date) FROM by_day WHERE {m.column} > 0) AS last_day
        FROM by_client"""
        for m in MetricType
    )
    frame = reader.query(
        f"""WITH by_client AS MATERIALIZED (
            SELECT {_COUNTS} FROM usage_daily GROUP BY organization
        ),
        by_day AS MATERIALIZED (
            SELECT date, {_COUNTS} FROM usage_daily GROUP BY date
        )
        {asked}"""
    )
    rows = {row["metric"]: row for row in frame.iter_rows(named=True)}
    return tuple(MetricOnFile(**{**rows[metric], "metric": metric}) for metric in MetricType)
