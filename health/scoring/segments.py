"""Segments: which clients are scored with a model of their own.

A rule says which clients fit by what is on file of them: their industry, licensed users, yearly
value, owner or an enabled feature. Where a rule asks for more than one of these, all must hold. A
value that is not known fits no range.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from health import formatting
from health.errors import InvalidModel
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.scoring.model import ScoringModel

LISTS: Final = {"industry": "industry", "csm": "owner"}
"""What a rule asks to be one of some words: the column of a client, and what people read."""

RANGES: Final = {"total_users": "licensed users", "annual_value": "value a year"}
"""What a rule asks to be in a range, likewise."""

MOST: Final = 20
"""Segments of one publication."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which clients fit; at least one part must be given, and all that are given must hold.

    industry, csm: one of these words, as they are on file.
    total_users_from, annual_value_from: at least so many licensed users, or so much a year.
    total_users_below, annual_value_below: fewer, or less, than this.
    feature: this feature is enabled.

    Raises :class:`InvalidModel` that says what is wrong with which part.
    """

    industry: tuple[str, ...] = ()
    csm: tuple[str, ...] = ()
    total_users_from: int | None = None
    total_users_below: int | None = None
    annual_value_from: int | None = None
    annual_value_below: int | None = None
    feature: FeatureName | None = None

    def __post_init__(self) -> None:
        """Raise :class:`InvalidModel` for what no client can fit, or every client does."""
        if faults := dict(self._faults()):
            raise InvalidModel(faults=faults)

    def _faults(self) -> Iterator[tuple[str, str]]:
        if not self.fields and self.feature is None:
            yield "rule", "A rule must ask for something: else it fits every client."
        for name, label in LISTS.items():
            words: Any = getattr(self, name)
            if not isinstance(words, tuple) or not all(isinstance(w, str) and w for w in words):
                yield name, f"The {label} must be a list of words."
        for name, label in RANGES.items():
            bounds = [getattr(self, f"{name}_{end}") for end in ("from", "below")]
            given = [bound for bound in bounds if bound is not None]
            if any(type(bound) is not int or not 0 <= bound <= 10**15 for bound in given):
                yield name, f"The bounds of {label} must be whole numbers from 0."
            elif len(given) == 2 and given[0] >= given[1]:
                yield (
                    name,
                    f"No client fits the bounds of {label}: “below” must be more than “from”.",
                )
        if self.feature is not None and not isinstance(self.feature, FeatureName):
            known = ", ".join(FeatureName)
            yield "feature", f"“{self.feature}” is no feature. There are: {known}."

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns of a client that it looks at."""
        ranged = [
            name
            for name in RANGES
            if any(getattr(self, f"{name}_{end}") is not None for end in ("from", "below"))
        ]
        return (*(name for name in LISTS if getattr(self, name)), *ranged)

    @property
    def sentence(self) -> str:
        """Which clients fit, as ``industry is Banking, and at least 500 licensed users``."""
        parts = [
            f"{label} is {' or '.join(words)}"
            for name, label in LISTS.items()
            if (words := getattr(self, name))
        ]
        for name, label in RANGES.items():
            first, below = getattr(self, f"{name}_from"), getattr(self, f"{name}_below")
            if first is not None:
                parts.append(f"{label} at least {formatting.number(first)}")
            if below is not None:
                parts.append(f"{label} below {formatting.number(below)}")
        if self.feature is not None:
            parts.append(f"{self.feature.label} is enabled")
        return formatting.capital(", and ".join(parts))

    def to_json(self) -> str:
        """What it asks for, as a JSON object."""
        given = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        return json.dumps(given)

    @classmethod
    def of(cls, values: Any) -> Self:
        """A rule from its parts by name, with lists for tuples; raises :class:`InvalidModel`."""
        known = [one.name for one in fields(cls)]
        if not isinstance(values, dict):
            raise InvalidModel("A rule must be a table of what it asks for.")
        if unknown := [name for name in values if name not in known]:
            raise InvalidModel(
                faults={
                    unknown[0]: f"“{unknown[0]}” means nothing in a rule. There are: "
                    f"{', '.join(known)}."
                }
            )
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        if given.get("feature") in list(FeatureName):
            given["feature"] = FeatureName.of(given["feature"])
        return cls(**given)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The clients that fit a rule, and no rule before it, and the model that scores them."""

    rule: Rule
    model: ScoringModel
