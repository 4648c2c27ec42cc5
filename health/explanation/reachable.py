"""What would help: steps somebody can take, each with the points it gains by itself.

The level of an earlier day, the peers' median, each feature that is enabled and unused; and half of
what is missing, where none of these is a step. Points are those of a score computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from health.explanation.breakdown import component_scores, outline
from health.explanation.remedies import apply, step_to
from health.formatting import ago, change
from health.scoring.components.base import FULL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from health.explanation.remedies import Step
    from health.scoring.components import Part
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel
    from health.vocabulary import FeatureName


@dataclass(frozen=True, kw_only=True)
class Way:
    """Steps of one kind.

    title: what they lead to: ``Back to 30 days ago``.
    steps: each with the whole points it gains by itself, most points first; what rests on one or
    two cases comes last.
    """

    title: str
    steps: tuple[tuple[Step, int], ...]

    @property
    def says(self) -> str:
        """The steps in a line: ``470 more active users (+12), 10 fewer tickets (+12)``."""
        return ", ".join(f"{step.phrase} ({change(points)})" for step, points in self.steps)


def ways(
    inputs: ScoreInputs,
    model: ScoringModel,
    *,
    before: ScoreInputs | None = None,
    medians: Mapping[Part, Fraction] | None = None,
    unused: Sequence[FeatureName] = (),
) -> tuple[Way, ...]:
    """Return the steps that gain points; none where there is no score.

    before: what the score of an earlier day rests on, over windows of the same length.
    medians: of the peers' points, by component.
    unused: the features that are enabled and not used.
    """
    now = component_scores(inputs, model)
    then = {} if before is None else component_scores(before, model)
    days = (inputs.window_end - before.window_end).days if before else 0
    halfway = {part: (FULL + points + 1) // 2 for part, points in now.items() if points is not None}
    peers = {part: ceil(median) for part, median in (medians or {}).items()}

    def to(levels: Mapping[Part, int | None]) -> list[Step]:
        found = (
            step_to(inputs, model, part, level)
            for part, level in levels.items()
            if level is not None and (points := now[part]) is not None and level > points
        )
        return [step for step in found if step is not None]

    found = [
        _way(f"Back to {ago(days)}", to(then), inputs, model),
        _way("To the peers' median", to(peers), inputs, model),
        _way("Using a feature", _features(inputs, model, unused), inputs, model),
    ]
    known = {step.component for way in found for step, _ in way.steps}
    others = {part: level for part, level in halfway.items() if part not in known}
    found.append(_way("Half of what is missing", to(others), inputs, model))
    return tuple(way for way in found if way.steps)


def _features(
    inputs: ScoreInputs, model: ScoringModel, unused: Sequence[FeatureName]
) -> list[Step]:
    """A step for each feature; its phrase is its name."""
    part = next(part for part in model.parts if not part.rules.is_usage)
    whole = step_to(inputs, model, part, FULL)
    if whole is None:
        return []
    return [replace(whole, amount=1, phrase=feature.label) for feature in unused]


def _way(title: str, steps: Iterable[Step], inputs: ScoreInputs, model: ScoringModel) -> Way:
    now = outline(inputs, model).overall
    gains = [
        (step, (outline(apply(inputs, step), model).overall or 0) - now)
        for step in steps
        if now is not None
    ]
    told = sorted(gains, key=lambda gain: (bool(gain[0].component.rules.few(inputs)), -gain[1]))
    return Way(title=title, steps=tuple(gain for gain in told if gain[1] > 0))
