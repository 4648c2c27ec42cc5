"""All scores of one day in one statement: its window, and the one its trend looks back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring import formula, history
from health.scoring.formula import window_columns
from health.scoring.history import SCORED_CLIENT_FIELDS

if TYPE_CHECKING:
    from health.scoring.formula import Models
    from health.scoring.model import ScoringModel


def scores_sql(model: ScoringModel, organizations: str, *, has_history: bool) -> str:
    """SQL of the scores of day ``$last``, as :func:`health.scoring.formula.scores_sql` gives them.

    organizations: a relation of organization, each once. has_history: see
    :func:`health.scoring.history.has_scored_history`.
    """
    models = {0: model}
    return formula.scores_sql(models, windows_sql(models, organizations, has_history=has_history))


def windows_sql(models: Models, organizations: str, *, has_history: bool) -> str:
    """SQL of what the scores are made of, for models with windows of the same days."""
    model = next(iter(models.values()))
    ends = (0, model.trend_days)
    asked = f"(SELECT organization FROM {organizations})"
    # The newest values were in force on every day, where none of them has a history.
    standing = f"{_clients_then(ends)} USING (organization, back)"
    if not has_history:
        standing = "clients USING (organization)"
    return f"""(
        SELECT organization, $last::DATE AS score_date, back, {", ".join(window_columns(models))}
        FROM ({_sums(models, asked)})
        JOIN {standing}
        LEFT JOIN ({_features(ends, asked, has_history=has_history)}) USING (organization, back)
        WHERE is_active
    )"""


def _day(end: int) -> str:
    """SQL of the last day of a window that ends so many days before ``$last``."""
    return f"($last::DATE - {end})"


def _clients_then(ends: tuple[int, ...]) -> str:
    """SQL of the values in force at the end of each window."""
    then = " UNION ALL ".join(
        f"""SELECT organization, {end} AS back, is_active, total_users
        FROM {history.clients_sql(_day(end), SCORED_CLIENT_FIELDS)}"""
        for end in ends
    )
    return f"({then})"


def _features(ends: tuple[int, ...], organizations: str, *, has_history: bool) -> str:
    """SQL of how many features were enabled, and how many of those used, by each window's end."""
    tables = {end: f"at_{end}" if has_history else "adoption" for end in ends}
    source = "adoption"
    if has_history:
        then = (f"{history.features_sql(_day(end))} AS {tables[end]}" for end in ends)
        source = f"({' JOIN '.join(then)} USING (organization, feature_name))"
    enabled = [f"{table}.is_enabled" for table in tables.values()]
    used = [
        f"""{table}.is_enabled AND {table}.is_used
            AND ({table}.first_used_at IS NULL OR {table}.first_used_at <= {_day(end)})"""
        for end, table in tables.items()
    ]

    def counts(conditions: list[str]) -> str:
        return ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)

    return f"""
        SELECT organization, unnest({list(ends)}) AS back,
            unnest([{counts(enabled)}]) AS enabled, unnest([{counts(used)}]) AS used
        FROM {source} JOIN {organizations} USING (organization)
        GROUP BY organization"""


def _sums(models: Models, organizations: str) -> str:
    """SQL of what each window adds up to."""
    model = next(iter(models.values()))
    found = dict.fromkeys(value for model in models.values() for value in model.window_values)
    values = ", ".join(f"{value.sql} AS {value}" for value in found)

    def summed(back: str, first: int, last: int) -> str:
        return f"""
            SELECT organization, {back} AS back, {values}
            FROM usage_daily JOIN {organizations} USING (organization)
            WHERE date BETWEEN {_day(first)} AND {_day(last)}
            GROUP BY ALL"""

    if model.trend_days == model.window_days:
        # One after the other they are read at once: a day of 100 clients takes a fifth less.
        is_now = f"date > {_day(model.window_days)}"
        return summed(f"CASE WHEN {is_now} THEN 0 ELSE {model.trend_days} END", model.reach, 0)
    return " UNION ALL ".join(
        summed(str(end), end + model.window_days - 1, end) for end in (0, model.trend_days)
    )
