"""How well a number ranks clients: the area under the curve, with a 95 % interval.

The area is the chance that a client with a bad outcome had the lower number than one without, on
the same day; equal numbers count as half. One day alone gives what scikit-learn's
``roc_auc_score`` gives; of several days it is the mean, weighed by their outcomes.

The interval is DeLong's, with the cases of a client taken together (Obuchowski 1997): a client that
stays is compared on many days, and is one observation all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from health.errors import JudgeMissing

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

CHANCE: Final = 0.5
_TAIL: Final = 0.025
_DRAWS: Final = 400


def science(module: str) -> Any:
    """Import a module of SciPy; raises :class:`JudgeMissing` where it is not installed."""
    try:
        return import_module(f"scipy.{module}")
    except ImportError as error:
        raise JudgeMissing from error


@dataclass(frozen=True, kw_only=True, eq=False)
class Cases:
    """Clients on days, each with a number that ranks them; arrays of one length.

    day, client: any whole numbers from 0 on that name them. score: low means at risk.
    is_bad: whether the bad outcome came.
    """

    day: Whole
    client: Whole
    score: Whole
    is_bad: Flags

    @cached_property
    def counted(self) -> _Counted | None:
        """How many there are of each day and number; None where no day has both kinds."""
        return _count(self)

    def where(self, known: Flags) -> Cases:
        """Return the cases that are flagged."""
        return Cases(
            day=self.day[known],
            client=self.client[known],
            score=self.score[known],
            is_bad=self.is_bad[known],
        )


@dataclass(frozen=True, kw_only=True)
class Area:
    """An area under the curve.

    value: from 0 to 1; 0.5 is chance. low, high: its 95 % interval.
    outcomes: bad outcomes it rests on; compared: clients they were compared with.
    influence: how much each client moves the value, by its number.
    """

    value: float
    low: float
    high: float
    outcomes: int
    compared: int
    influence: Numbers = field(repr=False, compare=False)

    @property
    def holds_chance(self) -> bool:
        """Whether the interval holds 0.5."""
        return self.low <= CHANCE <= self.high


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much better one number ranks than another, of the same cases, with a 95 % interval."""

    value: float
    low: float
    high: float


def area(cases: Cases) -> Area | None:
    """Return the area of the cases; None where no day has clients of both kinds.

    Raises :class:`JudgeMissing` without SciPy.
    """
    counted = cases.counted
    if counted is None:
        return None
    outcomes = int(counted.bad.sum())
    value = float((counted.bad * counted.bad_placement).sum() / outcomes)
    clients = int(cases.client.max()) + 1
    influence = _influence(counted, value, clients)
    used = counted.used
    times_bad = np.bincount(used.client[used.is_bad], minlength=clients)
    bad_clients = int(np.count_nonzero(times_bad))
    good_clients = int(np.sum(np.bincount(used.client, minlength=clients) > times_bad))
    low, high = _interval(value, influence, min(bad_clients, good_clients))
    if value in (0.0, 1.0):  # no spread to be seen; at most so many outcomes can hide
        hidden = 1 - _TAIL ** (1 / bad_clients)
        low, high = (0.0, hidden) if value == 0 else (1 - hidden, 1.0)
    return Area(
        value=value,
        low=max(low, 0.0),
        high=min(high, 1.0),
        outcomes=outcomes,
        compared=good_clients,
        influence=influence,
    )


def difference(after: Area, before: Area) -> Difference:
    """Return how much better ``after`` ranks, from how the two areas vary together."""
    length = max(len(after.influence), len(before.influence))
    moved = _padded(after.influence, length) - _padded(before.influence, length)
    value = after.value - before.value
    low, high = _interval(value, moved, min(after.outcomes, before.outcomes))
    return Difference(value=value, low=low, high=high)


def chance(cases: Cases) -> tuple[float, float] | None:
    """Return between which areas 95 of 100 lie if the outcomes are dealt out by lot.

    Each outcome goes to any client of its day. The draws are the same each time.
    """
    counted = cases.counted
    if counted is None:
        return None
    together = counted.bad + counted.good
    size = together.sum(axis=1, keepdims=True)
    higher = size - np.cumsum(together, axis=1)
    placement = ((higher + (together - 1) / 2) / np.maximum(size - 1, 1)).ravel()
    until = np.cumsum(together.ravel())
    rows = np.repeat(np.arange(len(size)), counted.bad.sum(axis=1))
    offset = (until.reshape(together.shape)[:, -1] - size[:, 0])[rows]
    random = np.random.default_rng(0)
    areas = [
        placement[
            np.searchsorted(until, offset + random.integers(0, size[rows, 0]), side="right")
        ].mean()
        for _ in range(_DRAWS)
    ]
    low, high = np.quantile(areas, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def caught_by_worst(cases: Cases, share: float) -> float | None:
    """Return which share of the outcomes lay in the worst ``share`` of the clients of their day.

    Of clients with an equal number at the edge, that part counts which fits in.
    """
    counted = cases.counted
    if counted is None:
        return None
    together = counted.bad + counted.good
    lower = np.cumsum(together, axis=1) - together
    room = share * together.sum(axis=1, keepdims=True) - lower
    inside = np.clip(room / np.maximum(together, 1), 0, 1)
    return float((counted.bad * inside).sum() / counted.bad.sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class _Counted:
    """How many cases there are of each day and number, a row a day; and where those rank.

    bad_placement: share of the day's others with a higher number. good_placement: share of the
    day's bad outcomes with a lower one. used: the cases on days with both kinds. cell: where each
    of them is in these tables, counted row after row.
    """

    bad: Whole
    good: Whole
    bad_placement: Numbers
    good_placement: Numbers
    used: Cases
    cell: Whole


def _count(cases: Cases) -> _Counted | None:
    if not cases.is_bad.any() or cases.is_bad.all():
        return None
    days = int(cases.day.max()) + 1
    bad_of_day = np.bincount(cases.day[cases.is_bad], minlength=days)
    of_day = np.bincount(cases.day, minlength=days)
    both = (bad_of_day > 0) & (of_day > bad_of_day)
    if not both.any():
        return None
    used = cases if both[of_day > 0].all() else cases.where(both[cases.day])
    least = used.score.min()
    width = int(used.score.max() - least) + 1
    cell = ((np.cumsum(both) - 1) * width - least)[used.day] + used.score
    cells = int(both.sum()) * width
    bad = np.bincount(cell[used.is_bad], minlength=cells).reshape(-1, width)
    good = np.bincount(cell, minlength=cells).reshape(-1, width) - bad
    good_lower = np.cumsum(good, axis=1) - good / 2
    bad_lower = np.cumsum(bad, axis=1) - bad / 2
    return _Counted(
        bad=bad,
        good=good,
        bad_placement=1 - good_lower / good.sum(axis=1, keepdims=True),
        good_placement=bad_lower / bad.sum(axis=1, keepdims=True),
        used=used,
        cell=cell,
    )


def _influence(counted: _Counted, value: float, clients: int) -> Numbers:
    """How much each client moves the area: the sum over its cases."""
    outcomes = counted.bad.sum()
    of_day = counted.bad.sum(axis=1, keepdims=True)
    day_area = (counted.bad * counted.bad_placement).sum(axis=1, keepdims=True) / of_day
    of_bad = (counted.bad_placement - value) / outcomes
    of_good = (counted.good_placement - day_area) * (
        of_day / (outcomes * counted.good.sum(axis=1, keepdims=True))
    )
    used, cell = counted.used, counted.cell
    moved = of_good.ravel()[cell]
    moved[used.is_bad] = of_bad.ravel()[cell[used.is_bad]]
    return np.bincount(used.client, weights=moved, minlength=clients).astype(np.float64)


def _interval(value: float, influence: Numbers, observations: int) -> tuple[float, float]:
    """The 95 % interval of Student's t; few observations make it wider."""
    if observations < 2:
        return -1.0, 1.0
    error = np.sqrt((influence**2).sum() * observations / (observations - 1))
    reach = float(science("special").stdtrit(observations - 1, 1 - _TAIL) * error)
    return value - reach, value + reach


def _padded(influence: Numbers, length: int) -> Numbers:
    return np.pad(influence, (0, length - len(influence)))
