"""The outcomes of a client that becomes part of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.storage.outcome_laws import left_twice_sql, with_stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.storage.database import Writer


def take_over(writer: Writer, both: Mapping[str, int]) -> None:
    """Let the client ``keep`` have the outcomes of the client ``other`` that it can have."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE staged AS
        SELECT $keep::INTEGER AS organization, date, outcome FROM outcomes
        WHERE organization = $other AND (date, outcome) NOT IN (
            SELECT (date, outcome) FROM outcomes WHERE organization = $keep)""",
        both,
    )
    twice = f"SELECT (date, outcome) FROM ({left_twice_sql(with_stored('staged'))})"
    writer.execute(
        f"""UPDATE outcomes SET organization = $keep
        WHERE organization = $other AND (date, outcome) IN (SELECT (date, outcome) FROM staged)
            AND (date, outcome) NOT IN ({twice} WHERE organization = $keep)""",
        both,
    )
