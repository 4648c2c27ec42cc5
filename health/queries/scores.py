"""The scores of one day: filtered, sorted and paged in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import as_member, check_range
from health.queries.filters import ScoreFilter
from health.queries.urgency import MOST_URGENT_FIRST, PARTS, urgency_as_of
from health.scoring.active_model import latest_day
from health.scoring.components import Component
from health.scoring.history import clients_as_of
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from health.storage.database import Reader


class SortBy(StrEnum):
    """What scores are sorted by; a member's value is the column, but for ``urgency``.

    Beside these, the column of any component will do: ``login_score``.
    """

    URGENCY = "urgency"
    ORGANIZATION_ID = "organization_id"
    ORGANIZATION_NAME = "organization_name"
    OVERALL_SCORE = "overall_score"
    CHANGE = "change"
    TREND = "trend"
    RISK_LEVEL = "risk_level"
    COVERAGE = "coverage"
    CALCULATED_AT = "calculated_at"
    RENEWAL_DATE = "renewal_date"
    DAYS_UNTIL_RENEWAL = "days_until_renewal"
    CSM = "csm"
    INDUSTRY = "industry"
    ANNUAL_VALUE = "annual_value"


class SortDirection(StrEnum):
    """Rising or falling; rows without a value are last both ways."""

    ASCENDING = "asc"
    DESCENDING = "desc"


SOON_DAYS: Final = 90
"""A renewal within so many days is soon."""

_RISK_RANK: Final = "CASE risk_level WHEN 'HIGH' THEN 0 WHEN 'MEDIUM' THEN 1 ELSE 2 END"
_TREND_RANK: Final = "CASE trend WHEN 'DECLINING' THEN 0 WHEN 'STABLE' THEN 1 ELSE 2 END"

_COMPONENT_COLUMNS: Final = tuple(component.column for component in Component)

_ORDER: Final[dict[str, tuple[str, ...]]] = {
    SortBy.ORGANIZATION_NAME: ("lower(organization_name)",),
    SortBy.RISK_LEVEL: (_RISK_RANK,),
    SortBy.TREND: (_TREND_RANK,),
}
"""Sort keys where they are not the column itself: the gravest first when rising."""


@dataclass(frozen=True, kw_only=True)
class HealthScoreQuery(ScoreFilter):
    """One page of the scores of a day.

    page: from 1; limit: rows of a page, 1 to 10,000.
    sort_by, sort_dir: ties are in the order of the ids. ``urgency`` is that of
    :mod:`health.queries.urgency`, the most urgent first.

    Raises :class:`ArgumentError` that names the argument.
    """

    page: int = 1
    limit: int = 50
    sort_by: SortBy | str = SortBy.URGENCY
    sort_dir: SortDirection = SortDirection.ASCENDING

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page, limit or order that does not exist."""
        super().__post_init__()
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 10_000)
        if self.sort_by not in _COMPONENT_COLUMNS:
            as_member("sort_by", SortBy, self.sort_by)
        as_member("sort_dir", SortDirection, self.sort_dir)

    @property
    def order(self) -> str:
        """The order as SQL over the columns of :attr:`HealthScorePage.frame`, but by urgency."""
        by = str(self.sort_by)
        keys = ", ".join(f"{key} {self.sort_dir} NULLS LAST" for key in _ORDER.get(by, (by,)))
        return f"{keys}, organization_id"


@dataclass(frozen=True, kw_only=True)
class HealthScoreSummary:
    """The score of one client on one day.

    components: 0-100 each, None without data; each is an attribute as well, such as
    ``login_score``.
    previous_score: the overall 30 days before; None where that day has none.
    coverage: percent of the weights that had data.
    calculated_at: when it was computed (UTC).
    days_until_renewal: from the query's ``from_day``, else the as-of day; negative when past.
    """

    organization_id: str
    organization_name: str
    overall_score: int
    previous_score: int | None
    trend: HealthTrend
    risk_level: RiskLevel
    components: Mapping[Component, int | None]
    coverage: int
    calculated_at: datetime
    renewal_date: date | None
    days_until_renewal: int | None
    csm: str | None
    industry: str | None
    annual_value: Decimal | None

    def __getattr__(self, name: str) -> int | None:
        """Return the score of a component by the name of its column."""
        if name in _COMPONENT_COLUMNS:
            return self.components[Component.of(name.removesuffix("_score"))]
        raise AttributeError(name)


@dataclass(frozen=True, kw_only=True)
class HealthScorePage:
    """One page of an answer.

    frame: its rows, with the fields of :class:`HealthScoreSummary` as columns, and ``change``; in
    the order of urgency also that, and the parts it adds up from.
    total: rows of all pages.
    as_of: the day scored; None where no usage is on file.
    """

    frame: pl.DataFrame
    total: int
    as_of: date | None

    @cached_property
    def rows(self) -> tuple[HealthScoreSummary, ...]:
        """The rows as values."""
        return tuple(
            HealthScoreSummary(
                components={component: row.pop(component.column) for component in Component},
                trend=HealthTrend[row.pop("trend")],
                risk_level=RiskLevel[row.pop("risk_level")],
                **row,
            )
            for row in self.frame.drop("change", "urgency", *PARTS, strict=False).iter_rows(
                named=True
            )
        )


def health_scores(reader: Reader, query: HealthScoreQuery) -> HealthScorePage:
    """Return a page of the scores of one day.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    clients = clients_as_of(reader, as_of)
    parameters = query.parameters | {"as_of": as_of}
    from_day = {"from_day": query.from_day or as_of}
    offset = (query.page - 1) * query.limit
    found = f"""FROM scores JOIN {clients} USING (organization) JOIN scoring_runs USING (run_id)
        WHERE score_date = $as_of AND {query.condition}"""
    if query.sort_by == SortBy.URGENCY:
        everyone = reader.query(
            f"SELECT organization, organization_id, alert_level, overall_score {found}", parameters
        )
        ordered = _by_urgency(reader, everyone, query, as_of)
        page = ordered.slice(offset, query.limit).select("organization", "urgency", *PARTS)
        chosen = {"chosen": page["organization"].to_list()}
        rows = reader.query(
            f"SELECT organization, {_COLUMNS} {found}"
            " AND organization IN (SELECT unnest($chosen::INTEGER[]))",
            parameters | from_day | chosen,
        )
        frame = page.join(rows, on="organization", maintain_order="left")
        columns = (*rows.columns[1:], *page.columns[1:])
        return HealthScorePage(frame=frame.select(columns), total=everyone.height, as_of=as_of)
    frame = reader.query(
        f"SELECT {_COLUMNS} {found} ORDER BY {query.order} LIMIT {query.limit} OFFSET {offset}",
        parameters | from_day,
    )
    if 0 < frame.height < query.limit:
        return HealthScorePage(frame=frame, total=offset + frame.height, as_of=as_of)
    # Each score has a client: where nothing is asked of it, it need not be looked up.
    asks_of_clients = bool(query.client_parameters)
    total = reader.value(
        f"""SELECT count(*) FROM scores
        {f"JOIN {clients} USING (organization)" * asks_of_clients}
        WHERE score_date = $as_of AND {query.condition}""",
        parameters,
    )
    return HealthScorePage(frame=frame, total=total, as_of=as_of)


def _by_urgency(
    reader: Reader, scores: pl.DataFrame, query: HealthScoreQuery, as_of: date | None
) -> pl.DataFrame:
    """The scores with their urgency, the most urgent first; those without one last both ways."""
    urgency = urgency_as_of(reader, as_of, query.from_day)
    turned = [query.sort_dir == SortDirection.DESCENDING] * len(MOST_URGENT_FIRST)
    return scores.join(urgency, on="organization", how="left").sort(
        *MOST_URGENT_FIRST, "organization_id", descending=[*turned, False], nulls_last=True
    )


_COLUMNS: Final = f"""organization_id, name AS organization_name, overall_score, previous_score,
    trend, risk_level, {", ".join(_COMPONENT_COLUMNS)}, coverage,
    started_at AS calculated_at, renewal_date,
    (renewal_date - $from_day::DATE)::INTEGER AS days_until_renewal, csm, industry, annual_value,
    overall_score::INTEGER - previous_score AS change"""
"""SQL of the columns of :attr:`HealthScorePage.frame`."""
