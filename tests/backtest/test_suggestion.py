"""Suggested weights: found where there is something to find, and kept back where there is not."""

from __future__ import annotations

import numpy as np
import outcomes_by_chance
import polars as pl
import pytest
from random_portfolios import WIDER

from health.backtest.suggestion import fit, suggest
from health.errors import NothingToJudge
from health.explanation import backtest_wording
from health.scoring.components import Component
from health.scoring.model import STANDARD
from health.storage.database import Database

USEFUL = Component("login")


def made_up(signal: float) -> pl.DataFrame:
    """Cases of 40 days, whose parts are noise but the logins of bad ones."""
    random = np.random.default_rng(11)
    size = 4000
    is_bad = random.random(size) < 0.1
    points = {part.column: random.normal(60, 12, size) for part in Component}
    points[USEFUL.column] -= signal * 12 * is_bad
    return pl.DataFrame(
        {"day": random.integers(0, 40, size), "is_bad": is_bad}
        | {name: np.rint(values).astype(int) for name, values in points.items()}
    )


def test_the_part_that_tells_gets_the_weight() -> None:
    weights = fit(made_up(1.5), STANDARD)
    assert sum(weights.values()) == 10_000
    assert min(weights.values()) >= 0
    assert weights[USEFUL] >= 8_000


def test_weights_are_not_negative_where_a_part_tells_the_wrong_way() -> None:
    assert fit(made_up(-1.5), STANDARD)[USEFUL] == 0


def test_a_part_that_is_mostly_unknown_keeps_its_weight() -> None:
    found = made_up(1.5).with_columns(pl.lit(None, pl.Int64).alias(Component.SUPPORT_TICKET.column))
    weights = fit(found, STANDARD)
    assert weights[Component.SUPPORT_TICKET] == STANDARD.weight(Component.SUPPORT_TICKET)
    assert sum(weights.values()) == 10_000


def test_without_cases_the_weights_stay() -> None:
    assert fit(made_up(1).head(0), STANDARD) == STANDARD.weights


def test_an_extra_part_that_tells_gets_the_weight() -> None:
    found = made_up(1.5).with_columns(
        pl.lit(50).alias(USEFUL.column),
        *(pl.lit(50).alias(part.column) for part in WIDER.extra_parts[1:]),
        pl.col(USEFUL.column).alias(WIDER.extra_parts[0].column),
    )
    weights = fit(found, WIDER)
    assert weights[WIDER.extra_parts[0].value] >= 8_000
    draft = WIDER.with_weights(weights, "suggested")
    assert draft.weights_of_parts == weights


def _with_noise(database: Database) -> None:
    """Give each client a response rate by lot, which has nothing to do with its end."""
    with database.write() as writer:
        writer.execute(
            """UPDATE usage_daily SET campaign_response_rate = (organization * 7919) % 101,
                support_tickets = (organization * 104729) % 10"""
        )


def test_better_weights_are_offered_as_a_draft_and_nothing_is_changed(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=300, outcomes=120, shift=1.5)
    _with_noise(database)
    version = database.version
    found = suggest(database, STANDARD)
    assert found.is_offered
    assert found.draft.weight(USEFUL) > STANDARD.weight(USEFUL)
    assert "They are a draft" in backtest_wording.suggestion(found)
    assert database.version == version
    assert found.after.first_day >= found.before.first_day


def test_noise_is_not_offered(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=300, outcomes=120, shift=0)
    _with_noise(database)
    found = suggest(database, STANDARD)
    assert not found.is_offered
    assert backtest_wording.suggestion(found).startswith("No other weights are suggested")


def test_too_few_outcomes_are_refused(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=60, outcomes=30, shift=1)
    with pytest.raises(NothingToJudge, match="Each half needs 20; 30 are on file"):
        suggest(database, STANDARD)
