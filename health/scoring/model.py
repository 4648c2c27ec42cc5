"""The scoring model: weights, targets, thresholds and windows, validated, with a version.

A score names the version of the model it came from (contract, section 3). Shares are whole
numbers (basis points and percent) so that every engine computes the same integer score.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from health.errors import InvalidModel
from health.vocabulary import Component, HealthTrend

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = 10_000
"""All the weights together, in basis points."""


@dataclass(frozen=True, kw_only=True)
class ScoringModel:
    """How usage becomes a score.

    version: name of exactly these numbers, stored with every score.
    label: what people read.
    *_weight: basis points; the five add up to 10,000.
    *_target: percent from 1 to 100 at which a ratio earns all 100 points.
    points_per_ticket: points taken off for each ticket.
    tickets_per_hundred_users: count tickets per 100 licensed users, not per organization.
    improving_from, declining_to: change of the score in points, against ``trend_days`` before.
    low_from: least score of a low risk.
    high_below: every score under it is a high risk.
    declining_high_below: a declining score under it is a high risk.
    window_days: days of usage one score rests on, its own day the last.
    trend_days: days between a score and the one it is compared with.
    """

    version: str
    label: str
    login_weight: int = 2000
    case_resolution_weight: int = 2500
    campaign_completion_weight: int = 2500
    feature_adoption_weight: int = 1500
    support_ticket_weight: int = 1500
    login_target: int = 100
    case_resolution_target: int = 100
    campaign_completion_target: int = 100
    feature_adoption_target: int = 100
    points_per_ticket: int = 10
    tickets_per_hundred_users: bool = False
    improving_from: int = 5
    declining_to: int = -5
    low_from: int = 70
    high_below: int = 40
    declining_high_below: int = 60
    window_days: int = 30
    trend_days: int = 30

    def __post_init__(self) -> None:
        """Raise :class:`InvalidModel` for numbers that contradict each other, or are none."""
        # They become part of SQL: a share of 99.5 would leave exact arithmetic behind.
        kinds = {"str": str, "int": int, "bool": bool}
        wrong = [
            f.name for f in fields(self) if type(getattr(self, f.name)) is not kinds[str(f.type)]
        ]
        if wrong:
            raise InvalidModel(f"Not a text or whole number as it must be: {', '.join(wrong)}.")
        if not self.version or not self.label:
            raise InvalidModel("A model needs a version and a label.")
        weights = [self.weight(component) for component in Component]
        if min(weights) < 0 or sum(weights) != WHOLE:
            raise InvalidModel(
                f"The weights must be 0 or more and add up to {WHOLE} basis points, "
                f"not {sum(weights)}."
            )
        for component in TARGETED:
            if not 1 <= self.target(component) <= 100:
                raise InvalidModel(
                    f"The target of {component.label} must be from 1 to 100 percent."
                )
        if not 0 <= self.points_per_ticket <= 100:
            raise InvalidModel("The points a ticket costs must be from 0 to 100.")
        if not self.declining_to < 0 < self.improving_from:
            raise InvalidModel("Improving must start above 0 points and declining below 0.")
        if not 0 <= self.high_below <= self.declining_high_below <= self.low_from <= 100:
            raise InvalidModel("The risk thresholds must rise from high to low within 0 to 100.")
        if not (1 <= self.window_days <= 366 and 1 <= self.trend_days <= 366):
            raise InvalidModel("The windows must be from 1 to 366 days.")

    def weight(self, component: Component) -> int:
        """The component's weight in basis points."""
        return int(getattr(self, f"{component.value}_weight"))

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """The weights of the components, in their order; a list asks for them by the thousand."""
        return tuple(self.weight(component) for component in Component)

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """The same of :meth:`target`."""
        return tuple(self.target(component) for component in Component)

    def target(self, component: Component) -> int:
        """The ratio, in percent, that earns 100 points; 100 for support tickets."""
        return int(getattr(self, f"{component.value}_target", 100))

    @property
    def reach(self) -> int:
        """Days after a changed value whose score or trend it can still touch."""
        return self.window_days - 1 + self.trend_days

    def to_json(self) -> str:
        """The model as a JSON object, keys in a fixed order."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; raises :class:`InvalidModel` for anything else."""
        try:
            values: Any = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, dict) or not {"version", "label"} <= values.keys():
            raise InvalidModel("The stored model is not readable.")
        unknown = values.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise InvalidModel(f"The stored model has unknown parts: {', '.join(sorted(unknown))}.")
        return cls(**values)


TARGETED: Final = (
    Component.LOGIN,
    Component.CASE_RESOLUTION,
    Component.CAMPAIGN_COMPLETION,
    Component.FEATURE_ADOPTION,
)
"""The components that are a ratio and so can have a target."""

STANDARD: Final = ScoringModel(version="standard-1", label="Standard")
"""The default model: every target at 100 %, 10 points a ticket."""

TARGETS: Final = ScoringModel(
    version="targets-1",
    label="Targets",
    login_target=70,
    case_resolution_target=90,
    campaign_completion_target=85,
    feature_adoption_target=60,
    tickets_per_hundred_users=True,
)
"""Full points at a realistic target; tickets counted per 100 licensed users."""

BUILT_IN: Final[Mapping[str, ScoringModel]] = MappingProxyType(
    {"standard": STANDARD, "targets": TARGETS}
)

HEALTH_WEIGHTS: Final[Mapping[Component, float]] = MappingProxyType(
    {component: STANDARD.weight(component) / WHOLE for component in Component}
)
"""Share of each component in the standard score; they add up to 1."""

TREND_THRESHOLDS: Final[Mapping[HealthTrend, int]] = MappingProxyType(
    {
        HealthTrend.IMPROVING: STANDARD.improving_from,
        HealthTrend.DECLINING: STANDARD.declining_to,
    }
)
"""Points of change from which a trend is called improving or declining."""
