"""What a database holds, taken out of it whole to be compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from scores_by_hand import Score

from health.database import Database

HOLDING = (
    "clients",
    "usage_daily",
    "usage_span",
    "adoption",
    "imports",
    "usage_changes",
    "record_changes",
    "scoring_models",
    "scoring_runs",
    "scores",
    "stale",
)
"""Every table but ``state``."""

LOADED = ("organizations", "usage_metrics", "feature_adoption")
"""The tables of the contract that files fill."""


def empty(database: Database) -> None:
    """Make the database as good as new: opening one for each example takes ten times as long."""
    with database.write() as writer:
        for table in HOLDING:
            writer.execute(f"DELETE FROM {table}")
        writer.execute("UPDATE state SET model_version = 'standard-1'")


def contents(database: Database, tables: tuple[str, ...] = LOADED) -> dict[str, list[Any]]:
    """All rows of the tables, in an order that says nothing of how they were stored."""
    with database.read() as reader:
        return {
            table: reader.query(f"SELECT * FROM {table} ORDER BY ALL").rows() for table in tables
        }


def everything(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables, and what the database says of itself."""
    return contents(database, (*HOLDING, "state"))


def scores(database: Database) -> dict[tuple[str, date], Score]:
    """The stored scores, by client and day."""
    frame = database.query("SELECT * FROM tenant_health_scores")
    keys = frame.select("organization_id", "score_date").rows()
    assert len(set(keys)) == len(keys), "a client has two scores on a day"
    fields = frame.select(
        login="login_score",
        case_resolution="case_resolution_score",
        campaign_completion="campaign_completion_score",
        feature_adoption="feature_adoption_score",
        support_ticket="support_ticket_score",
        overall="overall_score",
        previous="previous_score",
        coverage="coverage",
        trend="trend",
        risk="risk_level",
    )
    return dict(zip(keys, (Score(**row) for row in fields.iter_rows(named=True)), strict=True))


def stale(database: Database) -> dict[str, set[date]]:
    """The days that are out of date, by client; spans may overlap."""
    spans = database.query(
        "SELECT organization_id, first_day, last_day FROM stale JOIN clients USING (organization)"
    )
    days: dict[str, set[date]] = {}
    for name, first, last in spans.iter_rows():
        days.setdefault(name, set()).update(days_between(first, last))
    return days


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def one(frame: pl.DataFrame) -> dict[str, Any]:
    """The only row of a frame."""
    assert frame.height == 1
    return frame.row(0, named=True)
