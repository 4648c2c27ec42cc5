"""Which clients are judged on which day: those with a bad outcome, and those beside them without.

``horizon`` days before an outcome, every client that had a score that day is a case: bad where the
outcome is its own, else one to compare with, unless a bad outcome of its own came in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.backtest.past_scores import FIRST_HIGH, SCORES
from health.vocabulary import ALWAYS, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import polars as pl

    from health.storage.database import Reader, Writer

BAD: Final = (Outcome.CHURNED, Outcome.DOWNGRADED)
_BAD: Final = f"outcome IN {tuple(map(str, BAD))}"

NOTHING: Final = (
    "No client left or was downgraded, as far as is on file. Load outcomes, or mark clients that "
    "left as inactive."
)


def has_outcomes(reader: Reader) -> bool:
    """Whether any bad outcome is on file."""
    return bool(reader.value(f"SELECT 1 FROM outcomes WHERE {_BAD} LIMIT 1"))


def find_outcomes(writer: Writer, first: date | None, last: date | None) -> int:
    """Fill ``bad_outcomes`` with those between two days, both in; return how many.

    organization, day, outcome (the worse of two on a day) and value_change.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE bad_outcomes AS
        SELECT organization, date AS day, min(outcome) AS outcome,
            arg_min(value_change, outcome) AS value_change
        FROM outcomes
        WHERE {_BAD}
            AND date BETWEEN coalesce($first, date) AND coalesce($last, date)
        GROUP BY ALL""",
        {"first": first, "last": last},
    )
    return int(writer.value("SELECT count(*) FROM bad_outcomes"))


def find_days(writer: Writer, horizons: Iterable[int]) -> None:
    """Fill ``judged_days``: horizon, day (of outcomes) and score_date."""
    listed = ", ".join(f"{horizon:d}" for horizon in horizons)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged_days AS
        SELECT DISTINCT horizon, day, day - horizon AS score_date
        FROM bad_outcomes, (SELECT unnest([{listed}]) AS horizon)"""
    )


def find_cases(writer: Writer, horizon: int) -> pl.DataFrame:
    """Return the cases of a horizon.

    day (a number from 0), client (its number inside), is_bad, days_to_renewal (as known on the
    day scored; null when past), and the columns of :data:`~health.backtest.past_scores.SCORES`.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE other_outcomes AS
        SELECT DISTINCT bad.organization, judged.day
        FROM bad_outcomes AS bad JOIN judged_days AS judged
            ON bad.day > judged.score_date AND bad.day < judged.day
        WHERE judged.horizon = {horizon:d}"""
    )
    return writer.query(
        f"""SELECT judged.number AS day, scored.organization::BIGINT AS client,
            bad.outcome IS NOT NULL AS is_bad, scored.* EXCLUDE (organization),
            CASE WHEN renewal.renewal_date >= scored.score_date
                THEN renewal.renewal_date - scored.score_date END AS days_to_renewal
        FROM {SCORES} AS scored
        JOIN (
            SELECT *, row_number() OVER (ORDER BY day) - 1 AS number
            FROM judged_days WHERE horizon = {horizon:d}
        ) AS judged USING (score_date)
        LEFT JOIN bad_outcomes AS bad
            ON bad.organization = scored.organization AND bad.day = judged.day
        LEFT JOIN {_renewals()} AS renewal ON renewal.organization = scored.organization
            AND scored.score_date >= renewal.since AND scored.score_date < renewal.until
        LEFT JOIN other_outcomes AS other
            ON other.organization = scored.organization AND other.day = judged.day
        WHERE bad.outcome IS NOT NULL OR other.day IS NULL"""
    )


def find_losses(writer: Writer, horizon: int) -> pl.DataFrame:
    """Return the bad outcomes and what the score said before each; nulls where it had no score.

    organization_id, name, outcome, day (of the outcome), score_date, last_day (before it), value
    (lost: the value change
    on file, else the yearly value in force before), overall_score, coverage, is_high, lead_days
    (from the first day of high risk to the outcome; null where there was none), loaded_later (its
    usage of the window scored came on file after the outcome).
    """
    return writer.query(
        f"""SELECT clients.organization_id, clients.name, bad.outcome, bad.day,
            bad.day - {horizon:d} AS score_date, bad.day - 1 AS last_day,
            coalesce(abs(bad.value_change), past.annual_value) AS value,
            scored.overall_score, scored.coverage, scored.is_high,
            bad.day - high.since AS lead_days, later.day IS NOT NULL AS loaded_later
        FROM bad_outcomes AS bad JOIN clients USING (organization)
        LEFT JOIN {SCORES} AS scored ON scored.organization = bad.organization
            AND scored.score_date = bad.day - {horizon:d}
        LEFT JOIN {FIRST_HIGH} AS high
            ON high.organization = bad.organization AND high.day = bad.day
        LEFT JOIN ({_values(horizon)}) AS past
            ON past.organization = bad.organization AND past.day = bad.day
        LEFT JOIN ({_loaded_later(horizon)}) AS later
            ON later.organization = bad.organization AND later.day = bad.day
        ORDER BY bad.day DESC, clients.organization_id"""
    )


def _steps(field: str, sql_type: str) -> str:
    """SQL of a value of each client with the day from which it holds."""
    return f"""(
        SELECT organization, valid_from AS since, value::{sql_type} AS {field}
        FROM record_history WHERE field = '{field}'
        UNION ALL
        SELECT organization, DATE '{ALWAYS}', {field} FROM clients
        ANTI JOIN (SELECT organization FROM record_history WHERE field = '{field}')
            USING (organization)
    )"""


def _renewals() -> str:
    # With its end beside its beginning: an ASOF join of millions of cases took 75 s of processor.
    return f"""(
        SELECT *, lead(since, 1, DATE 'infinity')
            OVER (PARTITION BY organization ORDER BY since) AS until
        FROM {_steps("renewal_date", "DATE")}
    )"""


def _values(horizon: int) -> str:
    return f"""SELECT bad.organization, bad.day,
            arg_max_null(steps.annual_value, steps.since) AS annual_value
        FROM bad_outcomes AS bad JOIN {_steps("annual_value", "DECIMAL(18,2)")} AS steps
            ON steps.organization = bad.organization AND steps.since <= bad.day - {horizon:d}
        GROUP BY ALL"""


def _loaded_later(horizon: int) -> str:
    return f"""SELECT DISTINCT bad.organization, bad.day
        FROM bad_outcomes AS bad JOIN usage_daily AS usage ON usage.organization = bad.organization
            AND usage.date BETWEEN bad.day - {horizon + 29:d} AND bad.day - {horizon:d}
        JOIN imports USING (import_id) WHERE imports.imported_at::DATE > bad.day"""
