"""Alerts over time, against those of Today asked day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from health.accounts.timeline import TimelineQuery, timeline
from health.queries.alerts.attention import AlertQuery, alerts_of_client
from health.queries.alerts.raised import LULL, SPAN
from health.settings import Thresholds
from health.storage.database import Database
from health.vocabulary import TimelineKind

if TYPE_CHECKING:
    from pathlib import Path

    from health.storage.database import Reader

DAY = date(2026, 11, 20)

Events = set[tuple[date, str, str]]


def told(reader: Reader, organization_id: str, until: date, thresholds: Thresholds) -> Events:
    query = TimelineQuery(
        organization_id=organization_id,
        kinds=(TimelineKind.ALERT,),
        until=until,
        limit=10_000,
        thresholds=thresholds,
    )
    found = timeline(reader, query)
    return set(found.select("day", "what", "subject").iter_rows())


def day_by_day(
    reader: Reader, organization_id: str, first: date, last: date, thresholds: Thresholds
) -> Events:
    """What is raised after ``first`` and over by ``last``, from the alerts of each single day."""
    held: dict[str, list[date]] = {}
    for days in range(-LULL, (last - first).days + 1):
        query = AlertQuery(as_of=first + timedelta(days), thresholds=thresholds)
        for alert in alerts_of_client(reader, query, organization_id):
            held.setdefault(alert.rule.name_with(thresholds), []).append(query.as_of)
    events: Events = set()
    for name, days_held in held.items():
        for day in days_held:
            if not any(day - timedelta(back + 1) in days_held for back in range(LULL)):
                events.add((day, "raised", name))
            is_over = not any(day + timedelta(on + 1) in days_held for on in range(LULL))
            if is_over and day < last:
                events.add((day + timedelta(1), "over", name))
    return {event for event in events if event[0] > first}


def test_each_alert_is_raised_and_over_on_the_days_that_today_says(demo_database: Path) -> None:
    """Low thresholds, so that every rule has its days."""
    thresholds = Thresholds(users_percent=5, score_points=3, least_tickets=1, feature_days=10)
    last = DAY - timedelta(days=10)
    first, names = last - timedelta(days=30), set()
    with Database.open(demo_database) as database, database.read() as reader:
        for number in (1, 5, 9, 13):
            name = f"ORG-{number:04}"
            expected = day_by_day(reader, name, first, last, thresholds)
            found = {one for one in told(reader, name, last, thresholds) if one[0] > first}
            assert found == expected
            names |= {subject for _, _, subject in found}
    assert len(names) > 3


def test_an_alert_that_was_there_all_the_time_is_not_raised(demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            writer.execute("UPDATE clients SET total_users = 1000000 WHERE organization = 1")
            writer.execute("UPDATE adoption SET last_used_at = NULL")
        with database.read() as reader:
            found = told(reader, "ORG-0001", DAY, Thresholds())
    days = [day for day, _, name in found if name == "Licences unused"]
    assert all(day > DAY - timedelta(days=SPAN) for day in days)
    assert len(days) == 1  # since its first usage


def test_alerts_that_are_turned_off_are_not_told(demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            writer.execute("UPDATE clients SET alert_level = 'NONE'")
            writer.execute("DELETE FROM record_history WHERE field = 'alert_level'")
        with database.read() as reader:
            assert told(reader, "ORG-0001", DAY, Thresholds()) == set()
