"""When the alerts of one client were raised and over, each rule on each day of a span.

The same conditions as on Today, over the same facts, gathered for many days of one client at once:
a window over a calendar in place of a scan for each day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health.queries.alerts.facts import DAYS_BACK, FALLEN, OF_USERS, with_falls
from health.queries.alerts.rules import USUAL, WINDOW, AlertRule
from health.queries.score_models import score_models
from health.scoring.active_model import latest_day
from health.scoring.history import client_steps_sql, feature_steps_sql
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from datetime import date

    from health.settings import Thresholds
    from health.storage.database import Reader

SPAN: Final = 730
"""Days that are looked at, up to the last one."""

LULL: Final = 7
"""Days without its condition that do not end an alert: a score goes up and down."""

_FIELDS: Final = ("total_users", "is_active", "renewal_date", "alert_level")
_ONE: Final = "(SELECT $organization::INTEGER AS organization)"


def raised_sql(reader: Reader, organization: int) -> str:
    """SQL of the days on which an alert was raised, or over: day, what, name, score.

    what: ``raised`` or ``over``. name: the rule in words. score: of the day it was raised on; null
    without one. It binds ``organization`` and :func:`raised_parameters`.

    An alert is not over while it comes back within ``LULL`` days, and not raised in the span where
    it held already when that begins.
    """
    models = score_models(reader, latest_day(reader), organization=organization)
    return f"""(
        WITH facts AS MATERIALIZED ({with_falls(models, _measured())})
        SELECT unnest([
            {{day: day, what: 'raised', score: score, is_so: is_first AND day > $alert_first}},
            {{day: day + 1, what: 'over', score: NULL, is_so: is_last AND day < $alert_last}}
        ], recursive := true), name
        FROM (
            SELECT day, name, score,
                coalesce(day - lag(day) OVER per_rule > {LULL}, true) AS is_first,
                coalesce(lead(day) OVER per_rule - day > {LULL}, true) AS is_last
            FROM (
                SELECT day, overall_score AS score, unnest([{_HOLDS}]) AS holds,
                    unnest($alert_names::VARCHAR[]) AS name
                FROM facts WHERE is_told
            ) WHERE holds WINDOW per_rule AS (PARTITION BY name ORDER BY day)
        ) WHERE is_first OR is_last
    ) WHERE is_so"""


def raised_parameters(
    reader: Reader, thresholds: Thresholds, until: date | None
) -> dict[str, object]:
    """Return what :func:`raised_sql` binds beside ``organization``.

    until: the last day; None for the latest one on file.
    """
    latest = latest_day(reader)
    last = latest if until is None or latest is None else min(until, latest)
    return {
        "alert_names": [rule.name_with(thresholds) for rule in AlertRule],
        "alert_first": None if last is None else last - timedelta(days=SPAN),
        "alert_last": last,
        **vars(thresholds),
    }


_HOLDS: Final = ", ".join(rule.condition.holds for rule in AlertRule)

_BACK: Final = max(*DAYS_BACK, WINDOW + USUAL)
"""Days before the first one whose usage and scores are looked at."""


def _mean(window: str) -> str:
    """SQL of the mean of the daily active users of a window, half up."""
    total = f"(sum(daily_active_users) OVER {window})::BIGINT"
    days = f"count(daily_active_users) OVER {window}"
    return f"(2 * {total} + {days}) // nullif(2 * {days}, 0)"


def _measured() -> str:
    """SQL of what the rules look at, a row for each day of the span and the day before it."""
    earlier = ", ".join(
        f"lag({column}, {days}) OVER calendar::INTEGER AS {name}_{days}"
        for name, column, of in (
            ("score", "overall_score", DAYS_BACK),
            *((c.column, c.column, FALLEN) for c in OF_USERS),
        )
        for days in of
    )
    return f"""
    SELECT days.*, total_users, overall_score::INTEGER AS points,
        (renewal_date - days.day)::INTEGER AS days_until_renewal,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_now ELSE monthly_now END
            AS users,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_was ELSE monthly_was END
            AS users_was,
        coalesce(monthly_now, daily_now) AS active_users,
        CASE WHEN total_users < $least_users THEN 100 * coverage::INTEGER END AS weight_of_few,
        coalesce(features_left, 0) AS features_left,
        is_active AND alert_level <> '{AlertLevel.NONE}'
            AND days.day >= (SELECT min(first_date) FROM usage_span) AS is_told
    FROM (
        SELECT *, {earlier},
            (day - coalesce(max(date) OVER calendar, (
                SELECT max(date) FROM usage_daily
                WHERE organization = $organization AND date < $alert_first::DATE - {_BACK}
            )))::INTEGER AS days_without_usage,
            last_value(monthly_active_users IGNORE NULLS) OVER recent AS monthly_now,
            last_value(monthly_active_users IGNORE NULLS) OVER earlier AS monthly_was,
            {_mean("recent")} AS daily_now, {_mean("earlier")} AS daily_was,
            (sum(support_tickets) OVER recent)::BIGINT AS tickets,
            count(support_tickets) OVER recent AS ticket_days,
            (sum(support_tickets) OVER usual)::BIGINT AS usual_tickets,
            count(support_tickets) OVER usual AS usual_days
        FROM (
            SELECT unnest(generate_series(
                $alert_first::DATE - {_BACK}, $alert_last::DATE, INTERVAL 1 DAY))::DATE AS day
        ) LEFT JOIN (
            SELECT date, monthly_active_users, daily_active_users, support_tickets
            FROM usage_daily WHERE organization = $organization
                AND date BETWEEN $alert_first::DATE - {_BACK} AND $alert_last
        ) ON date = day LEFT JOIN (
            SELECT * FROM scores WHERE organization = $organization
                AND score_date BETWEEN $alert_first::DATE - {_BACK} AND $alert_last
        ) ON score_date = day
        WINDOW calendar AS (ORDER BY day),
            recent AS (ORDER BY day ROWS BETWEEN {WINDOW - 1} PRECEDING AND CURRENT ROW),
            earlier AS (
                ORDER BY day ROWS BETWEEN {2 * WINDOW - 1} PRECEDING AND {WINDOW} PRECEDING),
            usual AS (
                ORDER BY day
                ROWS BETWEEN {WINDOW + USUAL - 1} PRECEDING AND {WINDOW} PRECEDING)
    ) AS days
    ASOF JOIN {client_steps_sql(_ONE, _FIELDS)} AS told ON days.day >= told.day
    LEFT JOIN (
        SELECT on_day, count(*) AS features_left
        FROM (
            SELECT unnest(generate_series(
                $alert_first::DATE, $alert_last::DATE, INTERVAL 1 DAY))::DATE AS on_day,
                feature_name AS name, last_used_at
            FROM adoption WHERE organization = $organization
        ) AS used ASOF JOIN {feature_steps_sql(_FEATURES)} AS told
            ON used.name = told.feature_name AND used.on_day >= told.day
        WHERE is_enabled AND last_used_at <= on_day - $feature_days::INTEGER
        GROUP BY on_day
    ) ON on_day = days.day
    WHERE days.day >= $alert_first"""


_FEATURES: Final = (
    "(SELECT organization, feature_name FROM adoption WHERE organization = $organization)"
)
