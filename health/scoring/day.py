"""All scores of one day in one statement: its window, and the one its trend looks back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring import formula, history
from health.scoring.formula import EARLIER, NOW, window_columns
from health.scoring.history import SCORED_CLIENT_FIELDS

if TYPE_CHECKING:
    from health.scoring.formula import Models
    from health.scoring.model import ScoringModel


def scores_sql(model: ScoringModel, organizations: str, *, has_history: bool) -> str:
    """SQL of the scores of day ``$last``, as :func:`health.scoring.formula.scores_sql` gives them.

    organizations: a relation of organization. has_history: see
    :func:`health.scoring.history.has_scored_history`.
    """
    models = {0: model}
    return formula.scores_sql(models, windows_sql(models, organizations, has_history=has_history))


def windows_sql(models: Models, organizations: str, *, has_history: bool) -> str:
    """SQL of what the scores are made of, for models with windows of the same days."""
    model = next(iter(models.values()))
    features, standing = (
        (_features_then(model), _clients_then(model))
        if has_history
        else (_features_now(model), _clients_now())
    )
    known = window_columns(models)
    return f"""(
        SELECT organization, $last::DATE AS score_date,
            {", ".join(f"{window}{name}" for window in (NOW, EARLIER) for name in known)}
        FROM ({_sums(models, organizations, NOW, 0)})
        LEFT JOIN ({_sums(models, organizations, EARLIER, model.trend_days)})
            USING (organization)
        JOIN ({standing}) USING (organization)
        LEFT JOIN (
            {features}
            WHERE organization IN (SELECT organization FROM {organizations})
            GROUP BY organization
        ) USING (organization)
        WHERE is_active
    )"""


def _days(model: ScoringModel) -> dict[str, str]:
    """SQL of the last day of each window."""
    return {NOW: "$last::DATE", EARLIER: f"($last::DATE - {model.trend_days})"}


def _clients_now() -> str:
    """SQL of the newest values, which were in force on every day."""
    return f"""SELECT organization, is_active, total_users, is_active AS {EARLIER}is_active,
        total_users AS {EARLIER}total_users FROM clients"""


def _clients_then(model: ScoringModel) -> str:
    """SQL of the values in force at the end of each window."""
    days, fields = _days(model), SCORED_CLIENT_FIELDS
    return f"""SELECT organization, now.is_active, now.total_users,
        earlier.is_active AS {EARLIER}is_active, earlier.total_users AS {EARLIER}total_users
        FROM {history.clients_sql(days[NOW], fields)} AS now
        JOIN {history.clients_sql(days[EARLIER], fields)} AS earlier USING (organization)"""


def _features_now(model: ScoringModel) -> str:
    used = ", ".join(
        f"""count(*) FILTER (is_enabled) AS {window}enabled,
        count(*) FILTER (is_enabled AND is_used
            AND (first_used_at IS NULL OR first_used_at <= {day})) AS {window}used"""
        for window, day in _days(model).items()
    )
    return f"SELECT organization, {used} FROM adoption"


def _features_then(model: ScoringModel) -> str:
    used = ", ".join(
        f"""count(*) FILTER (at_{window}.is_enabled) AS {window}enabled,
        count(*) FILTER (at_{window}.is_enabled AND at_{window}.is_used
            AND (at_{window}.first_used_at IS NULL OR at_{window}.first_used_at <= {day}))
            AS {window}used"""
        for window, day in _days(model).items()
    )
    joined = " JOIN ".join(
        f"{history.features_sql(day)} AS at_{window}" for window, day in _days(model).items()
    )
    return f"SELECT organization, {used} FROM {joined} USING (organization, feature_name)"


def _sums(models: Models, organizations: str, window: str, back: int) -> str:
    """SQL of what the window adds up to that ends ``back`` days before ``$last``."""
    found = dict.fromkeys(value for model in models.values() for value in model.window_values)
    values = ", ".join(f"{value.sql} AS {window}{value}" for value in found)
    days = next(iter(models.values())).window_days
    return f"""
        SELECT organization, {values}
        FROM usage_daily
        WHERE organization IN (SELECT organization FROM {organizations})
            AND date BETWEEN $last::DATE - {back + days - 1} AND $last::DATE - {back}
        GROUP BY organization"""
