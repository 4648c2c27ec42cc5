"""Whole days that look wrong: everyone at 0, everyone by half at once, values that only grow.

Each day of the file and of the week before it is summed up first, for some of the clients: what is
true of everyone is true of them. Only a day whose sums look wrong is looked at client by client.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.warnings.day_sums import (
    EVERYONE,
    LEAST_VALUE,
    Day,
    Found,
    last_alike,
    summed_up,
)
from health.imports.warnings.finding import USUAL_DAYS, Finding, WarningKind, label, some, whole
from health.imports.warnings.shifts import compared_days, moved_at_once, shift_suspects
from health.vocabulary import MetricType, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from health.storage.database import Writer

LEAST_ZERO: Final = 3
"""Fewer clients at 0 on a day are no whole feed."""

LEAST_STEPS: Final = 7
"""Values grow from day to day at least so often; a week has a weekend in it."""

SAMPLE: Final = 100
"""So many clients stand for everyone at the first look."""

CHANCE: Final = 1e-6
"""A day of zeros that comes about by chance more often than this is no surprise."""

LEAST_KNOWN: Final = 12
"""Values that were never 0 make a day of zeros a surprise from so many on."""

_NO_TOTALS: Final = MetricType.MONTHLY_ACTIVE_USERS
"""A count of a month, which grows with the client day after day."""

_SHOWN: Final = 3


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
    days = summed_up(rows, metrics)
    zero = [
        found
        for metric in metrics
        if (suspects := _zero_suspects(days[metric], first))
        for found in _zero(writer, metric, suspects, span)
    ]
    known = {(found.metric, found.day) for found in zero}
    rows, compared = compared_days(writer, rows, days, first, sample)
    at_once = [
        found
        for metric in metrics
        for suspect in shift_suspects(*compared[metric])
        if (metric, suspect[0]) not in known
        for found in moved_at_once(writer, rows, metric, suspect, first)
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


def _zero_suspects(days: dict[date, Day], first: date) -> list[date]:
    """Days with nothing above 0, unless a week before or on the last such day it was so too."""
    found = []
    for day, sums in days.items():
        past = (days.get(day - timedelta(7)), days.get(last_alike(day)))
        is_new = all(one is None or one.above_zero for one in past)
        if day >= first and sums.clients >= LEAST_ZERO and not sums.above_zero and is_new:
            found.append(day)
    return found


def _zero(
    writer: Writer, metric: MetricType, suspects: list[date], span: dict[str, date]
) -> list[Found]:
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
        Found(metric=metric, day=day, clients=clients)
        for day, clients in frame.select("date", "clients").iter_rows()
    ]


def _may_grow(days: dict[date, Day]) -> bool:
    means = [sums.log / sums.clients for _, sums in sorted(days.items())]
    steps = [after - before for before, after in pairwise(means)]
    return len(steps) >= LEAST_STEPS and sum(step >= 0 for step in steps) >= 0.9 * len(steps)


def _grows(writer: Writer, metric: MetricType) -> list[Found]:
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
    return [Found(metric=metric, day=None, clients=row["growing"])]


def _said(
    kind: WarningKind, found: list[Found], wording: Callable[[str], str]
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
