"""What the usage of a window adds up to: the numbers that components are computed from."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from health.vocabulary import MetricType


class Aggregate(StrEnum):
    """How the daily values of a metric become one number of a window; null without any value."""

    LATEST = "latest"
    GREATEST = "greatest"
    TOTAL = "total"
    DAYS = "days"


class WindowValue(str):
    """One metric, aggregated over a window; as a text it is the name of its SQL column."""

    __slots__ = ("aggregate", "metric")

    metric: MetricType
    aggregate: Aggregate

    def __new__(cls, aggregate: Aggregate, metric: MetricType) -> Self:
        """Name the number after its aggregate and its metric: ``total_cases_closed``."""
        value = str.__new__(cls, f"{aggregate}_{metric.column}")
        value.aggregate = aggregate
        value.metric = metric
        return value

    @property
    def sql(self) -> str:
        """The aggregate over rows of ``usage_daily``.

        Sums come as 128-bit integers, whose division costs four times that of 64 bits.
        """
        column = self.metric.column
        return {
            Aggregate.LATEST: f"arg_max({column}, date)",
            Aggregate.GREATEST: f"max({column})",
            Aggregate.TOTAL: f"sum({column})::BIGINT",
            Aggregate.DAYS: f"count({column})",
        }[self.aggregate]

    @property
    def day_sql(self) -> str:
        """The day that the number is of: the day of the greatest value, else the last with one."""
        column = self.metric.column
        if self.aggregate is Aggregate.GREATEST:
            return f"arg_max(date, ({column}, date)) FILTER ({column} IS NOT NULL)"
        return f"max(date) FILTER ({column} IS NOT NULL)"


def latest(metric: MetricType) -> WindowValue:
    """The value of the last day that has one."""
    return WindowValue(Aggregate.LATEST, metric)


def greatest(metric: MetricType) -> WindowValue:
    """The greatest value of any day."""
    return WindowValue(Aggregate.GREATEST, metric)


def total(metric: MetricType) -> WindowValue:
    """The sum of all values."""
    return WindowValue(Aggregate.TOTAL, metric)


def days_with(metric: MetricType) -> WindowValue:
    """The number of days that have a value."""
    return WindowValue(Aggregate.DAYS, metric)
