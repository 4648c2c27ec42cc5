"""The formula of a score (contract, section 3) as SQL: from what a window adds up to, to the score.

Every way to score goes through here; they differ only in how they add windows up. All of it is
arithmetic of whole numbers in 64 bits, so that each engine and each way gives the same points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.scoring.components import WINDOW_VALUES, Component
from health.scoring.components.base import BASIS_POINTS, Columns
from health.storage.schema import RISK_TYPE, TREND_TYPE
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel

STANDING: Final = ("is_active", "total_users", "enabled")
"""What is in force at the end of a window: whether the client is one, its licensed users, and how
many features it has enabled."""

WINDOW: Final = (*STANDING, "used", *WINDOW_VALUES)
"""What is known of the days of a window: what is in force at its end, the features used by then,
and what its usage adds up to; null where it has no row of the metric."""

NOW: Final = ""
EARLIER: Final = "earlier_"
"""How the columns begin of the window of the day scored, and of the one its trend looks back to."""

_NUMBERS: Final = (
    *(component.column for component in Component),
    "overall_score",
    "previous_score",
    "coverage",
)
STORED: Final = (*_NUMBERS, "trend", "risk_level")
"""The computed columns of a score, in stored order."""


def scores_sql(model: ScoringModel, windows: str) -> str:
    """SQL of scores: organization, score_date and :data:`STORED`.

    windows: a relation of organization, score_date, and :data:`WINDOW` for :data:`NOW` and for
    :data:`EARLIER`.

    A row whose window has no usage to score, or ends when the client is none, has no score.
    """
    trend, declining = f"::{TREND_TYPE}", f"'{HealthTrend.DECLINING}'::{TREND_TYPE}"
    risk = f"::{RISK_TYPE}"
    change = "overall_score - previous_score"
    names = ", ".join(f"{name}::UTINYINT AS {name}" for name in _NUMBERS)
    return f"""
    SELECT organization, score_date, {names}, trend, CASE
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
        FROM (
            SELECT *, (2 * points + weights) // (2 * weights) AS overall_score,
                (2 * earlier_points + earlier_weights) // (2 * earlier_weights) AS previous_score,
                (200 * weights + {BASIS_POINTS}) // {2 * BASIS_POINTS} AS coverage
            FROM (
                SELECT *, {_weighed_sql(model, NOW)}, {_weighed_sql(model, EARLIER)}
                FROM (
                    SELECT organization, score_date, {NOW}is_active, {EARLIER}is_active,
                        {_components_sql(model, NOW)}, {_components_sql(model, EARLIER)}
                    FROM {windows}
                )
            )
        )
        WHERE overall_score IS NOT NULL
    )"""


def _weighed_sql(model: ScoringModel, window: str) -> str:
    """SQL of the points of a window times their weights, and of the weights that had data.

    The weights are null where no usage component is known, as features alone are no evidence of
    health, where too little is known for the model, and where the client was none.
    """
    points = " + ".join(f"coalesce({window}{c.column}, 0) * {model.weight(c)}" for c in Component)
    weights = " + ".join(
        f"CASE WHEN {window}{c.column} IS NULL THEN 0 ELSE {model.weight(c)} END" for c in Component
    )
    evidence = ", ".join(f"{window}{c.column}" for c in Component if c.rules.is_usage)
    least = model.least_weights
    known = f"nullif({weights}, 0)"
    if least > 1:
        known = f"CASE WHEN {weights} >= {least} THEN {weights} END"
    return f"""{points} AS {window}points,
        CASE WHEN {window}is_active AND coalesce({evidence}) IS NOT NULL
            THEN {known} END AS {window}weights"""


def _components_sql(model: ScoringModel, window: str) -> str:
    """SQL of each component's points in a window; null is no data."""
    of = Columns(prefix=window)
    return ", ".join(f"{c.rules.points_sql(of, model)} AS {window}{c.column}" for c in Component)
