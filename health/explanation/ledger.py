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
from typing import TYPE_CHECKING, NamedTuple

from health.explanation.breakdown import outline
from health.formatting import NO_DATA, inside
from health.scoring.components.base import half_up, halved_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from health.explanation.breakdown import Outline
    from health.queries.inputs import Comparison
    from health.scoring.components import Part


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
    few: the one or two cases it rests on, ``2 cases``; empty where there are more.
    before, after: what it was computed from, in a few words; empty where there is nothing to say.
    """

    kind: LineKind
    component: Part | None
    points: Fraction
    shown_points: Decimal
    phrase: str
    brief: str = ""
    few: str = ""
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

    lines: the model, its parts in order, rounding; those that have
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
    def spoken(self) -> tuple[Line, ...]:
        """The lines that show points, the largest first; their shown points are the change.

        What rests on one or two cases comes after what rests on more, and rounding last.
        """
        shown = [line for line in self.lines if line.shown_points]
        return tuple(sorted(shown, key=_order))


def _order(line: Line) -> tuple[bool, bool, Fraction]:
    return line.kind is LineKind.ROUNDING, bool(line.few), -abs(line.points)


class _Part(NamedTuple):
    """A line before it is told: its points are those of all parts over one denominator."""

    kind: LineKind
    component: Part | None
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
    along = [
        part
        for part in found.parts
        if part.points * found.change > 0 and halved_up(10 * part.points, found.denominator)
    ]
    if not along:
        return ""
    largest = min(
        along,
        key=lambda part: (bool(_few(compared, part.kind, part.component)), -abs(part.points)),
    )
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
        after.parts, after.weights, before.scores, after.scores, strict=True
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
    compared: Comparison, kind: LineKind, component: Part, points: Fraction
) -> Line:
    rules, model = component.rules, compared.after_model
    then = NO_DATA if kind is LineKind.APPEARED else rules.standing(compared.rebased, model)
    now = NO_DATA if kind is LineKind.VANISHED else rules.standing(compared.after, model)
    name = inside(component.label)
    if kind is LineKind.APPEARED:
        phrase = f"new data on {name}, {now}"
    elif kind is LineKind.VANISHED:
        phrase = f"no more data on {name}, {then} before"
    else:
        phrase = rules.clause(compared.rebased, compared.after, model)
    return Line(
        kind=kind,
        component=component,
        points=points,
        shown_points=_tenths(points),
        phrase=phrase,
        brief=_brief(component, kind, compared),
        few=_few(compared, kind, component),
        before=then,
        after=now,
    )


def _few(compared: Comparison, kind: LineKind, component: Part | None) -> str:
    """The one or two cases that a line rests on, on either day; empty where there are more."""
    if component is None:
        return ""
    of = component.rules.few
    now = "" if kind is LineKind.VANISHED else of(compared.after)
    return now or ("" if kind is LineKind.APPEARED else of(compared.rebased))


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


def _brief(component: Part, kind: LineKind, compared: Comparison) -> str:
    """The phrase of a line for a narrow column."""
    rules, model = component.rules, compared.after_model
    then = NO_DATA if kind is LineKind.APPEARED else rules.brief(compared.rebased, model)
    now = NO_DATA if kind is LineKind.VANISHED else rules.brief(compared.after, model)
    return f"{rules.brief_label} {then} → {now}"
