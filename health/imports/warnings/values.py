"""Values that look wrong: more active than licensed, more on time than closed, or 10 times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from health.imports.usage.merge import ANY_VALUE
from health.imports.warnings import collected
from health.imports.warnings.collected import collect
from health.imports.warnings.days import SAMPLE, of_days
from health.imports.warnings.finding import (
    LEAST_USUAL,
    TIMES,
    USUAL_DAYS,
    Finding,
    WarningKind,
)
from health.imports.warnings.past import of_past
from health.imports.warnings.rows import of_rows
from health.storage.schema import METRIC_COLUMNS
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.files import ParsedFile
    from health.storage.database import Writer

JUMP: Final = 5
"""What is less than so many times the day before the file, or a week before, is no surprise."""

LEAST_VALUES: Final = 5
"""With fewer values in those days nothing is usual."""

_LEAST_DOUBTED: Final = TIMES * LEAST_USUAL

_ON_TIME: Final = MetricType.CASES_CLOSED_ON_TIME.column
_CLOSED: Final = MetricType.CASES_CLOSED.column
_IS_HALF: Final = f"({_ON_TIME} IS NULL) <> ({_CLOSED} IS NULL)"
"""SQL of whether a row has only one of the two."""

_ACTIVE: Final = (MetricType.DAILY_ACTIVE_USERS, MetricType.MONTHLY_ACTIVE_USERS)


def of_usage(
    writer: Writer, parsed: ParsedFile, span: dict[str, date], *, changes: bool
) -> tuple[Finding, ...]:
    """Check a usage file that was just merged from ``staged``: rows, days, past and values.

    span: its first and last day with a value; changes: whether it changed a value on file.
    """
    repeated = of_rows(parsed)
    if span["first"] is None:
        return repeated
    found = _sum_up(writer, span)
    metrics = [metric for metric in MetricType if found[metric.column] is not None]
    sample = (found["first_client"], found["last_client"])
    whole_file = repeated + of_days(writer, metrics, span, sample)
    whole_file += of_past(writer, span, changes=changes)
    collected.begin(writer)
    number = _more_active(writer) if found["more_active"] else 0
    if found["halves"] or found["more_on_time"]:
        number += _more_on_time(writer)
    number += _ten_times(writer, found, span)
    return whole_file + collected.collected(writer, number)


def _sum_up(writer: Writer, span: dict[str, date]) -> dict[str, Any]:
    """Fill ``summary``, a row a client and stretch, and ``arrived``; sum up the whole file.

    Most checks need no more than this to see that nothing is wrong. Stretches of
    :data:`USUAL_DAYS` days are counted from the file's first day.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE summary AS
        SELECT organization, {_stretch(span)} AS stretch, min(date) AS first_date,
            max(date) AS last_date, count(*) AS days,
            {_sums(METRIC_COLUMNS)}, count(*) FILTER ({_IS_HALF}) AS halves,
            count(*) FILTER ({_ON_TIME} > {_CLOSED}) AS more_on_time
        FROM staged WHERE {ANY_VALUE} GROUP BY ALL"""
    )
    writer.execute(
        """INSERT INTO arrived (organization, first_date, last_date, days)
        SELECT organization, min(first_date), max(last_date), sum(days) FROM summary
        GROUP BY organization"""
    )
    more_active = " OR ".join(f"max_{metric.column} > total_users" for metric in _ACTIVE)
    return writer.record(
        f"""SELECT {", ".join(f"max(max_{name}) AS {name}" for name in METRIC_COLUMNS)},
            sum(halves) AS halves, sum(more_on_time) AS more_on_time,
            count(*) FILTER ({more_active}) AS more_active,
            min(organization) AS first_client, (SELECT max(organization) FROM (
                SELECT DISTINCT organization FROM summary ORDER BY organization LIMIT {SAMPLE}
            )) AS last_client
        FROM summary JOIN clients USING (organization)"""
    )


def _sums(names: Sequence[str]) -> str:
    """SQL of the sum, the number and the greatest of the values of metrics.

    Sums are doubles: DuckDB adds integers up in 128 bits, and takes twice as long.
    """
    return ", ".join(
        f"sum({name}::DOUBLE) AS sum_{name}, count({name}) AS n_{name}, max({name}) AS max_{name}"
        for name in names
    )


def _stretch(span: dict[str, date]) -> str:
    """SQL of the number of the stretch in which a date lies."""
    return f"(date - DATE '{span['first']}') // {USUAL_DAYS}"


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
    days = writer.record(
        f"SELECT min(date) AS first, max(date) AS last FROM staged WHERE {_IS_HALF}"
    )
    sources = ["staged"]
    if days["first"] is not None:
        sources.append(
            f"""(SELECT stored.organization, stored.date, stored.{_ON_TIME}, stored.{_CLOSED}
            FROM usage_daily AS stored SEMI JOIN (FROM staged WHERE {_IS_HALF}) AS half
                USING (organization, date)
            WHERE stored.date BETWEEN $first AND $last)"""
        )
    return collect(
        writer,
        WarningKind.MORE_ON_TIME_THAN_CLOSED,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{MetricType.CASES_CLOSED_ON_TIME}' AS metric, date,
                {_ON_TIME} AS value, {_CLOSED} AS against, value - against AS weight
            FROM {source} WHERE {_ON_TIME} > {_CLOSED}"""
            for source in sources
        ),
        days if len(sources) > 1 else None,
    )


def _ten_times(writer: Writer, highest: dict[str, Any], span: dict[str, date]) -> int:
    """Hold each value against the mean of the stretch of days before the one it lies in.

    Before the first stretch lies what is on file. Without enough values there, against the other
    values of its own stretch.
    """
    days = {"first": span["first"]}
    names = [
        metric.column for metric in MetricType if (highest[metric.column] or 0) >= _LEAST_DOUBTED
    ]
    if not names:
        return 0
    has_jumps = _find_jumps(writer, names, days)
    if not has_jumps and (span["last"] - span["first"]).days < LEAST_VALUES:
        return 0
    if has_jumps:
        writer.execute(
            f"""INSERT INTO summary BY NAME SELECT organization, -1 AS stretch, {_sums(names)}
            FROM usage_daily SEMI JOIN jumps USING (organization)
            WHERE date BETWEEN $first::DATE - {USUAL_DAYS} AND $first::DATE - 1
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
        FROM summary AS own LEFT JOIN summary AS past
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
            ON own.organization = staged.organization AND own.stretch = {_stretch(span)}"""
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
        SELECT organization
        FROM summary LEFT JOIN (
            SELECT organization, {", ".join(f"max({name}) AS last_{name}" for name in names)}
            FROM usage_daily
            WHERE date BETWEEN $first::DATE - 7 AND $first::DATE - 1
                AND date IN ($first::DATE - 7, $first::DATE - 1)
            GROUP BY organization
        ) USING (organization)
        WHERE stretch = 0 AND ({
            " OR ".join(
                f"(max_{name} >= {_LEAST_DOUBTED} "
                f"AND max_{name} >= {JUMP} * coalesce(last_{name}, 0))"
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
