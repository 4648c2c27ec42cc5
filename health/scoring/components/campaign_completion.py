"""Campaign completion: how many of those asked answered the attestation campaigns."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from health.formatting import count, percent
from health.scoring.components.base import FULL, Columns, Ratio, half_up, in_percent, moved
from health.scoring.components.window import days_with, total
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel

RATES = total(MetricType.CAMPAIGN_RESPONSE_RATE)
DAYS = days_with(MetricType.CAMPAIGN_RESPONSE_RATE)


class CampaignCompletion(Ratio):
    """The mean response rate: the rates are percent already, so their mean out of 100 is it."""

    key = "campaign_completion"
    label = "Campaign completion"
    description = "Average response rate of attestation campaigns."
    standard_weight = 2500
    realistic_target = 85
    light, dark = "#C2447F", "#EC87B8"
    values = (RATES, DAYS)
    noun = "campaign response"
    brief_label = "Responses"
    last_day_sql = "max(date) FILTER (campaign_response_rate IS NOT NULL)"

    def part_sql(self, of: Columns) -> str:
        return of[RATES]

    def whole_sql(self, of: Columns) -> str:
        return f"({FULL} * {of[DAYS]})"

    def part(self, inputs: ScoreInputs) -> int | None:
        return inputs[RATES]

    def whole(self, inputs: ScoreInputs) -> int | None:
        return FULL * (inputs[DAYS] or 0)

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        if not inputs[DAYS]:
            return f"No campaign response was recorded in these {count(inputs.days, 'day')}"
        days = count(inputs[DAYS] or 0, "day")
        return f"Average response {percent(half_up(_mean(inputs)))} over {days}"

    def rests_on(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return percent(half_up(_mean(inputs)))

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return f"{self.rests_on(inputs, model)} responded"

    def clause(self, old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
        then, now = _mean(old), _mean(new)
        return moved("campaign responses", then, now, in_percent(then, now))

    def brief(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return self.rests_on(inputs, model)

    def needed(self, inputs: ScoreInputs, model: ScoringModel, score: int) -> int:
        return self.part_needed(FULL, model, score) - _whole_percent(inputs)

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        days = inputs[DAYS] or 0
        return inputs.with_value(RATES, (_whole_percent(inputs) + amount) * days)

    def step(self, inputs: ScoreInputs, amount: int) -> str:
        mean = _mean(inputs)
        now = percent(float(mean), 0 if mean.denominator == 1 else 1)
        then = percent(_whole_percent(inputs) + amount)
        return f"raising campaign responses from {now} to {then}"


def _mean(inputs: ScoreInputs) -> Fraction:
    return Fraction(inputs[RATES] or 0, inputs[DAYS] or 1)


def _whole_percent(inputs: ScoreInputs) -> int:
    """The mean in percent without its fraction: steps go from one percent to the next."""
    return (inputs[RATES] or 0) // (inputs[DAYS] or 1)
