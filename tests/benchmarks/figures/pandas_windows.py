"""What pandas makes of the long rows: the one place that knows it, as a peer to be measured."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

# Measured beside the product; no frame of it leaves this file.
import pandas as pd  # type: ignore[import-untyped]  # noqa: TID251
import polars as pl

from health.vocabulary import MetricType
from tests.benchmarks.figures.arithmetic import WINDOWS


def windows_by_pandas(
    parquet: Path, last: date, days: int, metrics: tuple[str, ...]
) -> pl.DataFrame:
    """The two windows of every client, by one group over the rows that count."""
    first = last - timedelta(days=2 * days - 1)
    wanted = [("date", ">=", first), ("date", "<=", last), ("metric_type", "in", metrics)]
    usage = pd.read_parquet(parquet, filters=wanted)
    usage["date"] = pd.to_datetime(usage["date"])
    usage["back"] = (usage["date"] <= pd.Timestamp(last - timedelta(days=days))) * days
    window = ["organization_id", "back"]
    values = usage.groupby([*window, "metric_type"])["value"].agg(["sum", "max", "count"])
    by_metric = values.unstack("metric_type")
    monthly = usage[usage["metric_type"] == MetricType.MONTHLY_ACTIVE_USERS.value]
    rates = MetricType.CAMPAIGN_RESPONSE_RATE.value
    windows = pd.DataFrame(
        {
            "latest_monthly": monthly.sort_values("date").groupby(window)["value"].last(),
            "most_daily": by_metric["max", MetricType.DAILY_ACTIVE_USERS.value],
            "closed": by_metric["sum", MetricType.CASES_CLOSED.value],
            "on_time": by_metric["sum", MetricType.CASES_CLOSED_ON_TIME.value],
            "rates": by_metric["sum", rates],
            "rate_days": by_metric["count", rates].fillna(0),
            "tickets": by_metric["sum", MetricType.SUPPORT_TICKETS.value],
        }
    ).reset_index()
    return pl.from_pandas(windows).select(pl.col(name).cast(kind) for name, kind in WINDOWS.items())
