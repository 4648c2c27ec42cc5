"""Segments by chance, over the clients of :mod:`random_portfolios`."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from random_portfolios import SHORT

from health.scoring.model import ScoringModel
from health.scoring.segments import Rule, Segment
from health.vocabulary import FeatureName

MODELS = (
    SHORT,
    replace(SHORT, version="strict-1", label="Strict", window_days=5, trend_days=2, targets={}),
    replace(SHORT, version="mild-1", label="Mild", points_per_ticket=1, window_days=2),
)


def _range(bounds: tuple[int, ...]) -> st.SearchStrategy[tuple[int | None, int | None]]:
    ends = st.none() | st.sampled_from(bounds)
    return st.tuples(ends, ends).filter(lambda pair: None in pair or pair[0] < pair[1])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that some of the clients may fit."""
    users = draw(_range((1, 7, 60, 61)))
    value = draw(_range((0, 999, 1000, 2000)))
    given = {
        "industry": tuple(draw(st.sets(st.sampled_from(("Bank", "O'Neill & Co")), max_size=1))),
        "csm": tuple(draw(st.sets(st.sampled_from(("ada@x", "bob@x")), max_size=1))),
        "total_users_from": users[0],
        "total_users_below": users[1],
        "annual_value_from": value[0],
        "annual_value_below": value[1],
        "feature": draw(st.none() | st.sampled_from((FeatureName.SSO, FeatureName.AI_ASSISTANT))),
    }
    asked = draw(st.sets(st.sampled_from(sorted(given)), min_size=1, max_size=2))
    kept = {name: given[name] for name in asked if given[name] not in ((), None)}
    return Rule(**kept or {"total_users_from": 7})


def segments(most: int = 3) -> st.SearchStrategy[tuple[Segment, ...]]:
    """Some segments in order."""
    one = st.builds(Segment, rule=rules(), model=st.sampled_from(MODELS))
    return st.lists(one, max_size=most).map(tuple)


def rest() -> st.SearchStrategy[ScoringModel]:
    """The model of the clients that fit none."""
    return st.sampled_from(MODELS)
