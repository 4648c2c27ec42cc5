"""The explanation of a score against the score that was stored: two computations, one answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from random_portfolios import WIDER

from health.explanation.breakdown import explain, summary
from health.explanation.ledger import ledger
from health.maintenance.demo import DEMO_END
from health.queries.client import ClientQuery, ClientSearch, client, find_clients
from health.queries.inputs import ComparisonQuery, comparisons
from health.scoring.model import TARGETS
from health.scoring.runs import score, use_model
from health.storage.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from health.scoring.model import ScoringModel


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
