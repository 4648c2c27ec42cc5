"""What was in force on a day: the values of clients and features that change slowly, as SQL.

``clients`` and ``adoption`` hold the newest values. A value that ever changed has its whole
history in ``record_history``, the first one from :data:`~health.vocabulary.ALWAYS` on: in
force is the latest that does not begin later. Where nothing changed, the tables are the answer,
and nothing is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.scoring.active_model import latest_day
from health.storage.schema import FEATURE_ADOPTION, HISTORY_FIELDS, ORGANIZATIONS
from health.storage.transaction import asked_once
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from health.storage.database import Reader

SCORED_CLIENT_FIELDS: Final = ("total_users", "is_active")
"""The values of a client that a score rests on."""

_SQL_TYPES: Final = {
    column.name: column.sql_type for column in (*ORGANIZATIONS.columns, *FEATURE_ADOPTION.columns)
}


@asked_once
def has_scored_history(reader: Reader) -> bool:
    """Whether a value that scores rest on ever changed; else the newest values are all there is."""
    return bool(
        reader.value(
            """SELECT 1 FROM record_history
            WHERE feature_name IS NOT NULL OR field IN ('total_users', 'is_active') LIMIT 1"""
        )
    )


def clients_as_of(reader: Reader, as_of: date | None) -> str:
    """SQL that takes the place of ``clients`` in a question about a day, and has its name.

    A question about the latest day on file, or a later one, is about the present: what was said
    since then holds. One about a day before is answered with what was in force on it.
    """
    day = _day_of(reader, as_of)
    return "clients" if day is None else clients_sql(f"DATE '{day}'") + " AS clients"


def features_as_of(reader: Reader, as_of: date | None) -> str:
    """The same in place of ``adoption``."""
    day = _day_of(reader, as_of)
    return "adoption" if day is None else features_sql(f"DATE '{day}'") + " AS adoption"


@asked_once
def _day_of(reader: Reader, as_of: date | None) -> date | None:
    """The day whose values answer a question; None where the newest values do."""
    last_change: date | None = reader.value("SELECT max(valid_from) FROM record_history")
    if last_change is None:
        return None
    latest = latest_day(reader)
    day = as_of or latest or ALWAYS
    if latest is None or day >= latest:
        told = reader.value("SELECT max(coalesce(day, imported_at::DATE)) FROM imports")
        day = max(day, told or day)
    return day if last_change > day else None


def clients_sql(day: str, fields: Collection[str] = HISTORY_FIELDS["clients"]) -> str:
    """SQL of ``clients`` with the values in force on a day, a SQL expression."""
    return _in_force_sql("clients", ("organization",), day, fields)


def features_sql(day: str) -> str:
    """SQL of ``adoption`` with the values in force on a day, a SQL expression."""
    return _in_force_sql(
        "adoption", ("organization", "feature_name"), day, HISTORY_FIELDS["adoption"]
    )


def _in_force_sql(table: str, key: tuple[str, ...], day: str, fields: Collection[str]) -> str:
    names = ", ".join(key)
    values = ", ".join(
        f"any_value(value) FILTER (field = '{field}')::{_SQL_TYPES[field]} AS {field}, "
        f"bool_or(field = '{field}') AS has_{field}"
        for field in fields
    )
    replaced = ", ".join(
        f"CASE WHEN past.has_{field} THEN past.{field} ELSE {table}.{field} END AS {field}"
        for field in fields
    )
    return f"""(
        SELECT {table}.* REPLACE ({replaced})
        FROM {table} LEFT JOIN (
            SELECT {names}, {values}
            FROM (
                SELECT {names}, field, arg_max_null(value, valid_from) AS value
                FROM record_history
                WHERE field IN ({", ".join(f"'{field}'" for field in fields)})
                    AND valid_from <= {day}
                GROUP BY ALL
            )
            GROUP BY {names}
        ) AS past USING ({names})
    )"""


def client_steps_sql(clients: str, fields: Collection[str] = SCORED_CLIENT_FIELDS) -> str:
    """SQL of organization, day, and the values of ``fields`` from it on.

    clients: a relation of organization. The first row of each is of :data:`ALWAYS`.
    """
    days = f"[DATE '{ALWAYS}']"
    return _steps_sql("clients", ("organization",), fields, clients, days)


def feature_steps_sql(features: str) -> str:
    """SQL of what scores rest on: organization, feature_name, day, is_enabled and is_used.

    features: a relation of (organization, feature_name). A feature that is not enabled, or whose
    first use is later, is not used.
    """
    key, fields = ("organization", "feature_name"), HISTORY_FIELDS["adoption"]
    days = f"[DATE '{ALWAYS}', first_used_at]"
    return f"""(
        SELECT * REPLACE (
            is_enabled AND is_used AND coalesce(first_used_at <= day, true) AS is_used)
        FROM {_steps_sql("adoption", key, fields, features, days)}
        JOIN (SELECT organization, feature_name, first_used_at FROM adoption)
            USING (organization, feature_name)
    )"""


def _steps_sql(
    table: str, key: tuple[str, ...], fields: Collection[str], records: str, days: str
) -> str:
    """SQL of the values of some records with the days from which they hold.

    days: SQL of a list of days of a record, beside those of its histories.
    """
    names = ", ".join(key)
    # A value may be empty from a day on: in a struct, it is not taken for none.
    said = ", ".join(
        f"any_value({{'value': value}}) FILTER (field = '{field}') AS {field}" for field in fields
    )
    in_force = ", ".join(
        f"last_value({field} IGNORE NULLS) OVER past AS {field}" for field in fields
    )
    values = ", ".join(
        f"CASE WHEN steps.{field} IS NULL THEN {table}.{field} "
        f"ELSE steps.{field}.value::{_SQL_TYPES[field]} END AS {field}"
        for field in fields
    )
    # A join by day for each field took DuckDB twice as long.
    return f"""(
        SELECT {names}, day, {values}
        FROM (
            SELECT {names}, day, {in_force}
            FROM (
                SELECT {names}, day, {said}
                FROM (
                    SELECT {names}, unnest({days}) AS day, NULL AS field, NULL AS value
                    FROM {table} SEMI JOIN {records} USING ({names})
                    UNION ALL
                    SELECT {names}, valid_from, field, value
                    FROM record_history SEMI JOIN {records} USING ({names})
                    WHERE field IN ({", ".join(f"'{field}'" for field in fields)})
                )
                WHERE day IS NOT NULL GROUP BY ALL
            )
            WINDOW past AS (PARTITION BY {names} ORDER BY day)
        ) AS steps JOIN {table} USING ({names})
    )"""
