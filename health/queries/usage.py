"""What a client did in a period, metric by metric, against the period just before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

from health.errors import ArgumentError
from health.queries.arguments import as_member, check_period, find_organization
from health.vocabulary import MetricType, Summary, Word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.storage.database import Reader

UP_FROM: Final = 5
DOWN_TO: Final = -5
"""Percent of change from which a metric counts as moved."""


class UsageTrend(Word):
    """How a metric moved against the period just before."""

    UP = "up", "Up", "Up 5 % or more against the period before."
    DOWN = "down", "Down", "Down 5 % or more against the period before."
    STABLE = "stable", "Stable", "Within 5 % of the period before, or nothing to compare with."


@dataclass(frozen=True, kw_only=True)
class UsageMetricQuery:
    """One client's metrics over the days from ``start_date`` to ``end_date``, both in.

    metric_types: the metrics asked for, in the order of the answer; all of them by default.

    Raises :class:`ArgumentError` for a start after the end, or no or unknown metrics.
    """

    organization_id: str
    start_date: date
    end_date: date
    metric_types: tuple[MetricType, ...] = field(default_factory=lambda: tuple(MetricType))

    def __post_init__(self) -> None:
        check_period(self.start_date, self.end_date)
        if not self.metric_types:
            raise ArgumentError("metric_types", "give at least one metric, as a tuple.")
        metrics = (as_member("metric_types", MetricType, metric) for metric in self.metric_types)
        object.__setattr__(self, "metric_types", tuple(dict.fromkeys(metrics)))

    @property
    def previous_start(self) -> date:
        """First day of the period of the same length that ends just before this one."""
        return self.start_date - (self.end_date - self.start_date) - timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class UsageMetricWithTrend:
    """One metric over a period.

    current_value, previous_value: the period and the one of the same length just before, summed
        up as :attr:`MetricType.summary` says (a float where it is a mean); None without a row.
    change_percent: change against the previous value; None where that is None or 0.
    trend: up from +5 %, down from −5 %, else stable.
    period_start, period_end: first and last day of the period.
    """

    metric_type: MetricType
    current_value: float | None
    previous_value: float | None
    change_percent: float | None
    trend: UsageTrend
    period_start: date
    period_end: date


def usage_metrics(reader: Reader, query: UsageMetricQuery) -> tuple[UsageMetricWithTrend, ...]:
    """Return each metric of the period beside the period before; one statement for all.

    Raises :class:`UnknownOrganization`.
    """
    columns = ", ".join(_summary_sql(metric) for metric in query.metric_types)
    frame = reader.query(
        f"""SELECT date >= $start_date AS is_current, {columns}
        FROM usage_daily
        WHERE organization = $organization AND date BETWEEN $previous_start AND $end_date
        GROUP BY is_current""",
        {
            "organization": find_organization(reader, query.organization_id),
            "previous_start": query.previous_start,
            "start_date": query.start_date,
            "end_date": query.end_date,
        },
    )
    periods = {row["is_current"]: row for row in frame.iter_rows(named=True)}
    return tuple(
        _with_trend(
            query,
            metric,
            _period_value(metric, periods.get(True, {})),
            _period_value(metric, periods.get(False, {})),
        )
        for metric in query.metric_types
    )


def usage_rows(reader: Reader, query: UsageMetricQuery) -> pl.DataFrame:
    """Return the daily rows of the period: date, metric_type, value, by metric and day.

    Metrics keep the order of the query. Raises :class:`UnknownOrganization`.
    """
    columns = [metric.column for metric in query.metric_types]
    wide = reader.query(
        f"""SELECT date, {", ".join(columns)}
        FROM usage_daily
        WHERE organization = $organization AND date BETWEEN $start_date AND $end_date
        ORDER BY date""",
        {
            "organization": find_organization(reader, query.organization_id),
            "start_date": query.start_date,
            "end_date": query.end_date,
        },
    )
    return (
        wide.unpivot(columns, index="date", variable_name="metric_type")
        .drop_nulls("value")
        .with_columns(pl.col("metric_type").str.to_uppercase())
    )


def _summary_sql(metric: MetricType) -> str:
    """The exact parts of a metric's summary; a mean is divided in Python, where it stays exact."""
    column = metric.column
    if metric.summary is Summary.LAST:
        return f"arg_max({column}, date) AS {column}"
    total = f"sum({column})::BIGINT AS {column}"
    if metric.summary is Summary.SUM:
        return total
    return f"{total}, count({column}) AS {column}_rows"


def _period_value(metric: MetricType, row: Mapping[str, int | None]) -> Fraction | None:
    total = row.get(metric.column)
    if total is None:
        return None
    return Fraction(total, row.get(f"{metric.column}_rows") or 1)


def _with_trend(
    query: UsageMetricQuery,
    metric: MetricType,
    current: Fraction | None,
    previous: Fraction | None,
) -> UsageMetricWithTrend:
    change = 100 * (current - previous) / previous if current is not None and previous else None
    return UsageMetricWithTrend(
        metric_type=metric,
        current_value=_number(metric, current),
        previous_value=_number(metric, previous),
        change_percent=None if change is None else float(change),
        trend=_trend(change),
        period_start=query.start_date,
        period_end=query.end_date,
    )


def _number(metric: MetricType, value: Fraction | None) -> float | None:
    if value is None:
        return None
    return float(value) if metric.summary is Summary.MEAN else int(value)


def _trend(change: Fraction | None) -> UsageTrend:
    if change is None:
        return UsageTrend.STABLE
    if change >= UP_FROM:
        return UsageTrend.UP
    return UsageTrend.DOWN if change <= DOWN_TO else UsageTrend.STABLE
