"""The team's book of business: clients, risk, value, renewals and work, by owner or another group.

A client that is none any more belongs to no book. All of a client is counted where it belongs on
the day looked at, the earlier score too: who took a client over answers for its past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import as_member, check_day, check_range
from health.queries.filters import CALLED, OVERDUE
from health.queries.scores import SOON_DAYS
from health.queries.sizes import BANDS, UNKNOWN, USERS, SizeBand
from health.scoring.history import clients_as_of
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from health.storage.database import Reader

MONTHS: Final = 12
"""Months of renewals: the rest of this one and those that follow."""

TOO_MANY: Final = 3
"""Fewer clients at high risk than these are not too many, however few there are in all."""

LEVELS: Final = (RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW)


class TeamGroup(StrEnum):
    """What the clients are put together by; the value is what people read."""

    OWNER = "Owner"
    INDUSTRY = "Industry"
    SIZE = "Size"


@dataclass(frozen=True, kw_only=True)
class TeamQuery:
    """The clients of a day by group, against the scores ``days`` before.

    calendar_day: today, or the day looked at in the past; what is overdue then, and calls until
        then.
    from_day: the day that days to a renewal are counted from; None for ``as_of``.
    """

    as_of: date
    calendar_day: date
    from_day: date | None = None
    by: TeamGroup = TeamGroup.OWNER
    days: int = 91

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a value out of its range."""
        check_day("as_of", self.as_of)
        check_day("calendar_day", self.calendar_day)
        if self.from_day is not None:
            check_day("from_day", self.from_day)
        as_member("by", TeamGroup, self.by)
        check_range("days", self.days, 1, 3650)

    @property
    def before(self) -> date:
        """The day compared with; calls are counted from the day after it."""
        return self.as_of - timedelta(days=self.days)


@dataclass(frozen=True, kw_only=True)
class Team:
    """The book by group, and the whole of it.

    groups: one row for each group, most clients at high risk first, sizes from the smallest on:
        name (text; null where it is not on file; of a size its first number of users, -1 where it
        is not on file), clients, high, medium, low and not_scored (clients), scored, average (of
        the scores; null without any), compared (clients scored on both days), average_change (of
        those; null without any), value and value_at_risk (Decimal; contract value a year, of all
        and of those at high risk), without_value (clients), renewals, renewals_at_risk (clients
        that renew within ``SOON_DAYS``, and those of them at high risk) and renewals_value,
        renewals_value_at_risk, calls (logged since the earlier day), overdue (follow-ups),
        has_too_many (at least ``TOO_MANY`` clients at high risk, and half as much again of the
        scored as in the whole book).
    whole: the same of all clients, one row; none where there is no client.
    """

    groups: pl.DataFrame
    whole: pl.DataFrame


def team(reader: Reader, query: TeamQuery) -> Team:
    """Return the numbers of each group and of all clients."""
    # Added up in two steps: sums with conditions over all clients take DuckDB three times as long.
    found = reader.query(
        f"""
        SELECT name, risk_level, soon, {_COUNTED}, count(overall_score) AS scored,
            sum(overall_score)::BIGINT AS points, count(change) AS compared,
            sum(change)::BIGINT AS change, sum(calls)::BIGINT AS calls,
            sum(overdue)::BIGINT AS overdue
        FROM (
            SELECT {_NAMES[query.by]} AS name, annual_value, later.risk_level, later.overall_score,
                later.overall_score::INTEGER - earlier.overall_score AS change,
                coalesce(renewal_date BETWEEN $from_day::DATE
                    AND $from_day::DATE + {SOON_DAYS}, false) AS soon,
                calls, overdue
            FROM {clients_as_of(reader, query.as_of)}
            LEFT JOIN ({_SCORES.format(day="as_of")}) AS later USING (organization)
            LEFT JOIN ({_SCORES.format(day="before")}) AS earlier USING (organization)
            LEFT JOIN ({_CALLS}) AS logged USING (organization)
            LEFT JOIN ({_OVERDUE}) AS due USING (organization)
            WHERE is_active
        )
        GROUP BY name, risk_level, soon
        """,
        {
            "as_of": query.as_of,
            "before": query.before,
            "from_day": query.from_day or query.as_of,
            "called_first": query.before + timedelta(days=1),
            "called_last": query.calendar_day,
            "overdue_on": query.calendar_day,
        },
    )
    whole = found.select(name=pl.lit(None, pl.String), **_ADDED_UP)
    if found.is_empty():
        return Team(groups=whole.clear(), whole=whole.clear())
    high, scored = whole.select("high", "scored").row(0)
    too_many = (pl.col("high") >= TOO_MANY) & (
        2 * pl.col("high") * scored >= 3 * high * pl.col("scored")
    )
    groups = found.group_by("name").agg(**_ADDED_UP).with_columns(has_too_many=too_many)
    if query.by is TeamGroup.SIZE:
        groups = groups.sort(pl.col("name").cast(pl.Int64), nulls_last=True)
    else:
        groups = groups.sort(
            "high", "value_at_risk", "name", descending=[True, True, False], nulls_last=True
        )
    return Team(groups=groups, whole=whole.with_columns(has_too_many=pl.lit(value=False)))


def renewals(reader: Reader, as_of: date, from_day: date | None = None) -> pl.DataFrame:
    """Return what renews in each of ``MONTHS`` months, and at which risk on ``as_of``.

    Columns: month (its first day), and for ``high``, ``medium``, ``low`` and ``not_scored`` the
    clients, and their contract value a year as ``high_value`` and so on (Decimal), without_value
    (clients). The first month is that of ``from_day``, from that day on; None for ``as_of``.
    """
    from_day = from_day or as_of
    first = from_day.replace(day=1)
    found = reader.query(
        f"""
        SELECT date_trunc('month', renewal_date)::DATE AS month, risk_level, {_COUNTED}
        FROM {clients_as_of(reader, as_of)}
        LEFT JOIN ({_SCORES.format(day="as_of")}) AS scores USING (organization)
        WHERE is_active AND renewal_date >= $from_day
            AND renewal_date < $first::DATE + INTERVAL {MONTHS} MONTH
        GROUP BY ALL
        """,
        {"as_of": as_of, "from_day": from_day, "first": first},
    )
    found = found.group_by("month").agg(
        **_CLIENTS_BY_LEVEL, **_VALUE_BY_LEVEL, without_value=pl.sum("without_value")
    )
    every = pl.DataFrame({"month": months(from_day)})
    return every.join(found, on="month", how="left", maintain_order="left").with_columns(
        pl.selectors.exclude("month").fill_null(0)
    )


def group_sql(by: TeamGroup) -> str:
    """Return SQL of the group that a client belongs to, over the columns of ``clients``."""
    return _NAMES[by]


def left(reader: Reader, as_of: date) -> int:
    """Return how many clients on file were none any more on a day: no book counts them."""
    clients = clients_as_of(reader, as_of)
    amount: int = reader.value(f"SELECT count(*) FROM {clients} WHERE NOT is_active")
    return amount


def months(day: date) -> tuple[date, ...]:
    """Return the first day of each of ``MONTHS`` months, from the month of ``day`` on."""
    from_zero = range(day.month - 1, day.month - 1 + MONTHS)
    return tuple(date(day.year + month // 12, month % 12 + 1, 1) for month in from_zero)


def band_of(name: str) -> SizeBand:
    """Return the size that a group of :attr:`TeamGroup.SIZE` is about."""
    return next(band for band in (UNKNOWN, *BANDS) if str(band.first) == name)


_COUNTED: Final = """count(*) AS clients, sum(annual_value)::DECIMAL(18, 2) AS value,
    count(*) - count(annual_value) AS without_value"""


_LEVEL: Final = pl.col("risk_level")
_AT_RISK: Final = _LEVEL.eq(RiskLevel.HIGH)


def _by_level(column: str, ending: str = "") -> dict[str, pl.Expr]:
    """The sums of a column by level, and of the clients that have none, each with its name."""
    rows = {level.lower(): _LEVEL.eq(level) for level in LEVELS} | {"not_scored": _LEVEL.is_null()}
    return {f"{name}{ending}": pl.col(column).filter(of).sum() for name, of in rows.items()}


_CLIENTS_BY_LEVEL: Final = _by_level("clients")
_VALUE_BY_LEVEL: Final = _by_level("value", "_value")

_ADDED_UP: Final = {
    "clients": pl.sum("clients"),
    **_CLIENTS_BY_LEVEL,
    "scored": pl.sum("scored"),
    "average": (pl.sum("points") / pl.sum("scored")).fill_nan(None),
    "compared": pl.sum("compared"),
    "average_change": (pl.sum("change") / pl.sum("compared")).fill_nan(None),
    "value": pl.sum("value"),
    "value_at_risk": pl.col("value").filter(_AT_RISK).sum(),
    "without_value": pl.sum("without_value"),
    "renewals": pl.col("clients").filter("soon").sum(),
    "renewals_at_risk": pl.col("clients").filter("soon", _AT_RISK).sum(),
    "renewals_value": pl.col("value").filter("soon").sum(),
    "renewals_value_at_risk": pl.col("value").filter("soon", _AT_RISK).sum(),
    "calls": pl.sum("calls"),
    "overdue": pl.sum("overdue"),
}

_NAMES: Final = {
    TeamGroup.OWNER: "nullif(csm, '')",
    TeamGroup.INDUSTRY: "nullif(industry, '')",
    TeamGroup.SIZE: "CASE "
    + " ".join(f"WHEN {USERS} >= {band.first} THEN '{band.first}'" for band in reversed(BANDS))
    + f" ELSE '{UNKNOWN.first}' END",
}

_SCORES: Final = (
    "SELECT organization, risk_level, overall_score FROM scores WHERE score_date = ${day}"
)

_CALLS: Final = f"""SELECT organization, count(*) AS calls FROM account_calls
    WHERE {CALLED} GROUP BY organization"""

_OVERDUE: Final = f"""SELECT organization, count(*) AS overdue FROM account_tasks
    WHERE {OVERDUE} GROUP BY organization"""
