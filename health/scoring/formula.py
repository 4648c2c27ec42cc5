"""The formula of a score (contract, section 3) as SQL: from what a window adds up to, to the score.

Every way to score goes through here; they differ only in how they add windows up. All of it is
arithmetic of whole numbers in 64 bits, so that each engine and each way gives the same points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.scoring.components import Component
from health.scoring.components.base import BASIS_POINTS, Columns
from health.storage.schema import RISK_TYPE, TREND_TYPE
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel

STANDING: Final = ("is_active", "total_users", "enabled")
"""What is in force at the end of a window: whether the client is one, its licensed users, and how
many features it has enabled."""

NOW: Final = ""
EARLIER: Final = "earlier_"
"""How the columns begin of the window of the day scored, and of the one its trend looks back to."""

EXTRA: Final = "extra_points"
"""The column of the points of a model's extra parts, a list in their order; null without any."""

_NUMBERS: Final = (
    *(component.column for component in Component),
    "overall_score",
    "previous_score",
    "coverage",
)
STORED: Final = (*_NUMBERS, EXTRA, "trend", "risk_level")
"""The computed columns of a score, in stored order."""


def window_columns(model: ScoringModel) -> tuple[str, ...]:
    """What is known of the days of a window, as columns.

    What is in force at its end, the features used by then, and what its usage adds up to for the
    model; null where it has no row of the metric.
    """
    return (*STANDING, "used", *model.window_values)


def scores_sql(model: ScoringModel, windows: str) -> str:
    """SQL of scores: organization, score_date and :data:`STORED`.

    windows: a relation of organization, score_date, and :func:`window_columns` for :data:`NOW` and
    for :data:`EARLIER`.

    A row whose window has no usage to score, or ends when the client is none, has no score.
    """
    return judged_sql(
        model,
        f"""(
            SELECT *, {_score_sql(NOW)} AS overall_score, {_score_sql(EARLIER)} AS previous_score,
                {_COVERAGE}
            FROM (
                SELECT *, {_weighed_sql(model, NOW)}, {_weighed_sql(model, EARLIER)}
                FROM (
                    SELECT organization, score_date, {NOW}is_active, {EARLIER}is_active,
                        {_parts_sql(model, NOW)}, {_parts_sql(model, EARLIER)}
                    FROM {windows}
                )
            )
        )""",
    )


def one_window_sql(model: ScoringModel, windows: str) -> str:
    """SQL of what one window gives by itself: place, and the columns :func:`judged_sql` asks for.

    windows: a relation of place and :func:`window_columns`. overall_score is null without one.
    """
    names = [*(part.column for part in model.parts), "overall_score", "coverage"]
    return f"""
    SELECT place, {", ".join(f"{name}::UTINYINT AS {name}" for name in names)}
    FROM (
        SELECT *, {_score_sql(NOW)} AS overall_score, {_COVERAGE}
        FROM (
            SELECT *, {_weighed_sql(model, NOW)}
            FROM (SELECT place, {NOW}is_active, {_parts_sql(model, NOW)} FROM {windows})
        )
    )"""


def judged_sql(model: ScoringModel, scores: str) -> str:
    """SQL of scores with their trend and risk: organization, score_date and :data:`STORED`.

    scores: a relation of organization, score_date, the points of each part, overall_score (null
    without a score), previous_score and coverage.
    """
    trend, declining = f"::{TREND_TYPE}", f"'{HealthTrend.DECLINING}'::{TREND_TYPE}"
    risk = f"::{RISK_TYPE}"
    change = "overall_score::INTEGER - previous_score"
    names = ", ".join(f"{name}::UTINYINT AS {name}" for name in _NUMBERS)
    return f"""
    SELECT organization, score_date, {names}, {_extra_sql(model)} AS {EXTRA}, trend, CASE
            WHEN overall_score < {model.high_below}
                OR (overall_score < {model.declining_high_below} AND trend = {declining})
            THEN '{RiskLevel.HIGH}'{risk}
            WHEN overall_score >= {model.low_from} AND trend <> {declining}
            THEN '{RiskLevel.LOW}'{risk}
            ELSE '{RiskLevel.MEDIUM}'{risk} END AS risk_level
    FROM (
        SELECT *, CASE
            WHEN {change} >= {model.improving_from} THEN '{HealthTrend.IMPROVING}'{trend}
            WHEN {change} <= {model.declining_to} THEN '{HealthTrend.DECLINING}'{trend}
            ELSE '{HealthTrend.STABLE}'{trend} END AS trend
        FROM {scores}
        WHERE overall_score IS NOT NULL
    )"""


_COVERAGE: Final = f"(200 * weights + {BASIS_POINTS}) // {2 * BASIS_POINTS} AS coverage"


def _score_sql(window: str) -> str:
    return f"(2 * {window}points + {window}weights) // (2 * {window}weights)"


def _weighed_sql(model: ScoringModel, window: str) -> str:
    """SQL of the points of a window times their weights, and of the weights that had data.

    The weights are null where no usage component is known, as features alone are no evidence of
    health, where too little is known for the model, and where the client was none.
    """
    columns = {f"{window}{part.column}": model.weight(part) for part in model.parts}
    points = " + ".join(f"coalesce({name}, 0) * {weight}" for name, weight in columns.items())
    weights = " + ".join(
        f"CASE WHEN {name} IS NULL THEN 0 ELSE {weight} END" for name, weight in columns.items()
    )
    evidence = ", ".join(f"{window}{p.column}" for p in model.parts if p.rules.is_usage)
    least = model.least_weights
    known = f"nullif({weights}, 0)"
    if least > 1:
        known = f"CASE WHEN {weights} >= {least} THEN {weights} END"
    return f"""{points} AS {window}points,
        CASE WHEN {window}is_active AND coalesce({evidence}) IS NOT NULL
            THEN {known} END AS {window}weights"""


def _parts_sql(model: ScoringModel, window: str) -> str:
    """SQL of each part's points in a window; null is no data.

    Points take 32 bits: they are weighed in half the time of 64.
    """
    of = Columns(prefix=window)
    return ", ".join(
        f"({part.rules.points_sql(of, model)})::INTEGER AS {window}{part.column}"
        for part in model.parts
    )


def _extra_sql(model: ScoringModel) -> str:
    """SQL of the points of the extra parts, as they are stored."""
    points = ", ".join(part.column for part in model.extra_parts)
    return f"[{points}]::UTINYINT[]" if points else "NULL::UTINYINT[]"
