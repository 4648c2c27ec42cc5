"""From what a window adds up to, to the score: the arithmetic that all peers share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl

from health.scoring.components import Component
from health.scoring.model import STANDARD
from health.vocabulary import MetricType

WINDOWS: Final[dict[str, pl.DataType]] = {
    "organization_id": pl.String(),
    "back": pl.Int64(),
    "latest_monthly": pl.Int64(),
    "most_daily": pl.Int64(),
    "closed": pl.Int64(),
    "on_time": pl.Int64(),
    "rates": pl.Int64(),
    "rate_days": pl.Int64(),
    "tickets": pl.Int64(),
}
"""One row a client and window: ``back`` days before the day scored; null where there is no row."""

_COMPONENTS: Final = [component.column for component in Component]


def window_of(rows: Iterable[tuple[str, object, int]]) -> dict[str, int | None]:
    """Add up the (metric, day, value) rows of one client and window."""
    values: dict[str, list[int]] = {}
    latest: tuple[object, int] | None = None
    for metric, day, value in rows:
        values.setdefault(metric, []).append(value)
        if metric == MetricType.MONTHLY_ACTIVE_USERS:
            found = (day, value)
            latest = found if latest is None else max(latest, found)

    def total(metric: MetricType) -> int | None:
        return sum(values[metric]) if metric in values else None

    daily = values.get(MetricType.DAILY_ACTIVE_USERS)
    return {
        "latest_monthly": None if latest is None else latest[1],
        "most_daily": max(daily) if daily else None,
        "closed": total(MetricType.CASES_CLOSED),
        "on_time": total(MetricType.CASES_CLOSED_ON_TIME),
        "rates": total(MetricType.CAMPAIGN_RESPONSE_RATE),
        "rate_days": len(values.get(MetricType.CAMPAIGN_RESPONSE_RATE, ())),
        "tickets": total(MetricType.SUPPORT_TICKETS),
    }


def scores_of(
    windows: pl.DataFrame, clients: pl.DataFrame, features: pl.DataFrame, day: date
) -> pl.DataFrame:
    """The standard model's scores of ``day``, by client, in the columns of the contract."""
    scored = (
        windows.join(clients, on="organization_id")
        .with_columns(day=pl.lit(day) - pl.duration(days=1) * pl.col("back"))
        .join(_used(windows, features, day), on=["organization_id", "back"], how="left")
        .with_columns(**_components())
        .with_columns(**_overall())
    )
    before = scored.filter(pl.col("back") > 0).select(
        "organization_id", previous_score="overall_score"
    )
    return (
        scored.filter(pl.col("back") == 0)
        .join(before, on="organization_id", how="left")
        .with_columns(trend=_trend())
        .with_columns(risk_level=_risk())
        .select(
            "organization_id",
            pl.col(*_COMPONENTS, "overall_score", "previous_score", "coverage").cast(pl.UInt8),
            "trend",
            "risk_level",
        )
        .sort("organization_id")
    )


def _used(windows: pl.DataFrame, features: pl.DataFrame, day: date) -> pl.DataFrame:
    """Features enabled and used as of each window's day."""
    as_of = pl.lit(day) - pl.duration(days=1) * pl.col("back")
    since = pl.col("first_used_at")
    used = pl.col("is_enabled") & pl.col("is_used") & (since.is_null() | (since <= as_of))
    return (
        windows.select(pl.col("back").unique())
        .join(features, how="cross")
        .group_by("organization_id", "back")
        .agg(
            enabled=pl.col("is_enabled").sum().cast(pl.Int64),
            used=used.sum().cast(pl.Int64),
        )
    )


def _half_up(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """100 × part ÷ whole, half up; null where ``whole`` is not above 0."""
    return pl.when(whole > 0).then((200 * part + whole) // (2 * whole))


def _components() -> dict[str, pl.Expr]:
    active = pl.coalesce("latest_monthly", "most_daily")
    points = {
        Component.LOGIN: _half_up(active, pl.col("total_users")),
        Component.CASE_RESOLUTION: _half_up(pl.col("on_time"), pl.col("closed")),
        Component.CAMPAIGN_COMPLETION: _half_up(pl.col("rates"), 100 * pl.col("rate_days")),
        Component.FEATURE_ADOPTION: _half_up(pl.col("used"), pl.col("enabled")),
        Component.SUPPORT_TICKET: 100 - STANDARD.points_per_ticket * pl.col("tickets"),
    }
    return {component.column: value.clip(0, 100) for component, value in points.items()}


def _overall() -> dict[str, pl.Expr]:
    known = pl.sum_horizontal(
        pl.when(pl.col(c.column).is_not_null()).then(STANDARD.weight(c)).otherwise(0)
        for c in Component
    )
    points = pl.sum_horizontal(
        pl.col(c.column).fill_null(0) * STANDARD.weight(c) for c in Component
    )
    return {
        "overall_score": (2 * points + known) // (2 * known),
        "coverage": (200 * known + 10_000) // 20_000,
    }


def _trend() -> pl.Expr:
    change = pl.col("overall_score") - pl.col("previous_score")
    return (
        pl.when(change >= STANDARD.improving_from)
        .then(pl.lit("IMPROVING"))
        .when(change <= STANDARD.declining_to)
        .then(pl.lit("DECLINING"))
        .otherwise(pl.lit("STABLE"))
    )


def _risk() -> pl.Expr:
    overall, declining = pl.col("overall_score"), pl.col("trend") == "DECLINING"
    high = (overall < STANDARD.high_below) | (overall < STANDARD.declining_high_below) & declining
    return (
        pl.when(high)
        .then(pl.lit("HIGH"))
        .when((overall >= STANDARD.low_from) & ~declining)
        .then(pl.lit("LOW"))
        .otherwise(pl.lit("MEDIUM"))
    )
