"""Scoring models by chance."""

from __future__ import annotations

from hypothesis import strategies as st

from health.scoring.components import Component
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import TARGETED, ScoringModel
from health.vocabulary import MetricType

KEYS = ("data", "most", "order")
"""Keys that also name a cause of a move, a column and a word of SQL."""


@st.composite
def extra_parts(draw: st.DrawFn, weights: list[int]) -> tuple[ExtraPart, ...]:
    """Extra parts with these weights."""
    parts = []
    for number, weight in enumerate(weights):
        form = draw(st.sampled_from(Form))
        asked = form.metrics
        metrics = st.lists(st.sampled_from(MetricType), min_size=asked, max_size=asked, unique=True)
        is_inverse, most = form is Form.INVERSE, form.most_target
        part = ExtraPart(
            key=KEYS[number],
            label=f"Extra {number}",
            unit="thing",
            form=form,
            metrics=tuple(draw(metrics)),
            weight=weight,
            target=100 if is_inverse else draw(st.integers(1, 100) | st.integers(1, most)),
            points_lost=draw(st.integers(1, 10_000)) if is_inverse else 0,
        )
        parts.append(part)
    return tuple(parts)


@st.composite
def models(draw: st.DrawFn, *, most_extra: int = 3) -> ScoringModel:
    """Any valid model."""
    extra = draw(st.integers(0, most_extra))
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=4 + extra, max_size=4 + extra)))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    risks = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    target = st.integers(1, 100)
    return ScoringModel(
        version=draw(st.text(min_size=1)),
        label=draw(st.text(min_size=1)),
        weights=dict(zip(Component, weights[:5], strict=True)),
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
        extra_parts=draw(extra_parts(weights[5:])),
    )
