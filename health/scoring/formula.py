"""The formula of a score (contract, section 3) as SQL: from what a window adds up to, to the score.

Every way to score goes through here; they differ only in how they add windows up. All of it is
arithmetic of whole numbers in 64 bits, so that each engine and each way gives the same points.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from health.scoring.components import Component
from health.scoring.components.base import BASIS_POINTS, Columns
from health.scoring.model import parts_by_value
from health.storage.schema import RISK_TYPE, TREND_TYPE
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from health.scoring.model import ScoringModel

    Models = Mapping[int, ScoringModel]
    """Models by place, the number that a row names its own by."""

STANDING: Final = ("is_active", "total_users", "enabled")
"""What is in force at the end of a window: whether the client is one, its licensed users, and how
many features it has enabled."""

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


def window_columns(models: Models) -> tuple[str, ...]:
    """What is known of the days of a window, as columns.

    What is in force at its end, the features used by then, and what its usage adds up to for the
    models; null where it has no row of the metric.
    """
    values = (value for model in models.values() for value in model.window_values)
    return tuple(dict.fromkeys((*STANDING, "used", *values)))


def scores_sql(models: Models, windows: str) -> str:
    """SQL of scores: organization, score_date and :data:`STORED`.

    windows: a relation of organization, score_date, place (of several models, the one that scores
    the row), back (how many days before score_date the window ends: 0, or those the trend looks
    back) and :func:`window_columns`.

    A row whose window has no usage to score, or ends when the client is none, has no score.
    """
    keys = "organization, score_date, back" + (", place" if len(models) > 1 else "")
    # The earlier windows are not asked for by name: DuckDB would push both questions down into the
    # scan of usage, which then takes half as long again.
    return judged_sql(
        models,
        f"""(
            WITH by_window AS MATERIALIZED ({window_scores_sql(models, windows, keys)})
            SELECT this.* EXCLUDE (back), earlier.overall_score AS previous_score
            FROM by_window AS this LEFT JOIN by_window AS earlier
                ON earlier.organization = this.organization AND earlier.back > this.back
            WHERE this.back = 0
        )""",
    )


def window_scores_sql(models: Models, windows: str, keys: str) -> str:
    """SQL of what each window gives by itself: its keys, and what :func:`judged_sql` asks for.

    windows: a relation of the keys and :func:`window_columns`. overall_score is null without one.
    """
    parts = (part.column for part in parts_by_value(models.values()).values())
    names = (*parts, "overall_score", "coverage")
    return f"""
    SELECT {keys}, {", ".join(f"{name}::UTINYINT AS {name}" for name in names)}
    FROM (
        SELECT *, (2 * points + weights) // (2 * weights) AS overall_score,
            (200 * weights + {BASIS_POINTS}) // {2 * BASIS_POINTS} AS coverage
        FROM (
            SELECT *, {_weighed_sql(models)}
            FROM (SELECT {keys}, is_active, {_parts_sql(models)} FROM {windows})
        )
    )"""


def judged_sql(models: Models, scores: str) -> str:
    """SQL of scores with their trend and risk: organization, score_date and :data:`STORED`.

    Of several models, with place too.

    scores: a relation of organization, score_date, the points of each part, overall_score (null
    without a score), previous_score and coverage.
    """
    trend, declining = f"::{TREND_TYPE}", f"'{HealthTrend.DECLINING}'::{TREND_TYPE}"
    risk = f"::{RISK_TYPE}"
    change = "overall_score::INTEGER - previous_score"
    names = ", ".join(f"{name}::UTINYINT AS {name}" for name in _NUMBERS)
    place = "place, " if len(models) > 1 else ""

    def limit(name: str) -> str:
        return _each(models, lambda model: str(getattr(model, name)))

    return f"""
    SELECT {place}organization, score_date, {names}, {_each(models, _extra_sql)} AS {EXTRA}, trend,
        CASE
            WHEN overall_score < {limit("high_below")}
                OR (overall_score < {limit("declining_high_below")} AND trend = {declining})
            THEN '{RiskLevel.HIGH}'{risk}
            WHEN overall_score >= {limit("low_from")} AND trend <> {declining}
            THEN '{RiskLevel.LOW}'{risk}
            ELSE '{RiskLevel.MEDIUM}'{risk} END AS risk_level
    FROM (
        SELECT *, CASE
            WHEN {change} >= {limit("improving_from")} THEN '{HealthTrend.IMPROVING}'{trend}
            WHEN {change} <= {limit("declining_to")} THEN '{HealthTrend.DECLINING}'{trend}
            ELSE '{HealthTrend.STABLE}'{trend} END AS trend
        FROM {scores}
        WHERE overall_score IS NOT NULL
    )"""


def _each(models: Models, sql: Callable[[ScoringModel], str]) -> str:
    """SQL of what the model of each row says; only where they differ, it is looked at."""
    places: dict[str, list[str]] = {}
    for place, model in models.items():
        places.setdefault(sql(model), []).append(str(place))
    *others, usual = sorted(places, key=lambda said: len(places[said]))
    if not others:
        return usual
    whens = " ".join(f"WHEN place IN ({', '.join(places[said])}) THEN {said}" for said in others)
    return f"CASE {whens} ELSE {usual} END"


def _weighed_sql(models: Models) -> str:
    """SQL of the points of a window times their weights, and of the weights that had data.

    The weights are null where no usage component is known, as features alone are no evidence of
    health, where too little is known for the model, and where the client was none.
    """
    return f"""{_each(models, _points_sql)} AS points,
        CASE WHEN is_active THEN {_each(models, _known_sql)} END AS weights"""


def _points_sql(model: ScoringModel) -> str:
    return " + ".join(f"coalesce({p.column}, 0) * {model.weight(p)}" for p in model.parts)


def _known_sql(model: ScoringModel) -> str:
    weights = " + ".join(
        f"CASE WHEN {part.column} IS NULL THEN 0 ELSE {model.weight(part)} END"
        for part in model.parts
    )
    evidence = ", ".join(part.column for part in model.parts if part.rules.is_usage)
    least = model.least_weights
    known = f"nullif({weights}, 0)"
    if least > 1:
        known = f"CASE WHEN {weights} >= {least} THEN {weights} END"
    return f"CASE WHEN coalesce({evidence}) IS NOT NULL THEN {known} END"


def _parts_sql(models: Models) -> str:
    """SQL of each part's points; null is no data.

    Points take 32 bits: they are weighed in half the time of 64.
    """
    of = Columns()

    def points(value: str, model: ScoringModel) -> str:
        own = next((part for part in model.parts if part.value == value), None)
        return "NULL" if own is None else own.rules.points_sql(of, model)

    return ", ".join(
        f"({_each(models, partial(points, part.value))})::INTEGER AS {part.column}"
        for part in parts_by_value(models.values()).values()
    )


def _extra_sql(model: ScoringModel) -> str:
    """SQL of the points of the extra parts, as they are stored."""
    points = ", ".join(part.column for part in model.extra_parts)
    return f"[{points}]::UTINYINT[]" if points else "NULL::UTINYINT[]"
