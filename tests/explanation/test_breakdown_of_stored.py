"""The explanation of a score against the score that was stored: two computations, one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from random_portfolios import WIDER

from health.explanation.breakdown import explain, summary
from health.explanation.ledger import LineKind, ledger
from health.maintenance.demo import DEMO_END
from health.queries.client import ClientQuery, ClientSearch, client, find_clients
from health.queries.inputs import ComparisonQuery, comparisons
from health.scoring.model import STANDARD, TARGETS
from health.scoring.publishing import Act, put_in_force
from health.scoring.runs import score, use_model
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from pathlib import Path

    from health.scoring.model import ScoringModel


MILD = replace(STANDARD, version="mild-1", label="Mild", points_per_ticket=3, window_days=14)


@pytest.mark.parametrize("days_before", [0, 1, 45, 91, 119])
def test_every_stored_score_is_explained_to_the_point(demo_copy: Path, days_before: int) -> None:
    with Database.open(demo_copy) as database:
        assert _differences(database, days_before) == []


@pytest.mark.parametrize("model", [TARGETS, WIDER], ids=["targets", "wider"])
def test_scores_of_another_model_are_explained_by_that_model(
    demo_copy: Path, model: ScoringModel
) -> None:
    with Database.open(demo_copy) as database:
        use_model(database, model)
        score(database, as_of=DEMO_END)
        assert _differences(database, 0) == []


def test_every_scored_client_has_a_summary_without_raw_names(demo_database: Path) -> None:
    with Database.open(demo_database) as database, database.read() as reader:
        for organization_id in find_clients(reader, ClientSearch())["organization_id"]:
            found = client(reader, ClientQuery(organization_id=organization_id, as_of=DEMO_END))
            if found.score is None:
                continue
            said = summary(found.score, explain(found.inputs, found.model))
            assert said.endswith(".")
            assert "_" not in said
            assert "None" not in said


@pytest.mark.parametrize("days_before", [7, 30, 90])
def test_every_ledger_leads_from_the_stored_score_of_one_day_to_that_of_another(
    demo_database: Path, days_before: int
) -> None:
    before = DEMO_END - timedelta(days=days_before)
    with Database.open(demo_database) as database, database.read() as reader:
        names = tuple(find_clients(reader, ClientSearch())["organization_id"])
        stored = reader.query(
            """SELECT organization_id,
                max(overall_score) FILTER (score_date = $before) AS before,
                max(overall_score) FILTER (score_date = $after) AS after
            FROM tenant_health_scores GROUP BY organization_id""",
            {"before": before, "after": DEMO_END},
        ).rows_by_key("organization_id", unique=True)
        query = ComparisonQuery(organization_ids=names, start_date=before, end_date=DEMO_END)
        ledgers = {name: ledger(found) for name, found in comparisons(reader, query).items()}
    assert set(ledgers) == set(names)
    written = {name: (moved.before, moved.after) for name, moved in ledgers.items() if moved}
    assert written == {name: scores for name, scores in stored.items() if None not in scores}


def _differences(database: Database, days_before: int) -> list[str]:
    """The clients whose stored score is not what its explanation says; at least one is scored."""
    day = DEMO_END - timedelta(days=days_before)
    differing, scored = [], 0
    with database.read() as reader:
        for organization_id in find_clients(reader, ClientSearch())["organization_id"]:
            found = client(reader, ClientQuery(organization_id=organization_id, as_of=day))
            explained = explain(found.inputs, found.model)
            stored = found.score
            scored += stored is not None
            expected = explained.overall if found.is_active else None
            if (stored and stored.overall_score) != expected or (
                stored is not None
                and (stored.components, stored.coverage) != (explained.scores, explained.coverage)
            ):
                differing.append(organization_id)
    assert scored
    return differing


def _use_segments(database: Database) -> None:
    """Score with models of segments; from ten days before the end, large clients by targets."""
    segments = (
        Segment(rule=Rule(total_users_from=100), model=TARGETS),
        Segment(rule=Rule(feature=FeatureName.SSO), model=MILD),
    )
    with database.write() as writer:
        for model in (STANDARD, TARGETS, MILD):
            register_model(writer, model)
        put_in_force(
            writer,
            Act.PUBLISHED,
            STANDARD,
            DEMO_END - timedelta(days=10),
            segments=segments,
            reason="",
            by="test",
        )
    score(database)


def test_scores_of_segments_are_explained_each_by_its_model(demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        _use_segments(database)
        versions = database.query(
            "SELECT DISTINCT model_version FROM tenant_health_scores WHERE score_date = $day",
            {"day": DEMO_END},
        )
        assert versions.height == 3
        assert _differences(database, 0) == []
        assert _differences(database, 11) == []


def test_a_ledger_over_a_change_of_model_adds_up_and_has_a_line_for_it(demo_copy: Path) -> None:
    before = DEMO_END - timedelta(days=30)
    with Database.open(demo_copy) as database:
        _use_segments(database)
        stored = database.query(
            """SELECT organization_id,
                max(overall_score) FILTER (score_date = $before) AS before,
                max(overall_score) FILTER (score_date = $after) AS after,
                max(model_version) FILTER (score_date = $after) AS version
            FROM tenant_health_scores GROUP BY organization_id""",
            {"before": before, "after": DEMO_END},
        ).drop_nulls()
        query = ComparisonQuery(
            organization_ids=tuple(stored["organization_id"]), start_date=before, end_date=DEMO_END
        )
        with database.read() as reader:
            found = {name: ledger(one) for name, one in comparisons(reader, query).items()}
    changed = set()
    for name, first, last, version in stored.iter_rows():
        moved = found[name]
        assert moved is not None
        assert (moved.before, moved.after) == (first, last)
        assert sum(line.points for line in moved.lines) == last - first
        assert sum(line.shown_points for line in moved.lines) == last - first
        if any(line.kind is LineKind.MODEL for line in moved.lines):
            changed.add(version)
    assert changed == {"targets-1", "mild-1"}
