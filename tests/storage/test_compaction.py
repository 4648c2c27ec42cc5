"""Months that came in pieces are put in order once they are over, and stay what they were."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest
import small_files
from scores_by_hand import Client, Usage
from stored import days_between, fill

from health import imports
from health.scoring import runs
from health.storage import compaction
from health.storage.compaction import PIECES, SCORES, USAGE, DailyRows
from health.storage.database import Database

CLIENTS = [Client(organization_id=name, total_users=60) for name in "ABC"]
FIRST = date(2026, 1, 1)
LATEST = date(2026, 3, 31)


def night(day: date) -> list[Usage]:
    """One value of every client."""
    return [
        Usage(
            organization_id=client.organization_id,
            metric_type="SUPPORT_TICKETS",
            date=day,
            value=day.day % 7,
        )
        for client in CLIENTS
    ]


def load(database: Database, days: Sequence[date]) -> None:
    rows = [asdict(row) for day in days for row in night(day)]
    imports.store(database, [small_files.table(rows)], by="test")


def stored_days(database: Database, kept: DailyRows) -> list[tuple[int, date]]:
    """Client and day of each row, in the order of the rows."""
    return database.query(
        f"SELECT organization, {kept.day} FROM {kept.table} ORDER BY rowid"
    ).rows()


def compact(database: Database, kept: DailyRows, latest: date) -> date | None:
    with database.write() as writer:
        return compaction.compact(writer, kept, latest)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January came night by night, and was scored so; February as one file. Made in 7 seconds."""
    path = tmp_path_factory.mktemp("nights") / "health.duckdb"
    with Database.open(path, threads=1) as database:
        fill(database, CLIENTS)
        for day in days_between(FIRST, date(2026, 1, 31)):
            load(database, [day])
            runs.score(database)
        load(database, days_between(date(2026, 2, 1), date(2026, 2, 10)))
        runs.score(database)
    return path


@pytest.fixture
def nightly(nights: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of it."""
    path = shutil.copyfile(nights, tmp_path / "health.duckdb")
    with Database.open(path, threads=1) as database:
        yield database


@pytest.mark.parametrize("kept", [USAGE, SCORES])
def test_a_month_that_is_over_is_put_in_order_and_loses_nothing(
    nightly: Database, kept: DailyRows
) -> None:
    january = [row for row in stored_days(nightly, kept) if row[1].month == 1]
    assert january != sorted(january)
    before = nightly.query(f"FROM {kept.table} ORDER BY ALL")
    assert compact(nightly, kept, LATEST) == FIRST
    january = [row for row in stored_days(nightly, kept) if row[1].month == 1]
    assert january == sorted(january)
    assert nightly.query(f"FROM {kept.table} ORDER BY ALL").equals(before)


@pytest.mark.parametrize("kept", [USAGE, SCORES])
def test_what_is_in_order_is_not_looked_at_again(nightly: Database, kept: DailyRows) -> None:
    compact(nightly, kept, LATEST)
    assert compact(nightly, kept, LATEST) is None
    rows = stored_days(nightly, kept)
    assert compact(nightly, kept, LATEST) is None
    assert stored_days(nightly, kept) == rows


def test_a_month_in_few_pieces_stays_as_it_is(database: Database) -> None:
    fill(database, CLIENTS)
    for number in range(PIECES):
        load(database, days_between(FIRST + timedelta(7 * number), FIRST + timedelta(7 * number)))
    before = stored_days(database, USAGE)
    assert compact(database, USAGE, LATEST) is None
    assert stored_days(database, USAGE) == before


def test_a_month_that_is_hardly_over_waits(nightly: Database) -> None:
    assert compact(nightly, USAGE, date(2026, 2, 28)) is None
    assert compact(nightly, USAGE, date(2026, 3, 4)) == FIRST


def test_a_load_puts_the_month_in_order_by_itself(nightly: Database) -> None:
    load(nightly, [date(2026, 3, 20)])
    january = [row for row in stored_days(nightly, USAGE) if row[1].month == 1]
    assert january == sorted(january)
    runs.score(nightly)
    january = [row for row in stored_days(nightly, SCORES) if row[1].month == 1]
    assert january == sorted(january)


def test_an_import_of_a_month_in_order_can_still_be_undone(nightly: Database) -> None:
    load(nightly, [date(2026, 3, 20)])
    number = nightly.query("SELECT import_id FROM usage_daily WHERE date = '2026-01-05' LIMIT 1")
    imports.undo(nightly, number.item(), by="test")
    assert date(2026, 1, 5) not in {day for _, day in stored_days(nightly, USAGE)}
