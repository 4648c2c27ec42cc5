"""How DuckDB goes about the scores of a day; what they are is tried beside those of many days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from scores_by_hand import Client, Usage
from stored import fill

from health.scoring import day
from health.scoring.model import STANDARD, ScoringModel
from health.storage.database import Database

LAST = date(2026, 6, 30)


def steps(plan: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The name of each step of a plan, and what it says of itself."""
    for step in plan:
        yield step["name"].strip(), str(step["extra_info"])
        yield from steps(step["children"])


@pytest.mark.parametrize(
    ("model", "times"), [(STANDARD, 1), (replace(STANDARD, version="week-1", trend_days=7), 2)]
)
def test_windows_that_follow_each_other_are_read_at_once(
    database: Database, model: ScoringModel, times: int
) -> None:
    fill(
        database,
        [Client(organization_id="A", total_users=60)],
        [
            Usage(organization_id="A", metric_type="SUPPORT_TICKETS", date=LAST, value=1),
            Usage(
                organization_id="A", metric_type="SUPPORT_TICKETS", date=date(2026, 5, 10), value=1
            ),
        ],
    )
    sql = day.scores_sql(model, "clients", has_history=False)
    with database.read() as reader:
        plan = reader.query(f"EXPLAIN (FORMAT json) {sql}", {"last": LAST})["explain_value"][0]
    found = list(steps(json.loads(plan)))
    assert sum("usage_daily" in said for _, said in found) == times
    # Which window a row is of is not asked of each row before they are added up.
    assert not any("date" in said for name, said in found if name == "FILTER")
