"""Why a score is what it is: each component from its raw numbers, in exact arithmetic.

Computed apart from the SQL that stored the score, so that the two can be held against each other.
Points are exact; what is shown of them is in tenths that add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Final, NamedTuple

from health.formatting import ago, count, day, number, percent
from health.queries.alert_rules import SILENT_DAYS
from health.scoring.model import WHOLE, ScoringModel
from health.vocabulary import Component, MetricType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.queries.client import ClientScore
    from health.queries.inputs import ScoreInputs

FULL: Final = 100
"""The most points a component, and a score, can have."""

_HALF: Final = Fraction(1, 2)
_TENTH: Final = Fraction(1, 10)


class Outline(NamedTuple):
    """A score in whole numbers only: a list of hundreds of clients has no time for fractions.

    scores: of the components, in the order of the contract, 0-100; None without data.
    weights: of the components, in basis points.
    known: the weights of those with data; earned: the same, each times its score.
    overall: 0-100; None where no usage component has data, so that there is no score.
    """

    scores: tuple[int | None, ...]
    weights: tuple[int, ...]
    known: int
    earned: int
    overall: int | None

    @property
    def lowest(self) -> int:
        """The overall if everything without data earned nothing."""
        return _halved_up(self.earned, WHOLE)

    @property
    def highest(self) -> int:
        """The overall if everything without data earned all points."""
        return _halved_up(self.earned + FULL * (WHOLE - self.known), WHOLE)

    @property
    def largest_gap(self) -> Component | None:
        """The component that misses most points; None where none misses any."""
        if self.overall is None:
            return None
        gaps = [
            0 if score is None else weight * (FULL - score)
            for weight, score in zip(self.weights, self.scores, strict=True)
        ]
        largest = max(gaps)
        return _COMPONENTS[gaps.index(largest)] if largest else None


_COMPONENTS: Final = tuple(Component)


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
    return dict(zip(Component, _scores(inputs, model), strict=True))


def outline(inputs: ScoreInputs, model: ScoringModel) -> Outline:
    """Return the score of ``inputs`` under ``model`` in whole numbers."""
    scores = _scores(inputs, model)
    known = earned = 0
    for weight, score in zip(model.weights, scores, strict=True):
        if score is not None:
            known += weight
            earned += weight * score
    login, cases, campaigns, _, tickets = scores
    is_scored = known > 0 and not (login is cases is campaigns is tickets is None)
    return Outline(
        scores=scores,
        weights=model.weights,
        known=known,
        earned=earned,
        overall=_halved_up(earned, known) if is_scored else None,
    )


def explain(inputs: ScoreInputs, model: ScoringModel) -> Explanation:
    """Return the score of ``inputs`` under ``model``, taken apart."""
    whole = outline(inputs, model)
    scores = dict(zip(Component, whole.scores, strict=True))
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
            )
            for component, exact_points, tenths in zip(Component, points, shown, strict=True)
        ),
        overall=whole.overall,
        coverage=_halved_up(100 * whole.known, WHOLE),
        rounding=rounding,
        shown_rounding=shown_rounding,
        lowest=whole.lowest,
        highest=whole.highest,
    )


def _scores(inputs: ScoreInputs, model: ScoringModel) -> tuple[int | None, ...]:
    login, cases, campaigns, features, _ = model.targets
    return (
        _ratio(inputs.active_users, inputs.licensed_users, login),
        _ratio(inputs.cases_on_time, inputs.cases_closed, cases),
        _ratio(inputs.responses, FULL * inputs.response_days, campaigns),
        _ratio(inputs.features_used, inputs.features_enabled, features),
        _ticket_score(inputs, model),
    )


def _halved_up(part: int, whole: int) -> int:
    """``half_up`` of a ratio: in whole numbers it takes a tenth of the time of a fraction."""
    return (2 * part + whole) // (2 * whole)


def _ratio(part: int | None, whole: int | None, target: int) -> int | None:
    """Points of a ratio against a target in percent; None where there is no ratio."""
    if part is None or not whole:
        return None
    return min(FULL, _halved_up(FULL * FULL * part, whole * target))


def _ticket_score(inputs: ScoreInputs, model: ScoringModel) -> int | None:
    tickets, users = inputs.tickets, inputs.licensed_users
    if tickets is None:
        return None
    if not model.tickets_per_hundred_users:
        return max(0, FULL - model.points_per_ticket * tickets)
    if not users:
        return None
    return max(0, _halved_up(FULL * users - model.points_per_ticket * 100 * tickets, users))


def counted_tickets(inputs: ScoreInputs, model: ScoringModel) -> Fraction | None:
    """Return tickets as the model counts them: of the client, or for each 100 licensed users."""
    if inputs.tickets is None:
        return None
    if not model.tickets_per_hundred_users:
        return Fraction(inputs.tickets)
    return Fraction(100 * inputs.tickets, inputs.licensed_users) if inputs.licensed_users else None


def apportion(parts: Sequence[Fraction] | Sequence[int], total: int, unit: int = 1) -> list[int]:
    """Round parts to whole units that add up to ``total``, each down or up (largest remainder).

    total: in units; at most as many above the parts rounded down as there are parts.
    unit: what one is, where the parts are whole numbers of something smaller.
    """
    whole = [int(part // unit) for part in parts]
    largest = sorted(range(len(parts)), key=lambda at: -(parts[at] % unit))
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
