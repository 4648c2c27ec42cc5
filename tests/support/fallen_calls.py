"""Demo data in which API calls, an extra part of the model in force, fell for all clients."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from random_portfolios import WIDER

from health.queries.season import SPAN
from health.scoring import runs
from health.scoring.components.extra import Form
from health.storage.database import Database


def score_fallen_calls(database: Database, label: str, day: date) -> None:
    """Halve the calls from :data:`SPAN` days before ``day`` on, and score them as a part."""
    first, *others = WIDER.extra_parts
    calls = replace(first, label=label, form=Form.AMOUNT, target=3000)
    model = replace(WIDER, window_days=SPAN, trend_days=SPAN, extra_parts=(calls, *others))
    with database.write() as writer:
        writer.execute(
            "UPDATE usage_daily SET api_calls = CASE WHEN date > $before THEN 50 ELSE 100 END",
            {"before": day - timedelta(days=SPAN)},
        )
    runs.use_model(database, model)
    runs.score(database)
