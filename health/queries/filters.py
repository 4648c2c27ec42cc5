"""Which clients, and which scores of a day: filters that several questions share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from health.errors import ArgumentError
from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class ClientFilter:
    """Which clients, by what is on file about them; None and empty do not filter.

    search: part of the name or the id, whatever its case.
    csm: the owner's e-mail.
    renewal_within: days, 0 to 3650, in which the renewal falls.
    from_day: the day that they, and days to a renewal, are counted from; None for the as-of day.
    """

    organization_id: str | None = None
    search: str = ""
    csm: str | None = None
    industry: str | None = None
    renewal_within: int | None = None
    as_of: date | None = None
    from_day: date | None = None

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
        from_day = f"DATE '{self.from_day}'" if self.from_day else "$as_of::DATE"
        given = {
            "organization_id": "clients.organization_id = $organization_id",
            "search": "(contains(lower(clients.name), lower($search))"
            " OR contains(lower(clients.organization_id), lower($search)))",
            "csm": "clients.csm = $csm",
            "industry": "clients.industry = $industry",
            "renewal_within": f"clients.renewal_date BETWEEN {from_day}"
            f" AND {from_day} + $renewal_within::INTEGER",
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


def _conjunction(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"
