"""The chance in the demo: whole numbers that are the same on every machine and version.

Only the raw bits of a numbered generator are used. The distributions built on them (normal,
Poisson …) may change with any release of numpy, and floating point with the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]


Trait = IntEnum(
    "Trait",
    "INDUSTRY LEGAL_FORM SIZE SIZE_WITHIN EMPLOYEES PRICE RENEWAL CSM ALERT_LEVEL BEGIN "
    "BEGIN_DAY OVERALL LOGIN ON_TIME RESPONSE ADOPTION TICKETS TICKET_PHASE HOLIDAY CASE_DATA "
    "CASE_PHASE CAMPAIGNS CAMPAIGN_RAMP CAMPAIGN_OPEN CAMPAIGN_BREAK CAMPAIGN_PHASE API "
    "FEATURES_ENABLED",
    start=0,
)
"""What is drawn once for a client."""

Noise = IntEnum(
    "Noise",
    "LOGIN_KNOT ON_TIME_KNOT RESPONSE_KNOT CAMPAIGN ACTIVITY TURNOUT SIGN_INS CASES_CREATED "
    "CASES_CLOSED TICKETS REPORTS SEARCHES API MISSING_DAY",
    start=0,
)
"""What is drawn for each client and day."""

FeatureNoise = IntEnum(
    "FeatureNoise",
    "RANK FIRST_USE FIRST_USE_DAY LAST_USE LAST_USE_DAY COUNT",
    start=0,
)
"""What is drawn for each feature of a client."""

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
