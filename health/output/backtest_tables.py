"""What the tables of a back-test hold, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from health import formatting
from health.explanation import backtest_wording
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from health.backtest.judgement import Backtest


def figures(found: Backtest, currency: str) -> pl.DataFrame:
    """Return a row a figure and a column a horizon, then each control; all of it text."""
    return pl.DataFrame(
        {"": list(_column(found, 0, currency))}
        | {
            formatting.count(one.days, "day"): list(_column(found, place, currency).values())
            for place, one in enumerate(found.horizons)
        }
    )


def _column(found: Backtest, place: int, currency: str) -> dict[str, str]:
    one = found.horizons[place]
    alone = {
        f"{part.label} alone": backtest_wording.hundredths(area)
        for part, area in one.parts.items()
        if found.model.weight(part)
    }
    renewal = {"Renewal date alone": backtest_wording.hundredths(one.renewal)}
    return backtest_wording.figures(one, currency) | alone | renewal


def misses(rows: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return :attr:`~health.backtest.judgement.Horizon.misses` for people."""
    return pl.DataFrame(
        [
            (
                row["name"],
                Outcome.of(row["outcome"]).label,
                formatting.day(row["day"]),
                str(row["overall_score"]),
                formatting.money(row["value"], currency),
                "never"
                if row["lead_days"] is None
                else f"{formatting.count(row['lead_days'], 'day')} before",
            )
            for row in rows.iter_rows(named=True)
        ],
        schema=dict.fromkeys(
            ("Client", "Outcome", "On", "Score", "Value", "First high risk"), pl.String
        ),
        orient="row",
    )


def false_alarms(rows: pl.DataFrame) -> pl.DataFrame:
    """Return :attr:`~health.backtest.judgement.Horizon.false_alarms` for people."""
    return pl.DataFrame(
        [
            (
                row["name"],
                str(row["days"]),
                formatting.day(row["first_day"]),
                formatting.day(row["last_day"]),
                str(row["lowest"]),
            )
            for row in rows.iter_rows(named=True)
        ],
        schema=dict.fromkeys(
            ("Client", "Days judged", "First at high risk", "Last", "Lowest score"), pl.String
        ),
        orient="row",
    )
