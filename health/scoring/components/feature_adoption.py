"""Feature adoption: how many of the features a client has enabled it uses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from health.formatting import count, number
from health.scoring.components.base import Columns, Ratio, moved, part_of, went

if TYPE_CHECKING:
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel


class FeatureAdoption(Ratio):
    """Features used out of features enabled; alone it is no evidence of health."""

    key = "feature_adoption"
    label = "Feature adoption"
    description = "Features used out of features enabled."
    standard_weight = 1500
    realistic_target = 60
    is_usage = False
    light, dark = "#5A7F22", "#A3C965"
    noun = "use of a feature"
    brief_label = "Features used"

    def part_sql(self, of: Columns) -> str:
        return of.features_used

    def whole_sql(self, of: Columns) -> str:
        return of.features_enabled

    def part(self, inputs: ScoreInputs) -> int | None:
        return inputs.features_used

    def whole(self, inputs: ScoreInputs) -> int | None:
        return inputs.features_enabled

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        if not inputs.features_enabled:
            return "No feature is enabled"
        enabled = count(inputs.features_enabled, "enabled feature")
        return f"{number(inputs.features_used)} of {enabled} used"

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return f"{self.rests_on(inputs, model)} used"

    def clause(self, old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
        then, now = old.features_used, new.features_used
        if old.features_enabled != new.features_enabled:
            return went(
                "features used",
                part_of(then, old.features_enabled),
                part_of(now, new.features_enabled),
            )
        return f"{moved('features used', then, now, number)} of {number(new.features_enabled)}"

    def brief(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return number(inputs.features_used)

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return replace(inputs, features_used=inputs.features_used + amount)

    def step(self, _: ScoreInputs, amount: int) -> str:
        return f"using {count(amount, 'more feature')}"
