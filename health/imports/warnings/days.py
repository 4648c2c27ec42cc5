"""Whole days that look wrong: everyone at 0, everyone by half at once, values that only grow.

Each day of the file and of the week before it is summed up first, for some of the clients: what is
true of everyone is true of them. Only a day whose sums look wrong is looked at client by client.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.imports.warnings.finding import USUAL_DAYS, Finding, WarningKind, label, some, whole
from health.vocabulary import MetricType, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from health.storage.database import Writer

EVERYONE: Final = 0.9
"""From this share of the clients on it is everyone: one or two may be new, or away."""

LEAST_ZERO: Final = 3
"""Fewer clients at 0 on a day are no whole feed."""

LEAST_ALIKE: Final = 5
"""Fewer clients that fall or rise on a day are no whole feed."""

LEAST_VALUE: Final = 5
"""A client with less than this has no half worth speaking of."""

ABOUT_HALF: Final = 0.4
"""By this share the client in the middle falls or rises where everyone does by half."""

LEAST_STEPS: Final = 7
"""Values grow from day to day at least so often; a week has a weekend in it."""

SAMPLE: Final = 100
"""So many clients stand for everyone at the first look."""

CHANCE: Final = 1e-6
"""A day of zeros that comes about by chance more often than this is no surprise."""

LEAST_KNOWN: Final = 12
"""Values that were never 0 make a day of zeros a surprise from so many on."""

LEAST_MONTH: Final = 21
"""Days so far apart, and never closer, have the values of a month each."""

_MONTHS_BACK: Final = 100
"""In so many days lie the two months before, one of them missing."""

_Days = tuple[date, date, date]
"""A day, and the two before it that it is held against."""

_NO_TOTALS: Final = MetricType.MONTHLY_ACTIVE_USERS
"""A count of a month, which grows with the client day after day."""

_SHOWN: Final = 3


@dataclass(frozen=True, kw_only=True)
class _Day:
    """One metric on one day: clients with a value, above 0, and worth halving; log of the whole."""

    clients: int
    above_zero: int
    worth: int
    log: float


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A metric on a day (none for all days of the file), and the clients it is true of."""

    metric: MetricType
    day: date | None
    clients: int
    rises: bool = False


def of_days(
    writer: Writer, metrics: Sequence[MetricType], span: dict[str, date], sample: tuple[int, int]
) -> tuple[Finding, ...]:
    """Check the days of a usage file that was just merged from ``staged``.

    span: its first and last day; sample: the numbers of the first and last client of a sample.
    """
    first = span["first"]
    writer.execute(
        f"""CREATE OR REPLACE TEMP VIEW file_and_week AS
        SELECT organization, date, {_columns(metrics)} FROM staged
        UNION ALL
        SELECT organization, date, {_columns(metrics)} FROM usage_daily
        WHERE date BETWEEN DATE '{first - timedelta(7)}' AND DATE '{first - timedelta(1)}'"""
    )
    # Rows lie by client within a month, so that those of other clients are not read.
    rows = writer.query(
        "FROM file_and_week WHERE organization BETWEEN $low AND $high",
        dict(zip(("low", "high"), sample, strict=True)),
    )
    days = _summed_up(rows, metrics)
    zero = [
        found
        for metric in metrics
        if (suspects := _zero_suspects(days[metric], first))
        for found in _zero(writer, metric, suspects, span)
    ]
    known = {(found.metric, found.day) for found in zero}
    rows, compared = _compared(writer, rows, days, first, sample)
    at_once = [
        found
        for metric in metrics
        for suspect in _shift_suspects(*compared[metric])
        if (metric, suspect[0]) not in known
        for found in _at_once(writer, rows, metric, suspect, first)
    ]
    grows = [
        found
        for metric in metrics
        if metric is not _NO_TOTALS and metric.unit is not Unit.PERCENT and _may_grow(days[metric])
        for found in _grows(writer, metric)
    ]
    return (
        *_said(WarningKind.ALL_ZERO, zero, lambda clients: f"{clients} at 0"),
        *_said(
            WarningKind.ALL_AT_ONCE,
            [found for found in at_once if not found.rises],
            lambda clients: f"{clients} fall by about half or more at once",
        ),
        *_said(
            WarningKind.ALL_AT_ONCE,
            [found for found in at_once if found.rises],
            lambda clients: f"{clients} rise by about half or more at once",
        ),
        *_said(WarningKind.ONLY_GROWS, grows, lambda clients: f"Values of {clients} only grow"),
    )


def _columns(metrics: Sequence[MetricType]) -> str:
    return ", ".join(metric.column for metric in metrics)


def _summed_up(
    rows: pl.DataFrame, metrics: Sequence[MetricType]
) -> dict[MetricType, dict[date, _Day]]:
    """Sum up each day of the sample. As one question, DuckDB took four times as long for it."""
    value = pl.col(metric.column for metric in metrics)
    sums = {
        "clients": value.count(),
        "above": (value > 0).sum(),
        "worth": (value >= LEAST_VALUE).sum(),
        "log": value.clip(1).log().sum(),
    }
    frame = (
        rows.group_by("date")
        .agg(one.name.prefix(f"{part}_") for part, one in sums.items())
        .sort("date")
    )
    return {metric: _of_metric(frame, metric.column) for metric in metrics}


def _of_metric(frame: pl.DataFrame, name: str) -> dict[date, _Day]:
    columns = [f"{part}_{name}" for part in ("clients", "above", "worth", "log")]
    return {
        day: _Day(clients=clients, above_zero=above, worth=worth, log=log)
        for day, clients, above, worth, log in frame.select("date", *columns).iter_rows()
        if clients
    }


def _zero_suspects(days: dict[date, _Day], first: date) -> list[date]:
    """Days with nothing above 0, unless a week before or on the last such day it was so too."""
    found = []
    for day, sums in days.items():
        past = (days.get(day - timedelta(7)), days.get(_last_alike(day)))
        is_new = all(one is None or one.above_zero for one in past)
        if day >= first and sums.clients >= LEAST_ZERO and not sums.above_zero and is_new:
            found.append(day)
    return found


def _zero(
    writer: Writer, metric: MetricType, suspects: list[date], span: dict[str, date]
) -> list[_Found]:
    """Days on which so many zeros are no chance, by each client's own share of days at 0.

    Held against the same weekday, before the file and in it: some sources write zeros on one day
    of the week only.
    """
    name = metric.column
    days = ", ".join(f"DATE '{day}'" for day in suspects)
    zero = writer.query(
        f"""SELECT date FROM staged WHERE date IN ({days})
        GROUP BY date HAVING count({name}) >= {LEAST_ZERO} AND max({name}) = 0"""
    )
    if zero.is_empty():
        return []
    # Days at 0 for everyone say nothing of what is usual; those of this file are left out.
    left_out = ", ".join(f"DATE '{day}'" for day in zero["date"])
    frame = writer.query(
        f"""SELECT staged.date, count(*) AS clients,
            sum(ln(greatest(usual.zeros, 0.5) / usual.days)) AS chance,
            sum(usual.zeros) AS zeros, sum(usual.days) AS known
        FROM staged JOIN (
            SELECT organization, isodow(date) AS weekday, count({name}) AS days,
                count(*) FILTER ({name} = 0) AS zeros
            FROM usage_daily
            WHERE date BETWEEN $first::DATE - {USUAL_DAYS} AND $last
                AND date NOT IN ({left_out})
            GROUP BY ALL HAVING count({name}) > 1
        ) AS usual ON usual.organization = staged.organization
            AND usual.weekday = isodow(staged.date)
        WHERE staged.date IN ({left_out}) AND staged.{name} = 0
        GROUP BY staged.date
        HAVING count(*) >= {LEAST_ZERO}
            AND (chance <= ln({CHANCE}) OR (zeros = 0 AND known >= {LEAST_KNOWN}))
        ORDER BY staged.date""",
        {"first": span["first"], "last": span["last"]},
    )
    return [
        _Found(metric=metric, day=day, clients=clients)
        for day, clients in frame.select("date", "clients").iter_rows()
    ]


def _compared(
    writer: Writer,
    rows: pl.DataFrame,
    days: dict[MetricType, dict[date, _Day]],
    first: date,
    sample: tuple[int, int],
) -> tuple[pl.DataFrame, dict[MetricType, tuple[dict[date, _Day], list[_Days]]]]:
    """The sums of each metric, and which days of the file are held against which two before.

    A day is held against a week before and the last such day; a month against the two months
    before. For months the sample begins earlier.
    """
    monthly = [metric for metric in days if _is_monthly(days[metric])]
    if monthly:
        earlier = writer.query(
            f"""SELECT {", ".join(rows.columns)} FROM usage_daily
            WHERE date BETWEEN $first::DATE - {_MONTHS_BACK} AND $first::DATE - 8
                AND organization BETWEEN $low AND $high""",
            {"first": first, "low": sample[0], "high": sample[1]},
        )
        rows = pl.concat([rows, earlier])
    months = _summed_up(rows, monthly) if monthly else {}
    compared = {}
    for metric, sums in days.items():
        if metric in months and _is_monthly(months[metric]):
            before = list(months[metric])
            found = [
                (day, before[place - 1], before[max(place - 2, 0)])
                for place, day in enumerate(before)
                if day >= first and place
            ]
            compared[metric] = (months[metric], found)
        else:
            found = [(day, day - timedelta(7), _last_alike(day)) for day in sums if day >= first]
            compared[metric] = (sums, found)
    return rows, compared


def _is_monthly(days: dict[date, _Day]) -> bool:
    """Whether the days of a metric lie as far apart as months."""
    return bool(days) and all(
        (after - before).days >= LEAST_MONTH for before, after in pairwise(sorted(days))
    )


def _shift_suspects(sums: dict[date, _Day], compared: list[_Days]) -> list[_Days]:
    """Days whose sum of logarithms leaves that of both days they are held against."""
    return [
        (day, before, other)
        for day, before, other in compared
        if all(
            (one := sums.get(earlier)) is not None
            and one.worth >= LEAST_ALIKE
            and not -0.35 < (sums[day].log - one.log) / one.worth < 0.25
            for earlier in (before, other)
        )
    ]


def _last_alike(day: date) -> date:
    """The weekday before a weekday, the day of a weekend before one."""
    back = {0: 3, 5: 6}.get(day.weekday(), 1)
    return day - timedelta(back)


def _at_once(
    writer: Writer, sample: pl.DataFrame, metric: MetricType, days: _Days, first: date
) -> list[_Found]:
    """Whether everyone falls, or rises, against both days before, and the middle one by half.

    days: the day, and the two before it; first: that of the file. What is not true of half
    of the sample is not looked at.
    """
    if not _moves(sample, metric, days, share=0.5, least=0):
        return []
    rows = writer.query(
        f"""SELECT * FROM (
            SELECT organization, date, {metric.column} FROM staged
            UNION ALL
            SELECT organization, date, {metric.column} FROM usage_daily WHERE date < $first
        ) WHERE date IN ({", ".join(f"DATE '{day}'" for day in days)})""",
        {"first": first},
    )
    return _moves(rows, metric, days, share=EVERYONE, least=LEAST_ALIKE)


def _moves(
    rows: pl.DataFrame,
    metric: MetricType,
    days: _Days,
    *,
    share: float,
    least: int,
) -> list[_Found]:
    """Where all are halved, about half of them fall by a little less than by half."""
    names = ("value", "week", "alike")
    value, week, alike = (pl.col(name) for name in names)
    lower, higher = pl.min_horizontal(week, alike), pl.max_horizontal(week, alike)
    found = (
        rows.filter(pl.col("date").is_in(days))
        .group_by("organization")
        .agg(
            pl.col(metric.column).filter(pl.col("date") == day).first().alias(name)
            for name, day in zip(names, days, strict=True)
        )
        .drop_nulls()
        .filter(lower >= LEAST_VALUE)
        .select(
            fallen=value <= 0.85 * lower,
            risen=value >= 1.15 * higher,
            ratio=2 * value / (week + alike),
        )
        .select(pl.len().alias("clients"), pl.sum("fallen", "risen"), pl.median("ratio"))
    )
    clients, fallen, risen, ratio = found.row(0)
    if not clients:
        return []
    enough = max(least, share * clients)
    if fallen >= enough and ratio <= 1 - ABOUT_HALF:
        return [_Found(metric=metric, day=days[0], clients=fallen, rises=False)]
    if risen >= enough and ratio >= 1 + ABOUT_HALF:
        return [_Found(metric=metric, day=days[0], clients=risen, rises=True)]
    return []


def _may_grow(days: dict[date, _Day]) -> bool:
    means = [sums.log / sums.clients for _, sums in sorted(days.items())]
    steps = [after - before for before, after in pairwise(means)]
    return len(steps) >= LEAST_STEPS and sum(step >= 0 for step in steps) >= 0.9 * len(steps)


def _grows(writer: Writer, metric: MetricType) -> list[_Found]:
    """Whether the values of everyone with a few of them hardly ever fall and rise in the end."""
    name = metric.column
    row = writer.record(
        f"""SELECT count(*) AS clients,
            count(*) FILTER (falls <= 0.1 * steps AND rise >= {LEAST_VALUE}) AS growing
        FROM (
            SELECT count(before) AS steps, count(*) FILTER (value < before) AS falls,
                max(value) AS most, arg_max(value, date) - arg_min(value, date) AS rise
            FROM (
                SELECT organization, date, {name} AS value, lag({name}) OVER (
                    PARTITION BY organization ORDER BY date) AS before
                FROM file_and_week WHERE {name} IS NOT NULL
            ) GROUP BY organization
        ) WHERE steps >= {LEAST_STEPS} AND most >= {LEAST_VALUE}"""
    )
    if row["growing"] < LEAST_ZERO or row["growing"] < EVERYONE * row["clients"]:
        return []
    return [_Found(metric=metric, day=None, clients=row["growing"])]


def _said(
    kind: WarningKind, found: list[_Found], wording: Callable[[str], str]
) -> tuple[Finding, ...]:
    """One finding of several metrics and days."""
    if not found:
        return ()
    clients = max(one.clients for one in found)
    metrics = [label(metric) for metric in MetricType if any(metric is f.metric for f in found)]
    statement = f"{wording(formatting.count(clients, 'client'))}: {some(metrics, _SHOWN)}"
    days = sorted({one.day for one in found if one.day is not None})
    if days:
        statement += f", on {some([formatting.day(day) for day in days], _SHOWN)}"
    return (whole(kind, statement, count=max(len(days), 1), clients=clients),)
