"""What falls every year at the same time for most clients: named, and no call by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from scores_by_hand import Client, Usage
from stored import fill

from health.explanation.season_wording import usual
from health.queries.alerts.attention import AlertQuery, alert_of, alerts_of_client, attention
from health.queries.alerts.rules import AlertRule
from health.queries.alerts.seasonal import marked_of_client
from health.queries.season import SPAN, YEAR, Season, season
from health.scoring import runs
from health.scoring.model import STANDARD
from health.storage.database import Database

DAY = date(2026, 8, 28)
FIRST = DAY - timedelta(days=2 * YEAR)
CLIENTS = 40
LEAVING = "C00"
"""A client whose users leave in the same weeks, and who falls four times as far as the others."""

SCORED = tuple(DAY - timedelta(days=days) for days in (YEAR + SPAN, YEAR + 7, YEAR, SPAN, 7, 0))


def name(number: int) -> str:
    return f"C{number:02}"


def usage(*, quiet_from: int, quiet_years: tuple[int, ...], clients: int = CLIENTS) -> list[Usage]:
    """Two years of weekly campaigns and users; August is quiet for those from a number on."""
    rows = []
    for number in range(clients):
        for week in range(2 * YEAR // 7 + 1):
            day = FIRST + timedelta(days=7 * week)
            is_quiet = day.month == 8 and day.year in quiet_years and number >= quiet_from
            rate = 60 if is_quiet else 90
            users = 90
            if name(number) == LEAVING and day.month == 8 and day.year == 2026:
                rate, users = 0, 30
            for metric, value in (
                ("CAMPAIGN_RESPONSE_RATE", rate),
                ("MONTHLY_ACTIVE_USERS", users),
            ):
                rows.append(
                    Usage(organization_id=name(number), metric_type=metric, date=day, value=value)
                )
    return rows


def filled(database: Database, rows: list[Usage]) -> Season:
    names = sorted({row.organization_id for row in rows})
    fill(database, [Client(organization_id=one, total_users=100) for one in names], rows)
    with database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'DASHBOARD_ONLY'")
    for day in SCORED:
        runs.score(database, as_of=day)
    with database.read() as reader:
        return season(reader, DAY)


def test_a_quiet_august_of_two_years_is_the_season(database: Database) -> None:
    found = filled(database, usage(quiet_from=9, quiet_years=(2025, 2026)))
    assert usual(found.parts).replace("\u00a0", " ") == (
        "Lower campaign completion: usual for this season, 31 of 40 clients fell in the same weeks "
        "last year, 32 of 40 this year."
    )
    # Who fell further than the others, or not at all, fell not with the season.
    assert sorted(found.falls["organization_id"]) == [name(number) for number in range(9, CLIENTS)]
    assert found.of(LEAVING) == ()
    assert found.of(name(9)) == found.parts


@pytest.mark.parametrize(
    ("years", "quiet_from", "clients"),
    [((2026,), 9, 40), ((2025,), 9, 40), ((), 9, 40), ((2025, 2026), 21, 41), ((2025, 2026), 0, 9)],
    ids=["this year only", "last year only", "no quiet August", "half of them", "too few clients"],
)
def test_nothing_else_is_called_season(
    database: Database, years: tuple[int, ...], quiet_from: int, clients: int
) -> None:
    rows = usage(quiet_from=quiet_from, quiet_years=years, clients=clients)
    found = filled(database, [row for row in rows if row.organization_id != LEAVING])
    assert found.parts == ()
    assert found.falls.is_empty()


def test_without_a_year_before_nothing_is_called_season(database: Database) -> None:
    rows = usage(quiet_from=0, quiet_years=(2025, 2026))
    found = filled(database, [row for row in rows if row.date > DAY - timedelta(days=YEAR + SPAN)])
    assert found.parts == ()


def test_scores_of_two_models_are_not_compared(database: Database) -> None:
    filled(database, usage(quiet_from=0, quiet_years=(2025, 2026)))
    runs.use_model(database, replace(STANDARD, version="other-1", label="Other"))
    runs.score(database, as_of=DAY)
    with database.read() as reader:
        assert season(reader, DAY).parts == ()


def test_an_alert_of_the_season_alone_is_marked_is_last_and_asks_for_no_call(
    database: Database,
) -> None:
    found = filled(database, usage(quiet_from=9, quiet_years=(2025, 2026)))
    query = AlertQuery(as_of=DAY)
    with database.read() as reader:
        told = attention(reader, query)
        alone = alerts_of_client(reader, query, name(9))
    assert told.calls["organization_id"].to_list() == [LEAVING]
    rules = {
        row["organization_id"]: [alert_of(alert) for alert in row["alerts"]]
        for row in told.frame.iter_rows(named=True)
    }
    assert not any(alert.is_seasonal for alert in rules[LEAVING])
    declining = next(a for a in rules[name(9)] if a.rule is AlertRule.DECLINING)
    assert declining.is_seasonal
    assert declining.says.endswith("(usual for this season)")
    assert rules[name(9)][-1].is_seasonal
    # It is still there, after those that lead; and the page of the client says the same.
    assert told.alerts["is_seasonal"].is_sorted()
    assert told.alerts.filter("is_seasonal", rule=AlertRule.DECLINING).height == 31
    marked = marked_of_client(alone, found, query.thresholds, name(9))
    assert marked == tuple(rules[name(9)])


def test_a_fall_that_is_one_without_the_season_still_asks(database: Database) -> None:
    rows = usage(quiet_from=1, quiet_years=(2025, 2026))
    # Campaigns fell with the season, and half of the users left.
    lost = [
        replace(row, value=40)
        if row.organization_id == name(20)
        and row.metric_type == "MONTHLY_ACTIVE_USERS"
        and row.date > DAY - timedelta(days=SPAN)
        else row
        for row in rows
    ]
    filled(database, lost)
    with database.read() as reader:
        told = attention(reader, AlertQuery(as_of=DAY))
    assert sorted(told.calls["organization_id"]) == [LEAVING, name(20)]
