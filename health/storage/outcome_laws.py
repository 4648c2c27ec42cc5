"""Which outcomes are impossible, as SQL: of a file against what is on file, and of what is on file.

Nothing can become of a client before its first usage, and nobody leaves twice without coming back.
"""

from __future__ import annotations

from typing import Final

from health.vocabulary import Outcome

KEY: Final = "organization, date, outcome"
"""The columns that name an outcome on file."""


def before_usage_sql(outcomes: str) -> str:
    """SQL of the rows of a relation that are before their client's first usage.

    outcomes: organization, date and what else is to be returned.
    """
    return f"""SELECT outcomes.* FROM {outcomes} AS outcomes
        LEFT JOIN usage_span USING (organization)
        WHERE first_date IS NULL OR date < first_date"""


def left_twice_sql(outcomes: str) -> str:
    """SQL of the rows of a relation by which a client leaves that has left already.

    outcomes: organization, date, outcome, is_new, and what else is to be returned. Of two that tell
    of one absence that on file counts, and else the earlier. Who comes back on a day may have left
    on the same day, or may leave on it.
    """
    returns = f"count(*) FILTER (outcome = '{Outcome.REACTIVATED}')"
    return f"""SELECT * FROM (
            SELECT *, count(*) FILTER (is_first) OVER by_day AS absence
            FROM (
                SELECT *, coalesce(
                    returns > lag(returns - returns_of_day) OVER by_day, true) AS is_first
                FROM (
                    SELECT *,
                        {returns} OVER (PARTITION BY organization ORDER BY date) AS returns,
                        {returns} OVER (PARTITION BY organization, date) AS returns_of_day
                    FROM {outcomes}
                )
                WHERE outcome = '{Outcome.CHURNED}'
                WINDOW by_day AS (PARTITION BY organization ORDER BY date)
            )
            WINDOW by_day AS (PARTITION BY organization ORDER BY date)
        )
        QUALIFY row_number() OVER (
            PARTITION BY organization, absence ORDER BY is_new, date) > 1"""


def with_stored(staged: str) -> str:
    """A relation of outcomes together with those on file; ``is_new`` are the former alone."""
    return f"""(
        SELECT {KEY}, is_stored IS NULL AS is_new
        FROM (SELECT {KEY} FROM {staged})
        FULL JOIN (SELECT {KEY}, true AS is_stored FROM outcomes) USING ({KEY})
    )"""


IMPOSSIBLE_SQL: Final = f"""(
    SELECT organization, date, outcome, 'is before the first usage' AS fault
    FROM ({before_usage_sql("outcomes")})
    UNION ALL
    SELECT organization, date, outcome, 'comes after another without a return between'
    FROM ({left_twice_sql("(SELECT *, true AS is_new FROM outcomes)")})
)"""
"""SQL of the outcomes on file that cannot be: organization, date, outcome, fault."""
