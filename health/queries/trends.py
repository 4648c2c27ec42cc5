"""The portfolio over time, and whose score moved between two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import check_day, check_period, check_range
from health.queries.filters import EVERYBODY, ClientFilter, scores_of
from health.scoring.history import clients_as_of
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class HistoryQuery:
    """The days from ``start_date`` to ``end_date``, both in; ``clients``: whose scores."""

    start_date: date
    end_date: date
    clients: ClientFilter = EVERYBODY

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a start after the end."""
        check_period(self.start_date, self.end_date)


@dataclass(frozen=True, kw_only=True)
class MoversQuery:
    """Scores on ``as_of`` against those ``days`` before.

    limit: the most clients in each direction.
    clients: whose scores.
    """

    as_of: date
    days: int = 30
    limit: int = 10
    clients: ClientFilter = EVERYBODY

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a value out of its range."""
        check_day("as_of", self.as_of)
        check_range("days", self.days, 1, 3650)
        check_range("limit", self.limit, 1, 10_000)

    @property
    def before(self) -> date:
        """The day compared with."""
        return self.as_of - timedelta(days=self.days)


@dataclass(frozen=True, kw_only=True)
class Movers:
    """Who moved between two days.

    down, up: organization_id, organization_name, score_before, score, change, risk_before,
    risk_level, days_until_renewal, csm, annual_value; the largest change first.
    compared: clients scored on both days; fell and rose: how many of them changed down and up.
    became_high, left_high: how many of them got to high risk and away from it.
    average_before, average: of the compared; None without any.
    appeared, vanished: clients scored only on the later or only on the earlier day.
    """

    down: pl.DataFrame
    up: pl.DataFrame
    compared: int
    fell: int
    rose: int
    became_high: int
    left_high: int
    average_before: float | None
    average: float | None
    appeared: int
    vanished: int


def history(reader: Reader, query: HistoryQuery) -> pl.DataFrame:
    """Return one row for each day with scores: score_date, clients, average, high, medium, low."""
    # Counted by risk first: three conditions on each of millions of scores take twice as long.
    by_risk = " ".join(
        f", coalesce(sum(clients) FILTER (risk_level = '{level}'), 0)::BIGINT AS {level.lower()}"
        for level in (RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW)
    )
    return reader.query(
        f"""
        SELECT score_date, sum(clients)::BIGINT AS clients,
            sum(points)::DOUBLE / sum(clients)::DOUBLE AS average {by_risk}
        FROM (
            SELECT score_date, risk_level, count(*) AS clients,
                sum(overall_score)::BIGINT AS points
            FROM scores
            WHERE score_date BETWEEN $start_date AND $end_date {scores_of(reader, query.clients)}
            GROUP BY score_date, risk_level
        )
        GROUP BY score_date
        ORDER BY score_date
        """,
        query.clients.client_parameters
        | {"start_date": query.start_date, "end_date": query.end_date},
    )


def first_scored_day(reader: Reader) -> date | None:
    """Return the earliest day with a score; None without scores."""
    day: date | None = reader.value("SELECT min(score_date) FROM scores")
    return day


def movers(reader: Reader, query: MoversQuery) -> Movers:
    """Compare two days; a client scored on one of them only is counted, not compared."""
    own = scores_of(reader, query.clients)
    both = reader.query(
        f"""
        SELECT organization, earlier.overall_score AS score_before, later.overall_score AS score,
            later.overall_score::INTEGER - earlier.overall_score AS change,
            earlier.risk_level AS risk_before, later.risk_level
        FROM (SELECT * FROM scores WHERE score_date = $as_of {own}) AS later
        FULL JOIN (SELECT * FROM scores WHERE score_date = $before {own}) AS earlier
            USING (organization)
        """,
        query.clients.client_parameters | {"as_of": query.as_of, "before": query.before},
    )
    compared = both.drop_nulls("change")
    change, became = compared["change"], compared["risk_level"] == RiskLevel.HIGH
    was = compared["risk_before"] == RiskLevel.HIGH
    return Movers(
        down=_largest(reader, query, compared.filter(change < 0), descending=False),
        up=_largest(reader, query, compared.filter(change > 0), descending=True),
        compared=compared.height,
        fell=compared.filter(change < 0).height,
        rose=compared.filter(change > 0).height,
        became_high=compared.filter(became & ~was).height,
        left_high=compared.filter(was & ~became).height,
        average_before=_average(compared["score_before"]),
        average=_average(compared["score"]),
        appeared=both["score_before"].null_count(),
        vanished=both["score"].null_count(),
    )


def _largest(
    reader: Reader, query: MoversQuery, moved: pl.DataFrame, *, descending: bool
) -> pl.DataFrame:
    """The clients that moved most; ties by the lower score, then by the id."""
    top = moved.sort("change", descending=descending)
    # All that tie with the last place are named before some of them are left out.
    last = top["change"][: query.limit].to_list()[-1:]
    for change in last:
        top = top.filter(pl.col("change") >= change if descending else pl.col("change") <= change)
    names = reader.query(
        f"""
        SELECT organization, organization_id, name AS organization_name,
            (renewal_date - $from_day::DATE)::INTEGER AS days_until_renewal, csm, annual_value
        FROM {clients_as_of(reader, query.as_of)}
        WHERE organization IN (SELECT unnest($organizations::INTEGER[]))
        """,
        {
            "from_day": query.clients.from_day or query.as_of,
            "organizations": top["organization"].to_list(),
        },
    )
    return (
        top.join(names, on="organization")
        .sort("change", "score", "organization_id", descending=[descending, False, False])
        .head(query.limit)
        .select(_MOVED)
    )


_MOVED: Final = (
    "organization_id",
    "organization_name",
    "score_before",
    "score",
    "change",
    "risk_before",
    "risk_level",
    "days_until_renewal",
    "csm",
    "annual_value",
)


def _average(scores: pl.Series) -> float | None:
    return sum(scores) / len(scores) if len(scores) else None
