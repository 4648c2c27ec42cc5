"""The formula of a score (contract, section 3) as SQL: from what a window adds up to, to the score.

Every way to score goes through here; they differ only in how they add windows up. All of it is
arithmetic of whole numbers in 64 bits, so that each engine and each way gives the same points.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Final

from health.scoring.model import WHOLE
from health.storage.schema import RISK_TYPE, TREND_TYPE
from health.vocabulary import Component, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel

WINDOW: Final = (
    "used",
    "latest_monthly",
    "most_daily",
    "closed",
    "on_time",
    "rates",
    "rate_days",
    "tickets",
)
"""What is known of the days of a window: the features used by its end, the latest count of monthly
users and the greatest of daily ones, sums, and the number of response rates; null where it has no
row of the metric."""

NOW: Final = ""
EARLIER: Final = "earlier_"
"""How the columns begin of the window of the day scored, and of the one its trend looks back to."""

STORED: Final = (
    *(component.column for component in Component),
    "overall_score",
    "previous_score",
    "coverage",
    "trend",
    "risk_level",
)
"""The computed columns of a score, in stored order."""

_EVIDENCE: Final = [c.column for c in Component if c is not Component.FEATURE_ADOPTION]


def scores_sql(model: ScoringModel, windows: str) -> str:
    """SQL of scores: organization, score_date and :data:`STORED`.

    windows: a relation of organization, score_date, total_users, enabled (features), and
    :data:`WINDOW` for :data:`NOW` and for :data:`EARLIER`.

    A row whose window has no usage to score has no score.
    """
    trend, declining = f"::{TREND_TYPE}", f"'{HealthTrend.DECLINING}'::{TREND_TYPE}"
    risk = f"::{RISK_TYPE}"
    change = "overall_score - previous_score"
    names = ", ".join(f"{name}::UTINYINT AS {name}" for name in STORED[:8])
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
                (200 * weights + 10000) // 20000 AS coverage
            FROM (
                SELECT *, {_weighed_sql(model, NOW)}, {_weighed_sql(model, EARLIER)}
                FROM (
                    SELECT organization, score_date, {_components_sql(model, NOW)},
                        {_components_sql(model, EARLIER)}
                    FROM {windows}
                )
            )
        )
        WHERE overall_score IS NOT NULL
    )"""


def _weighed_sql(model: ScoringModel, window: str) -> str:
    """SQL of the points of a window times their weights, and of the weights that had data.

    The weights are null where only feature adoption, or nothing, is known: that is no evidence of
    health.
    """
    points = " + ".join(f"coalesce({window}{c.column}, 0) * {model.weight(c)}" for c in Component)
    weights = " + ".join(
        f"CASE WHEN {window}{c.column} IS NULL THEN 0 ELSE {model.weight(c)} END" for c in Component
    )
    evidence = ", ".join(f"{window}{column}" for column in _EVIDENCE)
    return f"""{points} AS {window}points,
        CASE WHEN coalesce({evidence}) IS NOT NULL THEN nullif({weights}, 0) END
            AS {window}weights"""


def _components_sql(model: ScoringModel, window: str) -> str:
    """SQL of each component's points in a window; null is no data.

    ``least`` skips nulls, so each says itself when there is nothing to compute from.
    """
    of = {name: f"{window}{name}" for name in WINDOW}
    if model.tickets_per_hundred_users:
        tickets = (
            f"WHEN {of['tickets']} IS NOT NULL AND total_users > 0 THEN greatest(0, (2 * (100 * "
            f"total_users - {100 * model.points_per_ticket} * {of['tickets']}) + total_users) "
            f"// (2 * total_users))"
        )
    else:
        tickets = (
            f"WHEN {of['tickets']} IS NOT NULL "
            f"THEN greatest(0, 100 - {model.points_per_ticket} * {of['tickets']})"
        )
    active = f"coalesce({of['latest_monthly']}, {of['most_daily']})"
    when = {
        Component.LOGIN: f"WHEN {active} IS NOT NULL AND total_users > 0 "
        f"THEN {_share(active, 'total_users', model.login_target)}",
        Component.CASE_RESOLUTION: f"WHEN {of['closed']} > 0 AND {of['on_time']} IS NOT NULL "
        f"THEN {_share(of['on_time'], of['closed'], model.case_resolution_target)}",
        # The rates are percent already: their mean out of 100 is the ratio.
        Component.CAMPAIGN_COMPLETION: f"WHEN {of['rate_days']} > 0 THEN "
        + _share(of["rates"], f"(100 * {of['rate_days']})", model.campaign_completion_target),
        Component.FEATURE_ADOPTION: "WHEN enabled > 0 "
        f"THEN {_share(of['used'], 'enabled', model.feature_adoption_target)}",
        Component.SUPPORT_TICKET: tickets,
    }
    return ", ".join(f"CASE {when[c]} END AS {window}{c.column}" for c in Component)


def _share(part: str, whole: str, target: int) -> str:
    """SQL of a ratio's points: half up, 100 at most, 100 from ``target`` percent on.

    It is not asked where ``whole`` is 0.
    """
    common = gcd(WHOLE, target)
    whole = f"({whole} * {target // common})"
    return f"least(100, ({2 * WHOLE // common} * {part} + {whole}) // (2 * {whole}))"
