"""Why a score moved between two days: points gained and lost, line by line, to the exact sum.

What is shared out, exactly, in whole numbers over one denominator:

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
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from health.explanation.breakdown import apportion, counted_tickets, half_up, outline
from health.formatting import NO_BREAK, NO_DATA, count, number, percent, spelled
from health.vocabulary import Component, MetricType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from health.explanation.breakdown import Outline
    from health.queries.inputs import Comparison, ScoreInputs
    from health.scoring.model import ScoringModel

FEW_CASES: Final = 20
"""With fewer closed cases a percentage says too much: 0 % may be one case."""

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


class _Part(NamedTuple):
    """A line before it is told: its points are those of all parts over one denominator."""

    kind: LineKind
    component: Component | None
    points: int


class _Difference(NamedTuple):
    """Two scores of one client, and the parts of what lies between, in the order of the lines."""

    before: Outline
    after: Outline
    change: int
    parts: list[_Part]
    denominator: int


def ledger(compared: Comparison) -> Ledger | None:
    """Return why the later score is what the earlier is not; None where one day has no score."""
    found = _difference(compared)
    if found is None:
        return None
    lines = [
        _model_line(compared, Fraction(part.points, found.denominator))
        if part.component is None
        else _component_line(
            compared, part.kind, part.component, Fraction(part.points, found.denominator)
        )
        for part in found.parts
    ]
    return Ledger(
        first_day=compared.before.window_end,
        last_day=compared.after.window_end,
        before=found.before.overall or 0,
        after=found.after.overall or 0,
        lines=(*lines, *_rounding_lines(lines, found.change)),
    )


def main_move(compared: Comparison) -> str:
    """Return in brief the first of :attr:`Ledger.spoken` that goes the way of the whole.

    The same as of :func:`ledger`, in a tenth of the time: no line is told but this one. Empty where
    one day has no score or nothing changed.
    """
    found = _difference(compared)
    if found is None:
        return ""
    moving = [part for part in found.parts if part.points]
    points = apportion([part.points for part in moving], found.change, found.denominator)
    along = [part for part, whole in zip(moving, points, strict=True) if whole * found.change > 0]
    if not along:
        return ""
    largest = max(along, key=lambda part: abs(part.points))
    if largest.component is None:
        return _model_brief(compared)
    return _brief(largest.component, largest.kind, compared)


def _difference(compared: Comparison) -> _Difference | None:
    """The parts by the rules above; None where one day has no score."""
    model, before_model = compared.after_model, compared.before_model
    is_same_model = model is before_model or model == before_model
    before = outline(compared.before, before_model)
    after = outline(compared.after, model)
    if before.overall is None or after.overall is None:
        return None
    is_same = is_same_model and (
        compared.before is compared.rebased or compared.before == compared.rebased
    )
    rebased = before if is_same else outline(compared.rebased, model)
    change = after.overall - before.overall
    if rebased.overall is None:
        # Nothing that was known counts in the new model: all of it is the model's doing.
        points = after.earned * before.known - before.earned * after.known
        parts = [] if is_same_model else [_Part(LineKind.MODEL, None, points)]
        return _Difference(before, after, change, parts, after.known * before.known)
    parts, denominator = _component_parts(rebased, after)
    if not is_same_model:
        parts = [part._replace(points=part.points * before.known) for part in parts]
        points = rebased.earned * before.known - before.earned * rebased.known
        parts.insert(0, _Part(LineKind.MODEL, None, points * (denominator // rebased.known)))
        denominator *= before.known
    return _Difference(before, after, change, parts, denominator)


def _component_parts(before: Outline, after: Outline) -> tuple[list[_Part], int]:
    """The parts of the components between two scores of one model, and their denominator."""
    common, level = _common_level(before, after)
    parts = []
    for component, weight, old, new in zip(
        Component, after.weights, before.scores, after.scores, strict=True
    ):
        if old is not None and new is not None:
            points = weight * (before.known + after.known) * (new - old) * common
            parts.append(_Part(LineKind.MOVED, component, points))
        elif new is not None:
            points = weight * (2 * common * new - level) * before.known
            parts.append(_Part(LineKind.APPEARED, component, points))
        elif old is not None:
            points = weight * (level - 2 * common * old) * after.known
            parts.append(_Part(LineKind.VANISHED, component, points))
    return parts, 2 * before.known * after.known * common


def _common_level(before: Outline, after: Outline) -> tuple[int, int]:
    """The weight of the components known on both days, and twice the points they earn with it.

    They earn halfway between their two scores; the ratio is twice their mean. Where there is no
    such component, what appeared and what vanished have the whole weight each, and every level
    gives the same sum.
    """
    weight = level = 0
    for of_component, old, new in zip(after.weights, before.scores, after.scores, strict=True):
        if old is not None and new is not None:
            weight += of_component
            level += of_component * (old + new)
    if weight:
        return weight, level
    return before.known * after.known, before.earned * after.known + after.earned * before.known


def _tenths(points: Fraction) -> Decimal:
    return Decimal(half_up(10 * points)) / 10


def _model_names(compared: Comparison) -> tuple[str, str]:
    old, new = compared.before_model, compared.after_model
    return (old.label, new.label) if old.label != new.label else (old.version, new.version)


def _model_brief(compared: Comparison) -> str:
    before, after = _model_names(compared)
    return f"Model {before} → {after}"


def _model_line(compared: Comparison, points: Fraction) -> Line:
    before, after = _model_names(compared)
    return Line(
        kind=LineKind.MODEL,
        component=None,
        points=points,
        shown_points=_tenths(points),
        phrase=f"the scoring model changed from {before} to {after}",
        brief=_model_brief(compared),
        before=before,
        after=after,
    )


def _component_line(
    compared: Comparison, kind: LineKind, component: Component, points: Fraction
) -> Line:
    model = compared.after_model
    then = NO_DATA if kind is LineKind.APPEARED else standing(component, compared.rebased, model)
    now = NO_DATA if kind is LineKind.VANISHED else standing(component, compared.after, model)
    name = component.label.lower()
    if kind is LineKind.APPEARED:
        phrase = f"new data on {name}, {now}"
    elif kind is LineKind.VANISHED:
        phrase = f"no more data on {name}, {then} before"
    else:
        phrase = _CLAUSES[component](compared.rebased, compared.after, model)
    return Line(
        kind=kind,
        component=component,
        points=points,
        shown_points=_tenths(points),
        phrase=phrase,
        brief=_brief(component, kind, compared),
        before=then,
        after=now,
    )


def _rounding_lines(lines: list[Line], difference: int) -> Iterator[Line]:
    """What whole scores differ more; shown, also what the tenths of the other lines leave."""
    rounding = difference - sum((line.points for line in lines), Fraction(0))
    shown = difference - sum((line.shown_points for line in lines), Decimal(0))
    if rounding or shown:
        yield Line(
            kind=LineKind.ROUNDING,
            component=None,
            points=rounding,
            shown_points=shown,
            phrase="scores are rounded to whole points",
        )


def _brief(component: Component, kind: LineKind, compared: Comparison) -> str:
    """The phrase of a line for a narrow column."""
    name, value = _BRIEFS[component]
    model = compared.after_model
    then = NO_DATA if kind is LineKind.APPEARED else value(compared.rebased, model)
    now = NO_DATA if kind is LineKind.VANISHED else value(compared.after, model)
    return f"{name} {then} → {now}"


def standing(component: Component, inputs: ScoreInputs, model: ScoringModel) -> str:
    """Return what a component that has data rests on in a few words: ``38 of 60 active``."""
    return f"{_RESTS[component](inputs, model)}{_MEANING[component]}"


def brief_standing(component: Component, inputs: ScoreInputs, model: ScoringModel) -> str:
    """Return the same for a narrow column of many components: ``Active users 38 of 60``."""
    return f"{_BRIEFS[component][0]} {_RESTS[component](inputs, model)}"


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
    if then != now and min(old.cases_closed or 0, new.cases_closed or 0) < FEW_CASES:
        said = {then: _closed_on_time(old), now: _closed_on_time(new)}
        return _moved("cases closed on time", then, now, said.__getitem__)
    return _moved("cases closed on time", then, now, _in_percent(then, now))


def _closed_on_time(inputs: ScoreInputs) -> str:
    return _of(inputs.cases_on_time, inputs.cases_closed)


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
    Component.CASE_RESOLUTION: ("Cases on time", lambda of, _: _cases_in_brief(of)),
    Component.CAMPAIGN_COMPLETION: ("Responses", lambda of, _: percent(half_up(_response(of)))),
    Component.FEATURE_ADOPTION: ("Features used", lambda of, _: number(of.features_used)),
    Component.SUPPORT_TICKET: ("Tickets", lambda of, _: number(of.tickets)),
}


def _cases_in_brief(inputs: ScoreInputs) -> str:
    is_few = (inputs.cases_closed or 0) < FEW_CASES
    return _closed_on_time(inputs) if is_few else percent(half_up(_on_time(inputs)))


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
