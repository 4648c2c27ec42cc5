"""Why a score is what it is: each component from its raw numbers, in exact arithmetic.

Computed apart from the SQL that stored the score, so that the two can be held against each other.
Points are exact; what is shown of them is in tenths that add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from health.formatting import ago, count, day, inside, listing, number, percent
from health.queries.alerts.rules import SILENT_DAYS
from health.scoring.components.base import BASIS_POINTS, FULL, half_up, halved_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.queries.client import ClientScore
    from health.scoring.components import Part
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel

_TENTH: Final = Fraction(1, 10)


class Outline(NamedTuple):
    """A score in whole numbers only: a list of hundreds of clients has no time for fractions.

    parts: of the model, in order.
    scores: of the parts, 0-100; None without data.
    weights: of the parts, in basis points.
    known: the weights of those with data; earned: the same, each times its score.
    inputs: what they were computed from.
    overall: 0-100; None where there is no score: no usage component has data, or too little has.
    """

    parts: tuple[Part, ...]
    scores: tuple[int | None, ...]
    weights: tuple[int, ...]
    known: int
    earned: int
    overall: int | None
    inputs: ScoreInputs

    @property
    def lowest(self) -> int:
        """The overall if everything without data earned nothing."""
        return halved_up(self.earned, BASIS_POINTS)

    @property
    def highest(self) -> int:
        """The overall if everything without data earned all points."""
        return halved_up(self.earned + FULL * (BASIS_POINTS - self.known), BASIS_POINTS)

    @property
    def largest_gap(self) -> Part | None:
        """The component to name first for what it misses; None where none misses any.

        It has the biggest gap of those that rest on more than one or two cases, if any does.
        """
        if self.overall is None:
            return None
        gaps = [
            (not component.rules.few(self.inputs), weight * (FULL - score), component)
            for component, weight, score in zip(self.parts, self.weights, self.scores, strict=True)
            if score is not None and score < FULL and weight
        ]
        return max(gaps, key=lambda gap: gap[:2])[2] if gaps else None


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one component adds to a score.

    score: 0-100; None without data.
    weight: share of the whole score, in basis points.
    effective_weight: share among the components that have data, 0 to 1; 0 without data.
    points: what it adds to the overall score, exactly.
    shown_points: the same in tenths, so that those of a score and its rounding add up.
    basis: what it was computed from, or why it was not, as a phrase without a stop.
    few: the one or two cases it rests on, ``2 cases``; empty where there are more.
    """

    component: Part
    score: int | None
    weight: int
    effective_weight: Fraction
    points: Fraction
    shown_points: Decimal
    basis: str
    few: str = ""

    @property
    def most(self) -> Fraction:
        """The points it could add, as the data stands."""
        return FULL * self.effective_weight

    @property
    def gap(self) -> Fraction:
        """The points it misses of those it could add."""
        return self.most - self.points


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A score taken apart.

    contributions: the parts of the model, in order.
    overall: 0-100; None where there is no score: no usage component has data, or too little has.
    coverage: percent of the weights that have data.
    rounding: what the overall has more than the sum of the points (half up to a whole score).
    shown_rounding: the same in tenths; with the shown points it adds up to the overall.
    lowest, highest: the overall if everything without data earned nothing, or all points.
    """

    contributions: tuple[Contribution, ...]
    overall: int | None
    coverage: int
    rounding: Fraction
    shown_rounding: Decimal
    lowest: int
    highest: int

    @property
    def scores(self) -> dict[Part, int | None]:
        """The component scores."""
        return {part.component: part.score for part in self.contributions}

    @property
    def largest_gap(self) -> Contribution | None:
        """The component to name first for what it misses; None where none misses any.

        It has the biggest gap of those that rest on more than one or two cases, if any does.
        """
        gaps = [part for part in self.contributions if part.gap]
        return max(gaps, key=lambda part: (not part.few, part.gap), default=None)

    @property
    def larger_gaps(self) -> tuple[Contribution, ...]:
        """Those whose gap is larger than :attr:`largest_gap`: they rest on one or two cases."""
        first = self.largest_gap
        return tuple(part for part in self.contributions if first and part.gap > first.gap)

    @property
    def without_data(self) -> tuple[Contribution, ...]:
        """The components that have no data."""
        return tuple(part for part in self.contributions if part.score is None)


def summary(score: ClientScore, explanation: Explanation) -> str:
    """Return a score in a sentence, with its biggest gaps in one more."""
    points = score.points_since
    since = f"since {day(score.previous_date)}"
    if points is None:
        moved = f"with no score on {day(score.previous_date)} to compare with"
    elif points == 0:
        moved = f"unchanged {since}"
    else:
        moved = f"{'up' if points > 0 else 'down'} {abs(points)} {since}"
    first = f"{score.risk_level.label} with a score of {score.overall_score}, {moved}."
    gap = explanation.largest_gap
    if gap is None:
        return f"{first} Every part earns all its points."
    said = f"{first} Biggest gap: {_gap(gap)}: {inside(gap.basis)}"
    if gap.few:
        return f"{said} (rests on {gap.few})."
    beside = [f"{_gap(part)}, but it rests on {part.few}" for part in explanation.larger_gaps]
    return f"{said}{f'; larger is {listing(beside)}' if beside else ''}."


def _gap(part: Contribution) -> str:
    """The points as the picture of the parts shows them: ``logins, 4 of 20 points``."""
    return (
        f"{inside(part.component.label)}, "
        f"{_trimmed(part.shown_points)} of {_trimmed(part.most)} points"
    )


def _trimmed(points: Fraction | Decimal) -> str:
    """Points with one digit after the point where it says something: ``4``, ``15.8``."""
    return number(float(points), 1).removesuffix(".0")


def component_scores(inputs: ScoreInputs, model: ScoringModel) -> dict[Part, int | None]:
    """Return the score of each part, 0-100, None without data (contract, section 3)."""
    return dict(zip(model.parts, _scores(inputs, model), strict=True))


def outline(inputs: ScoreInputs, model: ScoringModel) -> Outline:
    """Return the score of ``inputs`` under ``model`` in whole numbers."""
    scores = _scores(inputs, model)
    known = earned = 0
    for weight, score in zip(model.weights_in_order, scores, strict=True):
        if score is not None:
            known += weight
            earned += weight * score
    is_scored = known >= model.least_weights and any(
        score is not None and part.rules.is_usage
        for part, score in zip(model.parts, scores, strict=True)
    )
    return Outline(
        parts=model.parts,
        scores=scores,
        weights=model.weights_in_order,
        known=known,
        earned=earned,
        overall=halved_up(earned, known) if is_scored else None,
        inputs=inputs,
    )


def explain(inputs: ScoreInputs, model: ScoringModel) -> Explanation:
    """Return the score of ``inputs`` under ``model``, taken apart."""
    whole = outline(inputs, model)
    scores = dict(zip(model.parts, whole.scores, strict=True))
    is_scored = whole.overall is not None
    shares = {
        component: Fraction(model.weight(component), whole.known) if is_scored else Fraction(0)
        for component, score in scores.items()
        if score is not None
    }
    points = [
        shares.get(component, Fraction(0)) * (score or 0) for component, score in scores.items()
    ]
    exact = sum(points, Fraction(0))
    rounding = whole.overall - exact if whole.overall is not None else Fraction(0)
    *shown, shown_rounding = _in_tenths([*points, rounding])
    return Explanation(
        contributions=tuple(
            Contribution(
                component=component,
                score=scores[component],
                weight=model.weight(component),
                effective_weight=shares.get(component, Fraction(0)),
                points=exact_points,
                shown_points=tenths,
                basis=_basis(component, scores[component], inputs, model),
                few=component.rules.few(inputs) if scores[component] is not None else "",
            )
            for component, exact_points, tenths in zip(model.parts, points, shown, strict=True)
        ),
        overall=whole.overall,
        coverage=halved_up(100 * whole.known, BASIS_POINTS),
        rounding=rounding,
        shown_rounding=shown_rounding,
        lowest=whole.lowest,
        highest=whole.highest,
    )


def _scores(inputs: ScoreInputs, model: ScoringModel) -> tuple[int | None, ...]:
    return tuple([part.rules.points(inputs, model) for part in model.parts])


def _basis(component: Part, score: int | None, inputs: ScoreInputs, model: ScoringModel) -> str:
    """What a component's score rests on, or why there is none."""
    phrase = component.rules.basis(inputs, model)
    target = model.target(component)
    if score is None or target == FULL:
        return phrase
    return f"{phrase} (all points from {percent(target)})"


def _in_tenths(parts: Sequence[Fraction]) -> list[Decimal]:
    """Round parts of a whole number to tenths that add up to it, each down or up.

    Those with the largest remainders go up.
    """
    tenths = [part / _TENTH for part in parts]
    steps = [int(part // 1) for part in tenths]
    missing = half_up(sum(tenths, Fraction(0))) - sum(steps)
    for at in sorted(range(len(parts)), key=lambda at: -(tenths[at] % 1))[:missing]:
        steps[at] += 1
    return [Decimal(step) / 10 for step in steps]


STALE_AFTER_DAYS: Final = 14
"""Data older than this still counts in its window, but is shown as old."""


def is_stale(last: date | None, as_of: date) -> bool:
    """Return whether the last data of a component is old on a day, or there never was any."""
    return last is None or (as_of - last).days > STALE_AFTER_DAYS


def late(last_usage: date | None, as_of: date) -> str:
    """Return ``No usage for 12 days`` where the feed of a client stands still; else empty."""
    if last_usage is None or (days := (as_of - last_usage).days) < SILENT_DAYS:
        return ""
    return f"No usage for {count(days, 'day')}"


def between(overall: int | None, lowest: int, highest: int) -> str:
    """Return between which scores one with gaps would be, ``21–46``; empty where all is known.

    Also empty where the range is of other data than the score, and so does not hold it.
    """
    if overall is None or lowest == highest or not lowest <= overall <= highest:
        return ""
    return f"{lowest}–{highest}"


def age(component: Part, last: date | None, as_of: date) -> str:
    """Return how old a component's data is: ``last case closed 12 Oct 2026, 39 days ago``."""
    what = component.rules.noun
    if last is None:
        return f"no {what} on file"
    days = (as_of - last).days
    return f"last {what} {day(last)}{f', {ago(days)}' if days else ''}"
