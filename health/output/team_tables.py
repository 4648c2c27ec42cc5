"""The tables of the Team page as files hold them: numbers as numbers, a unit in a column's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from health import formatting
from health.queries.scores import SOON_DAYS
from health.queries.team import TeamGroup, TeamQuery, band_of, renewals, team

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader


def groups(reader: Reader, query: TeamQuery, currency: str) -> pl.DataFrame:
    """Return a row for each group."""
    found = team(reader, query).groups
    names = [
        formatting.capital(band_of(name).phrase) if query.by is TeamGroup.SIZE else name
        for name in found["name"]
    ]
    return found.select(
        **{query.by.value: pl.Series(names, dtype=pl.String)},
        Clients="clients",
        **_CLIENTS_BY_RISK,
        Average="average",
        **{
            f"Change since {query.before}": pl.col("average_change"),
            "Scored on both days": pl.col("compared"),
            f"Value a year, {currency}": pl.col("value"),
            f"Value at high risk, {currency}": pl.col("value_at_risk"),
            "Clients without a value": pl.col("without_value"),
            f"Renew in {SOON_DAYS} days": pl.col("renewals"),
            f"Renew in {SOON_DAYS} days, {currency}": pl.col("renewals_value"),
            "Of them at high risk": pl.col("renewals_at_risk"),
            f"Of them at high risk, {currency}": pl.col("renewals_value_at_risk"),
            "Calls logged": pl.col("calls"),
            "Follow-ups overdue": pl.col("overdue"),
        },
    )


def renewals_by_month(reader: Reader, as_of: date, from_day: date, currency: str) -> pl.DataFrame:
    """Return a row for each month, by its first day."""
    return renewals(reader, as_of, from_day).select(
        Month="month",
        **_CLIENTS_BY_RISK,
        **{
            f"{risk}, {currency}": pl.col(f"{column}_value")
            for risk, column in _CLIENTS_BY_RISK.items()
        },
        **{"Clients without a value": pl.col("without_value")},
    )


_CLIENTS_BY_RISK = {
    "High risk": "high",
    "Medium risk": "medium",
    "Low risk": "low",
    "Not scored": "not_scored",
}
