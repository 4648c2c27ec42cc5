"""Why a score is what it is: each component from its raw numbers, in exact arithmetic.

Computed in fractions, apart from the SQL that stored the score, so that the two can be held
against each other. Points are exact; what is shown of them is in tenths that add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Final

from health.model import WHOLE, ScoringModel
from health.vocabulary import Component, MetricType
from health.words import ago, count, day, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.queries.client import ClientScore
    from health.queries.inputs import ScoreInputs

FULL: Final = 100
"""The most points a component, and a score, can have."""

_HALF: Final = Fraction(1, 2)
_TENTH: Final = Fraction(1, 10)


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one component adds to a score.

    score: 0-100; None without data.
    weight: share of the whole score, in basis points.
    effective_weight: share among the components that have data, 0 to 1; 0 without data.
    points: what it adds to the overall score, exactly.
    shown_points: the same in tenths, so that those of a score and its rounding add up.
    basis: what it was computed from, or why it was not, as a phrase without a stop.
    """

    component: Component
    score: int | None
    weight: int
    effective_weight: Fraction
    points: Fraction
    shown_points: Decimal
    basis: str

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

    contributions: the five components in the order of the contract.
    overall: 0-100; None where no usage component has data, so that there is no score.
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
    def scores(self) -> dict[Component, int | None]:
        """The component scores."""
        return {part.component: part.score for part in self.contributions}

    @property
    def largest_gap(self) -> Contribution | None:
        """The component that misses most points; None where none misses any."""
        gaps = [part for part in self.contributions if part.points < part.most]
        return max(gaps, key=lambda part: part.gap, default=None)

    @property
    def without_data(self) -> tuple[Contribution, ...]:
        """The components that have no data."""
        return tuple(part for part in self.contributions if part.score is None)


def summary(score: ClientScore, explanation: Explanation) -> str:
    """Return a score in a sentence, with where most points are missing: two sentences at most."""
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
    return (
        f"{first} Most is missing in {gap.component.label.lower()}, "
        f"{number(float(gap.gap), 1)} of {number(float(gap.most), 1)} points: "
        f"{gap.basis[:1].lower()}{gap.basis[1:]}."
    )


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, the greater one where two are as near."""
    return floor(value + _HALF)


def component_scores(inputs: ScoreInputs, model: ScoringModel) -> dict[Component, int | None]:
    """Return the score of each component, 0-100, None without data (contract, section 3)."""
    return {
        Component.LOGIN: _ratio(
            inputs.active_users, inputs.licensed_users, model.target(Component.LOGIN)
        ),
        Component.CASE_RESOLUTION: _ratio(
            inputs.cases_on_time, inputs.cases_closed, model.target(Component.CASE_RESOLUTION)
        ),
        Component.CAMPAIGN_COMPLETION: _ratio(
            inputs.responses,
            FULL * inputs.response_days,
            model.target(Component.CAMPAIGN_COMPLETION),
        ),
        Component.FEATURE_ADOPTION: _ratio(
            inputs.features_used, inputs.features_enabled, model.target(Component.FEATURE_ADOPTION)
        ),
        Component.SUPPORT_TICKET: _ticket_score(inputs, model),
    }


def explain(inputs: ScoreInputs, model: ScoringModel) -> Explanation:
    """Return the score of ``inputs`` under ``model``, taken apart."""
    scores = component_scores(inputs, model)
    known = {component: score for component, score in scores.items() if score is not None}
    known_weight = sum(model.weight(component) for component in known)
    is_scored = known_weight > 0 and any(part is not Component.FEATURE_ADOPTION for part in known)
    shares = {
        component: Fraction(model.weight(component), known_weight) if is_scored else Fraction(0)
        for component in known
    }
    points = [
        shares.get(component, Fraction(0)) * known.get(component, 0) for component in Component
    ]
    exact = sum(points, Fraction(0))
    overall = half_up(exact) if is_scored else None
    rounding = overall - exact if overall is not None else Fraction(0)
    *shown, shown_rounding = _in_tenths([*points, rounding])
    earned = Fraction(sum(model.weight(component) * score for component, score in known.items()))
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
            )
            for component, exact_points, tenths in zip(Component, points, shown, strict=True)
        ),
        overall=overall,
        coverage=half_up(Fraction(100 * known_weight, WHOLE)),
        rounding=rounding,
        shown_rounding=shown_rounding,
        lowest=half_up(earned / WHOLE),
        highest=half_up((earned + FULL * (WHOLE - known_weight)) / WHOLE),
    )


def _ratio(part: int | None, whole: int | None, target: int) -> int | None:
    """Points of a ratio against a target in percent; None where there is no ratio."""
    if part is None or not whole:
        return None
    return min(FULL, half_up(FULL * Fraction(part, whole) * FULL / target))


def _ticket_score(inputs: ScoreInputs, model: ScoringModel) -> int | None:
    tickets = counted_tickets(inputs, model)
    return None if tickets is None else max(0, half_up(FULL - model.points_per_ticket * tickets))


def counted_tickets(inputs: ScoreInputs, model: ScoringModel) -> Fraction | None:
    """Return tickets as the model counts them: of the client, or for each 100 licensed users."""
    if inputs.tickets is None:
        return None
    if not model.tickets_per_hundred_users:
        return Fraction(inputs.tickets)
    return Fraction(100 * inputs.tickets, inputs.licensed_users) if inputs.licensed_users else None


def apportion(parts: Sequence[Fraction], total: int) -> list[int]:
    """Round parts to whole numbers that add up to ``total``, each down or up (largest remainder).

    total: at most as many above the parts rounded down as there are parts.
    """
    whole = [floor(part) for part in parts]
    largest = sorted(range(len(parts)), key=lambda at: whole[at] - parts[at])
    for at in largest[: total - sum(whole)]:
        whole[at] += 1
    return whole


def _in_tenths(parts: Sequence[Fraction]) -> list[Decimal]:
    """Round parts of a whole number to tenths that add up to it."""
    tenths = [part / _TENTH for part in parts]
    return [Decimal(step) / 10 for step in apportion(tenths, half_up(sum(tenths, Fraction(0))))]


def _basis(
    component: Component, score: int | None, inputs: ScoreInputs, model: ScoringModel
) -> str:
    """What a component's score rests on, or why there is none."""
    phrase = _PHRASES[component](inputs, model)
    target = model.target(component)
    if score is None or target == FULL:
        return phrase
    return f"{phrase} (all points from {percent(target)})"


def _login_basis(inputs: ScoreInputs, _: ScoringModel) -> str:
    if inputs.active_users is None:
        return f"No active users were recorded in these {count(inputs.days, 'day')}"
    if not inputs.licensed_users:
        return "The number of licensed users is not on file"
    users = f"{number(inputs.active_users)} of {number(inputs.licensed_users)}"
    source = "in the month to" if _is_monthly(inputs) else "on the busiest day,"
    return f"{users} licensed users active {source} {day(inputs.active_date)}"


def _is_monthly(inputs: ScoreInputs) -> bool:
    return inputs.active_metric is MetricType.MONTHLY_ACTIVE_USERS


def _case_basis(inputs: ScoreInputs, _: ScoringModel) -> str:
    if not inputs.cases_closed:
        return f"No case was closed in these {count(inputs.days, 'day')}"
    closed = count(inputs.cases_closed, "closed case")
    if inputs.cases_on_time is None:
        return f"{closed}, but how many on time was not recorded"
    return f"{number(inputs.cases_on_time)} of {closed} on time"


def _campaign_basis(inputs: ScoreInputs, _: ScoringModel) -> str:
    if not inputs.response_days:
        return f"No campaign response was recorded in these {count(inputs.days, 'day')}"
    mean = half_up(Fraction(inputs.responses, inputs.response_days))
    return f"Average response {percent(mean)} over {count(inputs.response_days, 'day')}"


def _feature_basis(inputs: ScoreInputs, _: ScoringModel) -> str:
    if not inputs.features_enabled:
        return "No feature is enabled"
    enabled = count(inputs.features_enabled, "enabled feature")
    return f"{number(inputs.features_used)} of {enabled} used"


def _ticket_basis(inputs: ScoreInputs, model: ScoringModel) -> str:
    days = count(inputs.days, "day")
    if inputs.tickets is None:
        return f"No ticket count was recorded in these {days}"
    phrase = f"{count(inputs.tickets, 'ticket') if inputs.tickets else 'No tickets'} in {days}"
    if not model.tickets_per_hundred_users:
        return phrase
    tickets = counted_tickets(inputs, model)
    if tickets is None:
        return f"{phrase}, but the number of licensed users is not on file"
    return f"{phrase}, {number(float(tickets), 1)} for each 100 licensed users"


STALE_AFTER_DAYS: Final = 14
"""Data older than this still counts in its window, but is shown as old."""


def is_stale(last: date | None, as_of: date) -> bool:
    """Return whether the last data of a component is old on a day, or there never was any."""
    return last is None or (as_of - last).days > STALE_AFTER_DAYS


def age(component: Component, last: date | None, as_of: date) -> str:
    """Return how old a component's data is: ``last case closed 12 Oct 2026, 39 days ago``."""
    what = _LAST[component]
    if last is None:
        return f"no {what} on file"
    days = (as_of - last).days
    return f"last {what} {day(last)}{f', {ago(days)}' if days else ''}"


_LAST: Final = {
    Component.LOGIN: "count of active users",
    Component.CASE_RESOLUTION: "case closed",
    Component.CAMPAIGN_COMPLETION: "campaign response",
    Component.FEATURE_ADOPTION: "use of a feature",
    Component.SUPPORT_TICKET: "count of tickets",
}

_PHRASES: Final = {
    Component.LOGIN: _login_basis,
    Component.CASE_RESOLUTION: _case_basis,
    Component.CAMPAIGN_COMPLETION: _campaign_basis,
    Component.FEATURE_ADOPTION: _feature_basis,
    Component.SUPPORT_TICKET: _ticket_basis,
}
