"""The scores of the days before outcomes, by any model, in temporary tables; nothing is stored.

The scorer reads no usage after the day scored, and takes what was in force on it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health.errors import Cancelled
from health.scoring import runs
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.storage.database import Writer

CLIENT_DAYS: Final = 1_000_000
"""Client-days scored between two looks at whether to stop: 1 s and some 700 MB."""

SCORES: Final = "past_scores"
"""organization, score_date, the points of each part, overall_score, coverage and is_high, of the
days that are judged."""

FIRST_HIGH: Final = "first_high"
"""organization, day (of the outcome), since: the first day of high risk before it."""


def compute(
    writer: Writer,
    model: ScoringModel,
    *,
    lead: int,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> None:
    """Fill :data:`SCORES` for ``judged_days``, and :data:`FIRST_HIGH` for ``bad_outcomes``.

    lead: days before an outcome on which a high risk is looked for. Raises :class:`Cancelled`.
    """
    span = writer.record(
        f"""SELECT least(min(score_date), min(day) - {lead:d}) AS first, max(day) - 1 AS last
        FROM judged_days"""
    )
    first: date = span["first"]
    last: date = span["last"]
    days = (last - first).days + 1 + model.reach
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE backtest_clients AS
        SELECT organization,
            (row_number() OVER (ORDER BY organization) - 1) // {max(CLIENT_DAYS // days, 1)} AS part
        FROM usage_span WHERE first_date <= $last""",
        {"last": last},
    )
    parts = int(writer.value("SELECT coalesce(max(part) + 1, 0) FROM backtest_clients"))
    for part in range(parts):
        if cancelled():
            raise Cancelled("The back-test was stopped. Nothing was changed.")
        writer.execute(
            """CREATE OR REPLACE TEMP TABLE backtest_spans AS
            SELECT organization, $first::DATE AS first_day, $last::DATE AS last_day
            FROM backtest_clients WHERE part = $part""",
            {"first": first, "last": last, "part": part},
        )
        # A range of one day is scored another way, which knows no spans.
        runs.compute(writer, model, first - timedelta(days=1), last, "backtest_spans")
        _keep(writer, model, part, lead)
        progress((part + 1) / parts)
    for table, columns in ((SCORES, _columns(model)), (FIRST_HIGH, "organization, day, since")):
        made = " UNION ALL ".join(f"FROM {table}_{part}" for part in range(parts))
        writer.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {columns} FROM ({made})"
            if parts
            else f"""CREATE OR REPLACE TEMP VIEW {table} AS
            SELECT {columns} FROM {_with_extra(model, f"({_EMPTY})")} WHERE false"""
        )


_EMPTY: Final = """SELECT organization, score_date, score_date AS day, score_date AS since, scores.*
    EXCLUDE (organization, score_date), false AS is_high FROM scores"""


def _columns(model: ScoringModel) -> str:
    points = ", ".join(part.column for part in model.parts)
    return f"organization, score_date, {points}, overall_score, coverage, is_high"


def _with_extra(model: ScoringModel, relation: str) -> str:
    """SQL of the same with a column for each extra part."""
    extra = [
        f"extra_points[{at}] AS {part.column}" for at, part in enumerate(model.extra_parts, start=1)
    ]
    return f"(SELECT {', '.join(['*', *extra])} FROM {relation})"


def _keep(writer: Writer, model: ScoringModel, part: int, lead: int) -> None:
    high = f"risk_level = '{RiskLevel.HIGH}'"
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE {SCORES}_{part:d} AS
        SELECT {_columns(model)}
        FROM (SELECT *, {high} AS is_high FROM {_with_extra(model, "computed")})
        SEMI JOIN judged_days USING (score_date)"""
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE {FIRST_HIGH}_{part:d} AS
        SELECT organization, day, min(score_date) AS since
        FROM computed JOIN bad_outcomes USING (organization)
        WHERE {high} AND score_date BETWEEN day - {lead:d} AND day - 1 GROUP BY ALL"""
    )
