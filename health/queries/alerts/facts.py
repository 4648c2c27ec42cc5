"""What the rules of alerts look at: one row of facts for each client.

Two statements read the usage of the 120 days to the day, the renewal and the features, and earlier
scores. What follows from them is SQL that polars computes: DuckDB would plan it for longer.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.rules import SLIDE_DAYS, USUAL, WINDOW, computed
from health.queries.score_models import score_models
from health.scoring.components import Component
from health.scoring.history import clients_as_of, features_as_of
from health.vocabulary import HealthTrend

if TYPE_CHECKING:
    from datetime import date

    from health.queries.score_models import ScoreModels
    from health.settings import Thresholds
    from health.storage.database import Reader

FALL_DAYS: Final = (7, 30, 90)
"""The spans over which a fall is looked for; of equal falls the shorter one counts."""

DAYS_BACK: Final = sorted({*FALL_DAYS, *SLIDE_DAYS, 60, 180})
"""How many days before a day earlier scores are looked at."""

FALLEN: Final = (*FALL_DAYS, SLIDE_DAYS[-1])
"""The spans whose fall is measured, and by which components."""

OF_USERS: Final = tuple(component for component in Component if component.rules.is_of_users)


def fall(days: int, models: ScoreModels, weight: str = "weight_of_few") -> str:
    """SQL of the points lost since a score so many days before, 0 where none were.

    The points that shares of the users lost are not counted where there are too few of them: one
    of two who takes a day off is not a crash.
    """
    by_few = " + ".join(
        f"coalesce(greatest(0, {c.column}_{days} - {c.column}) * {_weight(models, c)}, 0)"
        for c in OF_USERS
    )
    return f"""coalesce(greatest(0,
        score_{days} - points - coalesce(({by_few}) // ({weight}), 0)), 0) AS fall_{days}"""


def _weight(models: ScoreModels, component: Component) -> str:
    return models.number(lambda model: model.weight(component))


def _mean(window: str) -> str:
    """SQL of the mean of the daily active users in a window, half up."""
    total, days = f"daily_total_{window}", f"daily_days_{window}"
    return f"(2 * {total} + {days}) // nullif(2 * {days}, 0) AS daily_{window}"


def _steps(name: str, *scores: str) -> tuple[str, str]:
    """SQL of the smallest and the greatest fall between scores, the oldest first."""
    falls = ", ".join(f"{before} - {after}" for before, after in pairwise(scores))
    return f"least({falls}) AS {name}_least", f"greatest({falls}) AS {name}_most"


def _slid(name: str, days: int) -> str:
    """SQL of whether scores fell at every step since then, and no step was most of the way."""
    return (
        f"fall_{days} >= greatest(1, $slide_points) AND {name}_least > 0 "
        f"AND 3 * {name}_most <= 2 * (score_{days} - points)"
    )


def _slide(models: ScoreModels) -> str:
    """SQL of how many days a slow slide has lasted; null where there is none.

    It is one as long as the score is not called declining: neither today nor, for the months of a
    slide, on the days that they end.
    """
    short, long = SLIDE_DAYS
    least = models.number(lambda model: -model.declining_to)
    return f"""CASE
        WHEN trend = '{HealthTrend.DECLINING}' THEN NULL
        WHEN {_slid("months", short)} AND months_most < {least} THEN {short}
        WHEN {_slid("quarters", long)} THEN {long}
    END AS slide_days"""


def looked_at(models: ScoreModels, thresholds: Thresholds, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of measured facts with all that the rules look at, the thresholds too.

    rows: ``points``, ``trend``, ``run_id``, ``coverage``, ``total_users``, the components that
    count users, and the scores of ``DAYS_BACK`` as ``score_7`` and so on, with those of ``FALLEN``;
    ``daily_total_now``, ``daily_days_now`` and ``monthly_now`` of the users, and all as ``_was``.
    """
    short, long = SLIDE_DAYS
    users = (
        f"CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_{end} "
        f"ELSE monthly_{end} END AS users{name}"
        for end, name in (("now", ""), ("was", "_was"))
    )
    steps = (
        (
            *map(_mean, ("now", "was")),
            "CASE WHEN total_users < $least_users THEN 100 * coverage END AS weight_of_few",
            *_steps("months", f"score_{short}", "score_60", "score_30", "points"),
            *_steps("quarters", f"score_{long}", "score_180", f"score_{short}", "points"),
            f"{models.number(lambda model: model.trend_days)} AS trend_days",
        ),
        (
            *users,
            "coalesce(monthly_now, daily_now) AS active_users",
            *(fall(days, models) for days in FALLEN),
        ),
        (_slide(models),),
        (
            f"CASE slide_days WHEN {short} THEN score_{short} WHEN {long} THEN score_{long} END "
            "AS slide_from",
            f"CASE slide_days WHEN {short} THEN fall_{short} WHEN {long} THEN fall_{long} ELSE 0 "
            "END AS fall_slide",
        ),
    )
    found = rows.lazy().with_columns(**{name: pl.lit(to) for name, to in vars(thresholds).items()})
    for step in steps:
        found = found.with_columns(map(computed, step))
    return found.collect(engine="in-memory")


def facts(
    reader: Reader,
    as_of: date,
    from_day: date,
    thresholds: Thresholds,
    organization: int | None = None,
) -> pl.DataFrame:
    """Return one row per client, with all that the rules of alerts and urgency look at.

    from_day: the day that days to a renewal are counted from. organization: only this client.
    """
    only = "true" if organization is None else f"organization = {organization}"
    day = f"DATE '{as_of}'"
    rows = reader.query(
        f"""
    SELECT organization, organization_id, name AS organization_name, total_users, csm,
        annual_value, alert_level, (renewal_date - DATE '{from_day}')::INTEGER
            AS days_until_renewal,
        ({day} - coalesce(recent.last_usage, before.last_usage, usual.last_usage,
            CASE WHEN last_date <= {day} THEN last_date END))::INTEGER AS days_without_usage,
        first_date <= {day} AS had_usage,
        recent.users AS monthly_now, recent.total AS daily_total_now, recent.days AS daily_days_now,
        before.users AS monthly_was, before.total AS daily_total_was, before.days AS daily_days_was,
        recent.tickets, recent.ticket_days,
        coalesce(before.tickets, 0) + coalesce(usual.tickets, 0) AS usual_tickets,
        coalesce(before.ticket_days, 0) + coalesce(usual.ticket_days, 0) AS usual_days,
        now.* EXCLUDE (organization),
        features_left, feature_left, feature_days_ago
    FROM {clients_as_of(reader, as_of)}
    LEFT JOIN usage_span USING (organization)
    LEFT JOIN ({_usage(day, 0, WINDOW, only, with_users=True)}) AS recent USING (organization)
    LEFT JOIN ({_usage(day, WINDOW, 2 * WINDOW, only, with_users=True)}) AS before
        USING (organization)
    LEFT JOIN ({_usage(day, 2 * WINDOW, WINDOW + USUAL, only)}) AS usual USING (organization)
    LEFT JOIN ({scores_on(as_of)} AND {only}) AS now USING (organization)
    LEFT JOIN (
        SELECT organization, count(*) AS features_left,
            ({day} - max(last_used_at))::INTEGER AS feature_days_ago,
            arg_max(feature_name, (last_used_at, feature_name)) AS feature_left
        FROM {features_as_of(reader, as_of)}
        WHERE is_enabled AND last_used_at <= {day} - {thresholds.feature_days} AND {only}
        GROUP BY organization
    ) AS left_features USING (organization)
    WHERE is_active AND {only}"""
    )
    rows = _with_earlier(reader, as_of, _resumed(reader, as_of, rows), only)
    return looked_at(score_models(reader, as_of), thresholds, rows)


def scores_on(day: date) -> str:
    """SQL of the scores of a day, with what falls are measured by."""
    return f"""SELECT organization, overall_score, overall_score::INTEGER AS points, run_id,
            coverage::INTEGER AS coverage, risk_level, trend, previous_score{
        "".join(f", {c.column}::INTEGER AS {c.column}" for c in OF_USERS)
    }
        FROM scores WHERE score_date = DATE '{day}'"""


def _usage(day: str, first: int, end: int, only: str, *, with_users: bool = False) -> str:
    """SQL of the usage of each client from ``first`` to before ``end`` days before a day.

    Of three spans, each with what is needed of it: one scan of all days with conditions on each
    value took half as long again.
    """
    users = """arg_max(monthly_active_users, date) AS users,
            sum(daily_active_users)::BIGINT AS total, count(daily_active_users) AS days,"""
    return f"""
        SELECT organization, max(date) AS last_usage, {users * with_users}
            sum(support_tickets)::BIGINT AS tickets, count(support_tickets) AS ticket_days
        FROM usage_daily
        WHERE date BETWEEN {day} - {end - 1} AND {day} - {first} AND {only}
        GROUP BY organization"""


def _with_earlier(reader: Reader, as_of: date, rows: pl.DataFrame, only: str) -> pl.DataFrame:
    """The rows with earlier scores, and their components that count users."""
    day = f"DATE '{as_of}'"
    scores = reader.query(
        f"""SELECT organization, ({day} - score_date)::INTEGER AS ago,
            overall_score::INTEGER AS score{
            "".join(f", {c.column}::INTEGER AS {c.column}" for c in OF_USERS)
        }
        FROM scores
        WHERE score_date IN ({", ".join(f"{day} - {days}" for days in DAYS_BACK)}) AND {only}"""
    )
    found, (_, _, *values) = rows.lazy(), scores.columns
    for days in DAYS_BACK:
        of_day = scores.lazy().filter(ago=days)
        named = (pl.col(value).alias(f"{value}_{days}") for value in values)
        found = found.join(of_day.select("organization", *named), on="organization", how="left")
    return found.collect(engine="in-memory")


def _resumed(reader: Reader, as_of: date, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the last usage of feeds that stood still for long and went on later."""
    still = rows.filter("had_usage", pl.col("days_without_usage").is_null())["organization"]
    if still.is_empty():
        return rows
    last = reader.query(
        """SELECT organization, ($as_of::DATE - max(date))::INTEGER AS days_without_usage
        FROM usage_daily
        WHERE organization IN (SELECT unnest($still::INTEGER[])) AND date <= $as_of
        GROUP BY organization""",
        {"as_of": as_of, "still": still.to_list()},
    )
    return rows.update(last, on="organization", how="left")
