"""The stage of the demo: its days, and what all metrics are made from.

Arrays have the shape (clients, days back): column 0 is the last day. Shares are held in hundredths
of a percent (10,000 = all), so that whole numbers suffice everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from health.maintenance.demo.companies import lean
from health.maintenance.demo.draws import Integers, Noise, Trait
from health.maintenance.demo.stories import Curve, Life, curve_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from health.maintenance.demo.companies import Companies
    from health.maintenance.demo.draws import Draws

ALL: Final = 10_000
"""A share of 100 percent."""

NO_ROW: Final = -1
"""Stands for a metric that has no row on a day; no metric has negative values."""

WEEK: Final = 7
MONTH: Final = 30
YEAR: Final = 360

LONGEST_ROUND: Final = 150
"""Days from the start of a campaign to the start of the next, at most."""

HORIZON_MARGIN: Final = LONGEST_ROUND + MONTH
"""Days before the first day that the first day's numbers rest on."""

_KNOT: Final = 45
"""Days between two points of a client's straying from its own line."""

# Percent of the full holiday, by month · 32 + day.
_HOLIDAYS: Final[Curve] = (
    (1 * 32 + 1, 70),
    (1 * 32 + 7, 0),
    (7 * 32 + 24, 0),
    (8 * 32 + 7, 100),
    (8 * 32 + 24, 100),
    (9 * 32 + 7, 0),
    (12 * 32 + 20, 0),
    (12 * 32 + 24, 70),
)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days back from the last day: weekday (Monday is 0), month and percent of holiday.

    A quarter ends on the 30th of March, June, September and December, for a campaign's sake.
    """

    weekday: Integers
    month: Integers
    holiday: Integers
    quarter_ends: NDArray[np.bool_]

    @classmethod
    def before(cls, end: date, days: int) -> Calendar:
        """The calendar of ``days`` days, ``end`` the first of them."""
        dates = [end - timedelta(days=back) for back in range(days)]
        month = np.array([day.month for day in dates], dtype=np.int64)
        of_month = np.array([day.day for day in dates], dtype=np.int64)
        return cls(
            weekday=np.array([day.weekday() for day in dates], dtype=np.int64),
            month=month,
            holiday=curve_at(_HOLIDAYS, month * 32 + of_month),
            quarter_ends=(month % 3 == 0) & (of_month == 30),
        )


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What every metric is made from: the clients, their chance and the days."""

    companies: Companies
    draws: Draws
    calendar: Calendar
    days: int

    @property
    def back(self) -> Integers:
        """0, 1, 2 … for every day, those before the first day included."""
        return np.arange(self.days + HORIZON_MARGIN, dtype=np.int64)

    def curves(self, curve: Callable[[Life], Curve]) -> Integers:
        """A curve of every client's life, at every day, times 100."""
        back = self.back
        of_life = {
            life: curve_at(tuple((x, y * 100) for x, y in curve(life)), back)
            for life in dict.fromkeys(self.companies.lives)
        }
        return np.stack([of_life[life] for life in self.companies.lives])


def trailing_sum(values: Integers, days: int) -> Integers:
    """The sum over each day and the ``days - 1`` before it; too small at the far end."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, days))), axis=1)
    return total[:, days : days + values.shape[1]] - total[:, : values.shape[1]]


def trailing_max(values: Integers, days: int) -> Integers:
    """The greatest of each day and the ``days - 1`` before it, as far as there are any."""
    padded = np.pad(values, ((0, 0), (0, days - 1)), mode="edge")
    highest: Integers = np.lib.stride_tricks.sliding_window_view(padded, days, axis=1).max(axis=2)
    return highest


def whole_counts(expected: Integers, phase: Integers) -> Integers:
    """Whole numbers that add up, from the last day on, to what is expected (in ten-thousandths).

    Rounding the running sum keeps 30 days of rare events close to their rate: a demo of pure
    chance would have half of its small clients improving or declining for no reason.
    """
    running = (np.cumsum(expected, axis=1) + phase) // ALL
    return np.diff(running, axis=1, prepend=0)


def share_of(counts: Integers, share: Integers) -> Integers:
    """The part of whole ``counts`` that is ``share`` of them in the long run, never more."""
    return whole_counts(counts * share, np.full((len(counts), 1), ALL // 2))


def _straying(scene: Scene, noise: Noise) -> Integers:
    """How far each client strays from its own line for a while: straight between knots."""
    reach = scene.companies.each(lambda life: life.wander)
    knots = scene.draws.day(noise, -100, 100)[:, ::_KNOT] * reach
    knots = np.concatenate((knots, knots[:, -1:]), axis=1)
    index, within = np.divmod(scene.back, _KNOT)
    left, right = knots[:, index], knots[:, index + 1]
    points: Integers = left + (right - left) * within // _KNOT
    return points


def level_of(
    scene: Scene, curve: Callable[[Life], Curve], own: Trait, noise: Noise, highest: int
) -> Integers:
    """A share of every client at every day: its story's line, its lean and its straying."""
    level = scene.curves(curve) + lean(scene.companies, scene.draws, own)
    level[:] = np.clip(level + _straying(scene, noise), 300, highest)
    return level


def left_in_holidays(scene: Scene, least: int, most: int) -> Integers:
    """What is left of a client's activity on each day, where ``least`` … ``most`` % is gone.

    Chance is cubed: most clients hardly notice August, some shut down.
    """
    chance = scene.draws.trait(Trait.HOLIDAY, 0, 100)[:, None]
    depth = least * 100 + (most - least) * chance**3 // 10_000
    depth = depth * scene.companies.which(lambda life: life.holidays)
    return ALL - depth * scene.calendar.holiday // 100
