"""A past day is shown with what was in force on it, the latest day with what is on file now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from scores_by_hand import Client, Feature, Usage
from small_files import Cell, organizations, table
from stored import days_between, fill

from health import imports
from health.accounts.visits import left_high_risk
from health.explanation.breakdown import component_scores
from health.queries.adoption import (
    AdoptionFilter,
    AdoptionMatrixQuery,
    adoption_matrix,
    adoption_overview,
)
from health.queries.alerts.attention import AlertQuery, attention
from health.queries.client import ClientQuery, client
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.queries.inputs import ComparisonQuery, comparisons
from health.queries.not_scored import NotScoredQuery, not_scored, why_not_scored
from health.queries.peers import PeersQuery, peers
from health.queries.portfolio import choices, overview
from health.queries.scores import HealthScoreQuery, health_scores
from health.queries.trends import MoversQuery, movers
from health.scoring import runs
from health.storage.database import Database
from health.vocabulary import NotScoredReason

FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
CHANGED = date(2026, 4, 1)
BEFORE = CHANGED - timedelta(1)
ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def moved(database: Database) -> Database:
    """A changed its name, owner, industry, licences and a feature in April; B left then."""
    fill(
        database,
        [Client(organization_id=name, total_users=60) for name in ("A", "B")],
        [
            Usage(organization_id=name, metric_type="MONTHLY_ACTIVE_USERS", date=day, value=users)
            for name in ("A", "B")
            for day in days_between(FIRST, LAST)
            for users in (30 if day < date(2026, 2, 1) else 12,)
        ],
        [Feature(organization_id="A", feature_name="SSO", is_enabled=True, is_used=False)],
    )
    old: dict[str, Cell] = {
        "name": "Old",
        "csm": ADA,
        "industry": "Energy",
        "alert_level": "PROACTIVE",
        "renewal_date": date(2026, 5, 1),
        "annual_value": "1000",
        "valid_from": "always",
    }
    new: dict[str, Cell] = {
        "name": "New",
        "csm": BOB,
        "industry": "Water",
        "total_users": 120,
        "renewal_date": date(2027, 5, 1),
        "annual_value": "2000",
        "valid_from": CHANGED,
    }
    load(database, organizations({"organization_id": "A", **old}))
    load(database, organizations({"organization_id": "A", **new}))
    load(database, organizations({"organization_id": "B", "inactive_from": CHANGED}))
    load(
        database,
        table(
            [
                {
                    "organization_id": "A",
                    "feature_name": "SSO",
                    "is_used": "yes",
                    "valid_from": CHANGED,
                }
            ]
        ),
    )
    runs.score(database, everything=True)
    return database


def load(database: Database, file: Any, on: date = LAST) -> None:
    imports.store(database, [replace(file, day=on)], by="ada")


DAYS = [(BEFORE, "Old", ADA, "Energy", 60), (CHANGED, "New", BOB, "Water", 120)]


@pytest.mark.parametrize(("day", "name", "csm", "industry", "users"), DAYS)
def test_a_day_shows_its_name_owner_industry_and_licences(
    moved: Database, day: date, name: str, csm: str, industry: str, users: int
) -> None:
    with moved.read() as reader:
        one = client(reader, ClientQuery(organization_id="A", as_of=day))
        assert (one.name, one.csm, one.industry, one.total_users) == (name, csm, industry, users)
        assert one.inputs.licensed_users == users
        (row,) = health_scores(reader, HealthScoreQuery(as_of=day, organization_id="A")).rows
        assert (row.organization_name, row.csm, row.industry) == (name, csm, industry)
        assert health_scores(reader, HealthScoreQuery(as_of=day, csm=csm)).total == 1
        other = ADA if csm == BOB else BOB
        assert health_scores(reader, HealthScoreQuery(as_of=day, csm=other)).total == 0
        assert overview(reader, HealthScoreQuery(as_of=day, csm=csm)).clients == 1
        assert choices(reader, day).csms == (csm,)
        assert peers(reader, PeersQuery(organization_id="A", as_of=day)).industry == industry
        assert attention(reader, AlertQuery(as_of=day, csm=other)).frame.is_empty()
        matrix = adoption_matrix(reader, AdoptionMatrixQuery(as_of=day, csm=csm))
        assert matrix.clients["name"].to_list() == [name]


def test_movers_and_the_news_name_a_client_as_on_the_day(moved: Database) -> None:
    with moved.read() as reader:
        found = movers(reader, MoversQuery(as_of=BEFORE, days=60))
        assert "Old" in found.down["organization_name"].to_list()
        assert left_high_risk(reader, BEFORE, FIRST, BOB).is_empty()


def test_a_score_and_what_explains_it_are_of_one_day(moved: Database) -> None:
    with moved.read() as reader:
        for day in days_between(BEFORE - timedelta(2), LAST):
            one = client(reader, ClientQuery(organization_id="A", as_of=day))
            assert one.score is not None
            explained = component_scores(one.inputs, one.model)
            assert explained == dict(one.score.components), day
        query = ComparisonQuery(organization_ids=("A",), start_date=BEFORE, end_date=CHANGED)
        both = comparisons(reader, query)["A"]
    assert (both.before.licensed_users, both.after.licensed_users) == (60, 120)
    assert (both.before.features_used, both.after.features_used) == (0, 1)


def test_a_feature_is_used_from_its_day_on(moved: Database) -> None:
    with moved.read() as reader:
        for day, used in ((BEFORE, 0), (CHANGED, 1)):
            query = FeatureAdoptionQuery(organization_id="A", as_of=day)
            assert feature_adoption(reader, query).used_features == used
            assert adoption_overview(reader, AdoptionFilter(as_of=day)).used == used


def test_who_left_has_its_scores_before_and_a_reason_after(moved: Database) -> None:
    with moved.read() as reader:
        assert why_not_scored(reader, "B", BEFORE) is None
        assert why_not_scored(reader, "B", CHANGED) is NotScoredReason.INACTIVE
        assert not_scored(reader, NotScoredQuery(as_of=BEFORE)).total == 0
        assert health_scores(reader, HealthScoreQuery(as_of=BEFORE)).total == 2


def test_the_latest_day_shows_what_was_said_since_then(moved: Database) -> None:
    later = LAST + timedelta(2)
    load(moved, organizations({"organization_id": "A", "csm": ADA, "total_users": 500}), later)
    with moved.read() as reader:
        for day in (None, LAST):
            (row,) = health_scores(reader, HealthScoreQuery(as_of=day, organization_id="A")).rows
            assert row.csm == ADA
        one = client(reader, ClientQuery(organization_id="A", as_of=LAST))
    assert one.total_users == 500
    assert one.inputs.licensed_users == 120, "the score of the day rests on what was in force"


def test_what_holds_from_a_day_to_come_is_not_shown_yet(moved: Database) -> None:
    file = organizations({"organization_id": "A", "csm": ADA, "valid_from": LAST + timedelta(30)})
    load(moved, file)
    with moved.read() as reader:
        assert client(reader, ClientQuery(organization_id="A", as_of=LAST)).csm == BOB
        later = LAST + timedelta(30)
        assert client(reader, ClientQuery(organization_id="A", as_of=later)).csm == ADA
