"""The chance in the demo: whole numbers that are the same on every machine and version.

Only the raw bits of a numbered generator are used. The distributions built on them (normal,
Poisson …) may change with any release of numpy, and floating point with the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]


class _FromZero(IntEnum):
    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        del name, start, last_values
        return count


class Trait(_FromZero):
    """What is drawn once for a client."""

    INDUSTRY = auto()
    LEGAL_FORM = auto()
    SIZE = auto()
    SIZE_WITHIN = auto()
    EMPLOYEES = auto()
    PRICE = auto()
    RENEWAL = auto()
    CSM = auto()
    ALERT_LEVEL = auto()
    BEGIN = auto()
    BEGIN_DAY = auto()
    OVERALL = auto()
    LOGIN = auto()
    ON_TIME = auto()
    RESPONSE = auto()
    ADOPTION = auto()
    TICKETS = auto()
    TICKET_PHASE = auto()
    HOLIDAY = auto()
    CASE_DATA = auto()
    CASE_PHASE = auto()
    CAMPAIGNS = auto()
    CAMPAIGN_RAMP = auto()
    CAMPAIGN_OPEN = auto()
    CAMPAIGN_BREAK = auto()
    CAMPAIGN_PHASE = auto()
    API = auto()
    FEATURES_ENABLED = auto()


class Noise(_FromZero):
    """What is drawn for each client and day."""

    LOGIN_KNOT = auto()
    ON_TIME_KNOT = auto()
    RESPONSE_KNOT = auto()
    CAMPAIGN = auto()
    ACTIVITY = auto()
    TURNOUT = auto()
    SIGN_INS = auto()
    CASES_CREATED = auto()
    CASES_CLOSED = auto()
    TICKETS = auto()
    REPORTS = auto()
    SEARCHES = auto()
    API = auto()
    MISSING_DAY = auto()


class FeatureNoise(_FromZero):
    """What is drawn for each feature of a client."""

    RANK = auto()
    FIRST_USE = auto()
    FIRST_USE_DAY = auto()
    LAST_USE = auto()
    LAST_USE_DAY = auto()
    COUNT = auto()


FEATURES: Final = 12
_FEATURE_WORDS: Final = FEATURES * len(FeatureNoise)
_DAY_WORDS: Final = -(-len(Noise) // 4)  # four numbers of 16 bits in a word of 64


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Everything drawn for some clients; the first axis is the client everywhere.

    ``traits`` has shape (clients, traits) and ``features`` (clients, features, kinds), both with
    numbers under 2³²; ``days`` has shape (clients, days back, kinds) with numbers under 2¹⁶.
    """

    traits: Integers
    features: Integers
    days: NDArray[np.uint16]

    def trait(self, trait: Trait, low: int, high: int) -> Integers:
        """One number from ``low`` to ``high``, both in, for each client."""
        return low + (self.traits[:, trait] * (high - low + 1) >> 32)

    def feature(self, noise: FeatureNoise, low: int, high: int) -> Integers:
        """One number from ``low`` to ``high`` for each client and feature."""
        return low + (self.features[:, :, noise] * (high - low + 1) >> 32)

    def day(self, noise: Noise, low: int, high: int) -> Integers:
        """One number from ``low`` to ``high`` for each client and day back."""
        return low + (self.days[:, :, noise].astype(np.int64) * (high - low + 1) >> 16)


def draw(seed: int, numbers: range, days: int) -> Draws:
    """Draw for the clients with these ``numbers``, for ``days`` days back from the last.

    A client's draws depend on the seed, its number and the day alone: a larger or longer demo
    begins with the same clients and ends with the same days.
    """
    fixed = len(Trait) + _FEATURE_WORDS
    raw = np.empty((len(numbers), fixed + days * _DAY_WORDS), dtype=np.uint64)
    for row, number in enumerate(numbers):
        key = np.array([seed, number], dtype=np.uint64)
        raw[row] = np.random.Philox(key=key).random_raw(raw.shape[1])
    high = (raw[:, :fixed] >> np.uint64(32)).astype(np.int64)
    # Little-endian on purpose: cut into 16 bits, a word is the same on every machine.
    low = raw[:, fixed:].astype("<u8").view("<u2").astype(np.uint16)
    return Draws(
        traits=high[:, : len(Trait)],
        features=high[:, len(Trait) :].reshape(len(numbers), FEATURES, len(FeatureNoise)),
        days=low.reshape(len(numbers), days, _DAY_WORDS * 4),
    )
