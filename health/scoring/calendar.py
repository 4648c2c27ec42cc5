"""The scores of many days: sliding sums over a calendar of every client and day.

In SQL a sliding window costs ten times the rest of a score. Here the days of a client stand side
by side and the clients one after the other, a column for each metric; a sum then slides over all
of them at once, for half of what it costs to read them. The formula stays SQL. It takes each window
once: the score that a day is compared with is that of the day so long before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.scoring import formula, history
from health.scoring.components.window import Aggregate

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel
    from health.storage.database import Writer

    Numbers = npt.NDArray[np.int64]

RECENT_DAYS: Final = 31
"""The last days of a run are stored day by day: a page reads all scores of one of them."""

_WINDOWS: Final = "calendar_windows"
_SCORES: Final = "calendar_scores"
_JOBS: Final = "calendar_jobs"
"""Table of the jobs: clients with consecutive days to score. organization, total_users, enabled
(features; both the newest), start (the first day laid out, before the first to score), days (laid
out), place (where start is in the calendar)."""

_ADOPTED: Final = (
    f"(SELECT organization, feature_name FROM adoption SEMI JOIN {_JOBS} USING (organization))"
)


def scores_sql(writer: Writer, model: ScoringModel, spans: str, *, first: date, last: date) -> str:
    """Add up the windows of ``spans``; return SQL of their scores, as the formula gives them.

    spans: a relation of (organization, first_day, last_day), between ``first`` and ``last``;
    those of a client do not overlap.

    The rows come month by month, in a month by client and day, and the last days each for itself:
    the order scores are stored in.
    """
    has_history = history.has_scored_history(writer)
    jobs = _lay_out(writer, model, spans, "true" if has_history else "is_active")
    job = np.repeat(np.arange(jobs.height), jobs["days"].to_numpy())
    usage = _usage(writer, model, first, last, len(job))
    standing = (
        [*_in_force(writer, len(job)), *_features_in_force(writer, jobs, job)]
        if has_history
        else _throughout(writer, jobs, job)
    )
    place = np.arange(len(job))
    by_day = _sums(usage, model).with_columns(*standing, place=pl.Series(place))
    nth = place - jobs["place"].to_numpy()[job]
    # The first days of a job are laid out for the sums alone: theirs are not whole.
    is_scored = nth >= model.reach
    is_earlier = nth + model.trend_days < jobs["days"].to_numpy()[job]
    is_earlier &= nth >= model.window_days - 1
    writer.register(_WINDOWS, by_day.filter(pl.Series(is_scored | is_earlier)))
    found = writer.query(formula.window_scores_sql({0: model}, _WINDOWS, "place"))
    writer.register(_SCORES, _in_order(found, model, jobs, job, np.flatnonzero(is_scored), last))
    return formula.judged_sql({0: model}, _SCORES)


def _lay_out(writer: Writer, model: ScoringModel, spans: str, clients: str) -> pl.DataFrame:
    """Fill the table of jobs and return it; days on which no usage can count are left out."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE {_JOBS} AS
        SELECT *, (sum(days) OVER (ORDER BY organization, start) - days)::BIGINT AS place
        FROM (
            SELECT organization, first_day - {model.reach} AS start,
                (last_day - first_day + 1 + {model.reach})::BIGINT AS days, total_users, enabled
            FROM (
                SELECT organization, greatest(first_day, first_date) AS first_day,
                    least(last_day, last_date + {model.window_days - 1}) AS last_day,
                    total_users, enabled
                FROM {spans} JOIN usage_span USING (organization)
                JOIN clients USING (organization)
                LEFT JOIN (
                    SELECT organization, count(*) FILTER (is_enabled) AS enabled
                    FROM adoption GROUP BY organization
                ) USING (organization)
                WHERE {clients}
            )
            WHERE first_day <= last_day
        )"""
    )
    return writer.query(f"FROM {_JOBS} ORDER BY place")


def _in_order(
    found: pl.DataFrame,
    model: ScoringModel,
    jobs: pl.DataFrame,
    job: Numbers,
    scored: Numbers,
    last: date,
) -> pl.DataFrame:
    """The days to score, each with the score of the day it is compared with, as they are stored."""
    row = np.zeros(len(job), dtype=np.int64)
    row[found["place"].to_numpy()] = np.arange(found.height)
    start = (jobs["start"].to_physical().to_numpy() - jobs["place"].to_numpy())[job]
    day = start[scored] + scored
    order = np.argsort(_place_in_store(day, last), kind="stable")
    scored, day = scored[order], day[order]
    return found.select(pl.exclude("place").gather(row[scored])).with_columns(
        found["overall_score"].gather(row[scored - model.trend_days]).alias("previous_score"),
        jobs["organization"].gather(job[scored]),
        pl.Series("score_date", day.astype(np.int32)).cast(pl.Date),
    )


def _throughout(writer: Writer, jobs: pl.DataFrame, job: Numbers) -> list[pl.Series]:
    """What holds on each day laid out where nothing that scores rest on has a history."""
    return [
        *(jobs[name].gather(job) for name in ("total_users", "enabled")),
        pl.repeat(True, len(job), eager=True).alias("is_active"),
        pl.Series("used", _used(writer, jobs, job)),
    ]


def _in_force(writer: Writer, height: int) -> list[pl.Series]:
    """Licensed users, and whether the client is one, of each day laid out."""
    steps = writer.query(
        f"""SELECT place + greatest(day - start, 0) AS place, total_users, is_active
        FROM (SELECT organization, start, days, place FROM {_JOBS})
        JOIN {history.client_steps_sql(_JOBS)} USING (organization)
        WHERE day < start + days::INTEGER
        QUALIFY row_number() OVER (
            PARTITION BY organization, start, greatest(day, start) ORDER BY day DESC) = 1
        ORDER BY place"""
    )
    lengths = np.diff(steps["place"].to_numpy(), append=height)
    step = np.repeat(np.arange(steps.height), lengths)
    return steps.select(pl.col("total_users", "is_active").gather(step)).get_columns()


def _features_in_force(writer: Writer, jobs: pl.DataFrame, job: Numbers) -> list[pl.Series]:
    """How many features were enabled, and how many of those used, on each day laid out."""
    steps = writer.query(
        f"""SELECT place + greatest(day - start, 0) AS place, sum(enabled)::BIGINT AS enabled,
            sum(used)::BIGINT AS used
        FROM (SELECT organization, start, days, place FROM {_JOBS}) JOIN (
            SELECT organization, day,
                is_enabled::INTEGER - coalesce(lag(is_enabled) OVER feature, false)::INTEGER
                    AS enabled,
                is_used::INTEGER - coalesce(lag(is_used) OVER feature, false)::INTEGER AS used
            FROM {history.feature_steps_sql(_ADOPTED)}
            WINDOW feature AS (PARTITION BY organization, feature_name ORDER BY day)
        ) USING (organization)
        WHERE day < start + days::INTEGER
        GROUP BY ALL"""
    )
    place = steps["place"].to_numpy()
    return [
        pl.Series(name, _sums_of_jobs(place, steps[name].to_numpy(), jobs, job))
        for name in ("enabled", "used")
    ]


def _place_in_store(day: Numbers, last: date) -> npt.NDArray[np.int16]:
    """Which days are stored together: those of a month, in the month up to ``last`` each its own.

    A client's history then lies close together, and so do all scores of a day that pages show.
    """
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int16)
    nth_of_recent = day - np.datetime64(last).astype(np.int64) + RECENT_DAYS
    return np.where(
        nth_of_recent > 0, np.iinfo(np.int16).max - RECENT_DAYS + nth_of_recent, month
    ).astype(np.int16)


def _sums(usage: pl.DataFrame, model: ScoringModel) -> pl.DataFrame:
    """What the window adds up to that ends on each day."""
    days = model.window_days
    return usage.select(_sliding(value, days).alias(value) for value in model.window_values)


def _sliding(value: WindowValue, days: int) -> pl.Expr:
    """One number of the window that ends on each day."""
    column = pl.col(value.metric.column)
    match value.aggregate:
        case Aggregate.LATEST:
            # A limit of 0 would be none.
            return column.forward_fill(days - 1) if days > 1 else column
        case Aggregate.GREATEST:
            return column.rolling_max(days, min_samples=1)
        case Aggregate.TOTAL:
            return column.rolling_sum(days, min_samples=1)
        case Aggregate.DAYS:
            return column.is_not_null().cast(pl.Int64).rolling_sum(days, min_samples=1)


def _usage(
    writer: Writer, model: ScoringModel, first: date, last: date, height: int
) -> pl.DataFrame:
    """The metrics of each day laid out; null where nothing is on file."""
    metrics = list(dict.fromkeys(value.metric.column for value in model.window_values))
    found = writer.query(
        f"""SELECT place + (date - start) AS place, {", ".join(metrics)}
        FROM usage_daily JOIN {_JOBS} USING (organization)
        WHERE date BETWEEN $first::DATE - {model.reach} AND $last
            AND date BETWEEN start AND start + days::INTEGER - 1""",
        {"first": first, "last": last},
    )
    row = np.full(height, -1)
    row[found["place"].to_numpy()] = np.arange(found.height)
    rows = pl.select(pl.when(pl.Series(row) >= 0).then(pl.Series(row))).to_series()
    return found.select(pl.col(metrics).gather(rows))


def _used(writer: Writer, jobs: pl.DataFrame, job: Numbers) -> Numbers:
    """How many enabled features were used by each day laid out."""
    since = writer.query(
        f"""SELECT place + greatest(coalesce(first_used_at, start) - start, 0) AS place
        FROM adoption JOIN {_JOBS} USING (organization)
        WHERE is_enabled AND is_used
            AND (first_used_at IS NULL OR first_used_at < start + days::INTEGER)"""
    )["place"]
    place, times = np.unique(since.to_numpy(), return_counts=True)
    return _sums_of_jobs(place, times, jobs, job)


def _sums_of_jobs(place: Numbers, change: Numbers, jobs: pl.DataFrame, job: Numbers) -> Numbers:
    """What changes at places add up to on each day laid out, from the start of its job on."""
    so_far: Numbers = np.zeros(len(job) + 1, dtype=np.int64)
    so_far[place + 1] = change
    np.cumsum(so_far, out=so_far)
    before = so_far[jobs["place"].to_numpy()]
    total: Numbers = so_far[1:] - before[job]
    return total
