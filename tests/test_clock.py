"""The clock: UTC for what is stored, the local calendar for what day it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from health import clock


def test_the_time_is_written_in_utc_without_a_zone() -> None:
    assert clock.now().tzinfo is None
    assert abs(clock.now() - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=1)


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "UTC", "Etc/GMT-14"])
def test_the_day_is_that_of_the_calendar_here(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    before = time.strftime("%Y-%m-%d")
    day = clock.today().isoformat()
    assert day in {before, time.strftime("%Y-%m-%d")}
    monkeypatch.undo()
    time.tzset()
