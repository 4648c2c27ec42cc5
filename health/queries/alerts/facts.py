"""What the rules of alerts look at: one row of facts for each client, in SQL.

One scan reads the usage of the 120 days to the day; beside it stand earlier scores, the renewal
and the features.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from health.queries.alerts.rules import SLIDE_DAYS, USUAL, WINDOW
from health.scoring.components import Component
from health.vocabulary import AlertLevel, HealthTrend

if TYPE_CHECKING:
    from health.queries.score_models import ScoreModels

FALL_DAYS: Final = (7, 30, 90)
"""The spans over which a fall is looked for; of equal falls the shorter one counts."""

DAYS_BACK: Final = sorted({*FALL_DAYS, *SLIDE_DAYS, 60, 180})
"""How many days before a day earlier scores are looked at."""

FALLEN: Final = (*FALL_DAYS, SLIDE_DAYS[-1])
"""The spans whose fall is measured, and by which components."""


_USAGE: Final = f"""
    SELECT organization, max(date) AS last_usage,
        arg_max(monthly_active_users, date) FILTER (recent) AS monthly_now,
        arg_max(monthly_active_users, date) FILTER (earlier) AS monthly_was,
        {{daily_now}} AS daily_now, {{daily_was}} AS daily_was,
        sum(support_tickets) FILTER (recent)::BIGINT AS tickets,
        count(support_tickets) FILTER (recent) AS ticket_days,
        sum(support_tickets) FILTER (NOT recent)::BIGINT AS usual_tickets,
        count(support_tickets) FILTER (NOT recent) AS usual_days
    FROM (
        SELECT *, date > $as_of::DATE - {WINDOW} AS recent,
            date BETWEEN $as_of::DATE - {2 * WINDOW - 1} AND $as_of::DATE - {WINDOW} AS earlier
        FROM usage_daily
        WHERE date BETWEEN $as_of::DATE - {WINDOW + USUAL - 1} AND $as_of AND {{only}}
    )
    GROUP BY organization"""


_RESUMED: Final = """
    SELECT organization, max(date) AS last_usage
    FROM usage_daily SEMI JOIN (
        SELECT organization FROM usage_span ANTI JOIN usage USING (organization)
        WHERE first_date <= $as_of AND last_date > $as_of
    ) AS span USING (organization)
    WHERE date <= $as_of AND {only}
    GROUP BY organization"""
"""SQL of the last usage of a feed that stood still on a day and went on later."""

_NOBODY: Final = "SELECT NULL::INTEGER AS organization, NULL::DATE AS last_usage WHERE false"
"""SQL of the same on the latest day."""


OF_USERS: Final = tuple(component for component in Component if component.rules.is_of_users)


def _mean(window: str) -> str:
    """SQL of the mean of the daily active users in a window, half up."""
    total = f"sum(daily_active_users) FILTER ({window})::BIGINT"
    days = f"count(daily_active_users) FILTER ({window})"
    return f"(2 * {total} + {days}) // nullif(2 * {days}, 0)"


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


def _steps(name: str, *scores: str) -> str:
    """SQL of the smallest and the greatest fall between scores, the oldest first."""
    falls = ", ".join(f"{before} - {after}" for before, after in pairwise(scores))
    return f"least({falls}) AS {name}_least, greatest({falls}) AS {name}_most"


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


def with_falls(models: ScoreModels, rows: str) -> str:
    """SQL of rows of measured facts with the falls and the slow slide of their scores.

    rows: SQL with ``points``, ``trend``, ``run_id``, ``weight_of_few``, the components that count
    users, and the scores of ``DAYS_BACK`` as ``score_7`` and so on, with those of ``FALLEN``.
    """
    short, long = SLIDE_DAYS
    return f"""
    SELECT *, CASE slide_days WHEN {short} THEN score_{short} WHEN {long} THEN score_{long} END
            AS slide_from,
        CASE slide_days WHEN {short} THEN fall_{short} WHEN {long} THEN fall_{long} ELSE 0 END
            AS fall_slide
    FROM (SELECT *, {_slide(models)},
        {models.number(lambda model: model.trend_days)} AS trend_days
    FROM (SELECT *, {", ".join(fall(days, models) for days in FALLEN)},
        {_steps("months", f"score_{short}", "score_60", "score_30", "points")},
        {_steps("quarters", f"score_{long}", "score_180", f"score_{short}", "points")}
    FROM ({rows})))"""


def _facts(models: ScoreModels, clients: str, features: str, only: str, *, is_past: bool) -> str:
    """SQL of one row per client that may raise alerts, with all that the rules look at.

    Step by step, as DuckDB plans twice what is written twice: that took longer than the answer.
    """
    earlier = ", ".join(
        f"max({column}) FILTER (score_date = $day_{days})::INTEGER AS {name}_{days}"
        for name, column, of in (
            ("score", "overall_score", DAYS_BACK),
            *((c.column, c.column, FALLEN) for c in OF_USERS),
        )
        for days in of
    )
    return with_falls(
        models,
        f"""
    SELECT clients.*, (renewal_date - $from_day::DATE)::INTEGER AS days_until_renewal,
        ($as_of::DATE - CASE
            WHEN usage.last_usage IS NOT NULL THEN usage.last_usage
            WHEN last_date <= $as_of THEN last_date
            ELSE resumed.last_usage
        END)::INTEGER AS days_without_usage,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_now ELSE monthly_now END
            AS users,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_was ELSE monthly_was END
            AS users_was,
        coalesce(monthly_now, daily_now) AS active_users,
        tickets, ticket_days, usual_tickets, usual_days,
        now.overall_score, now.overall_score::INTEGER AS points, now.run_id,
        {"".join(f"now.{c.column}, " for c in OF_USERS)}now.risk_level,
        now.trend, now.previous_score, earlier.* EXCLUDE (organization),
        CASE WHEN total_users < $least_users THEN 100 * coverage::INTEGER END AS weight_of_few,
        left_features.features AS features_left, left_features.feature AS feature_left,
        left_features.last_used_at AS feature_last_used
    FROM {clients}
    LEFT JOIN usage_span USING (organization)
    LEFT JOIN usage USING (organization)
    LEFT JOIN ({_RESUMED.format(only=only) if is_past else _NOBODY}) AS resumed
        USING (organization)
    LEFT JOIN (SELECT * FROM scores WHERE score_date = $as_of AND {only}) AS now
        USING (organization)
    LEFT JOIN (
        SELECT organization, {earlier} FROM scores
        WHERE score_date IN ({", ".join(f"$day_{days}" for days in DAYS_BACK)}) AND {only}
        GROUP BY organization
    ) AS earlier USING (organization)
    LEFT JOIN (
        SELECT organization, count(*) AS features, max(last_used_at) AS last_used_at,
            arg_max(feature_name, (last_used_at, feature_name)) AS feature
        FROM {features}
        WHERE is_enabled AND last_used_at <= $as_of::DATE - $feature_days::INTEGER AND {only}
        GROUP BY organization
    ) AS left_features USING (organization)
    WHERE is_active AND alert_level <> '{AlertLevel.NONE}' AND ($csm IS NULL OR csm = $csm)
        AND {only}""",
    )


def facts(
    models: ScoreModels, clients: str, features: str, only: str = "true", *, is_past: bool
) -> str:
    """Return the beginning of a statement: ``WITH … facts``.

    models: those of the scores of the day. clients, features: SQL of both tables as of the day.
    only: a condition on ``organization``.
    is_past: whether there is usage of later days.
    """
    usage = _USAGE.format(daily_now=_mean("recent"), daily_was=_mean("earlier"), only=only)
    return f"""
    WITH usage AS MATERIALIZED ({usage}),
    facts AS MATERIALIZED ({_facts(models, clients, features, only, is_past=is_past)})"""
