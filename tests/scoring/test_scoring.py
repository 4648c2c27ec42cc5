"""Scores: every line of the contract's table worked out by hand, and laws on random data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
import random_portfolios
import small_files
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import SHORT, WIDER
from scores_by_hand import Client, Feature, Portfolio, Score, Usage
from stored import days_between, empty, everything, fill, one, scores

from health import imports
from health.errors import ArgumentError, Cancelled, InvalidModel
from health.scoring import runs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.storage.database import Database
from health.vocabulary import MAXIMUM_VALUE, FeatureName

DAY = date(2026, 6, 30)

DAU = "DAILY_ACTIVE_USERS"
MAU = "MONTHLY_ACTIVE_USERS"
CLOSED = "CASES_CLOSED"
ON_TIME = "CASES_CLOSED_ON_TIME"
RATE = "CAMPAIGN_RESPONSE_RATE"
TICKETS = "SUPPORT_TICKETS"

NOT_SCORED = None

CUSTOM = ScoringModel(
    version="custom-1",
    label="Two weeks",
    weights={
        "login": 5000,
        "case_resolution": 1,
        "campaign_completion": 1999,
        "feature_adoption": 3000,
        "support_ticket": 0,
    },
    targets={"login": 50},
    points_per_ticket=3,
    improving_from=2,
    declining_to=-20,
    low_from=90,
    high_below=20,
    declining_high_below=30,
    window_days=7,
    trend_days=14,
)
LONGEST = replace(
    CUSTOM, version="longest-1", window_days=366, trend_days=366, targets={"login": 100}
)


@dataclass(frozen=True)
class Case:
    """A client and what is expected of its score on :data:`DAY`.

    usage: (metric, days before DAY, value).
    expected: fields of the score, or NOT_SCORED.
    """

    expected: dict[str, Any] | None
    usage: tuple[tuple[str, int, int], ...]
    users: int | None = 100
    features: tuple[Feature, ...] = ()
    is_active: bool = True


def features(enabled: int, used: int, **columns: Any) -> tuple[Feature, ...]:
    """As many features, the first of them used; the client's name comes later."""
    return tuple(
        Feature(organization_id="", feature_name=name, is_used=number < used, **columns)
        for number, name in enumerate(list(FeatureName)[:enabled])
    )


def feature(name: str = "SSO", **columns: Any) -> tuple[Feature, ...]:
    """One feature, enabled and used unless said otherwise."""
    return (Feature(organization_id="", feature_name=name, **columns),)


def before(days: int) -> date:
    """So many days before DAY."""
    return DAY - timedelta(days)


WORKED = ((MAU, 3, 38), (CLOSED, 9, 50), (ON_TIME, 9, 45), (RATE, 7, 80), (RATE, 2, 82))
MONTH_BEFORE = ((MAU, 30, 40), (CLOSED, 30, 10), (ON_TIME, 30, 9), (TICKETS, 30, 1))

STANDARD_CASES = {
    # Login
    "38 of 60 active": Case({"login": 63}, ((MAU, 0, 38),), users=60),
    "the latest monthly count": Case({"login": 20}, ((MAU, 2, 20), (MAU, 3, 90), (MAU, 29, 50))),
    "the greatest daily count": Case({"login": 40}, ((DAU, 1, 30), (DAU, 5, 40), (DAU, 9, 10))),
    "monthly before a greater, later daily": Case({"login": 20}, ((MAU, 20, 20), (DAU, 0, 90))),
    "daily where the monthly is too old": Case({"login": 90}, ((MAU, 30, 20), (DAU, 0, 90))),
    "a monthly count of 0 is a count": Case({"login": 0}, ((MAU, 0, 0), (DAU, 0, 90))),
    "a daily count of 0 is a count": Case({"login": 0}, ((DAU, 0, 0),)),
    "more active than licensed": Case({"login": 100}, ((MAU, 0, 250),)),
    "the greatest number of one user": Case({"login": 100}, ((MAU, 0, MAXIMUM_VALUE),), users=1),
    "one of the greatest number": Case({"login": 0}, ((MAU, 0, 1),), users=MAXIMUM_VALUE),
    "0 licensed users": Case({"login": None}, ((MAU, 0, 38), (TICKETS, 0, 0)), users=0),
    "no licensed users": Case({"login": None}, ((MAU, 0, 38), (TICKETS, 0, 0)), users=None),
    "no active users": Case({"login": None}, ((TICKETS, 0, 0),)),
    "62.5 logins are 63": Case({"login": 63}, ((MAU, 0, 5),), users=8),
    "62.49 logins are 62": Case({"login": 62}, ((MAU, 0, 6249),), users=10_000),
    "0.5 logins are 1": Case({"login": 1}, ((MAU, 0, 1),), users=200),
    "99.5 logins are 100": Case({"login": 100}, ((MAU, 0, 199),), users=200),
    # Case resolution
    "45 of 50 on time": Case({"case_resolution": 90}, ((CLOSED, 0, 50), (ON_TIME, 0, 45))),
    "cases are summed over the window": Case(
        {"case_resolution": 30}, ((CLOSED, 0, 4), (CLOSED, 29, 6), (ON_TIME, 3, 2), (ON_TIME, 4, 1))
    ),
    "0 cases closed": Case(
        {"case_resolution": None}, ((CLOSED, 0, 0), (ON_TIME, 0, 0), (TICKETS, 0, 0))
    ),
    "no cases closed": Case({"case_resolution": None}, ((ON_TIME, 0, 5), (TICKETS, 0, 0))),
    "no row of cases on time": Case({"case_resolution": None}, ((CLOSED, 0, 5), (TICKETS, 0, 0))),
    "0 cases on time": Case({"case_resolution": 0}, ((CLOSED, 0, 5), (ON_TIME, 0, 0))),
    "more on time than closed": Case({"case_resolution": 100}, ((CLOSED, 0, 5), (ON_TIME, 0, 9))),
    "12.5 of cases are 13": Case({"case_resolution": 13}, ((CLOSED, 0, 8), (ON_TIME, 0, 1))),
    # Campaign completion
    "response mean 81": Case({"campaign_completion": 81}, ((RATE, 0, 80), (RATE, 9, 82))),
    "response mean 62.5 is 63": Case({"campaign_completion": 63}, ((RATE, 0, 62), (RATE, 9, 63))),
    "response mean 62.33 is 62": Case(
        {"campaign_completion": 62}, ((RATE, 0, 62), (RATE, 9, 62), (RATE, 5, 63))
    ),
    "nobody responds": Case({"campaign_completion": 0}, ((RATE, 0, 0),)),
    "everybody responds": Case({"campaign_completion": 100}, ((RATE, 0, 100), (RATE, 1, 100))),
    "no campaign": Case({"campaign_completion": None}, ((TICKETS, 0, 0),)),
    # Feature adoption
    "6 of 9 features": Case({"feature_adoption": 67}, ((TICKETS, 0, 0),), features=features(9, 6)),
    "1 of 8 features": Case({"feature_adoption": 13}, ((TICKETS, 0, 0),), features=features(8, 1)),
    "all 12 features": Case(
        {"feature_adoption": 100}, ((TICKETS, 0, 0),), features=features(12, 12)
    ),
    "no feature used": Case({"feature_adoption": 0}, ((TICKETS, 0, 0),), features=features(3, 0)),
    "no feature": Case({"feature_adoption": None}, ((TICKETS, 0, 0),)),
    "no feature enabled": Case(
        {"feature_adoption": None},
        ((TICKETS, 0, 0),),
        features=features(3, 3, is_enabled=False),
    ),
    "used but not enabled does not count": Case(
        {"feature_adoption": 50},
        ((TICKETS, 0, 0),),
        features=(*features(2, 1), *feature(is_enabled=False)),
    ),
    "first used on the day": Case(
        {"feature_adoption": 100}, ((TICKETS, 0, 0),), features=feature(first_used_at=DAY)
    ),
    "first used after the day": Case(
        {"feature_adoption": 0}, ((TICKETS, 0, 0),), features=feature(first_used_at=before(-1))
    ),
    "first used long before the window": Case(
        {"feature_adoption": 100}, ((TICKETS, 0, 0),), features=feature(first_used_at=before(900))
    ),
    "used once, but not any more": Case(
        {"feature_adoption": 0},
        ((TICKETS, 0, 0),),
        features=feature(is_used=False, first_used_at=before(5)),
    ),
    # Support tickets
    "2 tickets": Case({"support_ticket": 80}, ((TICKETS, 0, 1), (TICKETS, 29, 1))),
    "0 tickets": Case({"support_ticket": 100}, ((TICKETS, 0, 0),)),
    "9 tickets": Case({"support_ticket": 10}, ((TICKETS, 0, 9),)),
    "10 tickets": Case({"support_ticket": 0}, ((TICKETS, 0, 10),)),
    "11 tickets": Case({"support_ticket": 0}, ((TICKETS, 0, 11),)),
    "any number of tickets": Case({"support_ticket": 0}, ((TICKETS, 0, MAXIMUM_VALUE),)),
    "no ticket row": Case({"support_ticket": None}, ((MAU, 0, 1),)),
    "tickets do not need licensed users": Case(
        {"support_ticket": 70}, ((TICKETS, 0, 3),), users=None
    ),
    # The window
    "the first day of the window counts": Case({"support_ticket": 60}, ((TICKETS, 29, 4),)),
    "the day before the window does not": Case(
        {"support_ticket": 90, "previous": 60}, ((TICKETS, 0, 1), (TICKETS, 30, 4))
    ),
    "the day after does not": Case({"support_ticket": 90}, ((TICKETS, 0, 1), (TICKETS, -1, 4))),
    "only the day before the window": Case(NOT_SCORED, ((TICKETS, 30, 4),)),
    "only the day after": Case(NOT_SCORED, ((TICKETS, -1, 4),)),
    # Overall and coverage
    "the worked example": Case(
        {
            "login": 63,
            "case_resolution": 90,
            "campaign_completion": 81,
            "feature_adoption": 67,
            "support_ticket": 80,
            "overall": 77,
            "previous": None,
            "coverage": 100,
            "trend": "STABLE",
            "risk": "LOW",
        },
        (*WORKED, (TICKETS, 1, 2)),
        users=60,
        features=features(9, 6),
    ),
    "without campaigns and tickets": Case(
        {"overall": 75, "coverage": 60, "campaign_completion": None, "support_ticket": None},
        WORKED[:3],
        users=60,
        features=features(9, 6),
    ),
    "cases 60 and campaigns 61": Case(
        {"case_resolution": 60, "campaign_completion": 61, "overall": 61, "coverage": 50},
        ((CLOSED, 0, 10), (ON_TIME, 0, 6), (RATE, 0, 61)),
    ),
    "only logins": Case({"overall": 38, "coverage": 20}, ((MAU, 0, 38),)),
    "only cases": Case({"overall": 40, "coverage": 25}, ((CLOSED, 0, 5), (ON_TIME, 0, 2))),
    "only campaigns": Case({"overall": 7, "coverage": 25}, ((RATE, 0, 7),)),
    "only tickets": Case({"overall": 90, "coverage": 15}, ((TICKETS, 0, 1),)),
    "only logins and features": Case(
        {"overall": 65, "coverage": 35}, ((MAU, 0, 38),), features=features(1, 1)
    ),
    "all at the bottom": Case(
        {"overall": 0, "coverage": 100, "risk": "HIGH"},
        ((MAU, 0, 0), (CLOSED, 0, 1), (ON_TIME, 0, 0), (RATE, 0, 0), (TICKETS, 0, 99)),
        features=features(2, 0),
    ),
    "all at the top": Case(
        {"overall": 100, "coverage": 100, "risk": "LOW"},
        ((MAU, 0, 100), (CLOSED, 0, 1), (ON_TIME, 0, 1), (RATE, 0, 100), (TICKETS, 0, 0)),
        features=features(2, 2),
    ),
    # Not scored
    "features alone are no evidence": Case(NOT_SCORED, (), features=features(9, 9)),
    "features and usage that is not scored": Case(
        NOT_SCORED,
        (
            ("CASES_CREATED", 0, 9),
            ("CAMPAIGNS_COMPLETED", 0, 9),
            ("REPORTS_GENERATED", 0, 9),
            ("SEARCHES_PERFORMED", 0, 9),
            ("API_CALLS", 0, 9),
        ),
        features=features(9, 9),
    ),
    "active users of unknown many": Case(NOT_SCORED, ((MAU, 0, 9), (DAU, 0, 9)), users=None),
    "closed cases of which nobody knows the time": Case(NOT_SCORED, ((CLOSED, 0, 9),)),
    "no longer active": Case(NOT_SCORED, (*WORKED, (TICKETS, 1, 2)), is_active=False),
    "nothing at all": Case(NOT_SCORED, ()),
    # Trend
    "82 a month before": Case(
        {"overall": 77, "previous": 82, "trend": "DECLINING", "risk": "MEDIUM"},
        (*WORKED, (TICKETS, 1, 2), *MONTH_BEFORE, (RATE, 30, 90)),
        users=60,
        features=features(9, 6),
    ),
    "81 a month before": Case(
        {"overall": 77, "previous": 81, "trend": "STABLE", "risk": "LOW"},
        (*WORKED, (TICKETS, 1, 2), *MONTH_BEFORE, (RATE, 30, 86)),
        users=60,
        features=features(9, 6),
    ),
    "5 points up": Case(
        {"previous": 50, "overall": 55, "trend": "IMPROVING"}, ((RATE, 30, 50), (RATE, 0, 55))
    ),
    "4 points up": Case(
        {"previous": 50, "overall": 54, "trend": "STABLE"}, ((RATE, 30, 50), (RATE, 0, 54))
    ),
    "as before": Case(
        {"previous": 50, "overall": 50, "trend": "STABLE"}, ((RATE, 30, 50), (RATE, 0, 50))
    ),
    "4 points down": Case(
        {"previous": 50, "overall": 46, "trend": "STABLE"}, ((RATE, 30, 50), (RATE, 0, 46))
    ),
    "5 points down": Case(
        {"previous": 50, "overall": 45, "trend": "DECLINING"}, ((RATE, 30, 50), (RATE, 0, 45))
    ),
    "from 0 all the way up": Case(
        {"previous": 0, "overall": 100, "trend": "IMPROVING"}, ((RATE, 30, 0), (RATE, 0, 100))
    ),
    "the first day of the window before": Case({"previous": 90}, ((RATE, 59, 90), (RATE, 0, 90))),
    "a day too old for the window before": Case(
        {"previous": None, "trend": "STABLE"}, ((RATE, 60, 90), (RATE, 0, 50))
    ),
    "nothing a month before": Case({"previous": None, "trend": "STABLE"}, ((RATE, 0, 50),)),
    "usage that is not scored a month before": Case(
        {"previous": None}, (("API_CALLS", 30, 50), (RATE, 0, 50)), features=features(2, 2)
    ),
    "a feature first used since": Case(
        {"previous": 50, "overall": 88, "feature_adoption": 100, "trend": "IMPROVING"},
        ((RATE, 30, 80), (RATE, 0, 80)),
        features=feature(first_used_at=before(29)),
    ),
    "a feature first used just then": Case(
        {"previous": 88, "overall": 88},
        ((RATE, 30, 80), (RATE, 0, 80)),
        features=feature(first_used_at=before(30)),
    ),
    "the licensed users of today": Case(
        {"previous": 50, "login": 60}, ((MAU, 30, 50), (MAU, 0, 60))
    ),
    # Risk
    "39 and stable": Case({"overall": 39, "risk": "HIGH"}, ((RATE, 0, 39),)),
    "39 and improving": Case(
        {"risk": "HIGH", "trend": "IMPROVING"}, ((RATE, 30, 0), (RATE, 0, 39))
    ),
    "40 and stable": Case({"overall": 40, "risk": "MEDIUM"}, ((RATE, 0, 40),)),
    "40 and declining": Case(
        {"risk": "HIGH", "trend": "DECLINING"}, ((RATE, 30, 90), (RATE, 0, 40))
    ),
    "59 and stable": Case({"overall": 59, "risk": "MEDIUM"}, ((RATE, 0, 59),)),
    "59 and declining": Case({"overall": 59, "risk": "HIGH"}, ((RATE, 30, 90), (RATE, 0, 59))),
    "60 and declining": Case({"overall": 60, "risk": "MEDIUM"}, ((RATE, 30, 90), (RATE, 0, 60))),
    "69 and improving": Case({"overall": 69, "risk": "MEDIUM"}, ((RATE, 30, 9), (RATE, 0, 69))),
    "70 and stable": Case({"overall": 70, "risk": "LOW"}, ((RATE, 0, 70),)),
    "70 and improving": Case({"overall": 70, "risk": "LOW"}, ((RATE, 30, 9), (RATE, 0, 70))),
    "70 and declining": Case({"overall": 70, "risk": "MEDIUM"}, ((RATE, 30, 90), (RATE, 0, 70))),
    "95 and declining": Case({"overall": 95, "risk": "MEDIUM"}, ((RATE, 30, 100), (RATE, 0, 95))),
}

TARGETS_CASES = {
    "the worked example under targets": Case(
        {
            "login": 90,
            "case_resolution": 100,
            "campaign_completion": 95,
            "feature_adoption": 100,
            "support_ticket": 67,
            "overall": 92,
            "coverage": 100,
        },
        (*WORKED, (TICKETS, 1, 2)),
        users=60,
        features=features(9, 6),
    ),
    "70 % active": Case({"login": 100}, ((MAU, 0, 70),)),
    "69 % active": Case({"login": 99}, ((MAU, 0, 69),)),
    "7 of 16 active, 62.5": Case({"login": 63}, ((MAU, 0, 7),), users=16),
    "89 % on time": Case({"case_resolution": 99}, ((CLOSED, 0, 100), (ON_TIME, 0, 89))),
    "90 % on time": Case({"case_resolution": 100}, ((CLOSED, 0, 10), (ON_TIME, 0, 9))),
    "84 % response": Case({"campaign_completion": 99}, ((RATE, 0, 84),)),
    "85 % response": Case({"campaign_completion": 100}, ((RATE, 0, 85),)),
    "17 % response": Case({"campaign_completion": 20}, ((RATE, 0, 17),)),
    "half of the features": Case(
        {"feature_adoption": 83}, ((RATE, 0, 17),), features=features(2, 1)
    ),
    "60 % of the features": Case(
        {"feature_adoption": 100}, ((RATE, 0, 17),), features=features(5, 3)
    ),
    "15 tickets of 400 users, 62.5": Case({"support_ticket": 63}, ((TICKETS, 0, 15),), users=400),
    "1 ticket of 100 users": Case({"support_ticket": 90}, ((TICKETS, 0, 1),)),
    "1 ticket of 10 users": Case({"support_ticket": 0}, ((TICKETS, 0, 1),), users=10),
    "1 ticket of 9 users": Case({"support_ticket": 0}, ((TICKETS, 0, 1),), users=9),
    "0 tickets of 1 user": Case({"support_ticket": 100}, ((TICKETS, 0, 0),), users=1),
    "tickets of 0 users": Case(
        {"support_ticket": None, "overall": 20}, ((TICKETS, 0, 0), (RATE, 0, 17)), users=0
    ),
    "tickets of unknown many users": Case(NOT_SCORED, ((TICKETS, 0, 0),), users=None),
    "5 points up under targets": Case(
        {"previous": 40, "overall": 45, "trend": "IMPROVING"}, ((RATE, 30, 34), (RATE, 0, 38))
    ),
}

CUSTOM_CASES = {
    "the first day of a week": Case({"login": 20}, ((MAU, 6, 10),)),
    "the day before a week": Case(NOT_SCORED, ((MAU, 7, 10),)),
    "half of the users earn all points": Case({"login": 100, "overall": 100}, ((MAU, 0, 50),)),
    "two weeks before": Case({"previous": 40, "overall": 20}, ((MAU, 14, 20), (MAU, 0, 10))),
    "the first day of the week before": Case({"previous": 40}, ((MAU, 20, 20), (MAU, 0, 10))),
    "a day too old for the week before": Case({"previous": None}, ((MAU, 21, 20), (MAU, 0, 10))),
    "the week before ends two weeks ago": Case({"previous": None}, ((MAU, 13, 20), (MAU, 0, 10))),
    "2 points up are enough": Case({"trend": "IMPROVING"}, ((MAU, 14, 10), (MAU, 0, 11))),
    "19 points down are not": Case({"trend": "STABLE"}, ((RATE, 14, 60), (RATE, 0, 41))),
    "20 points down are": Case({"trend": "DECLINING"}, ((RATE, 14, 60), (RATE, 0, 40))),
    "19 is high": Case({"overall": 19, "risk": "HIGH"}, ((RATE, 0, 19),)),
    "20 is medium": Case({"overall": 20, "risk": "MEDIUM"}, ((RATE, 0, 20),)),
    "29 and declining is high": Case({"risk": "HIGH"}, ((RATE, 14, 90), (RATE, 0, 29))),
    "30 and declining is medium": Case({"risk": "MEDIUM"}, ((RATE, 14, 90), (RATE, 0, 30))),
    "89 is medium": Case({"overall": 89, "risk": "MEDIUM"}, ((RATE, 0, 89),)),
    "90 is low": Case({"overall": 90, "risk": "LOW"}, ((RATE, 0, 90),)),
    "other weights": Case(
        {"login": 20, "campaign_completion": 81, "overall": 37, "coverage": 70},
        ((MAU, 0, 10), (RATE, 0, 81)),
    ),
    "a component that weighs nothing is computed all the same": Case(
        {"support_ticket": 94, "overall": 20, "coverage": 20}, ((TICKETS, 0, 2), (RATE, 0, 20))
    ),
    "only what weighs nothing": Case(NOT_SCORED, ((TICKETS, 0, 2),)),
    "what weighs nothing does not carry features": Case(
        {"support_ticket": 94, "feature_adoption": 50, "overall": 50, "coverage": 30},
        ((TICKETS, 0, 2),),
        features=features(2, 1),
    ),
}

A_YEAR = tuple((metric, day, MAXIMUM_VALUE) for metric in (CLOSED, ON_TIME) for day in range(366))
LONGEST_CASES = {
    "the greatest values all through the longest window": Case(
        {"login": 100, "case_resolution": 100, "campaign_completion": 100, "support_ticket": 0},
        (
            (MAU, 0, MAXIMUM_VALUE),
            *A_YEAR,
            *((TICKETS, day, MAXIMUM_VALUE) for day in range(366)),
            (RATE, 365, 100),
        ),
        users=MAXIMUM_VALUE,
    ),
}

CASES = {
    STANDARD: STANDARD_CASES,
    TARGETS: TARGETS_CASES,
    CUSTOM: CUSTOM_CASES,
    LONGEST: LONGEST_CASES,
}
ALL_CASES = {name: case for cases in CASES.values() for name, case in cases.items()}

WAYS: dict[str, dict[str, date]] = {
    "a day": {"as_of": DAY},
    "the first day of a range": {"from_day": DAY, "as_of": before(-2)},
    "the last day of a range": {"from_day": before(2), "as_of": DAY},
    "what is out of date": {},
    "by hand": {},
}
Answers = dict[tuple[str, date], Score]


def all_usage() -> list[Usage]:
    return [
        Usage(organization_id=name, metric_type=metric, date=before(days), value=value)
        for name, case in ALL_CASES.items()
        for metric, days, value in case.usage
    ]


def all_features() -> list[Feature]:
    return [
        replace(feature, organization_id=name)
        for name, case in ALL_CASES.items()
        for feature in case.features
    ]


def all_clients() -> list[Client]:
    return [
        Client(organization_id=name, total_users=case.users, is_active=case.is_active)
        for name, case in ALL_CASES.items()
    ]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Every case as a client of one database, nothing scored yet."""
    with Database.open(tmp_path_factory.mktemp("cases") / "health.duckdb", threads=1) as database:
        files = [
            small_files.organizations(*map(asdict, all_clients())),
            small_files.table(map(asdict, all_usage())),
            small_files.table(map(asdict, all_features())),
        ]
        imports.store(database, files, by="test")
        yield database


@pytest.fixture(scope="module", params=WAYS)
def answers(request: pytest.FixtureRequest, cases: Database) -> dict[str, Answers]:
    """The scores of DAY by the version of the model, taken one of five ways."""
    if request.param == "by hand":
        portfolio = Portfolio(all_clients(), all_usage(), all_features())
        return {model.version: portfolio.scores([DAY], model) for model in CASES}
    found = {}
    for model in CASES:
        runs.use_model(cases, model)
        runs.score(cases, **WAYS[request.param])
        found[model.version] = scores(cases)
        with cases.write() as writer:
            writer.execute("DELETE FROM scores")
    return found


@pytest.mark.parametrize(
    ("model", "name"),
    [
        pytest.param(model, name, id=f"{model.version}: {name}")
        for model in CASES
        for name in CASES[model]
    ],
)
def test_a_score_is_as_worked_out(
    answers: dict[str, Answers], model: ScoringModel, name: str
) -> None:
    expected = ALL_CASES[name].expected
    score = answers[model.version].get((name, DAY))
    if expected is NOT_SCORED or score is None:
        assert score == expected
    else:
        assert {field: asdict(score)[field] for field in expected} == expected


def test_no_two_cases_have_one_name() -> None:
    assert len(ALL_CASES) == sum(len(cases) for cases in CASES.values())


# What a run does


CLIENTS = [Client(organization_id="A", total_users=100), Client(organization_id="B")]


def usage_of(name: str, *rows: tuple[str, int, int]) -> list[Usage]:
    """Usage of a client as (metric, days before DAY, value)."""
    return [
        Usage(organization_id=name, metric_type=metric, date=before(days), value=value)
        for metric, days, value in rows
    ]


TEN_DAYS = [
    *usage_of("A", *((TICKETS, days, days % 4) for days in range(10))),
    *usage_of("B", *((RATE, days, 50 + days) for days in range(10))),
]


def test_without_usage_there_is_nothing_to_score(database: Database) -> None:
    fill(database, CLIENTS)
    version = database.version
    for way in ({}, {"as_of": DAY}, {"everything": True}, {"from_day": DAY, "as_of": DAY}):
        assert runs.score(database, **way).scores == 0
    assert database.version == version


def test_the_default_day_is_the_latest_usage_and_not_today(database: Database) -> None:
    fill(database, CLIENTS, usage_of("A", (TICKETS, 0, 1), (TICKETS, 4, 1)))
    run = runs.score(database, everything=True)
    assert (run.first_day, run.last_day) == (before(4), DAY)
    assert {day for _, day in scores(database)} == set(days_between(before(4), DAY))


def test_a_day_alone_is_scored_alone(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    run = runs.score(database, as_of=before(3))
    assert (run.first_day, run.last_day, run.scores) == (before(3), before(3), 2)
    assert set(scores(database)) == {("A", before(3)), ("B", before(3))}


def test_a_day_before_any_usage_has_no_scores(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    assert runs.score(database, as_of=before(10)).scores == 0
    assert scores(database) == {}


def test_a_day_after_the_latest_usage_can_be_asked_for(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    assert runs.score(database, as_of=before(-20)).scores == 2
    assert runs.score(database, as_of=before(-30)).scores == 0


def test_a_range_has_both_its_ends(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    run = runs.score(database, from_day=before(6), as_of=before(4))
    assert (run.first_day, run.last_day, run.scores) == (before(6), before(4), 6)
    assert {day for _, day in scores(database)} == {before(6), before(5), before(4)}


def test_a_range_without_an_end_goes_up_to_the_latest_usage(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.score(database, from_day=before(1))
    assert {day for _, day in scores(database)} == {before(1), DAY}


def test_everything_can_end_on_a_chosen_day(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.score(database, everything=True, as_of=before(7))
    assert {day for _, day in scores(database)} == {before(9), before(8), before(7)}


def test_a_range_that_ends_before_it_starts_is_refused_by_name(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    with pytest.raises(ArgumentError, match="from_day") as raised:
        runs.score(database, from_day=before(-1))
    assert raised.value.argument == "from_day"
    assert scores(database) == {}


@pytest.mark.parametrize("way", [{"as_of": DAY}, {"from_day": before(5)}, {"everything": True}])
def test_scoring_again_replaces_and_changes_nothing(
    database: Database, way: dict[str, Any]
) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    first = runs.score(database, **way)
    once = scores(database)
    assert runs.score(database, **way).scores == first.scores == len(once)
    assert scores(database) == once


@pytest.mark.parametrize("way", [{"as_of": DAY}, {"from_day": before(5)}, {"everything": True}])
def test_a_score_that_is_none_any_more_is_taken_away(
    database: Database, way: dict[str, Any]
) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.score(database, **way)
    with database.write() as writer:
        writer.execute("UPDATE clients SET is_active = false WHERE organization_id = 'B'")
    runs.score(database, **way)
    assert {name for name, _ in scores(database)} == {"A"}


def test_the_score_before_is_taken_from_the_data_as_it_is_now(database: Database) -> None:
    fill(database, CLIENTS, usage_of("A", (RATE, 30, 50), (RATE, 0, 50)))
    runs.score(database, as_of=before(30))
    with database.write() as writer:
        writer.execute(
            "UPDATE usage_daily SET campaign_response_rate = 70 WHERE date = $day",
            {"day": before(30)},
        )
    runs.score(database, as_of=DAY)
    assert scores(database)["A", before(30)].overall == 50
    assert scores(database)["A", DAY].previous == 70


def test_a_run_writes_down_who_what_and_when(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    run = runs.score(database, from_day=before(2), requested_by="ada@example.org")
    row = one(database.query("SELECT * EXCLUDE (run_id) FROM scoring_runs"))
    assert row.pop("finished_at") >= run.started_at
    assert row == {
        "model_version": "standard-1",
        "requested_by": "ada@example.org",
        "started_at": run.started_at,
        "first_day": before(2),
        "last_day": DAY,
        "scores": 6,
    }
    assert run.models == (STANDARD,)
    stored = database.query(
        "SELECT DISTINCT model_version, calculated_at FROM tenant_health_scores"
    )
    assert stored.rows() == [("standard-1", run.started_at)]


def test_a_run_leaves_the_scores_of_another_with_their_own_time(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    first = runs.score(database, as_of=before(1))
    second = runs.score(database, as_of=DAY)
    times = database.query(
        "SELECT DISTINCT score_date, calculated_at FROM tenant_health_scores ORDER BY 1"
    )
    assert times.rows() == [(before(1), first.started_at), (DAY, second.started_at)]


@pytest.fixture
def in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client is a transaction of its own."""
    monkeypatch.setattr(runs, "CHUNK", 1)


@pytest.mark.usefixtures("in_steps")
def test_a_long_run_tells_how_far_it_is_and_gives_the_same_scores(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    told: list[float] = []
    version = database.version
    run = runs.score(database, everything=True, progress=told.append)
    assert told == [0.5, 1.0]
    assert database.version == version + 2
    assert run.scores == 20
    expected = Portfolio(CLIENTS, TEN_DAYS).scores(days_between(before(9), DAY), STANDARD)
    assert scores(database) == expected
    recorded = database.query("SELECT run_id, scores FROM scoring_runs").rows()
    assert recorded == [(1, 20)]


@pytest.mark.usefixtures("in_steps")
def test_a_run_that_is_stopped_keeps_what_it_has_finished(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    answers = iter([False, True])
    with pytest.raises(Cancelled, match="50 % was recalculated and is stored; the rest is still"):
        runs.score(database, everything=True, cancelled=lambda: next(answers))
    assert {name for name, _ in scores(database)} == {"A"}
    assert database.query("SELECT scores FROM scoring_runs").item() == 10


@pytest.mark.usefixtures("in_steps")
def test_a_load_during_a_run_is_left_for_the_next(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.use_model(database, SHORT)
    more = [*usage_of("A", (RATE, 5, 7)), *usage_of("B", (TICKETS, 5, 7))]

    def load(_: float) -> None:
        imports.store(database, [small_files.table(map(asdict, more))], by="test")

    runs.score(database, progress=load)
    runs.score(database)
    expected = Portfolio(CLIENTS, TEN_DAYS + more).scores(days_between(before(9), DAY), SHORT)
    assert scores(database) == expected


def test_a_run_that_is_stopped_at_once_stores_nothing(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    before_it = everything(database)
    with pytest.raises(Cancelled):
        runs.score(database, everything=True, cancelled=lambda: True)
    assert everything(database) == before_it


def test_a_run_says_which_days_it_looked_at_and_none_where_nothing_was_out_of_date(
    database: Database,
) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.use_model(database, TARGETS)
    run = runs.score(database)
    assert (run.first_day, run.last_day) == (before(9), DAY)
    assert database.query("SELECT first_day, last_day FROM scoring_runs").rows() == [
        (before(9), DAY)
    ]
    run = runs.score(database)
    assert (run.first_day, run.last_day, run.scores) == (None, None, 0)
    assert database.query("SELECT count(*) FROM scoring_runs").item() == 1


# Which model


def test_another_model_scores_everything_anew_and_names_its_version(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.score(database, everything=True)
    assert runs.score(database).scores == 0
    runs.use_model(database, TARGETS)
    run = runs.score(database)
    assert run.models == (TARGETS,)
    assert run.scores == 20
    versions = database.query("SELECT DISTINCT model_version FROM tenant_health_scores")
    assert versions.rows() == [("targets-1",)]


def test_the_model_in_use_already_changes_nothing(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.score(database, everything=True)
    before_it = everything(database)
    runs.use_model(database, STANDARD)
    assert everything(database) == before_it


def test_a_version_means_one_model_for_ever(database: Database) -> None:
    fill(database, CLIENTS, TEN_DAYS)
    runs.use_model(database, SHORT)
    before_it = everything(database)
    with pytest.raises(InvalidModel, match=r"short-1.*a version of its own"):
        runs.use_model(database, replace(SHORT, points_per_ticket=4))
    assert everything(database) == before_it


@pytest.mark.usefixtures("in_steps")
def test_a_model_changed_during_a_run_stops_it_and_the_next_run_knows_no_other(
    database: Database,
) -> None:
    fill(database, CLIENTS, TEN_DAYS)

    def change_it(_: float) -> None:
        runs.use_model(database, TARGETS)

    with pytest.raises(
        Cancelled, match="model was changed meanwhile; the rest is still out of date"
    ):
        runs.score(database, everything=True, progress=change_it)
    runs.score(database)
    assert set(database.query("SELECT model_version FROM tenant_health_scores").to_series()) == {
        "targets-1"
    }
    expected = Portfolio(CLIENTS, TEN_DAYS).scores(days_between(before(9), DAY), TARGETS)
    assert scores(database) == expected


def test_a_model_with_shorter_windows_leaves_no_score_of_the_one_before(
    database: Database,
) -> None:
    usage = [*usage_of("A", (TICKETS, 25, 1)), *usage_of("B", (RATE, 0, 50))]
    fill(database, CLIENTS, usage)
    runs.score(database, everything=True)
    assert ("A", DAY) in scores(database)
    runs.use_model(database, SHORT)
    runs.score(database)
    days = days_between(before(25), DAY)
    assert scores(database) == Portfolio(CLIENTS, usage).scores(days, SHORT)


def test_a_model_with_longer_windows_scores_days_the_one_before_could_not(
    database: Database,
) -> None:
    usage = [*usage_of("A", (TICKETS, 25, 1)), *usage_of("B", (RATE, 0, 50))]
    fill(database, CLIENTS, usage)
    runs.use_model(database, SHORT)
    runs.score(database, everything=True)
    runs.use_model(database, STANDARD)
    runs.score(database)
    days = days_between(before(25), DAY)
    assert scores(database) == Portfolio(CLIENTS, usage).scores(days, STANDARD)


# Laws, on random data


@settings(max_examples=60)
@given(
    clients=random_portfolios.clients(changing_within=70) | random_portfolios.clients(),
    usage=random_portfolios.usage_rows(span=70),
    features=random_portfolios.features(span=70, changing=True),
    model=st.sampled_from((STANDARD, TARGETS, SHORT, WIDER)),
    picked=st.integers(0, 99),
    length=st.sampled_from((0, 0, 1, 5)),
)
def test_a_stored_score_is_the_one_worked_out_by_hand_whatever_the_data_and_the_day(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    model: ScoringModel,
    picked: int,
    length: int,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    runs.use_model(database, model)
    days = [row.date for row in usage] or [DAY]
    portfolio = Portfolio(clients, usage, features)

    runs.score(database, everything=True)
    stored = scores(database)
    assert stored == portfolio.scores(days_between(min(days), max(days)), model)
    for score in stored.values():
        points = [value for value in list(asdict(score).values())[:7] if value is not None]
        assert 0 <= min(points) <= max(points) <= 100
        assert 1 <= score.coverage <= 100

    # A day alone is computed in another way than a range; any days may be asked for.
    first = min(days) + timedelta(picked)
    last = first + timedelta(length)
    runs.score(database, from_day=first, as_of=last)
    assert scores(database) == stored | portfolio.scores(days_between(first, last), model)
