"""What a component of the score is: its words, its points, and how it is explained and improved.

Points are computed twice, as SQL and in Python, so that the two can be held against each other.
All of it is arithmetic of whole numbers: every way gives the same points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd
from typing import TYPE_CHECKING, Final, TypeVar

from health.formatting import NO_BREAK, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel

FULL: Final = 100
"""The most points a component, and a score, can have."""

BASIS_POINTS: Final = 10_000
"""All the weights together."""

HALF: Final = Fraction(1, 2)

FEW_CASES: Final = 20
"""With fewer cases a percentage says too much: 0 % may be one case."""

NO_SAMPLE: Final = 2
"""With so many cases or fewer a reason is marked, and never the first one told."""

_Number = TypeVar("_Number", int, Fraction)


class Columns:
    """The SQL names of a window's numbers."""

    def __getitem__(self, value: WindowValue) -> str:
        return str(value)

    @property
    def licensed_users(self) -> str:
        """Licensed users in force; null where they are not on file."""
        return "total_users"

    @property
    def features_enabled(self) -> str:
        """Features the client has enabled."""
        return "enabled"

    @property
    def features_used(self) -> str:
        """Enabled features used by the end of the window."""
        return "used"


class ComponentRules(ABC):
    """One weighted part of a score; a subclass is all there is to say about it.

    key: its name in files, tables and models. label: what people read.
    description: what earns its points, as a sentence.
    standard_weight: its weight in the model ``standard``, in basis points.
    realistic_target: percent that earns all points in the model ``targets``; None where the
    component has no target.
    is_usage: whether it rests on usage; else on features, and alone it makes no score.
    is_of_users: whether it is a share of the licensed users: with few of them it swings by chance.
    light, dark: its colour in charts, by theme.
    values: what the usage of a window has to add up to.
    noun: what it counts, as in ``last case closed``.
    last_day_sql: SQL of the last day with data, over rows of ``usage_daily``.
    brief_label: its name in a narrow column.
    """

    key: str
    label: str
    description: str
    standard_weight: int = 0
    realistic_target: int | None = None
    is_usage: bool = True
    is_of_users: bool = False
    light: str
    dark: str
    values: tuple[WindowValue, ...] = ()
    noun: str
    brief_label: str
    last_day_sql: str = "NULL::DATE"

    # Points

    @abstractmethod
    def points_sql(self, of: Columns, model: ScoringModel) -> str:
        """SQL of the points, 0 to 100; null is no data.

        ``least`` skips nulls, so it says itself when there is nothing to compute from.
        """

    @abstractmethod
    def points(self, inputs: ScoreInputs, model: ScoringModel) -> int | None:
        """The points, 0 to 100; None is no data."""

    # Explanation

    @abstractmethod
    def basis(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """What the points rest on, or why there are none, as a phrase without a stop."""

    @abstractmethod
    def rests_on(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """The same of a component with data, as numbers alone: ``38 of 60``."""

    def few(self, _: ScoreInputs) -> str:
        """The one or two cases that the points rest on, ``2 cases``; empty where more do."""
        return ""

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """The same with its meaning: ``38 of 60 active``."""
        return self.rests_on(inputs, model)

    @abstractmethod
    def clause(self, old: ScoreInputs, new: ScoreInputs, model: ScoringModel) -> str:
        """What changed between two days that both have data: ``active users fell from 9 to 5``."""

    @abstractmethod
    def brief(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """The number for a narrow column: ``81 %``."""

    def arithmetic(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """Return how the points of a component with data come out, before they are rounded.

        ``100 × 38 ÷ 60``.
        """
        return self.rests_on(inputs, model)

    # What would help

    @abstractmethod
    def needed(self, inputs: ScoreInputs, model: ScoringModel, score: int) -> int:
        """The least amount of change with which the points are at least ``score``, 1 to 100."""

    @abstractmethod
    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        """The raw numbers after a change."""

    @abstractmethod
    def step(self, inputs: ScoreInputs, amount: int) -> str:
        """The change in words: ``8 more active users``."""


class Ratio(ComponentRules):
    """A component that is a part of a whole, against a target: 70 of 100 earn 70 points."""

    @abstractmethod
    def part_sql(self, of: Columns) -> str:
        """SQL of the part; null without data."""

    @abstractmethod
    def whole_sql(self, of: Columns) -> str:
        """SQL of the whole; null or 0 without data."""

    @abstractmethod
    def part(self, inputs: ScoreInputs) -> int | None:
        """The part; None without data."""

    @abstractmethod
    def whole(self, inputs: ScoreInputs) -> int | None:
        """The whole; None or 0 without data."""

    def target(self, model: ScoringModel) -> int:
        """Percent of the whole that earns all points."""
        return model.targets[self.key]

    def points_sql(self, of: Columns, model: ScoringModel) -> str:
        """Return SQL of the ratio: half up, 100 at most, 100 from the target on."""
        part, whole, target = self.part_sql(of), self.whole_sql(of), self.target(model)
        common = gcd(BASIS_POINTS, target)
        scaled = whole if target == common else f"({whole} * {target // common})"
        return (
            f"CASE WHEN {whole} > 0 AND {part} IS NOT NULL THEN least(100, "
            f"({2 * BASIS_POINTS // common} * {part} + {scaled}) // (2 * {scaled})) END"
        )

    def points(self, inputs: ScoreInputs, model: ScoringModel) -> int | None:
        """Return the same in Python."""
        part, whole = self.part(inputs), self.whole(inputs)
        if part is None or not whole:
            return None
        return min(FULL, halved_up(FULL * FULL * part, whole * self.target(model)))

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        """Return the part and the whole."""
        return part_of(self.part(inputs), self.whole(inputs))

    def arithmetic(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        """Return the ratio in percent of its target, and that 100 is the most."""
        target = self.target(model)
        part, whole = self.part(inputs) or 0, self.whole(inputs) or 1
        of = f" ÷ {percent(target)}" if target != FULL else ""
        exact = Fraction(FULL * FULL * part, whole * target)
        most = f", at most {FULL}" if exact > FULL else ""
        return f"{FULL} × {number(part)} ÷ {number(whole)}{of} = {exactly(exact)}{most}"

    def needed(self, inputs: ScoreInputs, model: ScoringModel, score: int) -> int:
        """Return how much larger the part has to be."""
        return self.part_needed(self.whole(inputs), model, score) - (self.part(inputs) or 0)

    def part_needed(self, whole: int | None, model: ScoringModel, score: int) -> int:
        """Return the part of a whole from which the ratio, rounded half up, earns ``score``."""
        return ceil((score - HALF) * (whole or 0) * self.target(model) / FULL**2)


_DIGITS: Final = 4


def exactly(value: Fraction) -> str:
    """Return a number with up to four digits after the point, and ``…`` where there are more.

    It is cut, not rounded: so 62.49996 is not shown as 62.5, which would be rounded up.
    """
    cut = int(value * 10**_DIGITS)
    text = number(Decimal(cut) / 10**_DIGITS, _DIGITS).rstrip("0").removesuffix(".")
    return text if cut == value * 10**_DIGITS else f"{text}…"


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, the greater one where two are as near."""
    return floor(value + HALF)


def halved_up(part: int, whole: int) -> int:
    """Return ``half_up`` of a ratio: in whole numbers it takes a tenth of the time."""
    return (2 * part + whole) // (2 * whole)


def part_of(part: int | None, whole: int | None) -> str:
    """Return ``38 of 60``."""
    return f"{number(part)} of {number(whole)}"


def to_a_tenth(value: Fraction) -> str:
    """Return a number with one digit after the point."""
    return number(Decimal(half_up(10 * value)) / 10, 1)


def in_percent(then: Fraction, now: Fraction) -> Callable[[Fraction], str]:
    """Return how to say two percentages: in tenths where they are the same to the percent."""
    if then != now and half_up(then) == half_up(now):
        return lambda value: f"{to_a_tenth(value)}{NO_BREAK}%"
    return lambda value: percent(half_up(value))


def moved(what: str, then: _Number, now: _Number, said: Callable[[_Number], str]) -> str:
    """Return ``active users fell from 9 to 5``, or that they stayed."""
    if said(then) == said(now):
        return f"{what} stayed at {said(now)}"
    return f"{what} {'rose' if now > then else 'fell'} from {said(then)} to {said(now)}"


def went(what: str, then: str, now: str) -> str:
    """Return ``active users went from 9 of 10 to 9 of 20``: no rise and no fall."""
    return f"{what} went from {then} to {now}"
