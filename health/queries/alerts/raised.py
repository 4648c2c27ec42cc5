"""When the alerts of one client were raised and over, each rule on each day of a span.

The same conditions as on Today, over the same facts, gathered for many days of one client at once:
windows over a calendar in place of a scan for each day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.facts import DAYS_BACK, FALLEN, OF_USERS, looked_at
from health.queries.alerts.rules import USUAL, WINDOW, AlertRule, computed
from health.queries.score_models import score_models
from health.scoring.active_model import latest_day
from health.scoring.history import client_steps_sql, feature_steps_sql
from health.storage.transaction import asked_once
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from datetime import date

    from health.settings import Thresholds
    from health.storage.database import Reader

SPAN: Final = 730
"""Days that are looked at, up to the last one."""

LULL: Final = 7
"""Days without its condition that do not end an alert: a score goes up and down."""

_BACK: Final = max(*DAYS_BACK, WINDOW + USUAL)
"""Days before the first one whose usage and scores are looked at."""

_FIELDS: Final = ("total_users", "is_active", "renewal_date", "alert_level")


def raised(
    reader: Reader, organization: int, thresholds: Thresholds, until: date | None
) -> pl.DataFrame:
    """Return the days on which an alert was raised, or over: day, what, name, score.

    what: ``raised`` or ``over``. name: the rule in words. score: of the day it was raised on; null
    without one. until: the last day; None for the latest one on file.

    An alert is not over while it comes back within ``LULL`` days, and not raised in the span where
    it held already when that begins.
    """
    latest = latest_day(reader)
    if latest is None:
        return pl.DataFrame(schema=_EVENT)
    last = latest if until is None else min(until, latest)
    first = last - timedelta(days=SPAN)
    models = score_models(reader, latest, organization=organization)
    rows = _measured(reader, organization, thresholds, first, last)
    measured = looked_at(models, thresholds, rows)
    names = {rule.name_with(thresholds): computed(rule.condition.holds) for rule in AlertRule}
    gap = timedelta(days=LULL)
    held = (
        measured.select("day", "points", **names)
        .unpivot(index=["day", "points"], variable_name="name", value_name="holds")
        .filter("holds")
        .with_columns(
            is_first=(pl.col("day").diff().over("name") > gap).fill_null(value=True),
            is_last=(-pl.col("day").diff(-1).over("name") > gap).fill_null(value=True),
        )
    )
    begun = held.filter("is_first", pl.col("day") > first).select(
        "day", "name", what=pl.lit("raised"), score="points"
    )
    over = held.filter("is_last", pl.col("day") < last).select(
        pl.col("day") + timedelta(days=1), "name", what=pl.lit("over"), score=None
    )
    return pl.concat(
        one.select(pl.col(name).cast(to) for name, to in _EVENT.items()) for one in (begun, over)
    )


_EVENT: Final = {"day": pl.Date, "what": pl.String, "name": pl.String, "score": pl.Int32}


def _measured(
    reader: Reader, organization: int, thresholds: Thresholds, first: date, last: date
) -> pl.DataFrame:
    """What is measured, a row for each day on which alerts of the client are told."""
    usage, scores = usage_of(reader, organization), scores_of(reader, organization)
    days = pl.date_range(first - timedelta(days=_BACK), last, eager=True)
    told = reader.query(
        f"""SELECT day, {", ".join(_FIELDS)}, (SELECT min(first_date) FROM usage_span) AS begun
        FROM {client_steps_sql(f"(SELECT {organization} AS organization)", _FIELDS)}
        ORDER BY day"""
    )
    return (
        pl.LazyFrame({"day": days})
        .join_asof(usage.lazy().select("day", used_on="day"), on="day")
        .join(usage.lazy(), on="day", how="left", maintain_order="left")
        .join(scores.lazy(), on="day", how="left", maintain_order="left")
        .with_columns(**_WINDOWS, **_EARLIER)
        .filter(pl.col("day") >= first)
        .join_asof(told.lazy(), on="day")
        .filter(
            "is_active", pl.col("alert_level") != AlertLevel.NONE, pl.col("day") >= pl.col("begun")
        )
        .join(_features_left(reader, organization, thresholds, first, last), on="day", how="left")
        .with_columns(
            days_without_usage=(pl.col("day") - pl.col("used_on")).dt.total_days(),
            days_until_renewal=(pl.col("renewal_date") - pl.col("day")).dt.total_days(),
        )
        .sort("day")
        .collect(engine="in-memory")
    )


@asked_once
def usage_of(reader: Reader, organization: int) -> pl.DataFrame:
    """Return the usage of a client that alerts look at, by day."""
    return reader.query(
        """SELECT date AS day, monthly_active_users, daily_active_users, support_tickets
        FROM usage_daily WHERE organization = $organization ORDER BY date""",
        {"organization": organization},
    )


@asked_once
def scores_of(reader: Reader, organization: int) -> pl.DataFrame:
    """Return the scores of a client, by day."""
    return reader.query(
        f"""SELECT score_date AS day, overall_score, overall_score::INTEGER AS points, run_id,
            coverage::INTEGER AS coverage, trend, risk_level, previous_score{
            "".join(f", {c.column}::INTEGER AS {c.column}" for c in OF_USERS)
        }
        FROM scores WHERE organization = $organization ORDER BY score_date""",
        {"organization": organization},
    )


def _features_left(
    reader: Reader, organization: int, thresholds: Thresholds, first: date, last: date
) -> pl.LazyFrame:
    """How many features were enabled and not used any more: day, features_left."""
    used = reader.query(
        """SELECT feature_name, last_used_at + $days::INTEGER AS left_on FROM adoption
        WHERE organization = $organization AND last_used_at <= $last::DATE - $days::INTEGER""",
        {"organization": organization, "days": thresholds.feature_days, "last": last},
    )
    if used.is_empty():
        return pl.LazyFrame(schema={"day": pl.Date, "features_left": pl.UInt32})
    one = f"(SELECT organization, feature_name FROM adoption WHERE organization = {organization})"
    told = reader.query(
        f"SELECT day, feature_name, is_enabled FROM {feature_steps_sql(one)} ORDER BY day"
    )
    return (
        pl.LazyFrame({"day": pl.date_range(first, last, eager=True)})
        .join(used.lazy(), how="cross")
        .filter(pl.col("left_on") <= pl.col("day"))
        .sort("day")
        .join_asof(told.lazy(), on="day", by="feature_name", check_sortedness=False)
        .filter("is_enabled")
        .group_by("day")
        .agg(features_left=pl.len())
    )


def _sums(window: int, shift: int, column: str, total: str, days: str) -> dict[str, pl.Expr]:
    """The sum of a column over so many days, and how many of them have it."""
    known = pl.col(column).is_not_null().cast(pl.Int64)
    return {
        total: pl.col(column).rolling_sum(window, min_samples=1).shift(shift),
        days: known.rolling_sum(window, min_samples=1).shift(shift),
    }


_MONTHLY: Final = pl.col("monthly_active_users").forward_fill(limit=WINDOW - 1)

_WINDOWS: Final = {
    "monthly_now": _MONTHLY,
    "monthly_was": _MONTHLY.shift(WINDOW),
    **_sums(WINDOW, 0, "daily_active_users", "daily_total_now", "daily_days_now"),
    **_sums(WINDOW, WINDOW, "daily_active_users", "daily_total_was", "daily_days_was"),
    **_sums(WINDOW, 0, "support_tickets", "tickets", "ticket_days"),
    **_sums(USUAL, WINDOW, "support_tickets", "usual_tickets", "usual_days"),
}
"""What the rules look at of usage; a row is a day."""

_EARLIER: Final = {
    **{f"score_{days}": pl.col("points").shift(days) for days in DAYS_BACK},
    **{f"{c.column}_{days}": pl.col(c.column).shift(days) for c in OF_USERS for days in FALLEN},
}
