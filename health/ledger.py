"""Why a score moved between two days: points gained and lost, line by line, to the exact sum.

What is shared out, in fractions:

- A change of the model comes first: the earlier day under the later day's model, less the same
  day under its own. Everything after it is measured with one model.
- A component known on both days earns its change times the mean of its two shares of the weight.
- One whose data appeared earns its share times what it is better than the mean of the components
  known on both days (each halfway between its two scores), as its weight is taken from them; one
  whose data vanished loses the same.
- Rounding is what whole scores differ more than exact ones.

These add up to the difference by algebra, in no order of steps: a ledger read backwards is the
same with its signs turned. One that moved a component at a time would give other lines for each
of the 120 orders, all as right as each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

from health.explain import apportion, counted_tickets, explain, half_up
from health.vocabulary import Component, MetricType
from health.words import NO_BREAK, NO_DATA, count, number, percent, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from health.explain import Contribution, Explanation
    from health.model import ScoringModel
    from health.queries.inputs import Comparison, ScoreInputs

_Number = TypeVar("_Number", int, Fraction)


class LineKind(StrEnum):
    """What a line of a ledger is about."""

    MOVED = "moved"
    APPEARED = "appeared"
    VANISHED = "vanished"
    MODEL = "model"
    ROUNDING = "rounding"


@dataclass(frozen=True, kw_only=True)
class Line:
    """Points of a difference, and where they come from.

    component: None for the model and for rounding.
    points: exactly; shown_points: in tenths, so that those of a ledger add up.
    phrase: what happened, as a clause: ``campaign responses fell from 81 % to 40 %``.
    brief: the same for a narrow column: ``Responses 81 % → 40 %``.
    before, after: what it was computed from, in a few words; empty where there is nothing to say.
    """

    kind: LineKind
    component: Component | None
    points: Fraction
    shown_points: Decimal
    phrase: str
    brief: str = ""
    before: str = ""
    after: str = ""

    @property
    def label(self) -> str:
        """What the line is called in a list."""
        if self.component is not None:
            return self.component.label
        return "Scoring model" if self.kind is LineKind.MODEL else "Rounding"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A difference of two scores of one client, in lines that add up to it.

    lines: the model, the components in the order of the contract, rounding; those that have
    nothing to say are left out.
    """

    first_day: date
    last_day: date
    before: int
    after: int
    lines: tuple[Line, ...]

    @property
    def change(self) -> int:
        """Points gained from the first day to the last."""
        return self.after - self.before

    @property
    def spoken(self) -> tuple[tuple[Line, int], ...]:
        """The lines that are worth a word and their whole points, the largest first.

        The points add up to the change: each is the number below or above its line's, and what
        rounding makes of the whole is in them. Lines of no point are left out.
        """
        moving = [line for line in self.lines if line.points and line.kind != LineKind.ROUNDING]
        points = apportion([line.points for line in moving], self.change)
        told = [pair for pair in zip(moving, points, strict=True) if pair[1]]
        return tuple(sorted(told, key=lambda pair: -abs(pair[0].points)))


def ledger(compared: Comparison) -> Ledger | None:
    """Return why the later score is what the earlier is not; None where one day has no score."""
    before = explain(compared.before, compared.before_model)
    is_same = compared.before == compared.rebased and compared.before_model == compared.after_model
    rebased = before if is_same else explain(compared.rebased, compared.after_model)
    after = explain(compared.after, compared.after_model)
    if before.overall is None or after.overall is None:
        return None
    if rebased.overall is None:
        # Nothing that was known counts in the new model: all of it is the model's doing.
        lines = list(_model_lines(compared, _exact(after) - _exact(before)))
    else:
        lines = [
            *_model_lines(compared, _exact(rebased) - _exact(before)),
            *_component_lines(compared, rebased, after),
        ]
    difference = after.overall - before.overall
    return Ledger(
        first_day=compared.before.window_end,
        last_day=compared.after.window_end,
        before=before.overall,
        after=after.overall,
        lines=(*lines, *_rounding_lines(lines, difference, after.rounding - before.rounding)),
    )


def _exact(explained: Explanation) -> Fraction:
    return sum((part.points for part in explained.contributions), Fraction(0))


def _tenths(points: Fraction) -> Decimal:
    return Decimal(half_up(10 * points)) / 10


def _model_lines(compared: Comparison, points: Fraction) -> Iterator[Line]:
    old, new = compared.before_model, compared.after_model
    if old == new:
        return
    before, after = (old.label, new.label) if old.label != new.label else (old.version, new.version)
    yield Line(
        kind=LineKind.MODEL,
        component=None,
        points=points,
        shown_points=_tenths(points),
        phrase=f"the scoring model changed from {before} to {after}",
        brief=f"Model {before} → {after}",
        before=before,
        after=after,
    )


def _component_lines(
    compared: Comparison, before: Explanation, after: Explanation
) -> Iterator[Line]:
    level = _common_level(before, after)
    for old, new in zip(before.contributions, after.contributions, strict=True):
        if old.score is None and new.score is None:
            continue
        kind, points = _share_of_change(old, new, level)
        yield Line(
            kind=kind,
            component=new.component,
            points=points,
            shown_points=_tenths(points),
            phrase=_phrase(kind, old, new, compared),
            brief=_brief(old, new, compared),
            before=standing(old, compared.rebased, compared.after_model),
            after=standing(new, compared.after, compared.after_model),
        )


def _rounding_lines(lines: list[Line], difference: int, rounding: Fraction) -> Iterator[Line]:
    """What whole scores differ more; shown, also what the tenths of the other lines leave."""
    shown = difference - sum((line.shown_points for line in lines), Decimal(0))
    if rounding or shown:
        yield Line(
            kind=LineKind.ROUNDING,
            component=None,
            points=rounding,
            shown_points=shown,
            phrase="scores are rounded to whole points",
        )


def _common_level(before: Explanation, after: Explanation) -> Fraction:
    """The mean of the components known on both days, each halfway between its two scores.

    Where there is none, what appeared and what vanished have the whole weight each, and every
    level gives the same sum.
    """
    weight, points = 0, Fraction(0)
    for old, new in zip(before.contributions, after.contributions, strict=True):
        if old.score is not None and new.score is not None:
            weight += new.weight
            points += new.weight * Fraction(old.score + new.score, 2)
    return points / weight if weight else (_exact(before) + _exact(after)) / 2


def _share_of_change(
    old: Contribution, new: Contribution, level: Fraction
) -> tuple[LineKind, Fraction]:
    if old.score is None:
        return LineKind.APPEARED, new.effective_weight * (Fraction(new.score or 0) - level)
    if new.score is None:
        return LineKind.VANISHED, old.effective_weight * (level - old.score)
    share = (old.effective_weight + new.effective_weight) / 2
    return LineKind.MOVED, share * (new.score - old.score)


def _phrase(kind: LineKind, old: Contribution, new: Contribution, compared: Comparison) -> str:
    then, now, model = compared.rebased, compared.after, compared.after_model
    name = new.component.label.lower()
    if kind is LineKind.APPEARED:
        return f"data on {name} appeared, {standing(new, now, model)}"
    if kind is LineKind.VANISHED:
        return f"data on {name} vanished, it was {standing(old, then, model)}"
    return _CLAUSES[new.component](then, now, model)


def _brief(old: Contribution, new: Contribution, compared: Comparison) -> str:
    """The phrase of a line for a narrow column."""
    name, value = _BRIEFS[new.component]
    model = compared.after_model
    then = NO_DATA if old.score is None else value(compared.rebased, model)
    now = NO_DATA if new.score is None else value(compared.after, model)
    return f"{name} {then} → {now}"


def standing(part: Contribution, inputs: ScoreInputs, model: ScoringModel) -> str:
    """Return what a component rests on in a few words: ``38 of 60 active``, ``no data``."""
    if part.score is None:
        return NO_DATA
    return f"{_RESTS[part.component](inputs, model)}{_MEANING[part.component]}"


def brief_standing(part: Contribution, inputs: ScoreInputs, model: ScoringModel) -> str:
    """Return the same for a narrow column of many components: ``Active users 38 of 60``."""
    if part.score is None:
        return f"{part.component.label}: {NO_DATA}"
    return f"{_BRIEFS[part.component][0]} {_RESTS[part.component](inputs, model)}"


def _tickets_rest(inputs: ScoreInputs, model: ScoringModel) -> str:
    if model.tickets_per_hundred_users:
        return f"{_to_a_tenth(_tickets(inputs, model))} for 100 users"
    return f"{number(inputs.tickets)} in {count(inputs.days, 'day')}"


_RESTS: Final[dict[Component, Callable[[ScoreInputs, ScoringModel], str]]] = {
    Component.LOGIN: lambda of, _: _of(of.active_users, of.licensed_users),
    Component.CASE_RESOLUTION: lambda of, _: _of(of.cases_on_time, of.cases_closed),
    Component.CAMPAIGN_COMPLETION: lambda of, _: percent(half_up(_response(of))),
    Component.FEATURE_ADOPTION: lambda of, _: _of(of.features_used, of.features_enabled),
    Component.SUPPORT_TICKET: _tickets_rest,
}

_MEANING: Final = {
    Component.LOGIN: " active",
    Component.CASE_RESOLUTION: " on time",
    Component.CAMPAIGN_COMPLETION: " responded",
    Component.FEATURE_ADOPTION: " used",
    Component.SUPPORT_TICKET: "",
}


def _login_clause(old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
    then, now = old.active_users or 0, new.active_users or 0
    if old.licensed_users != new.licensed_users:
        return _went("active users", _of(then, old.licensed_users), _of(now, new.licensed_users))
    if old.active_metric is not new.active_metric:
        # A month and a busiest day count differently: it cannot be said that people left or came.
        return _went(
            "active users",
            f"{number(then)} {_counted(old)}",
            f"{number(now)} {_counted(new)}",
        )
    return f"{_moved('active users', then, now, number)} of {number(new.licensed_users)}"


def _counted(inputs: ScoreInputs) -> str:
    is_monthly = inputs.active_metric is MetricType.MONTHLY_ACTIVE_USERS
    return "in a month" if is_monthly else "on the busiest day"


def _case_clause(old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
    then, now = _on_time(old), _on_time(new)
    return _moved("cases closed on time", then, now, _in_percent(then, now))


def _campaign_clause(old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
    then, now = _response(old), _response(new)
    return _moved("campaign responses", then, now, _in_percent(then, now))


def _feature_clause(old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
    then, now = old.features_used, new.features_used
    if old.features_enabled != new.features_enabled:
        return _went(
            "features used", _of(then, old.features_enabled), _of(now, new.features_enabled)
        )
    return f"{_moved('features used', then, now, number)} of {number(new.features_enabled)}"


def _ticket_clause(old: ScoreInputs, new: ScoreInputs, model: ScoringModel) -> str:
    if model.tickets_per_hundred_users and old.licensed_users != new.licensed_users:
        then, now = _tickets(old, model), _tickets(new, model)
        return _moved("support tickets for 100 users", then, now, _to_a_tenth)
    more = (new.tickets or 0) - (old.tickets or 0)
    if not more:
        return "as many support tickets"
    noun = "support ticket" if abs(more) == 1 else "support tickets"
    return f"{spelled(abs(more))} {'more' if more > 0 else 'fewer'} {noun}"


_CLAUSES: Final = {
    Component.LOGIN: _login_clause,
    Component.CASE_RESOLUTION: _case_clause,
    Component.CAMPAIGN_COMPLETION: _campaign_clause,
    Component.FEATURE_ADOPTION: _feature_clause,
    Component.SUPPORT_TICKET: _ticket_clause,
}


_BRIEFS: Final[dict[Component, tuple[str, Callable[[ScoreInputs, ScoringModel], str]]]] = {
    Component.LOGIN: ("Active users", lambda of, _: number(of.active_users)),
    Component.CASE_RESOLUTION: ("Cases on time", lambda of, _: percent(half_up(_on_time(of)))),
    Component.CAMPAIGN_COMPLETION: ("Responses", lambda of, _: percent(half_up(_response(of)))),
    Component.FEATURE_ADOPTION: ("Features used", lambda of, _: number(of.features_used)),
    Component.SUPPORT_TICKET: ("Tickets", lambda of, _: number(of.tickets)),
}


def _on_time(inputs: ScoreInputs) -> Fraction:
    return Fraction(100 * (inputs.cases_on_time or 0), inputs.cases_closed or 1)


def _response(inputs: ScoreInputs) -> Fraction:
    return Fraction(inputs.responses, inputs.response_days or 1)


def _tickets(inputs: ScoreInputs, model: ScoringModel) -> Fraction:
    return counted_tickets(inputs, model) or Fraction(0)


def _of(part: int | None, whole: int | None) -> str:
    return f"{number(part)} of {number(whole)}"


def _to_a_tenth(value: Fraction) -> str:
    return number(Decimal(half_up(10 * value)) / 10, 1)


def _in_percent(then: Fraction, now: Fraction) -> Callable[[Fraction], str]:
    """How to say two percentages: in tenths where they are the same to the percent."""
    if then != now and half_up(then) == half_up(now):
        return lambda value: f"{_to_a_tenth(value)}{NO_BREAK}%"
    return lambda value: percent(half_up(value))


def _moved(what: str, then: _Number, now: _Number, said: Callable[[_Number], str]) -> str:
    if said(then) == said(now):
        return f"{what} stayed at {said(now)}"
    return f"{what} {'rose' if now > then else 'fell'} from {said(then)} to {said(now)}"


def _went(what: str, then: str, now: str) -> str:
    return f"{what} went from {then} to {now}"
