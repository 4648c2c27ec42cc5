"""The attestation campaigns of the demo clients: how many have answered, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from health.maintenance.demo.draws import Integers, Noise, Trait
from health.maintenance.demo.scene import NO_ROW, level_of
from health.maintenance.demo.stories import Campaigns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from health.maintenance.demo.scene import Scene

_LANES: Final = 3
"""Campaigns that run beside each other where they are staggered."""

_SUMMER: Final = (6, 7, 8)
"""The months in which campaigns of a client with a summer lull get few answers."""


@dataclass(frozen=True, kw_only=True)
class _Rounds:
    """One campaign after the other, per client: days from start to start, of ramp, and open."""

    length: Integers
    ramp: Integers
    opened: Integers
    phase: Integers


def _rounds(scene: Scene) -> _Rounds:
    draws = scene.draws
    # Summer's campaigns must be over by autumn where the story is told by summer.
    lull = scene.companies.which(lambda life: life.summer_response < 100)[:, 0]
    ramp = np.where(lull, 24, draws.trait(Trait.CAMPAIGN_RAMP, 21, 42))
    opened = ramp + np.where(lull, 14, draws.trait(Trait.CAMPAIGN_OPEN, 21, 70))
    length = opened + draws.trait(Trait.CAMPAIGN_BREAK, 8, 36)
    phase = draws.trait(Trait.CAMPAIGN_PHASE, 0, 999_999) % length
    return _Rounds(
        length=length[:, None], ramp=ramp[:, None], opened=opened[:, None], phase=phase[:, None]
    )


def _round_by_round(
    scene: Scene, goals: Integers, rounds: _Rounds, shift: Integers
) -> tuple[Integers, NDArray[np.bool_], NDArray[np.bool_]]:
    """One lane of campaigns: response rate, whether one is open, and whether one ends that day.

    Answers come fast at first and slowly in the end, from 10 % to the goal of the day on which
    the campaign started.
    """
    elapsed = rounds.length - 1 - (scene.back + rounds.phase + shift) % rounds.length
    start = np.minimum(scene.back + elapsed, len(scene.back) - 1)
    goal = np.take_along_axis(goals, start, axis=1)
    remaining = np.maximum(rounds.ramp - elapsed, 0)
    rate = goal - (goal - 1_000) * remaining**4 // rounds.ramp**4
    return rate, elapsed < rounds.opened, elapsed == rounds.opened - 1


def _in_rounds(scene: Scene, level: Integers) -> tuple[Integers, Integers]:
    """Response rate and campaigns completed of clients that ask in rounds, in 1 or 3 lanes."""
    goals = level + scene.draws.day(Noise.CAMPAIGN, -300, 300)
    left_in_summer = scene.companies.each(lambda life: life.summer_response)
    summer = np.isin(scene.calendar.month, _SUMMER)
    goals = np.clip(np.where(summer, goals * left_in_summer // 100, goals), 1_000, 9_800)
    rounds = _rounds(scene)
    staggered = scene.companies.asks(Campaigns.STAGGERED)
    total, count, completed = np.zeros((3, *goals.shape), dtype=np.int64)
    for lane in range(_LANES):
        rate, is_open, ends = _round_by_round(scene, goals, rounds, lane * rounds.length // _LANES)
        takes_part = staggered if lane else np.ones_like(staggered)
        is_open, ends = is_open & takes_part, ends & takes_part
        total += rate * is_open
        count += is_open
        completed += ends
    any_open = count > 0
    rate = np.where(any_open, total // np.maximum(count, 1), NO_ROW)
    return rate, np.where(any_open, completed, NO_ROW)


def campaign_metrics(scene: Scene) -> tuple[Integers, Integers]:
    """Response rate in whole percent and campaigns completed; no campaign, no row."""
    level = level_of(scene, lambda life: life.response, Trait.RESPONSE, Noise.RESPONSE_KNOT, 9_700)
    rate, completed = _in_rounds(scene, level)
    rolling = scene.companies.asks(Campaigns.ROLLING)
    none = scene.companies.asks(Campaigns.NONE)
    # One that runs all year round is completed at the end of every quarter.
    rate = np.where(rolling, level, rate)
    completed = np.where(rolling, scene.calendar.quarter_ends.astype(np.int64), completed)
    rate = np.where(rate >= 0, (rate + 50) // 100, rate)
    return np.where(none, NO_ROW, rate), np.where(none, NO_ROW, completed)
