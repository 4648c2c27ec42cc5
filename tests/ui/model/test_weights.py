"""Shared out, weights add up, and what was set stays where that can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from health.ui.model.weights import shared_out

PARTS = "abcde"
weights = st.fixed_dictionaries({part: st.integers(0, 10_000) for part in PARTS})


@given(weights=weights, fixed=st.sets(st.sampled_from(PARTS)))
def test_shared_out_weights_add_up(weights: dict[str, int], fixed: set[str]) -> None:
    shared = shared_out(weights, fixed)
    assert sum(shared.values()) == 10_000
    assert shared.keys() == weights.keys()
    assert min(shared.values()) >= 0
    can_stay = sum(weights[part] for part in fixed) <= 10_000 and any(
        weight for part, weight in weights.items() if part not in fixed
    )
    if can_stay:
        assert all(shared[part] == weights[part] for part in fixed)


def test_the_others_share_in_proportion() -> None:
    now = {"a": 500, "b": 6000, "c": 3000}
    assert shared_out(now, {"a"}) == {"a": 500, "b": 6300, "c": 3200}
    assert shared_out(now | {"a": 501}, {"a"}) == {"a": 501, "b": 6332, "c": 3167}
    assert shared_out({"a": 0, "b": 0}, ()) == {"a": 5000, "b": 5000}
