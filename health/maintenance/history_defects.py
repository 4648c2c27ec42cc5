"""SQL of what can be wrong with histories: one text column ``example``, a row a defect."""

from __future__ import annotations

from typing import Final

from health.maintenance.defects import CLIENT, named
from health.storage.record_kinds import KINDS, Kind
from health.vocabulary import ALWAYS

_WHICH: Final = f"{CLIENT} || coalesce(', ' || feature_name, '') || ': ' || field"


def history_defects() -> tuple[str, ...]:
    """Each history begins with all time, has no day twice, and ends with what is on file."""
    return (
        *(
            f"""SELECT {_WHICH} || ' has {wrong}' AS example
            FROM {
                named(
                    f'''SELECT organization, feature_name, field FROM record_history
                    GROUP BY ALL HAVING {broken}'''
                )
            }"""
            for wrong, broken in (
                ("two values from one day on", "count(*) > count(DISTINCT valid_from)"),
                ("no value before its first change", f"min(valid_from) <> DATE '{ALWAYS}'"),
                ("a history of one value", "count(*) = 1"),
            )
        ),
        *(
            f"""SELECT {_WHICH} || ' is not the newest of its history' AS example
            FROM {named(_other_than_newest(kind, field))}"""
            for kind in KINDS.values()
            for field in kind.history_fields
        ),
        f"""SELECT {_WHICH} || ' has a history, and no such value' AS example
        FROM {named(_unknown_fields())}""",
    )


def _other_than_newest(kind: Kind, field: str) -> str:
    """SQL of the histories of a field that end otherwise, or are of nothing on file."""
    return f"""
        SELECT newest.organization, newest.feature_name, newest.field
        FROM (
            SELECT organization, feature_name, field, arg_max_null(value, valid_from) AS value
            FROM record_history WHERE field = '{field}' GROUP BY ALL
        ) AS newest
        LEFT JOIN {kind.table} ON {kind.same("newest", kind.table)}
        WHERE {kind.table}.organization IS NULL
            OR TRY_CAST(newest.value AS {kind.sql_type(field)})
                IS DISTINCT FROM {kind.table}.{field}"""


def _unknown_fields() -> str:
    """SQL of the histories of no field that has one."""
    known = " OR ".join(
        f"(list_contains({list(kind.history_fields)}, field) "
        f"AND feature_name IS {'NOT ' * ('feature_name' in kind.key)}NULL)"
        for kind in KINDS.values()
    )
    return f"SELECT organization, feature_name, field FROM record_history WHERE NOT ({known})"
