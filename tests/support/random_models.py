"""Scoring models by chance."""

from __future__ import annotations

from hypothesis import strategies as st

from health.scoring.components import Component
from health.scoring.model import TARGETED, ScoringModel


@st.composite
def models(draw: st.DrawFn) -> ScoringModel:
    """Any valid model."""
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=4, max_size=4)))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    risks = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    target = st.integers(1, 100)
    return ScoringModel(
        version=draw(st.text(min_size=1)),
        label=draw(st.text(min_size=1)),
        weights=dict(zip(Component, weights, strict=True)),
        targets={component: draw(target) for component in TARGETED},
        points_per_ticket=draw(st.integers(0, 100)),
        tickets_per_hundred_users=draw(st.booleans()),
        improving_from=draw(st.integers(1, 100)),
        declining_to=draw(st.integers(-100, -1)),
        high_below=risks[0],
        declining_high_below=risks[1],
        low_from=risks[2],
        window_days=draw(st.integers(1, 366)),
        trend_days=draw(st.integers(1, 366)),
    )
