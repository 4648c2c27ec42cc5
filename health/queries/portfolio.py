"""All clients on one day: how many are at risk, what they are worth, when they renew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from health.queries.scores import SOON_DAYS, ScoreFilter
from health.state import latest_day
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import polars as pl

    from health.database import Reader

SPARKLINE_DAYS: Final = 90
"""Days in the small chart of a client's row."""


@dataclass(frozen=True, kw_only=True)
class PortfolioOverview:
    """The numbers above the list.

    by_risk: scored clients by level, whatever level is filtered for.
    not_scored: clients without a score that day.
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
    as_of = query.as_of or latest_day(reader)
    any_level = replace(query, risk_level=None)
    row = reader.record(
        f"""
        SELECT
            count(*) FILTER (risk_level = 'HIGH') AS high,
            count(*) FILTER (risk_level = 'MEDIUM') AS medium,
            count(*) FILTER (risk_level = 'LOW') AS low,
            count(*) FILTER (passes) AS clients,
            avg(overall_score) FILTER (passes) AS average,
            avg(overall_score::INTEGER - previous_score) FILTER (passes) AS average_change,
            count(*) FILTER (passes AND trend = 'DECLINING') AS declining,
            count(*) FILTER (passes AND trend = 'IMPROVING') AS improving,
            coalesce(sum(annual_value) FILTER (passes), 0)::DECIMAL(18, 2) AS value,
            coalesce(sum(annual_value) FILTER (passes AND risk_level = 'HIGH'), 0)
                ::DECIMAL(18, 2) AS value_at_risk,
            count(*) FILTER (passes AND at_risk_soon) AS renewals_at_risk,
            coalesce(sum(annual_value) FILTER (passes AND at_risk_soon), 0)
                ::DECIMAL(18, 2) AS renewals_at_risk_value,
            count(*) FILTER (passes AND annual_value IS NULL) AS without_value,
            count(*) FILTER (passes AND renewal_date IS NULL) AS without_renewal,
            (SELECT count(*) FROM clients ANTI JOIN (
                SELECT organization FROM scores WHERE score_date = $as_of
            ) AS scored USING (organization) WHERE {query.client_condition}) AS not_scored
        FROM (
            SELECT risk_level, trend, overall_score, previous_score, annual_value, renewal_date,
                $level IS NULL OR risk_level = $level AS passes,
                risk_level = 'HIGH' AND coalesce(
                    renewal_date BETWEEN $as_of::DATE AND $as_of::DATE + $soon::INTEGER, false
                ) AS at_risk_soon
            FROM scores JOIN clients USING (organization)
            WHERE score_date = $as_of AND {any_level.condition}
        )
        """,
        any_level.parameters | {"as_of": as_of, "soon": SOON_DAYS, "level": query.risk_level},
    )
    by_risk = {level: row.pop(level.lower()) for level in RiskLevel}
    return PortfolioOverview(by_risk=by_risk, **row)


def landscape(reader: Reader, query: ScoreFilter) -> pl.DataFrame:
    """Return every score that passes, most urgent first, with what a picture of them needs.

    Columns: organization_id, organization_name, overall_score, change, trend, risk_level,
    days_until_renewal (null where unknown), annual_value (float, null where unknown).
    """
    query.check(reader)
    return reader.query(
        f"""
        SELECT organization_id, name AS organization_name, overall_score,
            overall_score::INTEGER - previous_score AS change, trend, risk_level,
            (renewal_date - $as_of::DATE)::INTEGER AS days_until_renewal,
            annual_value::DOUBLE AS annual_value
        FROM scores JOIN clients USING (organization)
        WHERE score_date = $as_of AND {query.condition}
        ORDER BY risk_level = 'HIGH' DESC, overall_score, days_until_renewal, organization_id
        """,
        query.parameters | {"as_of": query.as_of or latest_day(reader)},
    )


def sparklines(reader: Reader, organization_ids: Sequence[str], as_of: date) -> pl.DataFrame:
    """Return the last days' scores of some clients: organization_id, history.

    history: one value a day, the oldest first, ``SPARKLINE_DAYS`` of them; null without a score.
    """
    return reader.query(
        """
        WITH shown AS (
            SELECT organization, organization_id FROM clients
            WHERE organization_id IN (SELECT unnest($ids))
        )
        SELECT organization_id, list(overall_score ORDER BY days.day) AS history
        FROM shown
        CROSS JOIN (SELECT unnest(range($first::DATE, $after::DATE, INTERVAL 1 DAY))::DATE AS day)
            AS days
        LEFT JOIN (
            SELECT organization, score_date, overall_score
            FROM scores SEMI JOIN shown USING (organization)
            WHERE score_date >= $first AND score_date < $after
        ) AS scores ON scores.organization = shown.organization AND score_date = days.day
        GROUP BY organization_id
        """,
        {
            "ids": list(organization_ids),
            "first": as_of - timedelta(days=SPARKLINE_DAYS - 1),
            "after": as_of + timedelta(days=1),
        },
    )


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What filters can choose from: the owners and industries of the clients on file."""

    csms: tuple[str, ...]
    industries: tuple[str, ...]


def choices(reader: Reader) -> Choices:
    """Return the owners and industries on file, in order."""
    row = reader.record(
        """
        SELECT list_sort(coalesce(list(DISTINCT csm) FILTER (csm IS NOT NULL), [])) AS csms,
            list_sort(coalesce(list(DISTINCT industry) FILTER (industry IS NOT NULL), []))
                AS industries
        FROM clients
        """
    )
    return Choices(csms=tuple(row["csms"]), industries=tuple(row["industries"]))
