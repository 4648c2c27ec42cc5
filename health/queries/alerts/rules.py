"""The rules that raise alerts: each one's name, its condition in SQL, and its alerts in words.

A new rule is a new member of :class:`AlertRule`; the gravest stands first. The columns that a
condition looks at are those of :mod:`health.queries.alerts.facts`; ``$name`` is a threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from health.formatting import ago, count, number, percent
from health.scoring.model import STANDARD
from health.settings import Thresholds
from health.vocabulary import FeatureName, HealthTrend, RiskLevel, Word

if TYPE_CHECKING:
    from collections.abc import Callable


WINDOW: Final = 30
"""Days that are looked at, and compared with as many before."""

USUAL: Final = 90
"""Days before the window that say what is usual."""

SILENT_DAYS: Final = Thresholds.feed_days
"""Days without usage after which no score counts as good."""

SLIDE_DAYS: Final = (90, 270)
"""Spans of a slow slide: three months, or three quarters, each lower than the one before."""

_USERS_LOST: Final = (
    "users_was >= $least_users AND users < users_was "
    "AND 100 * (users_was - users) >= ${percent} * users_was"
)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A rule that holds for a client on a day.

    was, now: the two values it compares, as the rule's condition names them.
    days: how long a slow slide has lasted, or how far a trend looks back; None of other rules.
    feature: the feature it is about, if any.
    is_seasonal: whether it would not hold but for the season.
    """

    rule: AlertRule
    was: int | None = None
    now: int | None = None
    days: int | None = None
    feature: FeatureName | None = None
    is_seasonal: bool = False

    @property
    def says(self) -> str:
        """The alert in words, with its numbers and without a stop."""
        said = self.rule.words(self.was or 0, self.now or 0, self)
        return f"{said} (usual for this season)" if self.is_seasonal else said


@lru_cache(maxsize=1_000)
def computed(sql: str) -> pl.Expr:
    """Return the column that SQL over facts says; ``$name`` is a threshold, a column as well."""
    return pl.sql_expr(sql.replace("$", ""))


@dataclass(frozen=True, kw_only=True)
class Condition:
    """When a rule holds for a row of facts, and the values its words need, in SQL."""

    holds: str
    was: str = "NULL"
    now: str
    days: str = "NULL"
    feature: str = "NULL"


def _users_fell(was: int, now: int, _: Alert) -> str:
    return (
        f"Active users down {percent(100 * (was - now) / was if was else 0)} in 30 days, "
        f"from {number(was)} to {number(now)}"
    )


def _score_fell(days: int) -> Callable[[int, int, Alert], str]:
    return lambda was, now, _: f"Score down {was - now} points in {days} days, from {was} to {now}"


def _declining(was: int, now: int, alert: Alert) -> str:
    return _score_fell(alert.days or STANDARD.trend_days)(was, now, alert)


def _slow_slide(was: int, now: int, alert: Alert) -> str:
    days = alert.days or SLIDE_DAYS[0]
    step = "month" if days == SLIDE_DAYS[0] else "quarter"
    return f"Slow slide: {was - now} points down in {days} days, lower each {step}, now {now}"


def _ticket_spike(was: int, now: int, _: Alert) -> str:
    return f"{count(now, 'ticket')} in 30 days, usually {number(was) if was else 'none'}"


def _renewal(_: int, now: int, __: Alert) -> str:
    return f"Renews {ago(-now)}"


def _feature_abandoned(was: int, now: int, alert: Alert) -> str:
    """``was`` counts the features abandoned, ``now`` the days since the one named was used."""
    named = alert.feature.label if alert.feature else "A feature"
    if was > 1:
        return f"{named} and {count(was - 1, 'more feature')} last used {ago(now)} or earlier"
    return f"{named} last used {ago(now)}"


class AlertRule(Word):
    """What raises an alert; the gravest first.

    ``label`` and ``description`` may name thresholds in braces: see ``name_with`` and
    ``explained``. ``words`` says an alert from its two values. ``asks_for_call`` is whether it
    alone is a reason to call the client.
    """

    condition: Condition
    words: Callable[[int, int, Alert], str]
    asks_for_call: bool

    def __new__(
        cls,
        value: str,
        label: str,
        description: str,
        condition: Condition,
        words: Callable[[int, int, Alert], str],
        asks_for_call: bool = True,
    ) -> Self:
        """Make a member from its value, its words and its condition."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        member.condition = condition
        member.words = words
        member.asks_for_call = asks_for_call
        return member

    HIGH_RISK = (
        "HIGH_RISK",
        "High risk",
        "The score of the day says high risk.",
        Condition(holds=f"risk_level = '{RiskLevel.HIGH}'", now="overall_score"),
        lambda _, now, __: f"High risk with a score of {now}",
    )
    SCORE_FELL = (
        "SCORE_FELL",
        "Sudden fall",
        "{score_points} points down or more in 7 days.",
        Condition(holds="fall_7 >= greatest(1, $score_points)", was="score_7", now="overall_score"),
        _score_fell(7),
    )
    DECLINING = (
        "DECLINING",
        "Declining",
        "The trend of the score is declining.",
        Condition(
            holds=f"trend = '{HealthTrend.DECLINING}'",
            was="previous_score",
            now="overall_score",
            days="trend_days",
        ),
        _declining,
    )
    SLOW_SLIDE = (
        "SLOW_SLIDE",
        "Slow slide",
        "{slide_points} points down or more, a little each month of 90 days or each quarter of "
        "270, and never enough at once to be called declining.",
        Condition(
            holds="slide_days IS NOT NULL",
            was="slide_from",
            now="overall_score",
            days="slide_days",
        ),
        _slow_slide,
    )
    USERS_FELL = (
        "USERS_FELL",
        "Losing users",
        "Active users down {users_percent} % or more, 30 days against the 30 before.",
        Condition(holds=_USERS_LOST.format(percent="users_percent"), was="users_was", now="users"),
        _users_fell,
    )
    TICKETS_ROSE = (
        "TICKETS_ROSE",
        "Ticket spike",
        "Tickets at {tickets_times} times the usual: 30 days against the mean of the 90 before.",
        Condition(
            # As many days before as now at least: the usual of a feed that has just begun is
            # not known.
            holds="tickets >= greatest(1, $least_tickets) AND usual_days >= ticket_days "
            "AND tickets * usual_days >= $tickets_times * usual_tickets * ticket_days",
            was=f"(2 * {WINDOW} * usual_tickets + usual_days) // nullif(2 * usual_days, 0)",
            now="tickets",
        ),
        _ticket_spike,
    )
    QUIET = (
        "QUIET",
        "Engagement fading",
        "Active users down {quiet_percent} % or more in 30 days, and {quiet_tickets} tickets at "
        "most: nobody complains, they just leave.",
        Condition(
            holds=f"{_USERS_LOST.format(percent='quiet_percent')} AND tickets <= $quiet_tickets",
            was="users_was",
            now="users",
        ),
        lambda was, now, _: (
            f"Active users from {number(was)} to {number(now)} in 30 days, and hardly a ticket"
        ),
    )
    FEED_STOPPED = (
        "FEED_STOPPED",
        "Feed stopped",
        "No usage arrived for {feed_days} days or more, while that of others did.",
        Condition(holds="days_without_usage >= greatest(1, $feed_days)", now="days_without_usage"),
        lambda _, now, __: f"No usage for {count(now, 'day')}",
    )
    RENEWAL_DUE = (
        "RENEWAL_DUE",
        "Renews within {renewal_due_days} days",
        "The contract renews in {renewal_due_days} days or less.",
        Condition(
            holds="days_until_renewal BETWEEN 0 AND $renewal_due_days", now="days_until_renewal"
        ),
        _renewal,
    )
    RENEWAL_NEAR = (
        "RENEWAL_NEAR",
        "Renews within {renewal_near_days} days",
        "The contract renews in {renewal_near_days} days or less.",
        Condition(
            holds="days_until_renewal "
            "BETWEEN greatest(0, $renewal_due_days + 1) AND $renewal_near_days",
            now="days_until_renewal",
        ),
        _renewal,
        False,
    )
    RENEWAL_AHEAD = (
        "RENEWAL_AHEAD",
        "Renews within {renewal_days} days",
        "The contract renews in {renewal_days} days or less.",
        Condition(
            holds="days_until_renewal BETWEEN "
            "greatest(0, $renewal_near_days + 1, $renewal_due_days + 1) AND $renewal_days",
            now="days_until_renewal",
        ),
        _renewal,
        False,
    )
    LICENCES_UNUSED = (
        "LICENCES_UNUSED",
        "Licences unused",
        "Under {licences_percent} % of the licensed users are active.",
        Condition(
            holds="total_users >= greatest(1, $least_users) "
            "AND 100 * active_users < $licences_percent * total_users",
            was="total_users",
            now="active_users",
        ),
        lambda was, now, _: f"{number(now)} of {number(was)} licensed users active",
        False,
    )
    FEATURE_UNUSED = (
        "FEATURE_UNUSED",
        "Feature abandoned",
        "An enabled feature that was used before has not been for {feature_days} days.",
        Condition(
            holds="features_left > 0",
            was="features_left",
            now="feature_days_ago",
            feature="feature_left",
        ),
        _feature_abandoned,
        False,
    )

    def name_with(self, thresholds: Thresholds) -> str:
        """The label with the numbers of an installation."""
        return self.label.format_map(vars(thresholds))

    def explained(self, thresholds: Thresholds) -> str:
        """The description with the numbers of an installation."""
        return self.description.format_map(vars(thresholds))
