"""What the demo clients do day by day, as the rows of a wide usage file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.maintenance.demo.campaigns import campaign_metrics
from health.maintenance.demo.draws import Integers, Noise, Trait
from health.maintenance.demo.scene import (
    ALL,
    HORIZON_MARGIN,
    MONTH,
    NO_ROW,
    WEEK,
    YEAR,
    Calendar,
    Scene,
    left_in_holidays,
    level_of,
    share_of,
    trailing_max,
    trailing_sum,
    whole_counts,
)
from health.maintenance.demo.stories import organization_id
from health.vocabulary import MetricType, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from health.maintenance.demo.companies import Companies
    from health.maintenance.demo.draws import Draws

# Share of the month's active users who sign in on a Monday … Sunday.
_OFFICE_WEEK: Final = np.array((3_600, 4_100, 4_000, 3_800, 3_000, 350, 250))
_SHOP_WEEK: Final = np.array((3_500, 3_600, 3_600, 3_500, 3_400, 1_900, 1_400))
# An average day's cases, and work, on a Monday … Sunday.
_CASE_WEEK: Final = np.array((14_500, 15_000, 14_000, 13_500, 10_500, 1_500, 1_000))
_WORK_WEEK: Final = np.array((14_000, 14_000, 14_000, 14_000, 14_000, 0, 0))


def _by_weekday(scene: Scene, office: Integers, shop: Integers) -> Integers:
    shop_rows = scene.companies.works_weekends[:, None]
    return np.where(shop_rows, shop[scene.calendar.weekday], office[scene.calendar.weekday])


def _busy(scene: Scene, rate: Integers, week: Integers, noise: Noise) -> Integers:
    """What to expect on each day of a daily ``rate``: by weekday, and some days busier."""
    expected: Integers = rate * week[scene.calendar.weekday] // ALL
    return expected * scene.draws.day(noise, 20, 180) // 100


def _active_users(scene: Scene) -> tuple[Integers, Integers]:
    """Daily and monthly active users: never more than licensed, and monthly lags like a month."""
    users = scene.companies.users[:, None]
    level = level_of(scene, lambda life: life.login, Trait.LOGIN, Noise.LOGIN_KNOT, 9_700)
    activity = level * left_in_holidays(scene, 5, 60) // ALL
    noisy = activity * scene.draws.day(Noise.ACTIVITY, 95, 105) // 100
    share = _by_weekday(scene, _OFFICE_WEEK, _SHOP_WEEK)
    chance = scene.draws.day(Noise.SIGN_INS, 0, ALL - 1)
    turnout = noisy * share // ALL * scene.draws.day(Noise.TURNOUT, 85, 115) // 100
    daily = np.minimum((users * turnout + chance) // ALL, users)
    mean = trailing_sum(noisy, MONTH) // MONTH
    monthly = np.minimum((users * mean + ALL // 2) // ALL, users)
    # Whoever signed in on any day of the month counts for the month.
    return daily, np.maximum(monthly, trailing_max(daily, MONTH))


def _cases(scene: Scene) -> tuple[Integers, Integers, Integers]:
    """Cases created, closed and closed on time; closing keeps pace, on weekdays only."""
    draws = scene.draws
    # At least a dozen in 30 days, or one late case would move a score by ten points.
    a_month = 12 + scene.companies.employees[:, None] // 180
    a_month = np.where(scene.companies.users[:, None] < 10, 4, a_month)
    rate = a_month * ALL // MONTH * left_in_holidays(scene, 10, 50) // ALL
    phase = draws.trait(Trait.CASE_PHASE, 0, ALL - 1)[:, None]
    created = whole_counts(_busy(scene, rate, _CASE_WEEK, Noise.CASES_CREATED), phase)
    closed = whole_counts(_busy(scene, rate, _WORK_WEEK, Noise.CASES_CLOSED), ALL - 1 - phase)
    level = level_of(scene, lambda life: life.on_time, Trait.ON_TIME, Noise.ON_TIME_KNOT, 9_900)
    level = level * left_in_holidays(scene, 1, 15) // ALL
    return created, closed, share_of(closed, level)


def _tickets(scene: Scene) -> Integers:
    """Support tickets; on weekdays only."""
    reach = scene.companies.each(lambda life: 60 if life.is_ordinary else 10)
    share = 100 + reach * scene.draws.trait(Trait.TICKETS, -100, 100)[:, None] // 100
    a_year = scene.curves(lambda life: life.tickets) * share // 100
    rate = a_year * (ALL // 100) // YEAR
    phase = scene.draws.trait(Trait.TICKET_PHASE, 0, ALL - 1)[:, None]
    return whole_counts(_busy(scene, rate, _WORK_WEEK, Noise.TICKETS), phase)


def _api_calls(scene: Scene) -> Integers:
    """Calls by programs that run every night; two clients in five have any."""
    a_night = (scene.companies.employees // 6 + 40) * scene.draws.trait(Trait.API, -60, 39) // 60
    calls = a_night[:, None] * scene.draws.day(Noise.API, 80, 120) // 100
    return np.where(calls > 0, calls, NO_ROW)


def _days_with_data(scene: Scene) -> NDArray[np.bool_]:
    """The days that have a row: the feed runs, and it is not one of its rare bad nights."""
    companies = scene.companies
    present = (scene.back <= companies.begins[:, None]) & (scene.back >= companies.ends[:, None])
    present &= companies.which(lambda life: life.has_data)
    # One day in 400 is missing; never the last day, which would look like a feed that stopped.
    missing = (scene.draws.day(Noise.MISSING_DAY, 0, 399) == 0) & (scene.back > 0)
    weekly = companies.which(lambda life: life.weekly)
    monday = scene.calendar.weekday == 0
    present &= np.where(weekly, monday, ~missing)
    return present


def _weekly(scene: Scene, metrics: Mapping[MetricType, Integers]) -> dict[MetricType, Integers]:
    """Sum the week up for clients whose data comes once a week."""
    weekly = scene.companies.which(lambda life: life.weekly)
    return {
        metric: np.where(
            weekly & (values != NO_ROW), trailing_sum(np.maximum(values, 0), WEEK), values
        )
        if metric.summary is Summary.SUM
        else values
        for metric, values in metrics.items()
    }


def _metrics(scene: Scene) -> dict[MetricType, Integers]:
    """Every metric of every client and day, −1 where it has no row."""
    daily, monthly = _active_users(scene)
    created, closed, on_time = _cases(scene)
    rate, completed = campaign_metrics(scene)
    draws = scene.draws
    no_cases = scene.back > scene.companies.cases_begin[:, None]
    metrics = {
        MetricType.DAILY_ACTIVE_USERS: daily,
        MetricType.MONTHLY_ACTIVE_USERS: monthly,
        MetricType.CASES_CREATED: np.where(no_cases, NO_ROW, created),
        MetricType.CASES_CLOSED: np.where(no_cases, NO_ROW, closed),
        MetricType.CASES_CLOSED_ON_TIME: np.where(no_cases, NO_ROW, on_time),
        MetricType.CAMPAIGNS_COMPLETED: completed,
        MetricType.CAMPAIGN_RESPONSE_RATE: rate,
        MetricType.REPORTS_GENERATED: daily * draws.day(Noise.REPORTS, 2, 24) // 100,
        MetricType.SEARCHES_PERFORMED: daily * draws.day(Noise.SEARCHES, 150, 420) // 100,
        MetricType.API_CALLS: _api_calls(scene),
        MetricType.SUPPORT_TICKETS: _tickets(scene),
    }
    return _weekly(scene, metrics)


def usage_frame(companies: Companies, draws: Draws, days: int, end: date) -> pl.DataFrame:
    """The rows of a wide usage file: by client, then by date; null where a metric has no row."""
    calendar = Calendar.before(end, days + HORIZON_MARGIN)
    scene = Scene(companies=companies, draws=draws, calendar=calendar, days=days)
    # From here on time runs forwards, as in a file.
    present = _days_with_data(scene)[:, days - 1 :: -1]
    row, day = np.nonzero(present)
    ids = pl.Series([organization_id(number) for number in companies.numbers], dtype=pl.String)
    first = end - timedelta(days=days - 1)
    frame = pl.DataFrame(
        {
            "organization_id": ids.gather(pl.Series(row)),
            "date": pl.Series(day + (first - date(1970, 1, 1)).days, dtype=pl.Int32).cast(pl.Date),
        }
    )
    values = {
        metric.column: pl.Series(metric.column, array[:, days - 1 :: -1][row, day])
        for metric, array in _metrics(scene).items()
    }
    return frame.with_columns(values.values()).with_columns(
        pl.when(pl.col(name) != NO_ROW).then(pl.col(name)).alias(name) for name in values
    )
