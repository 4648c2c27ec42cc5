"""The lives that demo clients lead, and which client leads which.

A life is written as a handful of points over time; everything between them is a straight line.
Time runs backwards: 0 is the last day of the demo, 30 the day thirty days before it. So a life
ends the same way whatever the length of the demo.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from health.errors import ArgumentError
from health.vocabulary import Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Curve: TypeAlias = tuple[tuple[int, int], ...]
"""Points (x, y) with rising x; before the first and after the last point the line is level."""

ALWAYS: Final = 1_000_000
"""Days back of something that was there before any demo begins."""


def curve_at(curve: Curve, x: NDArray[np.int64]) -> NDArray[np.int64]:
    """The curve's y at each ``x``, in whole numbers (rounded down), same shape as ``x``."""
    xs, ys = np.array(curve, dtype=np.int64).T
    at = np.clip(x, xs[0], xs[-1])
    left = np.maximum(np.searchsorted(xs, at, side="left") - 1, 0)
    right = np.minimum(left + 1, len(xs) - 1)
    run = np.maximum(xs[right] - xs[left], 1)
    y: NDArray[np.int64] = ys[left] + (ys[right] - ys[left]) * (at - xs[left]) // run
    return y


class Story(Word):
    """What a demo client lives through; the first clients of every demo tell them in this order."""

    STEADY = "STEADY", "Steady", "Healthy all along."
    GROWING = "GROWING", "Growing", "More people and more features month by month."
    SLOW_DECLINE = (
        "SLOW_DECLINE",
        "Slow decline",
        "Slides a little every month, and in no month enough to be called declining.",
    )
    CRASH = (
        "CRASH",
        "Crash",
        "Active users collapsed within two weeks last month, and tickets rose.",
    )
    RECOVERY = "RECOVERY", "Recovery", "Was in trouble for months and is climbing back."
    QUIET = "QUIET", "Gone quiet", "Opens no tickets, and fewer and fewer people sign in."
    TICKET_STORM = "TICKET_STORM", "Ticket storm", "Opened a ticket a day in the last three weeks."
    CAMPAIGN_LULL = (
        "CAMPAIGN_LULL",
        "Campaign lull",
        "Campaigns that start in summer get few answers, the others many.",
    )
    ENTERPRISE_AT_RISK = (
        "ENTERPRISE_AT_RISK",
        "Large and at risk",
        "A large contract that renews within 90 days while its score falls.",
    )
    LICENCES_UNUSED = "LICENCES_UNUSED", "Licences unused", "Over half of the licences lie idle."
    FEATURES_UNUSED = (
        "FEATURES_UNUSED",
        "Features unused",
        "Pays for nearly every feature and uses two.",
    )
    FEED_STOPPED = "FEED_STOPPED", "Feed stopped", "The usage data ended 48 days ago."
    NEWCOMER_WITHOUT_DATA = (
        "NEWCOMER_WITHOUT_DATA",
        "Newcomer without data",
        "Has signed and sent nothing yet.",
    )
    NEWCOMER = "NEWCOMER", "Newcomer", "Has three weeks of data."
    CASES_LATE = (
        "CASES_LATE",
        "Case data is new",
        "Sends case data only since 24 days ago.",
    )
    NO_LICENCE_COUNT = (
        "NO_LICENCE_COUNT",
        "No licence count",
        "The number of licensed users is not known.",
    )
    TINY = "TINY", "Tiny", "Has two licensed users, and one of them stays away of late."
    WEEKLY = "WEEKLY", "Weekly data", "Sends its usage once a week, on Mondays."
    INACTIVE = "INACTIVE", "No longer active", "Has left; its data ended 70 days ago."
    STRUGGLING = "STRUGGLING", "Struggling", "Has been in a bad state all along."
    MIDDLING = "MIDDLING", "Middling", "Neither good nor bad, all along."


class Campaigns(Enum):
    """How a client asks its employees."""

    VARIED = "differs from client to client"
    ROUNDS = "one round after the other, with breaks"
    STAGGERED = "one business unit after the other, so that several rounds overlap"
    ROLLING = "all year round, each employee on a day of his own"
    NONE = "not at all"


@dataclass(frozen=True, kw_only=True)
class Life:
    """The numbers behind a story. Percent and days back, unless said otherwise."""

    login: Curve = ((0, 81),)
    """Licensed users who sign in within a month."""
    on_time: Curve = ((0, 92),)
    """Closed cases that are closed in time."""
    response: Curve = ((0, 91),)
    """What a campaign's response rate comes to in the end, by the campaign's first day."""
    tickets: Curve = ((0, 12),)
    """Tickets a year."""
    adoption: int = 78
    """Enabled features that are used on the last day."""
    enabled: tuple[int, int] = (6, 12)
    """Fewest and most features enabled."""
    recent_features: int = 45
    """Used features whose first use was in the last year."""
    spread: tuple[int, int] = (-3, 3)
    """How far clients of this story lie below and above these numbers, in points."""
    wander: int = 1
    """How far a client strays from its own line, in points."""
    holidays: bool = True
    """Whether August and the turn of the year show."""
    summer_response: int = 100
    """What is left of the response where a campaign starts in June, July or August."""
    campaigns: Campaigns = Campaigns.VARIED
    begins: int = ALWAYS
    """Its first day of data."""
    ends: int = 0
    """Its last day of data."""
    cases_begin: int = ALWAYS
    """Its first day of case data."""
    weekly: bool = False
    """Data comes on Mondays only, summed up over the week."""
    users: tuple[int, int] | None = None
    """Fewest and most licensed users; without it any size."""
    renewal: tuple[int, int] = (-20, 400)
    """Days from the last day to the renewal."""
    is_active: bool = True
    has_licence_count: bool = True
    has_data: bool = True
    is_ordinary: bool = False
    """One of the many, who may lack some metrics or have begun within the demo."""


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _life(given: Mapping[str, Any]) -> Life:
    values = {name: _tuples(value) for name, value in given.items() if name != "share"}
    values["campaigns"] = Campaigns[given.get("campaigns", "VARIED")]
    return Life(**values)


_DATA: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LIVES: Final[Mapping[Story, Life]] = {story: _life(_DATA[story.name]) for story in Story}
_SHARES: Final[Mapping[Story, int]] = {story: _DATA[story.name].get("share", 0) for story in Story}
"""Percent of the clients after the first of each story; stories without are told once."""
_BY_SHARE: Final = sorted(Story, key=_SHARES.__getitem__, reverse=True)

_STORIES: Final = tuple(Story)
_CYCLE: Final = tuple(story for story in _BY_SHARE for _ in range(_SHARES[story]))
# Without a common factor with the 100 places of the cycle, so that any 100 clients in a row have
# each share exactly and clients of one story do not stand together.
_STEP: Final = 37

_LEAVES_EVERY: Final = 12
"""Of the clients after the first hundred, so many apart, one has left."""


def organization_id(number: int) -> str:
    """The id of the ``number``-th client (from 1): ``ORG-0001``."""
    return f"ORG-{number:04d}"


def story_of_number(number: int) -> Story:
    """The story of the ``number``-th client (from 1), the same for every seed and size."""
    if number <= len(_STORIES):
        return _STORIES[number - 1]
    if number > len(_CYCLE) and number % _LEAVES_EVERY == 0:
        return Story.INACTIVE
    return _CYCLE[number * _STEP % len(_CYCLE)]


def story_of(organization_id: str) -> Story:
    """The story of a demo client, the same for every seed and size of the demo.

    Raises:
        ArgumentError: when it is not the id of a demo client, like ``ORG-0001``.
    """
    digits = organization_id.removeprefix("ORG-")
    if digits == organization_id or not (digits.isascii() and digits.isdigit()) or not int(digits):
        raise ArgumentError(
            "organization_id",
            f"“{organization_id}” is not the id of a demo client; they are called ORG-0001 and on.",
        )
    return story_of_number(int(digits))


STORIES: Final[Mapping[Story, str]] = {
    story: organization_id(number) for number, story in enumerate(_STORIES, 1)
}
"""The id of the first client of each story, in every demo that has that many clients."""
