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
    the row), and :func:`window_columns` for :data:`NOW` and for :data:`EARLIER`.

    A row whose window has no usage to score, or ends when the client is none, has no score.
    """
    place = "place, " if len(models) > 1 else ""
    return judged_sql(
        models,
        f"""(
            SELECT *, {_score_sql(NOW)} AS overall_score, {_score_sql(EARLIER)} AS previous_score,
                {_COVERAGE}
            FROM (
                SELECT *, {_weighed_sql(models, NOW)}, {_weighed_sql(models, EARLIER)}
                FROM (
                    SELECT organization, score_date, {place}{NOW}is_active, {EARLIER}is_active,
                        {_parts_sql(models, NOW)}, {_parts_sql(models, EARLIER)}
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
            SELECT *, {_weighed_sql({0: model}, NOW)}
            FROM (SELECT place, {NOW}is_active, {_parts_sql({0: model}, NOW)} FROM {windows})
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


_COVERAGE: Final = f"(200 * weights + {BASIS_POINTS}) // {2 * BASIS_POINTS} AS coverage"


def _score_sql(window: str) -> str:
    return f"(2 * {window}points + {window}weights) // (2 * {window}weights)"


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


def _weighed_sql(models: Models, window: str) -> str:
    """SQL of the points of a window times their weights, and of the weights that had data.

    The weights are null where no usage component is known, as features alone are no evidence of
    health, where too little is known for the model, and where the client was none.
    """
    points = _each(models, lambda model: _points_sql(model, window))
    known = _each(models, lambda model: _known_sql(model, window))
    return f"""{points} AS {window}points,
        CASE WHEN {window}is_active THEN {known} END AS {window}weights"""


def _weights(model: ScoringModel, window: str) -> dict[str, int]:
    return {f"{window}{part.column}": model.weight(part) for part in model.parts}


def _points_sql(model: ScoringModel, window: str) -> str:
    weights = _weights(model, window).items()
    return " + ".join(f"coalesce({name}, 0) * {weight}" for name, weight in weights)


def _known_sql(model: ScoringModel, window: str) -> str:
    weights = " + ".join(
        f"CASE WHEN {name} IS NULL THEN 0 ELSE {weight} END"
        for name, weight in _weights(model, window).items()
    )
    evidence = ", ".join(f"{window}{p.column}" for p in model.parts if p.rules.is_usage)
    least = model.least_weights
    known = f"nullif({weights}, 0)"
    if least > 1:
        known = f"CASE WHEN {weights} >= {least} THEN {weights} END"
    return f"CASE WHEN coalesce({evidence}) IS NOT NULL THEN {known} END"


def _parts_sql(models: Models, window: str) -> str:
    """SQL of each part's points in a window; null is no data.

    Points take 32 bits: they are weighed in half the time of 64.
    """
    of = Columns(prefix=window)

    def points(value: str, model: ScoringModel) -> str:
        own = next((part for part in model.parts if part.value == value), None)
        return "NULL" if own is None else own.rules.points_sql(of, model)

    return ", ".join(
        f"({_each(models, partial(points, part.value))})::INTEGER AS {window}{part.column}"
        for part in parts_by_value(models.values()).values()
    )


def _extra_sql(model: ScoringModel) -> str:
    """SQL of the points of the extra parts, as they are stored."""
    points = ", ".join(part.column for part in model.extra_parts)
    return f"[{points}]::UTINYINT[]" if points else "NULL::UTINYINT[]"
