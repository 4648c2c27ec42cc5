"""Which clients are judged on which day: those with a bad outcome, and those beside them without.

``horizon`` days before an outcome, every client that had a score that day is a case: bad where the
outcome is its own, else one to compare with, unless a bad outcome of its own came in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.backtest.past_scores import CLIENTS, NONE
from health.scoring.schemes import FOR_EVER
from health.vocabulary import ALWAYS, Outcome

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from health.backtest.past_scores import PastScores
    from health.storage.database import Reader, Writer

BAD: Final = (Outcome.CHURNED, Outcome.DOWNGRADED)
_BAD: Final = f"outcome IN {tuple(map(str, BAD))}"

LEAD: Final = 180
"""Days before an outcome on which a first high risk is looked for."""

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


def find_cases(writer: Writer, past: PastScores, horizon: int) -> pl.DataFrame:
    """Return the cases of a horizon.

    day (of the outcomes, a number from 0), client (its number inside), is_bad, score_date,
    days_to_renewal (as known on the day scored; null when past), and the columns of ``past``.
    """
    days = writer.query("SELECT DISTINCT day FROM bad_outcomes ORDER BY day")["day"]
    scored = days.dt.offset_by(f"-{horizon:d}d")
    place = past.place(scored)
    outcomes = writer.query(
        f"SELECT nth, day FROM bad_outcomes JOIN {CLIENTS} USING (organization)"
    )
    others = writer.query(
        f"""SELECT nth, judged.day
        FROM bad_outcomes AS bad JOIN {CLIENTS} USING (organization)
        JOIN (SELECT DISTINCT day FROM bad_outcomes) AS judged
            ON bad.day > judged.day - {horizon:d} AND bad.day < judged.day"""
    )
    is_known = past.columns["overall_score"][:, place] != NONE
    is_bad, is_out = np.zeros_like(is_known), np.zeros_like(is_known)
    is_bad[outcomes["nth"].to_numpy(), days.search_sorted(outcomes["day"], "left").to_numpy()] = (
        True
    )
    is_out[others["nth"].to_numpy(), days.search_sorted(others["day"], "left").to_numpy()] = True
    is_case = is_known & (is_bad | ~is_out)
    row, day = np.nonzero(is_case)
    left = pl.Series(_days_to_renewal(writer, scored, len(past.organizations))[is_case[:-1]])
    return pl.DataFrame(
        {
            "day": day,
            "client": past.organizations[row],
            "is_bad": is_bad[is_case],
            "score_date": scored.gather(day),
            "days_to_renewal": left.set(left < 0, None),
        }
    ).with_columns(past.at(past.columns, row, place[day]))


def _days_to_renewal(writer: Writer, scored: pl.Series, clients: int) -> npt.NDArray[np.int32]:
    """Return the days to the renewal known on each day, a row for each client; -1 for none."""
    steps = writer.query(
        f"""SELECT renewal_date, since, lead(since, 1, DATE '{FOR_EVER}')
            OVER (PARTITION BY nth ORDER BY since) AS until
        FROM {_steps("renewal_date", "DATE")} JOIN {CLIENTS} USING (organization)
        ORDER BY nth, since"""
    )
    begin, end = (
        scored.search_sorted(steps[name], "left").to_numpy() for name in ("since", "until")
    )
    renewal = steps["renewal_date"].to_physical().fill_null(-1).to_numpy()
    known = np.repeat(renewal, end.astype(np.int64) - begin).reshape(clients, len(scored))
    left: npt.NDArray[np.int32] = np.maximum(known - scored.to_physical().to_numpy(), -1)
    return left


def find_losses(writer: Writer, past: PastScores, horizon: int) -> pl.DataFrame:
    """Return the bad outcomes and what the score said before each; nulls where it had no score.

    organization_id, name, outcome, day (of the outcome), score_date, last_day (before it), value
    (lost: the value change on file, else the yearly value in force before), loaded_later (its
    usage of the window scored came on file after the outcome), overall_score, coverage, is_high,
    lead_days (from the first day of high risk to the outcome; null where there was none).
    """
    losses = writer.query(
        f"""SELECT clients.organization_id, clients.name, bad.outcome, bad.day,
            bad.day - {horizon:d} AS score_date, bad.day - 1 AS last_day,
            coalesce(abs(bad.value_change), past.annual_value) AS value,
            later.day IS NOT NULL AS loaded_later, coalesce(nth, -1) AS nth
        FROM bad_outcomes AS bad JOIN clients USING (organization)
        LEFT JOIN {CLIENTS} USING (organization)
        LEFT JOIN ({_values(horizon)}) AS past
            ON past.organization = bad.organization AND past.day = bad.day
        LEFT JOIN ({_loaded_later(horizon)}) AS later
            ON later.organization = bad.organization AND later.day = bad.day
        ORDER BY bad.day DESC, clients.organization_id"""
    )
    row = losses["nth"].to_numpy()
    before = past.place(losses["day"])[:, None] + np.arange(-LEAD, 0)
    is_high = past.columns["is_high"][row[:, None], before] == 1
    lead = pl.Series(LEAD - is_high.argmax(axis=1))
    return losses.drop("nth").with_columns(
        past.at(("overall_score", "coverage", "is_high"), row, past.place(losses["score_date"])),
        lead_days=lead.set(pl.Series(~is_high.any(axis=1)), None),
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
