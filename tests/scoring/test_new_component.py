"""A new metric and a new component of the score are each added in one place.

The recipes of docs/extending.md are followed on a copy of the package, and a process of its own
runs it: on a new database, and on one that the package as it is has filled before.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import recipes

import health

FILL = """
import sys
from datetime import date, timedelta
import health
from health.files import read_file

TODAY = date(2026, 11, 20)
CLIENTS = "organization_id,name,total_users\\nA,Acme,60\\nB,Beta,10\\n"
WORKED = {"monthly_active_users": 38, "cases_closed": 50, "cases_closed_on_time": 45,
          "campaign_response_rate": 81, "support_tickets": 2}

def load(database, text, name):
    health.store(database, [read_file(text.encode(), name=name, today=TODAY)], by="ada")

def usage(days, **more):
    values = WORKED | more
    rows = "".join(
        f"{client},{TODAY - timedelta(days=day)},{','.join(map(str, values.values()))}\\n"
        for client in "AB" for day in days
    )
    return f"organization_id,date,{','.join(values)}\\n{rows}"
"""

BEFORE = (
    FILL
    + """
with health.open_database(sys.argv[1]) as database:
    load(database, CLIENTS, "clients.csv")
    load(database, usage([0, 30]), "usage.csv")
    health.score(database, everything=True)
"""
)

AFTER = (
    FILL
    + """
from dataclasses import replace
from health.charts.breakdown import breakdown
from health.charts.client import component_history
from health.charts.theme import LIGHT
from health.explanation.breakdown import explain
from health.explanation.ledger import ledger
from health.explanation.remedies import remedy
from health.maintenance import checks
from health.maintenance.check import State
from health.output.exports import Export
from health.queries.client import ClientQuery, ScoreHistoryQuery, client, score_history
from health.queries.inputs import ComparisonQuery, comparisons
from health.scoring.components import Component

weights = {name: number - 200 for name, number in health.STANDARD.weights.items()}
SIX = replace(health.STANDARD, version="six-1", label="Six", weights=weights | {"training": 1000})

with health.open_database(sys.argv[1]) as database:
    load(database, CLIENTS, "clients.csv")
    load(database, usage([0], trainings_held=30), "usage.csv")
    load(database, usage([30], trainings_held=6), "usage_before.csv")
    health.use_model(database, SIX)
    health.score(database, everything=True)
    with database.read() as reader:
        page = health.health_scores(reader, health.HealthScoreQuery(sort_by="training_score"))
        scores = {row.organization_id: row for row in page.rows}
        assert (scores["A"].training_score, scores["B"].training_score) == (50, 100), scores
        one = client(reader, ClientQuery(organization_id="A", as_of=TODAY))
        found = explain(one.inputs, one.model)
        assert found.overall == scores["A"].overall_score
        assert found.scores[Component.TRAINING] == 50
        assert "30 trainings" in [part.basis for part in found.contributions]
        query = ComparisonQuery(
            organization_ids=("A",), start_date=TODAY - timedelta(days=30), end_date=TODAY
        )
        moved = ledger(comparisons(reader, query)["A"])
        assert moved.after - moved.before == sum(line.points for line in moved.lines)
        assert "trainings rose from 6 to 30" in [line.phrase for line in moved.lines]
        ways = remedy(replace(one.inputs, licensed_users=100), one.model, None)
        assert ways is None or ways.goal == 70
        history = score_history(reader, ScoreHistoryQuery(
            organization_id="A", start_date=TODAY - timedelta(days=30), end_date=TODAY
        ))
        drawn = breakdown(found, LIGHT, ages={part: "" for part in Component})
        panels = component_history(history, LIGHT, first=TODAY - timedelta(days=30), last=TODAY)
        assert "Training" in drawn.to_json() and "Training" in panels.to_json()
        usage_rows = reader.query("FROM usage_metrics WHERE metric_type = 'TRAININGS_HELD'")
        assert sorted(usage_rows["value"]) == [6, 6, 30, 30]
        assert "training_score" in reader.query("FROM tenant_health_scores").columns
    failed = [result for result in checks.run(database) if result.state is State.FAIL]
    assert failed == [], failed
"""
)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package that has one more metric and one more component."""
    folder = recipes.copy(tmp_path_factory.mktemp("extended"))
    recipes.follow("A metric", folder)
    recipes.follow("A component", folder)
    return folder


def test_a_new_database_scores_and_explains_them(extended: Path, tmp_path: Path) -> None:
    recipes.run(AFTER, extended, tmp_path / "new.duckdb")


def test_a_database_from_before_gets_them(extended: Path, tmp_path: Path) -> None:
    database = tmp_path / "old.duckdb"
    recipes.run(BEFORE, Path(health.__file__).parents[1], database)
    recipes.run(AFTER, extended, database)
