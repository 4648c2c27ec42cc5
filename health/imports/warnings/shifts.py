"""Days on which the values of everyone fall, or rise, by about half at once."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from health.imports.warnings.day_sums import (
    EVERYONE,
    LEAST_VALUE,
    Day,
    Found,
    last_alike,
    summed_up,
)

if TYPE_CHECKING:
    from health.storage.database import Writer
    from health.vocabulary import MetricType

LEAST_ALIKE: Final = 5
"""Fewer clients that fall or rise on a day are no whole feed."""

ABOUT_HALF: Final = 0.4
"""By this share the client in the middle falls or rises where everyone does by half."""

LEAST_MONTH: Final = 21
"""Days so far apart, and never closer, have the values of a month each."""

_MONTHS_BACK: Final = 100
"""In so many days lie the two months before, one of them missing."""

_Days = tuple[date, date, date]
"""A day, and the two before it that it is held against."""


def compared_days(
    writer: Writer,
    rows: pl.DataFrame,
    days: dict[MetricType, dict[date, Day]],
    first: date,
    sample: tuple[int, int],
) -> tuple[pl.DataFrame, dict[MetricType, tuple[dict[date, Day], list[_Days]]]]:
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
    months = summed_up(rows, monthly) if monthly else {}
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
            found = [(day, day - timedelta(7), last_alike(day)) for day in sums if day >= first]
            compared[metric] = (sums, found)
    return rows, compared


def _is_monthly(days: dict[date, Day]) -> bool:
    """Whether the days of a metric lie as far apart as months."""
    return bool(days) and all(
        (after - before).days >= LEAST_MONTH for before, after in pairwise(sorted(days))
    )


def shift_suspects(sums: dict[date, Day], compared: list[_Days]) -> list[_Days]:
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


def moved_at_once(
    writer: Writer, sample: pl.DataFrame, metric: MetricType, days: _Days, first: date
) -> list[Found]:
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
) -> list[Found]:
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
        return [Found(metric=metric, day=days[0], clients=fallen, rises=False)]
    if risen >= enough and ratio >= 1 + ABOUT_HALF:
        return [Found(metric=metric, day=days[0], clients=risen, rises=True)]
    return []
