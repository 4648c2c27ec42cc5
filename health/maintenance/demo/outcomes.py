"""What became of the demo clients, as the rows of a file of outcomes that fit their stories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health.maintenance.demo.companies import stories_of
from health.maintenance.demo.stories import Story
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from datetime import date

_YEAR: Final = timedelta(days=365)
_REASONS: Final = ("Price", "Moved to another product", "Their sponsor left", "Merged")

_SHRINKS: Final = (Story.STRUGGLING, Story.SLOW_DECLINE, Story.LICENCES_UNUSED)
"""Who pays less since the last renewal."""

_EXPANDS_EVERY: Final = 9
"""Of the steady clients, so many apart, one pays more; so do those that grow."""


def outcomes_frame(
    numbers: range, organizations: pl.DataFrame, usage: pl.DataFrame, end: date
) -> pl.DataFrame:
    """The rows of a file of outcomes of the clients ``numbers``, columns in the contract's order.

    Who left did so the day after its data ended. The others renewed, shrank or grew a year before
    their next renewal, where there was usage by then.
    """
    number, story = pl.col("number"), pl.col("story")
    value = pl.col("annual_value").cast(pl.Int64)
    shrinks = story.is_in(_SHRINKS)
    grows = (story == Story.GROWING) | ((story == Story.STEADY) & (number % _EXPANDS_EVERY == 0))
    clients = (
        organizations.select("organization_id", "renewal_date", "annual_value", "is_active")
        .with_columns(
            number=pl.Series(list(numbers)),
            story=pl.Series([one.value for one in stories_of(numbers)]),
        )
        .join(
            usage.group_by("organization_id").agg(first=pl.min("date"), last=pl.max("date")),
            on="organization_id",
        )
    )
    renewed = clients.filter("is_active").with_columns(date=pl.col("renewal_date") - _YEAR)
    changed = renewed.filter(shrinks | grows).with_columns(
        outcome=pl.when(shrinks)
        .then(pl.lit(Outcome.DOWNGRADED.value))
        .otherwise(pl.lit(Outcome.EXPANDED.value)),
        change=pl.when(shrinks).then(-value * 30 // 100).otherwise(value * 20 // 100),
    )
    left = clients.filter(~pl.col("is_active")).with_columns(
        date=pl.col("last") + timedelta(days=1),
        outcome=pl.lit(Outcome.CHURNED.value),
        change=-value,
        reason=(number // 12 % len(_REASONS)).replace_strict(dict(enumerate(_REASONS))),
    )
    renewed = renewed.filter(~shrinks).with_columns(outcome=pl.lit(Outcome.RENEWED.value))
    return (
        pl.concat([left, renewed, changed], how="diagonal")
        .filter(pl.col("date").is_between("first", end))
        .sort("organization_id", "date", "outcome")
        .select(
            "organization_id",
            "date",
            "outcome",
            value_change=pl.col("change").cast(pl.Decimal(18, 2)),
            reason="reason",
        )
    )
