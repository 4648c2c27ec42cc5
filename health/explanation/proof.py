"""A stored score computed once more, from single values in Python, and held against what is stored.

Nothing of the SQL that scored has a part in it: the values of a window are added up here, what was
in force on its last day is looked up here, and points, mean, trend and risk follow from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.explanation.breakdown import explain
from health.formatting import MINUS, change
from health.scoring.components.inputs import ScoreInputs
from health.scoring.components.window import Aggregate
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    from health.explanation.breakdown import Explanation
    from health.queries.inputs import Window
    from health.queries.proof import Evidence, State
    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel

CHANGE: Final = {
    "what": pl.String,
    "day": pl.Date,
    "before": pl.String,
    "after": pl.String,
    "import_id": pl.Int64,
}
"""A value that is other than when the score was computed: what it is of (a metric's column, a field
of the client, or feature and field), the day it is of or from which it holds, and both values."""

_WHOLE: Final = (
    "Score",
    "Score before",
    "Known, percent",
    "Trend",
    "Risk",
)
"""The values of a score beside its parts, by name."""


def _names(model: ScoringModel) -> list[str]:
    """The values of a score, those of its parts first, by name."""
    return [*(part.label for part in model.parts), *_WHOLE]


@dataclass(frozen=True, kw_only=True)
class Half:
    """One of the two windows of a score, worked out.

    is_active: whether the client was one on the last day; else it has no score.
    """

    window: Window
    inputs: ScoreInputs
    is_active: bool
    explanation: Explanation

    @property
    def overall(self) -> int | None:
        """The score of the window, 0-100; None without one."""
        return self.explanation.overall if self.is_active else None


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """A score computed once more.

    now, earlier: the window of its day, and of the day it is compared with.
    trend, risk: None without a score; trend_rule, risk_rule: the rule that gave them, as a
    sentence.
    """

    now: Half
    earlier: Half
    trend: HealthTrend | None
    trend_rule: str
    risk: RiskLevel | None
    risk_rule: str

    @property
    def stored_as(self) -> dict[str, int | str | None]:
        """The computed values by name, as they are stored; all None without a score."""
        labels = [part.component.label for part in self.now.explanation.contributions]
        if self.now.overall is None or self.trend is None or self.risk is None:
            return dict.fromkeys([*labels, *_WHOLE])
        explanation = self.now.explanation
        whole = (
            self.now.overall,
            self.earlier.overall,
            explanation.coverage,
            self.trend.label,
            self.risk.label,
        )
        return dict(zip([*labels, *_WHOLE], (*explanation.scores.values(), *whole), strict=True))


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A stored score and the same computed once more.

    stored: the stored values by name, all None where no score is stored.
    changes: what changed since the score was computed, columns :data:`CHANGE`; empty where the two
    are equal.
    is_explained: whether the score computed without those changes is the stored one.
    """

    evidence: Evidence
    recomputed: Recomputed
    stored: dict[str, int | str | None]
    changes: pl.DataFrame
    is_explained: bool

    @property
    def is_equal(self) -> bool:
        """Whether the stored score is what its inputs give."""
        return self.stored == self.recomputed.stored_as


def prove(evidence: Evidence) -> Proof:
    """Compute the score of ``evidence`` once more, and find out what changed where it differs."""
    recomputed = _recompute(evidence, evidence.now)
    stored = _stored(evidence)
    changed, is_explained = pl.DataFrame(schema=CHANGE), True
    if evidence.then is not None and stored != recomputed.stored_as:
        changed = _changes(evidence, evidence.then)
        is_explained = _recompute(evidence, evidence.then).stored_as == stored
    return Proof(
        evidence=evidence,
        recomputed=recomputed,
        stored=stored,
        changes=changed,
        is_explained=is_explained,
    )


def _stored(evidence: Evidence) -> dict[str, int | str | None]:
    score = evidence.client.score
    if score is None:
        return dict.fromkeys(_names(evidence.client.model))
    whole = (
        score.overall_score,
        score.previous_score,
        score.coverage,
        score.trend.label,
        score.risk_level.label,
    )
    return dict(
        zip(_names(evidence.client.model), (*score.components.values(), *whole), strict=True)
    )


def _recompute(evidence: Evidence, state: State) -> Recomputed:
    model = evidence.client.model
    now, earlier = (_half(state, window, model) for window in evidence.windows)
    if now.overall is None:
        return Recomputed(
            now=now, earlier=earlier, trend=None, trend_rule="", risk=None, risk_rule=""
        )
    trend, trend_rule = _trend(now.overall, earlier.overall, model)
    risk, risk_rule = _risk(now.overall, trend, model)
    return Recomputed(
        now=now,
        earlier=earlier,
        trend=trend,
        trend_rule=trend_rule,
        risk=risk,
        risk_rule=risk_rule,
    )


def _half(state: State, window: Window, model: ScoringModel) -> Half:
    usage = state.usage.filter(pl.col("date").is_between(window.first, window.last))
    by_metric = {metric: rows for (metric,), rows in usage.sort("date").group_by("metric")}
    none = usage.clear()
    rows = {value: by_metric.get(value.metric.column, none) for value in model.window_values}
    standing = in_force(state.standing, window.last)
    client = {
        field: text
        for feature, field, text in standing.select("feature_name", "field", "value").iter_rows()
        if not feature
    }
    users = client.get("total_users")
    enabled, used = _features(standing, window.last)
    inputs = ScoreInputs(
        window_start=window.first,
        window_end=window.last,
        licensed_users=None if users is None else int(users),
        features_enabled=enabled,
        features_used=used,
        values={value: _aggregate(value, of) for value, of in rows.items()},
        days_of={value: day_of(value, of) for value, of in rows.items()},
        last_usage=None if usage.is_empty() else usage["date"].sort()[-1],
    )
    return Half(
        window=window,
        inputs=inputs,
        is_active=client.get("is_active") == "true",
        explanation=explain(inputs, model),
    )


def _aggregate(value: WindowValue, rows: pl.DataFrame) -> int | None:
    """The values of a metric, by day, as the one number that counts; None without any."""
    found = rows["value"]
    if value.aggregate is Aggregate.DAYS:
        return len(found)
    if found.is_empty():
        return None
    if value.aggregate is Aggregate.LATEST:
        return int(found[-1])
    return int(found.sort()[-1] if value.aggregate is Aggregate.GREATEST else found.sum())


def day_of(value: WindowValue, rows: pl.DataFrame) -> date | None:
    """The day of the value that counts alone; None where several do, or none."""
    if rows.is_empty() or value.aggregate not in (Aggregate.LATEST, Aggregate.GREATEST):
        return None
    if value.aggregate is Aggregate.GREATEST:
        rows = rows.filter(pl.col("value") == pl.col("value").max())
    day: date = rows["date"][-1]
    return day


def in_force(standing: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rows of histories that hold on a day, one for each value."""
    return (
        standing.filter(pl.col("valid_from") <= day)
        .sort("feature_name", "field", "valid_from")
        .unique(["feature_name", "field"], keep="last", maintain_order=True)
    )


def _features(standing: pl.DataFrame, day: date) -> tuple[int, int]:
    """How many features are enabled, and how many of them used by the day."""
    by_field = {
        field: dict(rows.select("feature_name", "value").iter_rows())
        for (field,), rows in standing.filter(pl.col("feature_name") != "").group_by("field")
    }
    enabled = [name for name, text in by_field.get("is_enabled", {}).items() if text == "true"]
    first_used = by_field.get("first_used_at", {})
    used = [
        name
        for name in enabled
        if by_field["is_used"][name] == "true" and (first_used[name] or "") <= str(day)
    ]
    return len(enabled), len(used)


def _trend(overall: int, previous: int | None, model: ScoringModel) -> tuple[HealthTrend, str]:
    if previous is None:
        return HealthTrend.STABLE, "There is no score to compare with, so the trend is stable."
    moved = overall - previous
    said = f"{overall} {MINUS} {previous} = {change(moved)}"
    if moved >= model.improving_from:
        trend, rule = HealthTrend.IMPROVING, f"improving from {change(model.improving_from)} on"
    elif moved <= model.declining_to:
        trend, rule = HealthTrend.DECLINING, f"declining from {change(model.declining_to)} on"
    else:
        between = f"{change(model.declining_to)} and {change(model.improving_from)}"
        trend, rule = HealthTrend.STABLE, f"stable between {between}"
    return trend, f"{said}: {rule}."


def _risk(overall: int, trend: HealthTrend, model: ScoringModel) -> tuple[RiskLevel, str]:
    is_declining = trend is HealthTrend.DECLINING
    if overall < model.high_below:
        return RiskLevel.HIGH, f"{overall} is below {model.high_below}: high risk."
    if is_declining and overall < model.declining_high_below:
        below = model.declining_high_below
        return RiskLevel.HIGH, f"{overall} is below {below}, and it is declining: high risk."
    if overall < model.low_from:
        return RiskLevel.MEDIUM, f"{overall} is below {model.low_from}, and no high risk: medium."
    if is_declining:
        return RiskLevel.MEDIUM, f"{overall} would be low risk, but it is declining: medium risk."
    return RiskLevel.LOW, f"{overall} is {model.low_from} or more and not declining: low risk."


def _changes(evidence: Evidence, then: State) -> pl.DataFrame:
    """What counts in either window and is other now than it was ``then``."""
    usage = then.usage.join(
        evidence.now.usage, on=["date", "metric"], how="full", coalesce=True, suffix="_now"
    ).select(
        what="metric",
        day="date",
        before=pl.col("value").cast(pl.String),
        after=pl.col("value_now").cast(pl.String),
        import_id=pl.col("import_id_now").cast(pl.Int64),
    )
    standing = [
        in_force(then.standing, window.last).join(
            in_force(evidence.now.standing, window.last),
            on=["feature_name", "field"],
            how="full",
            coalesce=True,
            suffix="_now",
        )
        for window in evidence.windows
    ]
    held = pl.concat(standing).select(
        what=pl.concat_str("feature_name", "field", separator=" ").str.strip_chars_start(),
        day=pl.coalesce("valid_from_now", "valid_from"),
        before="value",
        after="value_now",
        import_id=pl.col("import_id_now").cast(pl.Int64),
    )
    found = pl.concat([usage, held.unique(maintain_order=True)])
    return found.filter(pl.col("before").ne_missing(pl.col("after"))).sort("what", "day")
