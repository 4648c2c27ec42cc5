"""Case resolution: how many of the closed hotline cases were closed on time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from health.formatting import count, number, percent
from health.scoring.components.base import (
    FEW_CASES,
    NO_SAMPLE,
    Columns,
    Ratio,
    half_up,
    in_percent,
    moved,
)
from health.scoring.components.window import total
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel

CLOSED = total(MetricType.CASES_CLOSED)
ON_TIME = total(MetricType.CASES_CLOSED_ON_TIME)


class CaseResolution(Ratio):
    """Cases closed on time out of cases closed."""

    key = "case_resolution"
    label = "Case resolution"
    description = "Cases closed on time out of closed."
    standard_weight = 2500
    realistic_target = 90
    light, dark = "#7A4FA3", "#B493E0"
    values = (CLOSED, ON_TIME)
    noun = "case closed"
    brief_label = "Cases on time"
    last_day_sql = "max(date) FILTER (cases_closed > 0)"

    def part_sql(self, of: Columns) -> str:
        return of[ON_TIME]

    def whole_sql(self, of: Columns) -> str:
        return of[CLOSED]

    def part(self, inputs: ScoreInputs) -> int | None:
        return inputs[ON_TIME]

    def whole(self, inputs: ScoreInputs) -> int | None:
        return inputs[CLOSED]

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        if not inputs[CLOSED]:
            return f"No case was closed in these {count(inputs.days, 'day')}"
        closed = count(inputs[CLOSED] or 0, "closed case")
        if inputs[ON_TIME] is None:
            return f"{closed}, but how many on time was not recorded"
        return f"{number(inputs[ON_TIME])} of {closed} on time"

    def few(self, inputs: ScoreInputs) -> str:
        closed = inputs[CLOSED] or 0
        return count(closed, "case") if 0 < closed <= NO_SAMPLE else ""

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return f"{self.rests_on(inputs, model)} on time"

    def clause(self, old: ScoreInputs, new: ScoreInputs, model: ScoringModel) -> str:
        then, now = _share(old), _share(new)
        if then != now and (_is_few(old) or _is_few(new)):
            said = {then: self.rests_on(old, model), now: self.rests_on(new, model)}
            return moved("cases closed on time", then, now, said.__getitem__)
        return moved("cases closed on time", then, now, in_percent(then, now))

    def brief(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return self.rests_on(inputs, model) if _is_few(inputs) else percent(half_up(_share(inputs)))

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return inputs.with_value(ON_TIME, (inputs[ON_TIME] or 0) + amount)

    def step(self, inputs: ScoreInputs, amount: int) -> str:
        if inputs[CLOSED] == 1:
            return "closing the only case on time"
        return f"closing {number(amount)} more of {number(inputs[CLOSED])} cases on time"


def _is_few(inputs: ScoreInputs) -> bool:
    return (inputs[CLOSED] or 0) < FEW_CASES


def _share(inputs: ScoreInputs) -> Fraction:
    """Percent closed on time."""
    return Fraction(100 * (inputs[ON_TIME] or 0), inputs[CLOSED] or 1)
