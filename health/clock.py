"""The clock: the only place that reads the time. Everything below the edge is given a day."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """Return the time that is written beside what is stored: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """Return the day on the calendar of this machine's time zone."""
    return datetime.now(UTC).astimezone().date()
