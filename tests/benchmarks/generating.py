"""Made-up data of a given size, the same on every run: numbers as clients of all kinds have them.

Every client has a size, habits and a slow drift of its own, so that scores spread over the whole
range and some of them move. Weekends are quiet. Nothing is drawn row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from health.vocabulary import FeatureName
from tests.benchmarks.sizes import Size

SEED: Final = 7
_INDUSTRIES: Final = ("Banking", "Insurance", "Healthcare", "Energy", "Retail", "Logistics")
_OWNERS: Final = 20
_WEEKEND: Final = 5  # Saturday, counted from Monday

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Habits:
    """What stays with a client: one value each."""

    users: npt.NDArray[np.int64]
    engagement: Numbers
    drift: Numbers
    cases: Numbers
    on_time: Numbers
    response: Numbers
    tickets: Numbers


def clients(size: Size) -> pl.DataFrame:
    """An organizations file: one row a client."""
    draw = np.random.default_rng([SEED, size.clients, 1])
    number = np.arange(1, size.clients + 1)
    renewal = draw.integers(-20, 400, size.clients)
    return pl.DataFrame(
        {
            "organization_id": _ids(size),
            "name": [f"Client {n:05d}" for n in number],
            "total_users": _habits(size).users,
            "renewal_date": [size.last + timedelta(days=int(days)) for days in renewal],
            "industry": [_INDUSTRIES[n % len(_INDUSTRIES)] for n in number],
            "employee_count": _habits(size).users * 3,
            "csm": [f"owner{n % _OWNERS:02d}@example.com" for n in number],
            "annual_value": draw.integers(5, 400, size.clients) * 1_000,
        }
    )


def features(size: Size) -> pl.DataFrame:
    """A feature adoption file: every feature of every client."""
    draw = np.random.default_rng([SEED, size.clients, 2])
    rows = size.clients * len(FeatureName)
    enabled = draw.random(rows) < 0.8
    used = enabled & (draw.random(rows) < 0.7)
    ago = draw.integers(0, 900, rows)
    return pl.DataFrame(
        {
            "organization_id": _ids(size).repeat(len(FeatureName)),
            "feature_name": [feature.value for feature in FeatureName] * size.clients,
            "is_enabled": enabled,
            "is_used": used,
            "first_used_at": np.datetime64(size.last) - ago,
            "usage_count": draw.integers(0, 5_000, rows),
        }
    ).with_columns(pl.when("is_used").then(pl.col("first_used_at", "usage_count")))


def usage(size: Size, first: date, last: date) -> pl.DataFrame:
    """A wide usage file: a row for each client and day from ``first`` to ``last``."""
    draw = np.random.default_rng([SEED, size.clients, first.toordinal()])
    days = (last - first).days + 1
    shape = (size.clients, days)
    habits = _habits(size)
    calendar = np.array([first + timedelta(days=n) for n in range(days)], dtype="datetime64[D]")
    age = np.array([(first - size.last).days + n for n in range(days)]) / 365
    weekend = np.array([(first + timedelta(days=n)).weekday() >= _WEEKEND for n in range(days)])
    activity = np.where(weekend, 0.25, 1.0)
    engaged = np.clip(habits.engagement[:, None] + habits.drift[:, None] * age, 0.02, 0.98)
    users = habits.users[:, None]
    monthly = np.minimum(users, np.rint(users * engaged)).astype(np.int64)
    daily = draw.binomial(monthly, 0.6 * activity)
    created = draw.poisson(habits.cases[:, None] * activity, shape)
    closed = draw.poisson(habits.cases[:, None] * activity, shape)
    swing = draw.integers(-10, 11, shape)
    values = {
        "daily_active_users": daily,
        "monthly_active_users": monthly,
        "cases_created": created,
        "cases_closed": closed,
        "cases_closed_on_time": draw.binomial(closed, habits.on_time[:, None]),
        "campaigns_completed": (draw.random(shape) < 0.02).astype(np.int64),
        "campaign_response_rate": np.clip(
            np.rint(100 * habits.response[:, None]).astype(np.int64) + swing, 0, 100
        ),
        "reports_generated": draw.poisson(3 * activity, shape),
        "searches_performed": draw.poisson(np.broadcast_to(daily * 0.5, shape)),
        "api_calls": draw.integers(0, 5_000, shape),
        "support_tickets": draw.poisson(habits.tickets[:, None] * activity, shape),
    }
    return pl.DataFrame(
        {
            "organization_id": _ids(size).repeat(days),
            "date": np.tile(calendar, size.clients),
            **{name: column.ravel() for name, column in values.items()},
        }
    )


def months(size: Size) -> Iterator[tuple[date, date]]:
    """The first and last day of each month of the data, the oldest first."""
    first = size.first
    while first <= size.last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield first, min(following - timedelta(days=1), size.last)
        first = following


def usage_between(size: Size, first: date, last: date) -> pl.DataFrame:
    """What :func:`usage` made month by month, cut to these days."""
    parts = [
        usage(size, *month) for month in months(size) if month[0] <= last and month[1] >= first
    ]
    return pl.concat(parts).filter(pl.col("date").is_between(first, last))


def long(wide: pl.DataFrame) -> pl.DataFrame:
    """A long usage file of the same values."""
    return wide.unpivot(
        index=["organization_id", "date"], variable_name="metric_type", value_name="value"
    ).select("organization_id", pl.col("metric_type").str.to_uppercase(), "date", "value")


def organization_id(number: int) -> str:
    """The id of client ``number``, from 1."""
    return f"ORG-{number:05d}"


def _ids(size: Size) -> npt.NDArray[np.object_]:
    return np.array([organization_id(n) for n in range(1, size.clients + 1)], dtype=object)


def _habits(size: Size) -> _Habits:
    draw = np.random.default_rng([SEED, size.clients, 3])
    count = size.clients
    return _Habits(
        users=20 + (2_000 * draw.random(count) ** 4).astype(np.int64),
        engagement=draw.uniform(0.2, 0.95, count),
        drift=draw.normal(0, 0.25, count),
        cases=draw.uniform(0.1, 6, count),
        on_time=draw.uniform(0.4, 1, count),
        response=draw.uniform(0.3, 0.95, count),
        tickets=0.3 * draw.random(count) ** 2,
    )
