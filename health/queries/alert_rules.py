"""The rules that raise alerts, from which values on they do, and an alert in words.

What the rules look at is in :mod:`health.queries.alerts`, in SQL; here is what they are called
and which number of the settings each is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from health.formatting import ago, count, number, percent
from health.settings import Thresholds
from health.vocabulary import FeatureName, Word

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW: Final = 30
"""Days that are looked at, and compared with as many before."""

USUAL: Final = 90
"""Days before the window that say what is usual."""

SILENT_DAYS: Final = Thresholds.feed_days
"""Days without any usage from which on a score no longer looks well, whatever it is."""

SLIDE_DAYS: Final = (90, 270)
"""Spans of a slow slide: three months, or three quarters, each lower than the one before."""


class AlertRule(Word):
    """What raises an alert; the gravest first.

    ``threshold`` is the field of :class:`~health.settings.Thresholds` it is about, empty where the
    scoring model says it. ``asks_for_call`` is whether it alone is a reason to call the client.
    """

    threshold: str
    asks_for_call: bool

    def __new__(
        cls, value: str, label: str, description: str, threshold: str, asks_for_call: bool = True
    ) -> Self:
        """Make a member from its value, its words and its threshold."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        member.threshold = threshold
        member.asks_for_call = asks_for_call
        return member

    HIGH_RISK = "HIGH_RISK", "High risk", "The score of the day says high risk.", ""
    SCORE_FELL = (
        "SCORE_FELL",
        "Sudden fall",
        "{score_points} points down or more in 7 days.",
        "score_points",
    )
    DECLINING = "DECLINING", "Declining", "The trend of 30 days is declining.", ""
    SLOW_SLIDE = (
        "SLOW_SLIDE",
        "Slow slide",
        "{slide_points} points down or more, a little each month of 90 days or each quarter of "
        "270, and never enough at once to be called declining.",
        "slide_points",
    )
    USERS_FELL = (
        "USERS_FELL",
        "Losing users",
        "Active users down {users_percent} % or more, 30 days against the 30 before.",
        "users_percent",
    )
    TICKETS_ROSE = (
        "TICKETS_ROSE",
        "Many tickets",
        "Tickets at {tickets_times} times the usual: 30 days against the mean of the 90 before.",
        "tickets_times",
    )
    QUIET = (
        "QUIET",
        "Going quiet",
        "Active users down {quiet_percent} % or more in 30 days, and {quiet_tickets} tickets at "
        "most: nobody complains, they just leave.",
        "quiet_percent",
    )
    FEED_STOPPED = (
        "FEED_STOPPED",
        "Feed stopped",
        "No usage arrived for {feed_days} days or more, while that of others did.",
        "feed_days",
    )
    RENEWAL_DUE = (
        "RENEWAL_DUE",
        "Renewal due",
        "The contract renews in {renewal_due_days} days or less.",
        "renewal_due_days",
    )
    RENEWAL_NEAR = (
        "RENEWAL_NEAR",
        "Renewal near",
        "The contract renews in {renewal_near_days} days or less.",
        "renewal_near_days",
        False,
    )
    RENEWAL_AHEAD = (
        "RENEWAL_AHEAD",
        "Renewal ahead",
        "The contract renews in {renewal_days} days or less.",
        "renewal_days",
        False,
    )
    LICENCES_UNUSED = (
        "LICENCES_UNUSED",
        "Licences unused",
        "Under {licences_percent} % of the licensed users are active.",
        "licences_percent",
        False,
    )
    FEATURE_UNUSED = (
        "FEATURE_UNUSED",
        "Feature left",
        "An enabled feature that was used before has not been for {feature_days} days.",
        "feature_days",
        False,
    )

    def explained(self, thresholds: Thresholds) -> str:
        """The description with the numbers of an installation."""
        return self.description.format_map(vars(thresholds))


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A rule that holds for a client on a day.

    was, now: the two values it compares; what they are depends on the rule, see ``says``.
    days: how long a slow slide has lasted; None of other rules.
    feature: the feature it is about, if any.
    """

    rule: AlertRule
    was: int | None = None
    now: int | None = None
    days: int | None = None
    feature: FeatureName | None = None

    @property
    def says(self) -> str:
        """The alert in words, with its numbers and without a stop."""
        return _SAYS[self.rule](self.was or 0, self.now or 0, self)


def _score_fell(was: int, now: int, _: Alert) -> str:
    return f"Score down {was - now} points in 7 days, from {was} to {now}"


def _declining(was: int, now: int, _: Alert) -> str:
    return f"Score down {was - now} points in 30 days, from {was} to {now}"


def _slow_slide(was: int, now: int, alert: Alert) -> str:
    days = alert.days or SLIDE_DAYS[0]
    step = "month" if days == SLIDE_DAYS[0] else "quarter"
    return f"Slow slide: {was - now} points down in {days} days, lower each {step}, now {now}"


def _users_fell(was: int, now: int, _: Alert) -> str:
    return (
        f"Active users down {percent(100 * (was - now) / was if was else 0)} in 30 days, "
        f"from {number(was)} to {number(now)}"
    )


def _tickets_rose(was: int, now: int, _: Alert) -> str:
    usual = f"usually {number(was)}" if was else "usually none"
    return f"{count(now, 'ticket')} in 30 days, {usual}"


def _quiet(was: int, now: int, _: Alert) -> str:
    return f"Active users from {number(was)} to {number(now)} in 30 days, and hardly a ticket"


def _feed_stopped(_: int, now: int, __: Alert) -> str:
    return f"No usage for {count(now, 'day')}"


def _renewal(_: int, now: int, __: Alert) -> str:
    return f"Renews {ago(-now)}"


def _licences_unused(was: int, now: int, _: Alert) -> str:
    return f"{number(now)} of {number(was)} licensed users active"


def _feature_unused(was: int, now: int, alert: Alert) -> str:
    """``was`` counts the features left, ``now`` the days since the last use of the one named."""
    named = alert.feature.label if alert.feature else "A feature"
    others = f" and {count(was - 1, 'more feature')}" if was > 1 else ""
    return f"{named}{others} not used for {count(now, 'day')}"


_SAYS: Final[dict[AlertRule, Callable[[int, int, Alert], str]]] = {
    AlertRule.HIGH_RISK: lambda _, now, __: f"High risk with a score of {now}",
    AlertRule.SCORE_FELL: _score_fell,
    AlertRule.DECLINING: _declining,
    AlertRule.SLOW_SLIDE: _slow_slide,
    AlertRule.USERS_FELL: _users_fell,
    AlertRule.TICKETS_ROSE: _tickets_rose,
    AlertRule.QUIET: _quiet,
    AlertRule.FEED_STOPPED: _feed_stopped,
    AlertRule.RENEWAL_DUE: _renewal,
    AlertRule.RENEWAL_NEAR: _renewal,
    AlertRule.RENEWAL_AHEAD: _renewal,
    AlertRule.LICENCES_UNUSED: _licences_unused,
    AlertRule.FEATURE_UNUSED: _feature_unused,
}
