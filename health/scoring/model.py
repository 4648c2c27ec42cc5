"""The scoring model: weights, targets, thresholds and windows, validated, with a version.

A score names the version of the model it came from (contract, section 3). Shares are whole
numbers (basis points and percent) so that every engine computes the same integer score.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from health.errors import InvalidModel
from health.scoring.components import WINDOW_VALUES, Component
from health.scoring.components.base import BASIS_POINTS, FULL
from health.scoring.components.extra import MOST_PARTS, ExtraPart, read_parts
from health.vocabulary import HealthTrend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from health.scoring.components import Part
    from health.scoring.components.window import WindowValue
    from health.vocabulary import MetricType

TARGETED: Final = tuple(c for c in Component if c.rules.realistic_target is not None)
"""The components that are a ratio and so can have a target."""


_COMPOUND: Final = ("weights", "targets", "extra_parts")
"""The fields that are neither a text nor a number."""


def parts_by_value(models: Iterable[ScoringModel]) -> dict[str, Part]:
    """Return the five, and every extra part of the models; of equal values the first one."""
    found: dict[str, Part] = {component.value: component for component in Component}
    for model in models:
        for part in model.extra_parts:
            found.setdefault(part.value, part)
    return found


def _standard_weights() -> Mapping[str, int]:
    return {component.value: component.rules.standard_weight for component in Component}


@dataclass(frozen=True, kw_only=True)
class ScoringModel:
    """How usage becomes a score.

    version: name of exactly these numbers, stored with every score.
    label: what people read.
    weights: basis points by component, one that is missing weighs 0; with those of the extra parts
    they add up to 10,000.
    targets: percent from 1 to 100 at which a ratio earns all 100 points, by component; 100 where
    one is missing.
    points_per_ticket: points taken off for each ticket.
    tickets_per_hundred_users: count tickets per 100 licensed users, not per organization.
    improving_from, declining_to: change of the score in points, against ``trend_days`` before.
    low_from: least score of a low risk.
    high_below: every score under it is a high risk.
    declining_high_below: a declining score under it is a high risk.
    window_days: days of usage one score rests on, its own day the last.
    trend_days: days between a score and the one it is compared with.
    least_coverage: percent of the weights that must have data; below it there is no score.
    extra_parts: what the model weighs beside the components.
    """

    version: str
    label: str
    weights: Mapping[str, int] = field(default_factory=_standard_weights)
    targets: Mapping[str, int] = field(default_factory=dict)
    points_per_ticket: int = 10
    tickets_per_hundred_users: bool = False
    improving_from: int = 5
    declining_to: int = -5
    low_from: int = 70
    high_below: int = 40
    declining_high_below: int = 60
    window_days: int = 30
    trend_days: int = 30
    least_coverage: int = 0
    extra_parts: tuple[ExtraPart, ...] = ()

    def __post_init__(self) -> None:
        """Raise :class:`InvalidModel` for numbers that contradict each other, or are none."""
        self._complete()
        faults = dict(self._faults())
        if faults:
            raise InvalidModel(faults=faults)

    def _complete(self) -> None:
        """Give every component a weight and a target, and check that all are whole numbers."""
        for name, otherwise in (("weights", 0), ("targets", 100)):
            given: Any = getattr(self, name)
            if not hasattr(given, "keys") or given.keys() - set(Component):
                said = f"The {name} must be numbers by component, not {given!r}."
                raise InvalidModel(faults={name: said})
            whole = {component.value: given.get(component, otherwise) for component in Component}
            object.__setattr__(self, name, MappingProxyType(whole))
        # They become part of SQL: a share of 99.5 would leave exact arithmetic behind.
        kinds = {
            "str": (str, "a text"),
            "int": (int, "a whole number"),
            "bool": (bool, "true or false"),
        }
        if not all(isinstance(part, ExtraPart) for part in self.extra_parts):
            raise InvalidModel(faults={"extra_parts": "Extra parts must be given as extra parts."})
        wrong = {
            name: f"“{name}” must be {kinds[str(kind)][1]}, not {value}."
            for name, kind, value in self._numbers()
            if type(value) is not kinds[str(kind)][0]
        }
        if wrong:
            raise InvalidModel(faults=wrong)

    def _faults(self) -> Iterator[tuple[str, str]]:
        """The numbers that are out of range or contradict others, each with a sentence."""
        for name in ("version", "label"):
            if not getattr(self, name):
                yield name, f"A model needs a {name}."
        yield from self._extra_faults()
        yield from self._share_faults()
        if not 0 <= self.points_per_ticket <= 100:
            yield "points_per_ticket", "The points a ticket costs must be from 0 to 100."
        for name in ("window_days", "trend_days"):
            if not 1 <= getattr(self, name) <= 366:
                yield name, "The windows must be from 1 to 366 days."
        if not 0 <= self.least_coverage <= 100:
            yield "least_coverage", "The least coverage must be from 0 to 100 percent."
        yield from self._threshold_faults()

    def _extra_faults(self) -> Iterator[tuple[str, str]]:
        if len(self.extra_parts) > MOST_PARTS:
            yield "extra_parts", f"A model has at most {MOST_PARTS} extra parts."
        keys = {component.value for component in Component}
        labels = {component.label.lower() for component in Component}
        for part in self.extra_parts:
            place = f"extra_parts.{part.key}"
            for name, said in part.faults():
                yield f"{place}.{name}", said
            if part.key in keys:
                yield f"{place}.key", f"The key “{part.key}” names another part already."
            if str(part.label).lower() in labels:
                yield f"{place}.label", f"The label “{part.label}” names another part already."
            keys.add(part.key)
            labels.add(str(part.label).lower())

    def _share_faults(self) -> Iterator[tuple[str, str]]:
        total = sum(self.weights.values())
        total += sum(part.weight for part in self.extra_parts if type(part.weight) is int)
        if min(self.weights.values()) < 0:
            yield "weights", "Every weight must be 0 or more."
        elif total != BASIS_POINTS:
            yield "weights", f"The weights must add up to 100 %, not {total / 100:g} %."
        for component in Component:
            least = 1 if component in TARGETED else 100
            if not least <= self.targets[component] <= 100:
                said = f"The target of {component.label} must be from {least} to 100 percent."
                yield f"targets.{component}", said

    def _threshold_faults(self) -> Iterator[tuple[str, str]]:
        if self.improving_from <= 0:
            yield "improving_from", "Improving must start above 0 points."
        if self.declining_to >= 0:
            yield "declining_to", "Declining must start below 0 points."
        least = 0
        for name, what in (
            ("high_below", "high risk"),
            ("declining_high_below", "high risk when declining"),
            ("low_from", "low risk"),
        ):
            value = getattr(self, name)
            if not least <= value <= 100:
                said = f"The threshold of {what} must be from {least} to 100, not {value}: "
                yield name, f"{said}the three must rise."
            least = value

    def __hash__(self) -> int:
        return hash(self.version)

    def _numbers(self) -> list[tuple[str, object, object]]:
        """Name, kind and value of everything that is a text or a number."""
        plain = [(f.name, f.type, getattr(self, f.name)) for f in fields(self)]
        found = [one for one in plain if one[0] not in _COMPOUND]
        found += [(f"weights.{name}", "int", value) for name, value in self.weights.items()]
        return found + [(f"targets.{name}", "int", value) for name, value in self.targets.items()]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The components in the order of the contract, and then the extra parts."""
        return (*Component, *self.extra_parts)

    def weight(self, part: Part) -> int:
        """The part's weight in basis points; 0 where the model does not have it."""
        return self.weights_of_parts.get(part.value, 0)

    def target(self, part: Part) -> int:
        """The ratio, in percent, that earns 100 points; 100 where it is not a component's own."""
        return self.targets.get(part, FULL) if isinstance(part, Component) else FULL

    @cached_property
    def weights_of_parts(self) -> Mapping[str, int]:
        """The weight of each part by its value, in basis points."""
        return {**self.weights, **{part.value: part.weight for part in self.extra_parts}}

    @cached_property
    def weights_in_order(self) -> tuple[int, ...]:
        """The weights of the parts, in their order; a list asks for them by the thousand."""
        return tuple(self.weights_of_parts.values())

    def with_weights(self, weights: Mapping[str, int], version: str) -> Self:
        """Return the same with other weights, in basis points by the values of its parts."""
        return replace(
            self,
            version=version,
            weights={component.value: weights[component.value] for component in Component},
            extra_parts=tuple(replace(p, weight=weights[p.value]) for p in self.extra_parts),
        )

    @cached_property
    def window_values(self) -> tuple[WindowValue, ...]:
        """What the usage of a window has to add up to for all parts, each once."""
        extra = (value for part in self.extra_parts for value in part.rules.values)
        return tuple(dict.fromkeys((*WINDOW_VALUES, *extra)))

    @cached_property
    def shares_values(self) -> bool:
        """Whether two of its parts that weigh something rest on the same number of a window."""
        values = [v for part in self.parts if self.weight(part) for v in part.rules.values]
        return len(values) > len(set(values))

    @property
    def metrics(self) -> tuple[MetricType, ...]:
        """The metrics that its scores rest on."""
        return tuple(dict.fromkeys(value.metric for value in self.window_values))

    @property
    def least_weights(self) -> int:
        """Basis points of the weights that must have data for the least coverage, rounded."""
        return max(1, BASIS_POINTS * self.least_coverage // FULL - BASIS_POINTS // FULL // 2)

    @property
    def reach(self) -> int:
        """Days after a changed value whose score or trend it can still touch."""
        return self.window_days - 1 + self.trend_days

    def to_json(self) -> str:
        """The model as a JSON object, keys in a fixed order."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values |= {name: dict(values[name]) for name in ("weights", "targets")}
        values["extra_parts"] = [part.to_values() for part in self.extra_parts]
        if not self.extra_parts:
            # Definitions without them stay as they were before there were any.
            del values["extra_parts"]
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote, now or before weights and targets were mappings.

        Raises :class:`InvalidModel` for anything else.
        """
        try:
            values: Any = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, dict) or not {"version", "label"} <= values.keys():
            raise InvalidModel("The stored model is not readable.")
        for component in Component:
            for name in ("weight", "target"):
                earlier = values.pop(f"{component.value}_{name}", None)
                if earlier is not None:
                    values.setdefault(f"{name}s", {})[component.value] = earlier
        unknown = values.keys() - {one.name for one in fields(cls)}
        if unknown:
            raise InvalidModel(f"The stored model has unknown parts: {', '.join(sorted(unknown))}.")
        values["extra_parts"] = read_parts(values.get("extra_parts", ()))
        return cls(**values)


STANDARD: Final = ScoringModel(version="standard-1", label="Standard")
"""The default model: every target at 100 %, 10 points a ticket."""

TARGETS: Final = ScoringModel(
    version="targets-1",
    label="Targets",
    targets={component.value: component.rules.realistic_target or 100 for component in Component},
    tickets_per_hundred_users=True,
)
"""Full points at a realistic target; tickets counted per 100 licensed users."""

BUILT_IN: Final[Mapping[str, ScoringModel]] = MappingProxyType(
    {"standard": STANDARD, "targets": TARGETS}
)

HEALTH_WEIGHTS: Final[Mapping[Component, float]] = MappingProxyType(
    {component: STANDARD.weight(component) / BASIS_POINTS for component in Component}
)
"""Share of each component in the standard score; they add up to 1."""

TREND_THRESHOLDS: Final[Mapping[HealthTrend, int]] = MappingProxyType(
    {
        HealthTrend.IMPROVING: STANDARD.improving_from,
        HealthTrend.DECLINING: STANDARD.declining_to,
    }
)
"""Points of change from which a trend is called improving or declining."""
