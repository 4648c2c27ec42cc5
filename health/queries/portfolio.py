"""All clients on one day: how many are at risk, what they are worth, when they renew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.rules import SILENT_DAYS
from health.queries.extra_points import extra_points
from health.queries.filters import ScoreFilter
from health.queries.scores import SOON_DAYS
from health.queries.urgency import MOST_URGENT_FIRST, urgency_as_of
from health.scoring.active_model import latest_day
from health.scoring.components import Component
from health.scoring.components.base import BASIS_POINTS
from health.scoring.history import clients_as_of
from health.scoring.model import parts_by_value
from health.scoring.schemes import stored_models
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.storage.database import Reader

SPARKLINE_DAYS: Final = 91
"""Days in the small chart of a client's row: the day and the 90 before it."""


@dataclass(frozen=True, kw_only=True)
class PortfolioOverview:
    """The numbers above the list.

    by_risk: scored clients by level, whatever level is filtered for.
    not_scored: clients without a score that day; left: how many of them are none any more.
    clients: scored clients that pass the whole filter; the rest is about them.
    average: of their scores; None without any.
    average_change: average of score minus previous score, of those that have both.
    declining, improving: how many of them have that trend.
    value: yearly contract value of all of them.
    value_at_risk: of those at high risk.
    renewals_at_risk: how many at high risk renew within ``SOON_DAYS``.
    renewals_at_risk_value: their yearly contract value.
    without_value, without_renewal: clients where it is not on file.
    """

    by_risk: Mapping[RiskLevel, int]
    not_scored: int
    left: int
    clients: int
    average: float | None
    average_change: float | None
    declining: int
    improving: int
    value: Decimal
    value_at_risk: Decimal
    renewals_at_risk: int
    renewals_at_risk_value: Decimal
    without_value: int
    without_renewal: int

    @property
    def scored(self) -> int:
        """Scored clients, whatever level is filtered for."""
        return sum(self.by_risk.values())


def overview(reader: Reader, query: ScoreFilter) -> PortfolioOverview:
    """Return the numbers of the scores and clients that pass.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    any_level, as_of = replace(query, risk_level=None), query.as_of or latest_day(reader)
    # One row a level and one for the clients without a score, added up below.
    groups = reader.query(
        f"""
        SELECT risk_level, count(*) AS clients,
            sum(overall_score)::BIGINT AS points,
            sum(overall_score::INTEGER - previous_score)::BIGINT AS change,
            count(previous_score) AS compared,
            count(*) FILTER (trend = 'DECLINING') AS declining,
            count(*) FILTER (trend = 'IMPROVING') AS improving,
            coalesce(sum(annual_value), 0)::DECIMAL(18, 2) AS value,
            count(*) FILTER (soon) AS renewals,
            coalesce(sum(annual_value) FILTER (soon), 0)::DECIMAL(18, 2) AS renewals_value,
            count(*) FILTER (annual_value IS NULL) AS without_value,
            count(*) FILTER (renewal_date IS NULL) AS without_renewal,
            count(*) FILTER (NOT is_active) AS left_by_then
        FROM (
            SELECT *, renewal_date BETWEEN $from_day::DATE
                    AND $from_day::DATE + $soon::INTEGER AS soon
            FROM {clients_as_of(reader, query.as_of)}
            LEFT JOIN (SELECT * FROM scores WHERE score_date = $as_of) AS scores
                USING (organization)
            WHERE {any_level.client_condition}
                AND (overall_score IS NULL OR ({any_level.score_condition}))
        )
        GROUP BY risk_level
        """,
        any_level.parameters
        | {"as_of": as_of, "from_day": query.from_day or as_of, "soon": SOON_DAYS},
    )
    by_level = {row["risk_level"]: row for row in groups.iter_rows(named=True)}
    passing = [
        by_level[level]
        for level in RiskLevel
        if level in by_level and query.risk_level in (None, level)
    ]
    high = [row for row in passing if row["risk_level"] == RiskLevel.HIGH]

    def total(column: str) -> int:
        return sum(row[column] or 0 for row in passing)

    return PortfolioOverview(
        by_risk={level: by_level.get(level, _NOBODY)["clients"] for level in RiskLevel},
        not_scored=by_level.get(None, _NOBODY)["clients"],
        left=by_level.get(None, _NOBODY)["left_by_then"],
        clients=total("clients"),
        average=_average(total("points"), total("clients")),
        average_change=_average(total("change"), total("compared")),
        declining=total("declining"),
        improving=total("improving"),
        value=_sum(row["value"] for row in passing),
        value_at_risk=_sum(row["value"] for row in high),
        renewals_at_risk=sum(row["renewals"] for row in high),
        renewals_at_risk_value=_sum(row["renewals_value"] for row in high),
        without_value=total("without_value"),
        without_renewal=total("without_renewal"),
    )


_NOBODY: Final = {"clients": 0, "left_by_then": 0}


def _average(total: int, amount: int) -> float | None:
    return total / amount if amount else None


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, start=Decimal(0))


def landscape(reader: Reader, query: ScoreFilter) -> pl.DataFrame:
    """Return every score that passes, most urgent first, with what a picture of them needs.

    Columns: organization_id, organization_name, overall_score, change, trend, risk_level,
    days_until_renewal (null where unknown), urgency, alert_level, annual_value (float, null where
    unknown), coverage (percent), lowest and highest (what the score could be if everything were
    known, by the model of the score), is_late (no usage for ``SILENT_DAYS``).
    """
    query.check(reader)
    latest = latest_day(reader)
    as_of = query.as_of or latest
    components = ", ".join(component.column for component in Component)
    found = reader.query(
        f"""
        SELECT organization, organization_id, name AS organization_name, overall_score,
            overall_score::INTEGER - previous_score AS change, trend, risk_level,
            (renewal_date - $from_day::DATE)::INTEGER AS days_until_renewal, alert_level,
            annual_value::DOUBLE AS annual_value, coverage, {components}, extra_points,
            model_version,
            coalesce(last_usage <= $as_of::DATE - {SILENT_DAYS}, true) AS is_late
        FROM scores JOIN {clients_as_of(reader, as_of)} USING (organization)
        LEFT JOIN (SELECT run_id, model_version FROM scoring_runs) USING (run_id)
        LEFT JOIN ({_LAST_USAGE[as_of == latest]}) AS fed USING (organization)
        WHERE score_date = $as_of AND {query.condition}
        """,
        query.parameters | {"as_of": as_of, "from_day": query.from_day or as_of},
    )
    urgency = urgency_as_of(reader, as_of, query.from_day).select("organization", "urgency")
    # Ordered in the statement, the question takes half as long again.
    return (
        _with_range(found.join(urgency, on="organization", how="left"), stored_models(reader))
        .sort(*MOST_URGENT_FIRST, "organization_id")
        .select(_OF_LANDSCAPE)
    )


_OF_LANDSCAPE: Final = (
    *("organization_id", "organization_name", "overall_score", "change", "trend", "risk_level"),
    *("days_until_renewal", "urgency", "alert_level", "annual_value", "coverage", "is_late"),
    *("lowest", "highest"),
)


_LAST_USAGE: Final = {
    True: "SELECT organization, last_date AS last_usage FROM usage_span",
    False: f"""SELECT organization, max(date) AS last_usage FROM usage_daily
        WHERE date BETWEEN $as_of::DATE - {SILENT_DAYS - 1} AND $as_of GROUP BY organization""",
}
"""SQL of the last usage of each client up to the day; of an earlier day than the latest one on file
only of those that have some in its last days."""


def _with_range(found: pl.DataFrame, models: Mapping[str, ScoringModel]) -> pl.DataFrame:
    """The frame with lowest and highest in the place of the components and the model."""
    used = {version: models[version] for version in found["model_version"].unique()}
    parts = list(parts_by_value(used.values()).values())
    extra = [part for part in parts if not isinstance(part, Component)]
    of_model, stored = pl.col("model_version"), pl.col("extra_points")
    found = found.with_columns(
        extra_points(part, used, of_model, stored).alias(part.column) for part in extra
    )
    weighed = []
    for part in parts:
        weights = {version: model.weight(part) for version, model in used.items()}
        same = set(weights.values())
        weight = (
            pl.lit(next(iter(same), 0))
            if len(same) < 2
            else pl.col("model_version").replace_strict(weights, return_dtype=pl.Int32)
        )
        weighed.append((weight, pl.col(part.column).cast(pl.Int32)))
    missing = pl.sum_horizontal(weight * part.is_null() for weight, part in weighed)
    earned = pl.sum_horizontal(weight * part.fill_null(0) for weight, part in weighed)
    return found.with_columns(
        ((2 * earned + BASIS_POINTS) // (2 * BASIS_POINTS)).alias("lowest"),
        ((2 * (earned + 100 * missing) + BASIS_POINTS) // (2 * BASIS_POINTS)).alias("highest"),
    ).drop(*(part.column for part in parts), "extra_points", "model_version")


def sparklines(reader: Reader, organization_ids: Sequence[str], as_of: date) -> pl.DataFrame:
    """Return the last days' scores of some clients: organization_id, history.

    history: one value a day, the oldest first, ``SPARKLINE_DAYS`` of them; null without a score.
    """
    first = as_of - timedelta(days=SPARKLINE_DAYS - 1)
    scores = reader.query(
        """
        SELECT organization_id, (score_date - $first::DATE)::INTEGER AS day, overall_score
        FROM scores JOIN clients USING (organization)
        WHERE organization_id IN (SELECT unnest($ids)) AND score_date BETWEEN $first AND $as_of
        """,
        {"ids": list(organization_ids), "first": first, "as_of": as_of},
    )
    # Gaps are filled in here: a calendar of every client and day in SQL took as long again.
    shown = pl.Series("organization_id", list(organization_ids), dtype=pl.String)
    places = scores.join(shown.to_frame().with_row_index("row"), on="organization_id")
    days = pl.Series([None], dtype=pl.UInt8).new_from_index(0, len(shown) * SPARKLINE_DAYS)
    days = days.scatter(
        places.select(pl.col("row") * SPARKLINE_DAYS + pl.col("day")).to_series(),
        places["overall_score"],
    )
    history = days.reshape((len(shown), SPARKLINE_DAYS)).arr.to_list()
    return pl.DataFrame([shown, history.alias("history")])


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What filters can choose from: the owners and industries of the clients on file."""

    csms: tuple[str, ...]
    industries: tuple[str, ...]


def choices(reader: Reader, as_of: date | None = None) -> Choices:
    """Return the owners and industries of a day, None for the latest one on file; in order."""
    clients = clients_as_of(reader, as_of)
    # Two plain statements: lists of distinct values in one take twice as long.
    csms, industries = (
        reader.query(f"SELECT DISTINCT {column} FROM {clients} WHERE {column} IS NOT NULL")
        for column in ("csm", "industry")
    )
    return Choices(
        csms=tuple(sorted(csms.to_series())), industries=tuple(sorted(industries.to_series()))
    )
