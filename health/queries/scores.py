"""The scores of one day: filtered, sorted and paged in SQL; and the clients without one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from health.errors import ArgumentError
from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.scoring.components import Component
from health.scoring.state import active_model, latest_day
from health.vocabulary import HealthTrend, NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    import polars as pl

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
    SortBy.URGENCY: (
        _RISK_RANK,
        f"CASE WHEN days_until_renewal BETWEEN 0 AND {SOON_DAYS} THEN 0 ELSE 1 END",
        "overall_score",
        "days_until_renewal",
    ),
    SortBy.ORGANIZATION_NAME: ("lower(organization_name)",),
    SortBy.RISK_LEVEL: (_RISK_RANK,),
    SortBy.TREND: (_TREND_RANK,),
}
"""Sort keys where they are not the column itself: the gravest first when rising."""


@dataclass(frozen=True, kw_only=True)
class ClientFilter:
    """Which clients, by what is on file about them; None and empty do not filter.

    search: part of the name or the id, whatever its case.
    csm: the owner's e-mail.
    renewal_within: days from the as-of day, 0 to 3650, in which the renewal falls.
    """

    organization_id: str | None = None
    search: str = ""
    csm: str | None = None
    industry: str | None = None
    renewal_within: int | None = None
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a value out of its range."""
        if self.as_of is not None:
            check_day("as_of", self.as_of)
        if self.renewal_within is not None:
            check_range("renewal_within", self.renewal_within, 0, 3650)

    def check(self, reader: Reader) -> None:
        """Raise :class:`UnknownOrganization` where ``organization_id`` is not on file."""
        if self.organization_id is not None:
            find_organization(reader, self.organization_id)

    @property
    def client_condition(self) -> str:
        """The filter as SQL over the columns of ``clients``."""
        given = {
            "organization_id": "clients.organization_id = $organization_id",
            "search": "(contains(lower(clients.name), lower($search))"
            " OR contains(lower(clients.organization_id), lower($search)))",
            "csm": "clients.csm = $csm",
            "industry": "clients.industry = $industry",
            "renewal_within": "clients.renewal_date BETWEEN $as_of::DATE"
            " AND $as_of::DATE + $renewal_within::INTEGER",
        }
        return _conjunction(self._given(given))

    @property
    def client_parameters(self) -> dict[str, object]:
        """The values that :attr:`client_condition` binds, but for ``as_of``."""
        names = ("organization_id", "search", "csm", "industry", "renewal_within")
        return {name: value for name in names if (value := self._value(name)) is not None}

    @property
    def about_clients(self) -> ClientFilter:
        """Only what is asked of the client itself, whatever its score."""
        return ClientFilter(
            **{field.name: getattr(self, field.name) for field in fields(ClientFilter)}
        )

    def _value(self, name: str) -> object:
        value = getattr(self, name)
        return value.strip() or None if name == "search" else value

    def _given(self, conditions: dict[str, str]) -> list[str]:
        return [sql for name, sql in conditions.items() if self._value(name) is not None]


@dataclass(frozen=True, kw_only=True)
class ScoreFilter(ClientFilter):
    """Which scores of a day: those of the clients that pass, by level, trend and points.

    min_score, max_score: points of the overall score, 0 to 100, both in.
    as_of: the day; None for the latest day on file.
    """

    risk_level: RiskLevel | None = None
    trend: HealthTrend | None = None
    min_score: int | None = None
    max_score: int | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a value that is none, or a minimum over its maximum."""
        super().__post_init__()
        if self.risk_level is not None:
            as_member("risk_level", RiskLevel, self.risk_level)
        if self.trend is not None:
            as_member("trend", HealthTrend, self.trend)
        for argument in ("min_score", "max_score"):
            if (points := getattr(self, argument)) is not None:
                check_range(argument, points, 0, 100)
        low, high = self.min_score, self.max_score
        if low is not None and high is not None and low > high:
            raise ArgumentError("min_score", f"{low} is more than max_score, {high}.")

    @property
    def score_condition(self) -> str:
        """The filter as SQL over the columns of ``scores``, without the day."""
        given = {
            "risk_level": "scores.risk_level = $risk_level",
            "trend": "scores.trend = $trend",
            "min_score": "scores.overall_score >= $min_score",
            "max_score": "scores.overall_score <= $max_score",
        }
        return _conjunction(self._given(given))

    @property
    def condition(self) -> str:
        """The filter as SQL over ``scores`` and ``clients``, without the day."""
        return f"{self.client_condition} AND {self.score_condition}"

    @property
    def parameters(self) -> dict[str, object]:
        """The values that :attr:`condition` binds, but for ``as_of``."""
        names = ("risk_level", "trend", "min_score", "max_score")
        own = {name: value for name in names if (value := getattr(self, name)) is not None}
        return self.client_parameters | own


@dataclass(frozen=True, kw_only=True)
class HealthScoreQuery(ScoreFilter):
    """One page of the scores of a day.

    page: from 1; limit: rows of a page, 1 to 10,000.
    sort_by, sort_dir: ties are in the order of the ids. ``urgency`` is the risk, then whether the
    renewal is within ``SOON_DAYS``, then the lowest score, then the soonest renewal.

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
        """The order as SQL over the columns of :attr:`HealthScorePage.frame`."""
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
    days_until_renewal: from the as-of day; negative when past.
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

    frame: its rows, with the fields of :class:`HealthScoreSummary` as columns, and ``change``.
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
            for row in self.frame.drop("change").iter_rows(named=True)
        )


def health_scores(reader: Reader, query: HealthScoreQuery) -> HealthScorePage:
    """Return a page of the scores of one day.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    parameters = query.parameters | {"as_of": as_of}
    offset = (query.page - 1) * query.limit
    components = ", ".join(_COMPONENT_COLUMNS)
    frame = reader.query(
        f"""
        SELECT organization_id, name AS organization_name, overall_score, previous_score, trend,
            risk_level, {components}, coverage, started_at AS calculated_at, renewal_date,
            (renewal_date - $as_of::DATE)::INTEGER AS days_until_renewal, csm, industry,
            annual_value, overall_score::INTEGER - previous_score AS change
        FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id)
        WHERE score_date = $as_of AND {query.condition}
        ORDER BY {query.order}
        LIMIT $limit OFFSET $offset
        """,
        parameters | {"limit": query.limit, "offset": offset},
    )
    if 0 < frame.height < query.limit:
        return HealthScorePage(frame=frame, total=offset + frame.height, as_of=as_of)
    # Each score has a client: where nothing is asked of it, it need not be looked up.
    asks_of_clients = bool(query.client_parameters)
    total = reader.value(
        f"""SELECT count(*) FROM scores {"JOIN clients USING (organization)" * asks_of_clients}
        WHERE score_date = $as_of AND {query.condition}""",
        parameters,
    )
    return HealthScorePage(frame=frame, total=total, as_of=as_of)


@dataclass(frozen=True, kw_only=True)
class NotScoredQuery(ClientFilter):
    """One page of the clients without a score on a day, by name."""

    page: int = 1
    limit: int = 50

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page or limit that does not exist."""
        super().__post_init__()
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class NotScoredPage:
    """One page of clients without a score.

    frame: organization_id, organization_name, reason (a :class:`NotScoredReason`), last_usage
    (up to the day), renewal_date, days_until_renewal, csm, industry, annual_value.
    reasons: how many there are of each reason that occurs, on all pages.
    as_of: the day; None where no usage is on file.
    """

    frame: pl.DataFrame
    reasons: Mapping[NotScoredReason, int]
    as_of: date | None

    @property
    def total(self) -> int:
        """Rows of all pages."""
        return sum(self.reasons.values())


# Only clients without a score are looked at, and only in the days a score of them would rest on.
_UNSCORED: Final = f"""
    WITH unscored AS (
        SELECT clients.*
        FROM clients ANTI JOIN (
            SELECT organization FROM scores WHERE score_date = $as_of
        ) AS scored USING (organization)
        WHERE {{condition}}
    ),
    recent AS (
        SELECT organization, max(date) AS last_usage
        FROM usage_daily SEMI JOIN unscored USING (organization)
        WHERE date BETWEEN $first AND $as_of
        GROUP BY organization
    ),
    -- Of clients whose usage went on later: where it ended is not where it stood still.
    resumed AS (
        SELECT organization, max(date) AS last_usage
        FROM usage_daily SEMI JOIN (
            SELECT organization FROM unscored JOIN usage_span USING (organization)
            WHERE first_date < $first AND last_date > $as_of
        ) AS span USING (organization)
        WHERE date < $first
        GROUP BY organization
    ),
    waiting AS (
        SELECT DISTINCT organization FROM stale WHERE $as_of BETWEEN first_day AND last_day
    ),
    explained AS (
        SELECT organization_id, name AS organization_name,
            CASE
                WHEN NOT is_active THEN '{NotScoredReason.INACTIVE}'
                WHEN first_date IS NULL OR first_date > $as_of THEN '{NotScoredReason.NO_USAGE}'
                WHEN recent.organization IS NULL THEN '{NotScoredReason.FEED_STOPPED}'
                WHEN waiting.organization IS NOT NULL THEN '{NotScoredReason.NOT_CALCULATED}'
                ELSE '{NotScoredReason.NOT_ENOUGH}'
            END AS reason,
            coalesce(
                recent.last_usage,
                CASE WHEN last_date <= $as_of THEN last_date ELSE resumed.last_usage END
            ) AS last_usage,
            renewal_date, (renewal_date - $as_of::DATE)::INTEGER AS days_until_renewal,
            csm, industry, annual_value
        FROM unscored
        LEFT JOIN usage_span USING (organization)
        LEFT JOIN recent USING (organization)
        LEFT JOIN resumed USING (organization)
        LEFT JOIN waiting USING (organization)
    )
"""


def not_scored(reader: Reader, query: NotScoredQuery) -> NotScoredPage:
    """Return a page of the clients without a score that day, each with the reason.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    window = timedelta(days=active_model(reader).window_days - 1)
    explained = _UNSCORED.format(condition=query.client_condition)
    parameters = query.client_parameters | {
        "as_of": as_of,
        "first": None if as_of is None else as_of - window,
    }
    frame = reader.query(
        f"""{explained} SELECT * FROM explained ORDER BY lower(organization_name), organization_id
        LIMIT $limit OFFSET $offset""",
        parameters | {"limit": query.limit, "offset": (query.page - 1) * query.limit},
    )
    counts = reader.query(
        f"{explained} SELECT reason, count(*) AS clients FROM explained GROUP BY reason", parameters
    )
    amounts = dict(counts.iter_rows())
    return NotScoredPage(
        frame=frame,
        reasons={reason: amounts[reason] for reason in NotScoredReason if reason in amounts},
        as_of=as_of,
    )


def why_not_scored(reader: Reader, organization_id: str, as_of: date) -> NotScoredReason | None:
    """Return why a client has no score on a day; None where it has one.

    Raises :class:`UnknownOrganization`.
    """
    answer = not_scored(reader, NotScoredQuery(organization_id=organization_id, as_of=as_of))
    return NotScoredReason[answer.frame["reason"][0]] if answer.total else None


def _conjunction(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"
