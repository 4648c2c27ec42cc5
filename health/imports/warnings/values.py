"""Values that look wrong: more active than licensed, more on time than closed, or 10 times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from health.imports.usage.merge import ANY_VALUE
from health.imports.warnings import collected
from health.imports.warnings.collected import collect
from health.imports.warnings.days import of_days
from health.imports.warnings.finding import (
    LEAST_USUAL,
    TIMES,
    USUAL_DAYS,
    Finding,
    WarningKind,
)
from health.imports.warnings.past import of_past
from health.imports.warnings.rows import of_rows
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.files import ParsedFile
    from health.storage.database import Writer

JUMP: Final = 5
"""What is less than so many times the day before the file, or a week before, is no surprise."""

LEAST_VALUES: Final = 5
"""With fewer values in those days nothing is usual."""

_LEAST_DOUBTED: Final = TIMES * LEAST_USUAL

_ACTIVE: Final = (MetricType.DAILY_ACTIVE_USERS, MetricType.MONTHLY_ACTIVE_USERS)


def of_usage(writer: Writer, parsed: ParsedFile) -> tuple[Finding, ...]:
    """Check a usage file that was just merged from ``staged``: rows, days, past and values."""
    writer.execute(
        f"""INSERT INTO arrived (organization, first_date, last_date, days)
        SELECT organization, min(date), max(date), count(*) FROM staged WHERE {ANY_VALUE}
        GROUP BY organization"""
    )
    highest = writer.record(
        f"""SELECT min(date) AS first, max(date) AS last,
            {", ".join(f"max({metric.column}) AS {metric.column}" for metric in MetricType)}
        FROM staged"""
    )
    metrics = [metric for metric in MetricType if highest[metric.column] is not None]
    whole_file = of_rows(parsed) + of_days(writer, metrics) + of_past(writer)
    collected.begin(writer)
    number = _more_active(writer) + _more_on_time(writer) + _ten_times(writer, highest)
    return whole_file + collected.collected(writer, number)


def of_organizations(writer: Writer, columns: Sequence[str]) -> tuple[Finding, ...]:
    """Check the licences of an organizations file, merged from ``staged``, against usage."""
    collected.begin(writer)
    latest = writer.value("SELECT max(last_date) FROM usage_span")
    number = 0
    if "total_users" in columns and latest is not None:
        number = collect(
            writer,
            WarningKind.MORE_ACTIVE_THAN_LICENSED,
            "\nUNION ALL\n".join(
                f"""SELECT organization, '{metric}' AS metric, date, {metric.column} AS value,
                    total_users AS against, value / total_users AS weight
                FROM usage_daily JOIN staged USING (organization)
                WHERE date BETWEEN $latest::DATE - {USUAL_DAYS - 1} AND $latest
                    AND {metric.column} > total_users"""
                for metric in _ACTIVE
            ),
            {"latest": latest},
        )
    return collected.collected(writer, number)


def _more_active(writer: Writer) -> int:
    return collect(
        writer,
        WarningKind.MORE_ACTIVE_THAN_LICENSED,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{metric}' AS metric, date, {metric.column} AS value,
                total_users AS against, value / total_users AS weight
            FROM staged JOIN clients USING (organization)
            WHERE {metric.column} > total_users"""
            for metric in _ACTIVE
        ),
    )


def _more_on_time(writer: Writer) -> int:
    """Where a file has only one of the two, the other is looked up on file."""
    on_time, closed = (
        MetricType.CASES_CLOSED_ON_TIME.column,
        MetricType.CASES_CLOSED.column,
    )
    days = writer.record(
        f"""SELECT min(date) AS first, max(date) AS last FROM staged
        WHERE ({on_time} IS NULL) <> ({closed} IS NULL)"""
    )
    sources = ["staged"]
    if days["first"] is not None:
        sources.append(
            f"""(SELECT stored.organization, stored.date, stored.{on_time}, stored.{closed}
            FROM usage_daily AS stored SEMI JOIN (
                FROM staged WHERE ({on_time} IS NULL) <> ({closed} IS NULL)
            ) AS half USING (organization, date)
            WHERE stored.date BETWEEN $first AND $last)"""
        )
    return collect(
        writer,
        WarningKind.MORE_ON_TIME_THAN_CLOSED,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{MetricType.CASES_CLOSED_ON_TIME}' AS metric, date,
                {on_time} AS value, {closed} AS against, value - against AS weight
            FROM {source} WHERE {on_time} > {closed}"""
            for source in sources
        ),
        days if len(sources) > 1 else None,
    )


def _ten_times(writer: Writer, highest: dict[str, Any]) -> int:
    """Hold each value against the mean of the stretch of days before the one it lies in.

    Stretches of :data:`USUAL_DAYS` days are counted from the file's first day; before it lies what
    is on file. Without enough values there, against the other values of its own stretch.
    """
    days = {"first": highest["first"]}
    names = [
        metric.column for metric in MetricType if (highest[metric.column] or 0) >= _LEAST_DOUBTED
    ]
    if not names:
        return 0
    has_jumps = _find_jumps(writer, names, days)
    if not has_jumps and (highest["last"] - highest["first"]).days < LEAST_VALUES:
        return 0
    sums = ", ".join(
        f"sum({name}) AS sum_{name}, count({name}) AS n_{name}, max({name}) AS max_{name}"
        for name in names
    )
    stretch = f"(date - $first::DATE) // {USUAL_DAYS}"
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE stretches AS
        SELECT organization, {stretch} AS stretch, {sums} FROM staged GROUP BY ALL
        UNION ALL
        SELECT organization, -1, {sums} FROM usage_daily
        WHERE date BETWEEN $first::DATE - {USUAL_DAYS} AND $first::DATE - 1
            AND organization IN (SELECT organization FROM jumps)
        GROUP BY organization""",
        days,
    )
    # The greatest value of a stretch is the first to be too much: without it, nothing is.
    peaks = writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE peaks AS
        SELECT own.organization, own.stretch{
            "".join(
                f", own.sum_{name}, own.n_{name}, past.sum_{name} AS past_sum_{name}, "
                f"past.n_{name} AS past_n_{name}"
                for name in names
            )
        }
        FROM stretches AS own LEFT JOIN stretches AS past
            ON past.organization = own.organization AND past.stretch = own.stretch - 1
        WHERE own.stretch >= 0 AND ({
            " OR ".join(
                f"(own.max_{name} >= {_LEAST_DOUBTED} AND own.max_{name} >= {TIMES} * "
                f"{_usual(name, f'own.max_{name}', 'past.')})"
                for name in names
            )
        })"""
    )
    if not peaks:
        return 0
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT staged.organization, staged.date, {
            ", ".join(
                f"staged.{name}, {_usual(name, f'staged.{name}', 'own.past_')} AS usual_{name}"
                for name in names
            )
        }
        FROM staged JOIN peaks AS own
            ON own.organization = staged.organization AND own.stretch = {stretch}""",
        days,
    )
    return collect(
        writer,
        WarningKind.TEN_TIMES_THE_USUAL,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{name.upper()}' AS metric, date, {name} AS value,
                round(usual_{name}) AS against,
                value / greatest(usual_{name}, {LEAST_USUAL}) AS weight
            FROM suspects WHERE usual_{name} IS NOT NULL
                AND value >= {TIMES} * greatest(usual_{name}, {LEAST_USUAL})"""
            for name in names
        ),
    )


def _find_jumps(writer: Writer, names: Sequence[str], days: dict[str, Any]) -> int:
    """Fill ``jumps``: the clients whose usual values on file have to be read; count them.

    Those with a value :data:`JUMP` times that of the day before the file and of a week before it.
    Reading two days in place of :data:`USUAL_DAYS` halves what the warnings of a night cost.
    """
    return writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE jumps AS
        SELECT DISTINCT organization
        FROM staged LEFT JOIN (
            SELECT organization, {", ".join(f"max({name}) AS last_{name}" for name in names)}
            FROM usage_daily
            WHERE date BETWEEN $first::DATE - 7 AND $first::DATE - 1
                AND date IN ($first::DATE - 7, $first::DATE - 1)
            GROUP BY organization
        ) USING (organization)
        WHERE date < $first::DATE + {USUAL_DAYS} AND ({
            " OR ".join(
                f"({name} >= {_LEAST_DOUBTED} AND {name} >= {JUMP} * coalesce(last_{name}, 0))"
                for name in names
            )
        })""",
        days,
    )


def _usual(name: str, value: str, past: str) -> str:
    """SQL of what is usual for a value; null where nothing is. past: before the past's columns."""
    return f"""CASE
        WHEN {past}n_{name} >= {LEAST_VALUES} THEN {past}sum_{name} / {past}n_{name}
        WHEN own.n_{name} > {LEAST_VALUES}
            THEN (own.sum_{name} - {value}) / (own.n_{name} - 1) END"""
