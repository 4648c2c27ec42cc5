"""Alerts that rest on the season alone: marked, last among those of a client, and no call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.rules import Alert, AlertRule

if TYPE_CHECKING:
    from health.queries.season import Season
    from health.settings import Thresholds

_ASKING: Final = [rule.value for rule in AlertRule if rule.asks_for_call]


def seasonal_rules(season: Season, thresholds: Thresholds) -> pl.DataFrame:
    """Return organization_id and rule, for each rule that would not hold without the season.

    A fall of the score, where with the seasonal parts as they were before it would be none; a loss
    of users, where that is the season. A level of risk is never one of the season.
    """
    fell = pl.col("lost_in_a_week").fill_null(0) < max(1, thresholds.score_points)
    holds = {
        AlertRule.SCORE_FELL: fell,
        AlertRule.DECLINING: ~pl.col("is_declining"),
        AlertRule.USERS_FELL: pl.col("is_of_users"),
        AlertRule.QUIET: pl.col("is_of_users"),
    }
    return pl.concat(
        season.falls.filter(condition).select("organization_id", rule=pl.lit(rule.value))
        for rule, condition in holds.items()
    )


def marked(found: pl.DataFrame, season: Season, thresholds: Thresholds) -> pl.DataFrame:
    """Return the frame of :class:`~health.queries.alerts.attention.Attention` with the season.

    A seasonal alert gets ``is_seasonal`` and stands last; where no other one asks for a call, the
    client is no call.
    """
    if not season.parts or found.is_empty():
        return found
    rules = seasonal_rules(season, thresholds).with_columns(is_seasonal=True)
    alerts = (
        found.select("organization_id", "alerts")
        .explode("alerts")
        .unnest("alerts")
        .join(rules, on=["organization_id", "rule"], how="left", maintain_order="left")
        .with_columns(pl.col("is_seasonal").fill_null(value=False))
        .sort("is_seasonal", maintain_order=True)
    )
    fields = [name for name in alerts.columns if name != "organization_id"]
    asking = pl.col("rule").is_in(_ASKING) & ~pl.col("is_seasonal")
    lists = alerts.group_by("organization_id").agg(alerts=pl.struct(fields), asks=asking.any())
    return (
        found.drop("alerts", "asks")
        .join(lists, on="organization_id", how="left", maintain_order="left")
        .select(found.columns)
    )


def marked_of_client(
    alerts: tuple[Alert, ...], season: Season, thresholds: Thresholds, organization_id: str
) -> tuple[Alert, ...]:
    """Return the alerts of one client with the season, the seasonal ones last."""
    if not season.of(organization_id):
        return alerts
    rules = seasonal_rules(season, thresholds).filter(organization_id=organization_id)
    seasonal = set(rules["rule"])
    told = [replace(alert, is_seasonal=alert.rule.value in seasonal) for alert in alerts]
    return tuple(sorted(told, key=lambda alert: alert.is_seasonal))
