"""What would bring a client to low risk: the formula read backwards, exactly.

Only what a client or its manager can do counts: active users, cases closed on time, campaign
responses, features used, tickets. Data that is missing stays missing, licences stay as they are,
and so does the score of the days before, against which a declining trend is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from math import ceil
from typing import TYPE_CHECKING

from health.explanation.breakdown import component_scores, explain, outline
from health.formatting import capital, listing
from health.scoring.components.base import FULL, HALF

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.scoring.components import Part
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change of one component.

    amount: in the metric's own unit: users, cases, percent of responses, features, tickets.
    most: the most that can be changed, with which the component has all its points.
    phrase: what to do, as a clause: ``8 more active users``.
    """

    component: Part
    amount: int
    most: int
    phrase: str

    @property
    def effort(self) -> Fraction:
        """How much of what is possible it asks for, over 0 to 1."""
        return Fraction(self.amount, self.most)


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What brings a client to low risk.

    goal: the least score that is a low risk.
    is_held_by_trend: whether that is more than the model asks of a score that is not declining.
    single: the smallest change of each component that is enough by itself, least effort first.
    pair: where none is, two changes of which neither could be less.
    reached: where no pair is either, the score with all points of the most effective component.
    best: that change; None where one or two are enough.
    """

    goal: int
    is_held_by_trend: bool
    single: tuple[Step, ...]
    pair: tuple[Step, ...] = ()
    best: Step | None = None
    reached: int | None = None


def goal(model: ScoringModel, previous_score: int | None) -> tuple[int, bool]:
    """Return the least score of a low risk, and whether the trend makes it higher."""
    if previous_score is None:
        return model.low_from, False
    not_declining = previous_score + model.declining_to + 1
    return max(model.low_from, not_declining), not_declining > model.low_from


def remedy(inputs: ScoreInputs, model: ScoringModel, previous_score: int | None) -> Remedy | None:
    """Return what would bring a score to low risk; None where it is, or where there is no score."""
    score = explain(inputs, model).overall
    least, is_held = goal(model, previous_score)
    if score is None or score >= least:
        return None
    single = [step for part in model.parts if (step := _least(inputs, model, part, least))]
    found = Remedy(
        goal=least, is_held_by_trend=is_held, single=tuple(sorted(single, key=_order(model)))
    )
    if single:
        return found
    if pair := _best_pair(inputs, model, least):
        return replace(found, pair=pair)
    steps = [step for part in model.parts if (step := step_to(inputs, model, part, FULL))]
    reached = [(explain(apply(inputs, step), model).overall or 0, step) for step in steps]
    if not reached:
        return found
    after, best = max(reached, key=lambda pair: pair[0])
    return replace(found, best=best, reached=after)


def apply(inputs: ScoreInputs, step: Step) -> ScoreInputs:
    """Return the raw numbers after a step."""
    return step.component.rules.changed(inputs, step.amount)


def step_to(inputs: ScoreInputs, model: ScoringModel, component: Part, score: int) -> Step | None:
    """Return the smallest change with which a component has ``score`` points, 1 to 100.

    None where it has all points, no data or no weight.
    """
    scores = component_scores(inputs, model)
    if scores[component] in (None, FULL) or not model.weight(component):
        return None
    rules = component.rules
    amount = rules.needed(inputs, model, score)
    return Step(
        component=component,
        amount=amount,
        most=rules.needed(inputs, model, FULL),
        phrase=rules.step(inputs, amount),
    )


def _order(model: ScoringModel) -> Callable[[Step], tuple[Fraction, int]]:
    return lambda step: (step.effort, model.parts.index(step.component))


def _least(inputs: ScoreInputs, model: ScoringModel, component: Part, least: int) -> Step | None:
    """The smallest change of one component that lifts the score to ``least``; None if none does."""
    if not model.weight(component):
        return None
    if model.shares_values:
        return _searched(inputs, model, component, least)
    needed = _score_needed(inputs, model, component, least)
    return step_to(inputs, model, component, needed) if needed <= FULL else None


def _searched(inputs: ScoreInputs, model: ScoringModel, component: Part, least: int) -> Step | None:
    """The same where a change moves other parts too: enough, and one unit less is not."""
    whole = step_to(inputs, model, component, FULL)
    if whole is None or _reaches(model, least, inputs) or not _reaches(model, least, inputs, whole):
        return None
    low, high = 0, whole.amount
    while high - low > 1:
        middle = (low + high) // 2
        if _reaches(model, least, inputs, replace(whole, amount=middle)):
            high = middle
        else:
            low = middle
    return replace(whole, amount=high, phrase=component.rules.step(inputs, high))


def _reaches(model: ScoringModel, least: int, inputs: ScoreInputs, *steps: Step) -> bool:
    for step in steps:
        inputs = apply(inputs, step)
    return (outline(inputs, model).overall or 0) >= least


def _score_needed(inputs: ScoreInputs, model: ScoringModel, component: Part, least: int) -> int:
    """The component's score from which the overall, rounded half up, is ``least``."""
    scores = component_scores(inputs, model)
    known = [part for part in model.parts if scores[part] is not None]
    whole = sum(model.weight(part) for part in known)
    others = sum(model.weight(part) * (scores[part] or 0) for part in known if part != component)
    return ceil(((least - HALF) * whole - others) / model.weight(component))


def _best_pair(inputs: ScoreInputs, model: ScoringModel, least: int) -> tuple[Step, ...]:
    """Two changes that are enough together and of which neither could be less: the least effort.

    The first goes as far as it can, the second as far as it must, and then the first back.
    """
    pairs = []
    for first, second in permutations(model.parts, 2):
        if not (whole := step_to(inputs, model, first, FULL)):
            continue
        if not (rest := _least(apply(inputs, whole), model, second, least)):
            continue
        if not (back := _least(apply(inputs, rest), model, first, least)):
            continue
        less = replace(rest, amount=rest.amount - 1)
        if model.shares_values and _reaches(model, least, inputs, back, less):
            continue
        steps = sorted((back, rest), key=_order(model))
        pairs.append((sum(step.effort for step in steps), steps))
    return tuple(min(pairs, key=lambda pair: pair[0])[1]) if pairs else ()


def advice(found: Remedy, previous_score: int | None) -> str:
    """Return what would help in two sentences: the score that is needed, and how it is reached."""
    needed = f"Low risk needs a score of {found.goal}"
    if found.is_held_by_trend:
        needed = f"{needed}: with less it would still be declining from {previous_score}"
    return f"{needed}. {_way(found)}"


def _way(found: Remedy) -> str:
    if found.single:
        ways = [step.phrase for step in found.single]
        return f"{capital(ways[0])}{''.join(f', or {way}' for way in ways[1:])} would be enough."
    if found.pair:
        return (
            "No single change is enough; these two together are: "
            f"{listing([step.phrase for step in found.pair])}."
        )
    if found.best is None:
        return "What is known of the client cannot lift it there."
    return (
        f"No two changes are enough: {found.best.phrase} would do most, "
        f"up to a score of {found.reached}."
    )
