"""What people do about clients, as tables to be downloaded."""

from __future__ import annotations

import polars as pl

from health.explanation.timeline_wording import happened, wrote
from health.vocabulary import CallOutcome, TimelineKind


def decided(found: pl.DataFrame) -> pl.DataFrame:
    """Return what :func:`health.accounts.decisions.decisions` lists."""
    outcomes = {outcome.value: outcome.label for outcome in CallOutcome}
    called = pl.col("outcome").replace_strict(outcomes, return_dtype=pl.String)
    without_call = (
        pl.when(pl.col("until_day").is_null())
        .then(pl.lit(CallOutcome.NOT_NEEDED.label))
        .otherwise(pl.lit("Snoozed"))
    )
    return found.select(
        **{"Client id": "organization_id", "Client": "organization_name"},
        Decision=pl.coalesce(called, without_call),
        Until="until_day",
        Reason="reason",
        By="decided_by",
        **{"When (UTC)": "decided_at"},
    )


def follow_ups(found: pl.DataFrame) -> pl.DataFrame:
    """Return what :func:`health.accounts.tasks.follow_ups` lists."""
    return found.select(
        **{"Client id": "organization_id", "Client": "organization_name"},
        Task="task",
        Due="due_day",
        Person="person",
        **{"Days overdue": "days_overdue", "Added by": "created_by"},
    )


def timeline(found: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return what :func:`health.accounts.timeline.timeline` lists. currency: ISO code."""
    rows = list(found.iter_rows(named=True))
    kinds = {kind.value: kind.label for kind in TimelineKind}
    return found.select(
        Day="day",
        Kind=pl.col("kind").replace_strict(kinds, return_dtype=pl.String),
        **{"What happened": pl.Series([happened(row, currency) for row in rows], dtype=pl.String)},
        Text=pl.Series([wrote(row) for row in rows], dtype=pl.String),
        By="who",
    )
