"""Which clients, and which scores of a day: filters that several questions share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from health.errors import ArgumentError
from health.queries.arguments import (
    as_member,
    check_day,
    check_period,
    check_range,
    find_organization,
)
from health.queries.sizes import USERS, SizeBand
from health.scoring.history import clients_as_of
from health.vocabulary import CallOutcome, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader

CALLED: Final = (
    f"removed_at IS NULL AND outcome <> '{CallOutcome.NOT_NEEDED}'"
    " AND day BETWEEN $called_first AND $called_last"
)
"""SQL of the calls that were made in the days asked for; who was not needed was not called."""

OVERDUE: Final = (
    "removed_at IS NULL AND due_day < $overdue_on AND day <= $overdue_on"
    " AND (done_day IS NULL OR done_day >= $overdue_on)"
)
"""SQL of the tasks that were overdue on a day."""

_OF_CLIENTS: Final = {
    "organization_id": "clients.organization_id = $organization_id",
    "search": "(contains(lower(clients.name), lower($search))"
    " OR contains(lower(clients.organization_id), lower($search)))",
    "csm": "coalesce(clients.csm, '') = $csm",
    "industry": "coalesce(clients.industry, '') = $industry",
    "size": f"{USERS} >= $size_first AND coalesce({USERS} < $size_end, true)",
    "renewal_within": "clients.renewal_date BETWEEN {from_day}"
    " AND {from_day} + $renewal_within::INTEGER",
    "renewal_month": "clients.renewal_date"
    " BETWEEN greatest({from_day}, date_trunc('month', $renewal_month::DATE)::DATE)"
    " AND last_day($renewal_month::DATE)",
    "only_active": "clients.is_active = $only_active",
    "called": f"clients.organization IN (SELECT organization FROM account_calls WHERE {CALLED})",
    "overdue_on": f"clients.organization IN (SELECT organization FROM account_tasks"
    f" WHERE {OVERDUE})",
}
"""The SQL of each filter, over the columns of ``clients``; renewals count from ``from_day``."""


@dataclass(frozen=True, kw_only=True)
class ClientFilter:
    """Which clients, by what is on file about them; None and an empty search do not filter.

    search: part of the name or the id, whatever its case.
    csm: the owner's e-mail; empty for the clients without an owner. industry: likewise.
    size: how many licensed users.
    renewal_within: days from the as-of day, 0 to 3650, in which the renewal falls.
    renewal_month: any day of the month in which the renewal falls, on the as-of day or later.
    only_active: leaves out the clients that are none any more.
    called: the first and the last day, both in, of a span in which somebody called the client.
    overdue_on: the day on which a task about the client was overdue.
    from_day: the day that they, and days to a renewal, are counted from; None for the as-of day.
    """

    organization_id: str | None = None
    search: str = ""
    csm: str | None = None
    industry: str | None = None
    size: SizeBand | None = None
    renewal_within: int | None = None
    renewal_month: date | None = None
    only_active: bool = False
    called: tuple[date, date] | None = None
    overdue_on: date | None = None
    as_of: date | None = None
    from_day: date | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a value out of its range."""
        for argument in ("as_of", "from_day", "renewal_month", "overdue_on"):
            if (day := getattr(self, argument)) is not None:
                check_day(argument, day)
        if self.renewal_within is not None:
            check_range("renewal_within", self.renewal_within, 0, 3650)
        if self.called is not None:
            check_period(*self.called)

    def check(self, reader: Reader) -> None:
        """Raise :class:`UnknownOrganization` where ``organization_id`` is not on file."""
        if self.organization_id is not None:
            find_organization(reader, self.organization_id)

    @property
    def client_condition(self) -> str:
        """The filter as SQL over the columns of ``clients``."""
        from_day = f"DATE '{self.from_day}'" if self.from_day else "$as_of::DATE"
        return _conjunction(
            [condition.format(from_day=from_day) for condition in self._given(_OF_CLIENTS)]
        )

    @property
    def client_parameters(self) -> dict[str, object]:
        """The values that :attr:`client_condition` binds, but for ``as_of``."""
        given = {name: value for name in _OF_CLIENTS if (value := self._value(name)) is not None}
        if self.size is not None:
            del given["size"]
            given |= {"size_first": self.size.first, "size_end": self.size.end}
        if self.called is not None:
            del given["called"]
            given |= dict(zip(("called_first", "called_last"), self.called, strict=True))
        return given

    @property
    def about_clients(self) -> ClientFilter:
        """Only what is asked of the client itself, whatever its score."""
        return ClientFilter(
            **{field.name: getattr(self, field.name) for field in fields(ClientFilter)}
        )

    def _value(self, name: str) -> object:
        value = getattr(self, name)
        if name == "search":
            return value.strip() or None
        return None if value is False else value

    def _given(self, conditions: dict[str, str]) -> list[str]:
        return [sql for name, sql in conditions.items() if self._value(name) is not None]


EVERYBODY: Final = ClientFilter()
"""No filter at all."""


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


def scores_of(reader: Reader, chosen: ClientFilter) -> str:
    """SQL to follow a condition on ``scores``: those of the clients that pass; empty for all.

    It binds :attr:`ClientFilter.client_parameters`. Who passes is found on the day of the filter,
    for scores of every day.
    """
    if not chosen.client_parameters:
        return ""
    clients = clients_as_of(reader, chosen.as_of)
    return f"""AND organization IN (
        SELECT organization FROM {clients} WHERE {chosen.client_condition})"""


def _conjunction(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"
