"""What an extra part does, by its form: its points, its words and its remedy."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Final

from health.formatting import MINUS, capital, count, inside, number, percent
from health.scoring.components.base import (
    FULL,
    HALF,
    NO_SAMPLE,
    Columns,
    ComponentRules,
    Ratio,
    exactly,
    half_up,
    halved_up,
    in_percent,
    moved,
    part_of,
    to_a_tenth,
    went,
)
from health.scoring.components.window import Aggregate, greatest, latest, total
from health.vocabulary import Summary, Unit

if TYPE_CHECKING:
    from health.scoring.components.extra import ExtraPart
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel
    from health.vocabulary import MetricType

HUNDREDTHS: Final = 100
"""Points lost per unit are kept in hundredths of a point."""

_COLORS: Final = (
    ("#2E7F7B", "#6FC3BE"),
    ("#A35A78", "#E09CB9"),
    ("#5E6B2F", "#B4C474"),
    ("#4F5D8C", "#9FAEE0"),
)


def value_of(metric: MetricType) -> WindowValue:
    """Return what a window's days of a metric come to.

    A count is added up. A level is its latest value; daily users are those of the busiest day.
    """
    if metric.summary is Summary.SUM:
        return total(metric)
    is_daily = metric.summary is Summary.MEAN and metric.unit is Unit.USERS
    return greatest(metric) if is_daily else latest(metric)


class _Extra(ComponentRules):
    """What every form has in common."""

    def __init__(self, spec: ExtraPart) -> None:
        """Take its words and numbers from ``spec``."""
        self.spec = spec
        self.key, self.label, self.brief_label = spec.key, spec.label, spec.label
        self.values = tuple(value_of(metric) for metric in spec.metrics)
        self.noun = f"count of {self.plural}"
        self.light, self.dark = _COLORS[sum(spec.key.encode()) % len(_COLORS)]
        days = (f"{metric.column} IS NOT NULL" for metric in spec.metrics)
        self.last_day_sql = f"max(date) FILTER ({' AND '.join(days)})"
        self.description = self.describe()

    def describe(self) -> str:
        """What earns its points."""
        raise NotImplementedError

    @property
    def plural(self) -> str:
        return f"{self.spec.unit}s"

    @property
    def amount_of(self) -> WindowValue:
        return self.values[0]

    def amount(self, inputs: ScoreInputs) -> int | None:
        return inputs[self.amount_of]

    def counted(self, inputs: ScoreInputs) -> str:
        """``18 reports in 30 days``, or that none were recorded."""
        days, amount = count(inputs.days, "day"), self.amount(inputs)
        if amount is None:
            return f"No {self.plural} were recorded in these {days}"
        how = {Aggregate.LATEST: "at last in", Aggregate.GREATEST: "on the busiest day of"}
        where = how.get(self.amount_of.aggregate, "in")
        return f"{count(amount, self.spec.unit)} {where} {days}"

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return self.counted(inputs)

    def clause(self, old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
        return moved(self.plural, self.amount(old) or 0, self.amount(new) or 0, number)

    def brief(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return number(self.amount(inputs))

    def standing(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return count(self.amount(inputs) or 0, self.spec.unit)

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return inputs.with_value(self.amount_of, (self.amount(inputs) or 0) + amount)

    def step(self, _: ScoreInputs, amount: int) -> str:
        return count(amount, f"more {self.spec.unit}")


class Amount(_Extra, Ratio):
    """An amount against a target: a part of it, in percent."""

    def describe(self) -> str:
        return f"{count(self.spec.target, self.spec.unit)} earn all points."

    def target(self, _: ScoringModel) -> int:
        return self.spec.target

    def part_sql(self, of: Columns) -> str:
        return of[self.amount_of]

    def whole_sql(self, _: Columns) -> str:
        return f"{FULL}::BIGINT"  # times a target it can leave 32 bits

    def part(self, inputs: ScoreInputs) -> int | None:
        return self.amount(inputs)

    def whole(self, _: ScoreInputs) -> int | None:
        return FULL

    def basis(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        phrase = super().basis(inputs, model)
        if self.points(inputs, model) is None:
            return phrase
        return f"{phrase} (all points from {number(self.spec.target)})"

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return part_of(self.part(inputs), self.spec.target)

    def arithmetic(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        exact = Fraction(FULL * (self.part(inputs) or 0), self.spec.target)
        most = f", at most {FULL}" if exact > FULL else ""
        amount = number(self.part(inputs))
        return f"{FULL} × {amount} ÷ {number(self.spec.target)} = {exactly(exact)}{most}"


class PerUser(Amount):
    """An amount for each 100 licensed users."""

    is_of_users = True

    def describe(self) -> str:
        target = count(self.spec.target, self.spec.unit)
        return f"{target} for each 100 licensed users earn all points."

    def whole_sql(self, of: Columns) -> str:
        return of.licensed_users

    def whole(self, inputs: ScoreInputs) -> int | None:
        return inputs.licensed_users

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        phrase = self.counted(inputs)
        if self.amount(inputs) is None:
            return phrase
        if not inputs.licensed_users:
            return f"{phrase}, but the number of licensed users is not on file"
        per, target = to_a_tenth(self.per(inputs)), number(self.spec.target)
        return f"{phrase}, {per} for each 100 licensed users (all points from {target})"

    def per(self, inputs: ScoreInputs) -> Fraction:
        """The amount for each 100 licensed users."""
        return Fraction(FULL * (self.amount(inputs) or 0), inputs.licensed_users or 1)

    def few(self, inputs: ScoreInputs) -> str:
        users = inputs.licensed_users or 0
        return count(users, "licensed user") if 0 < users <= NO_SAMPLE else ""

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return f"{to_a_tenth(self.per(inputs))} for 100 users"

    def standing(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        users = count(inputs.licensed_users or 0, "licensed user")
        return f"{count(self.amount(inputs) or 0, self.spec.unit)} of {users}"

    def clause(self, old: ScoreInputs, new: ScoreInputs, model: ScoringModel) -> str:
        if old.licensed_users != new.licensed_users:
            return went(self.plural, self.standing(old, model), self.standing(new, model))
        return super().clause(old, new, model)

    def arithmetic(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        exact = Fraction(self.per(inputs) * FULL, self.spec.target)
        most = f", at most {FULL}" if exact > FULL else ""
        amount, users = number(self.amount(inputs)), number(inputs.licensed_users)
        steps = f"{FULL} × {amount} × 100 ÷ {users} ÷ {number(self.target(model))}"
        return f"{steps} = {exactly(exact)}{most}"


class Share(_Extra, Ratio):
    """One metric out of another."""

    def describe(self) -> str:
        part, whole = (inside(metric.label) for metric in self.spec.metrics)
        return f"{capital(part)} out of {whole}."

    def target(self, _: ScoringModel) -> int:
        return self.spec.target

    def part_sql(self, of: Columns) -> str:
        return of[self.values[0]]

    def whole_sql(self, of: Columns) -> str:
        return of[self.values[1]]

    def part(self, inputs: ScoreInputs) -> int | None:
        return inputs[self.values[0]]

    def whole(self, inputs: ScoreInputs) -> int | None:
        return inputs[self.values[1]]

    def basis(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        part, whole = (inside(metric.label) for metric in self.spec.metrics)
        days = count(inputs.days, "day")
        if not self.whole(inputs):
            return f"No {whole} in these {days}"
        if self.part(inputs) is None:
            return f"{number(self.whole(inputs))} {whole}, but {part} were not recorded"
        said = f"{number(self.part(inputs))} {part} of {number(self.whole(inputs))} {whole}"
        target = self.target(model)
        return said if target == FULL else f"{said} (all points from {percent(target)})"

    def few(self, inputs: ScoreInputs) -> str:
        whole = self.whole(inputs) or 0
        return count(whole, self.spec.unit) if 0 < whole <= NO_SAMPLE else ""

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return part_of(self.part(inputs), self.whole(inputs))

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        unit = self.spec.unit if self.whole(inputs) == 1 else self.plural
        return f"{self.rests_on(inputs, model)} {unit}"

    def clause(self, old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
        then, now = self.percent_of(old), self.percent_of(new)
        return moved(inside(self.label), then, now, in_percent(then, now))

    def percent_of(self, inputs: ScoreInputs) -> Fraction:
        """The share in percent."""
        return Fraction(FULL * (self.part(inputs) or 0), self.whole(inputs) or 1)

    def brief(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return percent(half_up(self.percent_of(inputs)))

    def step(self, inputs: ScoreInputs, amount: int) -> str:
        unit = self.spec.unit if self.whole(inputs) == 1 else self.plural
        label = inside(self.spec.metrics[0].label)
        return f"{number(amount)} more {label}, of {number(self.whole(inputs))} {unit}"


class Inverse(_Extra):
    """100 points, less some for each unit."""

    @property
    def lost(self) -> Fraction:
        """Points that each unit costs."""
        return Fraction(self.spec.points_lost, HUNDREDTHS)

    def describe(self) -> str:
        return f"Each {self.spec.unit} loses {exactly(self.lost)} points."

    def points_sql(self, of: Columns, _: ScoringModel) -> str:
        amount, all_points = of[self.amount_of], FULL * HUNDREDTHS
        left = f"2 * ({all_points} - {self.spec.points_lost} * {amount}) + {HUNDREDTHS}"
        return f"CASE WHEN {amount} IS NOT NULL THEN greatest(0, ({left}) // {2 * HUNDREDTHS}) END"

    def points(self, inputs: ScoreInputs, _: ScoringModel) -> int | None:
        amount = self.amount(inputs)
        if amount is None:
            return None
        return max(0, halved_up(FULL * HUNDREDTHS - self.spec.points_lost * amount, HUNDREDTHS))

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return f"{number(self.amount(inputs))} in {count(inputs.days, 'day')}"

    def arithmetic(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        exact = FULL - self.lost * (self.amount(inputs) or 0)
        said = f"{FULL} {MINUS} {exactly(self.lost)} × {number(self.amount(inputs))}"
        return f"{said} = {exactly(exact)}{', at least 0' if exact < 0 else ''}"

    def needed(self, inputs: ScoreInputs, _: ScoringModel, score: int) -> int:
        return (self.amount(inputs) or 0) - floor((FULL - score + HALF) / self.lost)

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return super().changed(inputs, -amount)

    def step(self, _: ScoreInputs, amount: int) -> str:
        return count(amount, f"fewer {self.spec.unit}")
