"""All scores of one day in one statement: its window, and the one its trend looks back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring import formula
from health.scoring.components import WINDOW_VALUES
from health.scoring.formula import EARLIER, NOW, WINDOW

if TYPE_CHECKING:
    from health.scoring.model import ScoringModel


def scores_sql(model: ScoringModel, organizations: str) -> str:
    """SQL of the scores of day ``$last``, as :func:`health.scoring.formula.scores_sql` gives them.

    organizations: a relation of organization.
    """
    back = {NOW: 0, EARLIER: model.trend_days}
    used = ", ".join(
        f"""count(*) FILTER (is_enabled AND is_used
            AND (first_used_at IS NULL OR first_used_at <= $last::DATE - {days})) AS {window}used"""
        for window, days in back.items()
    )
    windows = f"""(
        SELECT organization, $last::DATE AS score_date, total_users, enabled,
            {", ".join(f"{window}{name}" for window in back for name in WINDOW)}
        FROM ({_sums(organizations, NOW, 0, model.window_days)})
        LEFT JOIN ({_sums(organizations, EARLIER, model.trend_days, model.window_days)})
            USING (organization)
        JOIN clients USING (organization)
        LEFT JOIN (
            SELECT organization, count(*) FILTER (is_enabled) AS enabled, {used}
            FROM adoption
            WHERE organization IN (SELECT organization FROM {organizations})
            GROUP BY organization
        ) USING (organization)
        WHERE is_active
    )"""
    return formula.scores_sql(model, windows)


def _sums(organizations: str, window: str, back: int, days: int) -> str:
    """SQL of what the window adds up to that ends ``back`` days before ``$last``."""
    values = ", ".join(f"{value.sql} AS {window}{value}" for value in WINDOW_VALUES)
    return f"""
        SELECT organization, {values}
        FROM usage_daily
        WHERE organization IN (SELECT organization FROM {organizations})
            AND date BETWEEN $last::DATE - {back + days - 1} AND $last::DATE - {back}
        GROUP BY organization"""
