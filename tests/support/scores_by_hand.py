"""A score the slow way: plain Python and fractions, row by row, as section 3 of the contract says.

Nothing of what the product computes with is used here, so that the two can be held against each
other. Rows are what files hold: one per client, metric and day; one per client and feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from health.scoring.components.extra import ExtraPart
from health.scoring.model import ScoringModel
from health.scoring.segments import Rule

Changes = tuple[tuple[date, Any], ...]
"""Later values of something, each with the day from which it holds."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client: the first values on file, and what they were changed to."""

    organization_id: str
    total_users: int | None = None
    is_active: bool = True
    industry: str | None = None
    csm: str | None = None
    annual_value: int | None = None
    users_changes: Changes = ()
    status_changes: Changes = ()
    industry_changes: Changes = ()
    csm_changes: Changes = ()
    value_changes: Changes = ()


@dataclass(frozen=True, kw_only=True)
class Usage:
    organization_id: str
    metric_type: str
    date: date
    value: int


@dataclass(frozen=True, kw_only=True)
class Feature:
    organization_id: str
    feature_name: str
    is_enabled: bool = True
    is_used: bool = True
    first_used_at: date | None = None
    enabled_changes: Changes = ()
    used_changes: Changes = ()


@dataclass(frozen=True, kw_only=True)
class Score:
    """What is stored of a score, in the contract's order; components are None without data."""

    login: int | None
    case_resolution: int | None
    campaign_completion: int | None
    feature_adoption: int | None
    support_ticket: int | None
    overall: int
    previous: int | None
    coverage: int
    trend: str
    risk: str
    extra: tuple[int | None, ...] = ()


class Portfolio:
    """Clients with their usage and features; knows the score of any client on any day."""

    def __init__(
        self,
        clients: Iterable[Client],
        usage: Iterable[Usage] = (),
        features: Iterable[Feature] = (),
    ) -> None:
        self._clients = {client.organization_id: client for client in clients}
        self._usage: dict[str, list[Usage]] = {name: [] for name in self._clients}
        self._features: dict[str, list[Feature]] = {name: [] for name in self._clients}
        for row in usage:
            self._usage[row.organization_id].append(row)
        for feature in features:
            self._features[feature.organization_id].append(feature)

    def scores(self, days: Iterable[date], model: ScoringModel) -> dict[tuple[str, date], Score]:
        """The scores on these days, by client and day; who has none is left out."""
        return {
            (name, day): score
            for day in days
            for name in self._clients
            if (score := self.score(name, day, model)) is not None
        }

    def model_on(
        self,
        organization_id: str,
        day: date,
        segments: Sequence[tuple[Rule, ScoringModel]],
        rest: ScoringModel,
    ) -> ScoringModel:
        """The model of the first segment that a client fits on a day, else of the rest."""
        return next(
            (model for rule, model in segments if self._fits(organization_id, day, rule)), rest
        )

    def _fits(self, organization_id: str, day: date, rule: Rule) -> bool:
        client = self._clients[organization_id]
        industry = in_force(client.industry, client.industry_changes, day)
        owner = in_force(client.csm, client.csm_changes, day)
        users = in_force(client.total_users, client.users_changes, day)
        value = in_force(client.annual_value, client.value_changes, day)
        enabled = {
            feature.feature_name
            for feature in self._features[organization_id]
            if in_force(feature.is_enabled, feature.enabled_changes, day)
        }
        return (
            (not rule.industry or industry in rule.industry)
            and (not rule.csm or owner in rule.csm)
            and is_between(users, rule.total_users_from, rule.total_users_below)
            and is_between(value, rule.annual_value_from, rule.annual_value_below)
            and (rule.feature is None or rule.feature in enabled)
        )

    def score(self, organization_id: str, day: date, model: ScoringModel) -> Score | None:
        """The score of a client on a day; None where it is not scored."""
        if not self._is_active(organization_id, day):
            return None
        points = self._points(organization_id, day, model)
        overall = overall_score(points, model)
        if overall is None:
            return None
        day_before = day - timedelta(model.trend_days)
        earlier = self._points(organization_id, day_before, model)
        was_active = self._is_active(organization_id, day_before)
        previous = overall_score(earlier, model) if was_active else None
        trend = trend_of(overall, previous, model)
        five = {name: value for name, value in points.items() if name in model.weights}
        return Score(
            **five,
            extra=tuple(points[part.key] for part in model.extra_parts),
            overall=overall,
            previous=previous,
            coverage=coverage_of(points, model),
            trend=trend,
            risk=risk_of(overall, trend, model),
        )

    def _is_active(self, organization_id: str, day: date) -> bool:
        client = self._clients[organization_id]
        return bool(in_force(client.is_active, client.status_changes, day))

    def _points(
        self, organization_id: str, day: date, model: ScoringModel
    ) -> dict[str, int | None]:
        first = day - timedelta(model.window_days - 1)
        window = [row for row in self._usage[organization_id] if first <= row.date <= day]
        client = self._clients[organization_id]
        users = in_force(client.total_users, client.users_changes, day)
        return {
            "login": login(window, users, model),
            "case_resolution": case_resolution(window, model),
            "campaign_completion": campaign_completion(window, model),
            "feature_adoption": feature_adoption(self._features[organization_id], day, model),
            "support_ticket": support_ticket(window, users, model),
            **{part.key: extra_part(part, window, users) for part in model.extra_parts},
        }


def is_between(value: int | None, first: int | None, below: int | None) -> bool:
    """Whether a value lies in a range; one that is not known lies in none."""
    if first is None and below is None:
        return True
    if value is None:
        return False
    return (first is None or value >= first) and (below is None or value < below)


def in_force(first: Any, changes: Changes, day: date) -> Any:
    """The latest value that holds by a day; before all of them, the first."""
    held = [(since, value) for since, value in changes if since <= day]
    return max(held, key=lambda change: change[0])[1] if held else first


def half_up(exact: Fraction) -> int:
    return math.floor(exact + Fraction(1, 2))


def share(part: int, whole: int, target: int) -> int:
    """Points of a ratio; ``target`` percent earn all 100."""
    return min(100, half_up(100 * Fraction(part, whole) / Fraction(target, 100)))


def rows_of(window: Sequence[Usage], metric: str) -> list[Usage]:
    return [row for row in window if row.metric_type == metric]


def sum_of(window: Sequence[Usage], metric: str) -> int:
    return sum(row.value for row in rows_of(window, metric))


def login(window: Sequence[Usage], users: int | None, model: ScoringModel) -> int | None:
    monthly = rows_of(window, "MONTHLY_ACTIVE_USERS")
    daily = rows_of(window, "DAILY_ACTIVE_USERS")
    if not users or not (monthly or daily):
        return None
    if monthly:
        active = max(monthly, key=lambda row: row.date).value
    else:
        active = max(row.value for row in daily)
    return share(active, users, model.targets["login"])


def case_resolution(window: Sequence[Usage], model: ScoringModel) -> int | None:
    closed = sum_of(window, "CASES_CLOSED")
    if closed == 0 or not rows_of(window, "CASES_CLOSED_ON_TIME"):
        return None
    return share(sum_of(window, "CASES_CLOSED_ON_TIME"), closed, model.targets["case_resolution"])


def campaign_completion(window: Sequence[Usage], model: ScoringModel) -> int | None:
    rates = rows_of(window, "CAMPAIGN_RESPONSE_RATE")
    if not rates:
        return None
    asked = 100 * len(rates)
    return share(sum(row.value for row in rates), asked, model.targets["campaign_completion"])


def feature_adoption(features: Sequence[Feature], day: date, model: ScoringModel) -> int | None:
    enabled = [
        feature
        for feature in features
        if in_force(feature.is_enabled, feature.enabled_changes, day)
    ]
    if not enabled:
        return None
    used = [
        feature
        for feature in enabled
        if in_force(feature.is_used, feature.used_changes, day)
        and (feature.first_used_at is None or feature.first_used_at <= day)
    ]
    return share(len(used), len(enabled), model.targets["feature_adoption"])


def support_ticket(window: Sequence[Usage], users: int | None, model: ScoringModel) -> int | None:
    if not rows_of(window, "SUPPORT_TICKETS"):
        return None
    tickets = Fraction(sum_of(window, "SUPPORT_TICKETS"))
    if model.tickets_per_hundred_users:
        if not users:
            return None
        tickets = tickets * 100 / users
    return max(0, half_up(100 - model.points_per_ticket * tickets))


def extra_part(part: ExtraPart, window: Sequence[Usage], users: int | None) -> int | None:
    amounts = [amount(window, metric) for metric in part.metrics]
    first = amounts[0]
    if first is None:
        return None
    if part.form == "inverse":
        return max(0, half_up(100 - Fraction(part.points_lost, 100) * first))
    if part.form == "share":
        return share(first, amounts[1], part.target) if amounts[1] else None
    if part.form == "amount":
        return min(100, half_up(Fraction(100 * first, part.target)))
    return min(100, half_up(Fraction(100 * 100 * first, users * part.target))) if users else None


def amount(window: Sequence[Usage], metric: str) -> int | None:
    """A count is added up, daily users are those of the busiest day, the rest is the latest."""
    rows = rows_of(window, metric)
    if not rows:
        return None
    if metric == "DAILY_ACTIVE_USERS":
        return max(row.value for row in rows)
    if metric in ("MONTHLY_ACTIVE_USERS", "CAMPAIGN_RESPONSE_RATE"):
        return max(rows, key=lambda row: row.date).value
    return sum(row.value for row in rows)


def weighed(points: dict[str, int | None], model: ScoringModel) -> dict[str, Fraction]:
    """The weight of each component that has data, as a share of 1."""
    weights = {**model.weights, **{part.key: part.weight for part in model.extra_parts}}
    return {
        name: Fraction(weights[name], 10_000) for name, value in points.items() if value is not None
    }


def overall_score(points: dict[str, int | None], model: ScoringModel) -> int | None:
    weights = weighed(points, model)
    if set(weights) <= {"feature_adoption"} or sum(weights.values()) == 0:
        return None
    if coverage_of(points, model) < model.least_coverage:
        return None
    total = sum(weight * (points[name] or 0) for name, weight in weights.items())
    return half_up(total / sum(weights.values()))


def coverage_of(points: dict[str, int | None], model: ScoringModel) -> int:
    return half_up(100 * sum(weighed(points, model).values(), Fraction(0)))


def trend_of(overall: int, previous: int | None, model: ScoringModel) -> str:
    if previous is None:
        return "STABLE"
    if overall - previous >= model.improving_from:
        return "IMPROVING"
    return "DECLINING" if overall - previous <= model.declining_to else "STABLE"


def risk_of(overall: int, trend: str, model: ScoringModel) -> str:
    declining = trend == "DECLINING"
    if overall < model.high_below or (overall < model.declining_high_below and declining):
        return "HIGH"
    return "LOW" if overall >= model.low_from and not declining else "MEDIUM"
