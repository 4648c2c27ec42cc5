"""What a usage file does to the past: much of it changed, and days far from those of the feed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.usage.merge import ANY_VALUE
from health.imports.warnings.finding import Finding, WarningKind, some, whole
from health.storage.schema import METRIC_COLUMNS

if TYPE_CHECKING:
    from health.storage.database import Writer

LATE_DAYS: Final = 7
"""Values of so many days before the newest on file may still come right; later it is the past."""

LEAST_CHANGED: Final = 50
"""Fewer changed values of the past are a correction."""

LEAST_CLIENTS: Final = 3
"""Changed values of fewer clients are a correction."""

MOST_CHANGED: Final = 0.2
"""From this share of the file's values of the past on, much of it changes."""

FAR_DAYS: Final = 100
"""Days so far from all others are far off: more than a quarter, less than a year."""

FEW_ROWS: Final = 0.05
"""Days far from the others of the same file hold no more than this share of its rows."""

_SHOWN: Final = 3


def of_past(writer: Writer, span: dict[str, date], *, changes: bool) -> tuple[Finding, ...]:
    """Check what a usage file that was just merged does to the past.

    span: its first and last day with a value; changes: whether it changed a value on file.
    """
    known = writer.record(
        "SELECT min(first_date) AS oldest, max(last_date) AS newest FROM span_before"
    )
    restated = _restated(writer, known["newest"]) if changes else ()
    return restated + _far_off(writer, span["first"], span["last"], **known)


def _restated(writer: Writer, newest: date) -> tuple[Finding, ...]:
    past = newest - timedelta(LATE_DAYS)
    changed = writer.record(
        """SELECT count(*) AS number, count(DISTINCT organization) AS clients,
            min(date) AS first, max(date) AS last
        FROM differing WHERE old_value IS NOT NULL AND date < $past""",
        {"past": past},
    )
    if changed["number"] < LEAST_CHANGED or changed["clients"] < LEAST_CLIENTS:
        return ()
    present = [row[0] for row in writer.query("DESCRIBE existing").iter_rows()]
    pairs = [name for name in METRIC_COLUMNS if f"old_{name}" in present]
    both = " + ".join(f"count({name} + old_{name})" for name in pairs)
    shared = int(writer.value(f"SELECT {both} FROM existing WHERE date < $past", {"past": past}))
    if changed["number"] < MOST_CHANGED * shared:
        return ()
    share = f"{formatting.number(changed['number'])} of {formatting.count(shared, 'value')}"
    statement = (
        f"{share} on file change, {formatting.span(changed['first'], changed['last'])}, for "
        f"{formatting.count(changed['clients'], 'client')}"
    )
    return (
        whole(
            WarningKind.PAST_RESTATED,
            statement,
            count=changed["number"],
            clients=changed["clients"],
        ),
    )


def _far_off(
    writer: Writer, file_from: date, file_to: date, oldest: date | None, newest: date | None
) -> tuple[Finding, ...]:
    if oldest is not None and newest is not None:
        behind, ahead = (newest - file_to).days, (file_from - newest).days
        # Older months that lead up to what is on file are its history.
        is_history = -LATE_DAYS <= (oldest - file_to).days <= FAR_DAYS and file_from < oldest
        if ahead > FAR_DAYS or (behind > FAR_DAYS and not is_history):
            distance = formatting.count(max(behind, ahead), "day")
            where = "before" if behind > 0 else "after"
            days = _days(writer)
            statement = (
                f"All {formatting.count(sum(days.values()), 'client-day')} of the file, "
                f"{formatting.span(file_from, file_to)}, are {distance} or more {where} the newest "
                f"day on file, {formatting.day(newest)}"
            )
            return (_far(writer, statement, list(days)),)
    if (file_to - file_from).days <= FAR_DAYS:
        return ()
    days = _days(writer)
    apart = _apart(days)
    if not apart:
        return ()
    rows = formatting.number(sum(days[day] for day in apart))
    statement = (
        f"{rows} of {formatting.count(sum(days.values()), 'client-day')} lie far from the other "
        f"days of the file, on {some([formatting.day(day) for day in apart], _SHOWN)}"
    )
    return (_far(writer, statement, apart),)


def _days(writer: Writer) -> dict[date, int]:
    """The rows of each day of the file."""
    frame = writer.query(
        f"SELECT date, count(*) FROM staged WHERE {ANY_VALUE} GROUP BY date ORDER BY date"
    )
    return dict(frame.iter_rows())


def _apart(days: dict[date, int]) -> list[date]:
    """The days of islands more than :data:`FAR_DAYS` from the rest, with few rows each."""
    islands: list[list[date]] = []
    for day in days:
        if islands and (day - islands[-1][-1]).days <= FAR_DAYS:
            islands[-1].append(day)
        else:
            islands.append([day])
    few = FEW_ROWS * sum(days.values())
    return [day for island in islands if sum(days[one] for one in island) <= few for day in island]


def _far(writer: Writer, statement: str, days: list[date]) -> Finding:
    clients = writer.value(
        "SELECT count(DISTINCT organization) FROM staged WHERE date IN (SELECT unnest($days))",
        {"days": days},
    )
    return whole(WarningKind.DAYS_FAR_OFF, statement, count=len(days), clients=int(clients))
