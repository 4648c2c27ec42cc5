"""The area under the curve, held against scikit-learn and against every pair counted out."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from health.backtest.area import Cases, area, caught_by_worst, chance, difference
from health.errors import JudgeMissing

SCORES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60)
DAYS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.booleans()), min_size=2, max_size=60
)


def cases(scores: Any, is_bad: Any, *, day: Any = None, client: Any = None) -> Cases:
    """Cases of one day, each of a client of its own, unless said otherwise."""
    return Cases(
        day=np.zeros(len(scores), dtype=np.int64) if day is None else np.array(day),
        client=np.arange(len(scores)) if client is None else np.array(client),
        score=np.array(scores, dtype=np.int64),
        is_bad=np.array(is_bad, dtype=bool),
    )


@settings(max_examples=1000)
@given(SCORES)
def test_one_day_gives_the_area_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores, bad = zip(*rows, strict=True)
    found = area(cases(scores, bad))
    if len(set(bad)) == 1:
        assert found is None
        return
    assert found is not None
    assert found.value == pytest.approx(roc_auc_score(bad, [-score for score in scores]))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.influence.sum() == pytest.approx(0, abs=1e-9)


@settings(max_examples=1000)
@given(SCORES)
def test_the_interval_is_that_of_delong(rows: list[tuple[int, bool]]) -> None:
    bad = [score for score, is_bad in rows if is_bad]
    good = [score for score, is_bad in rows if not is_bad]
    found = area(cases(*zip(*rows, strict=True)))
    if found is None or min(len(bad), len(good)) < 2 or found.value in (0, 1):
        return
    wins = np.array([[(b < g) + (b == g) / 2 for g in good] for b in bad])
    of_bad, of_good = wins.mean(axis=1) - wins.mean(), wins.mean(axis=0) - wins.mean()
    least = min(len(bad), len(good))
    variance = (of_bad**2).sum() / len(bad) ** 2 + (of_good**2).sum() / len(good) ** 2
    students = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306}
    if least - 1 in students:
        reach = students[least - 1] * np.sqrt(variance * least / (least - 1))
        assert found.low == pytest.approx(max(found.value - reach, 0), abs=2e-3)
        assert found.high == pytest.approx(min(found.value + reach, 1), abs=2e-3)


@given(DAYS)
def test_several_days_are_the_mean_of_their_areas_by_outcomes(
    rows: list[tuple[int, int, bool]],
) -> None:
    day, scores, bad = zip(*rows, strict=True)
    found = area(cases(scores, bad, day=day))
    total = outcomes = 0.0
    for one in set(day):
        mine = [(s, b) for d, s, b in rows if d == one]
        count = sum(b for _, b in mine)
        if 0 < count < len(mine):
            total += count * roc_auc_score([b for _, b in mine], [-s for s, _ in mine])
            outcomes += count
    assert (found is None) == (outcomes == 0)
    if found is not None:
        assert found.value == pytest.approx(total / outcomes)
        assert found.outcomes == outcomes


def test_the_same_clients_on_more_days_are_no_more_certain() -> None:
    scores, bad = [1, 3, 2, 5, 4, 6, 2, 7], [True, True, False, False, False, True, False, False]
    once = area(cases(scores, bad))
    again = area(cases(scores * 5, bad * 5, day=np.repeat(range(5), 8), client=list(range(8)) * 5))
    apart = area(cases(scores * 5, bad * 5, day=np.repeat(range(5), 8)))
    assert once is not None
    assert again is not None
    assert apart is not None
    assert (again.value, again.low) == pytest.approx((once.value, once.low))
    assert apart.low > once.low


def test_an_area_of_one_still_has_an_interval() -> None:
    found = area(cases([1] * 20 + [2] * 20, [True] * 20 + [False] * 20))
    assert found is not None
    assert found.value == found.high == 1
    assert found.low == pytest.approx(0.025 ** (1 / 20))


def test_chance_lies_about_a_half_and_narrows_with_the_outcomes() -> None:
    random = np.random.default_rng(5)
    few = chance(cases(random.integers(0, 100, 400), np.arange(400) < 20))
    many = chance(cases(random.integers(0, 100, 4000), np.arange(4000) < 400))
    assert few is not None
    assert many is not None
    # The standard error of n draws from 0 … 1 is √(1 / 12n).
    for (low, high), outcomes in ((few, 20), (many, 400)):
        error = (1 / (12 * outcomes)) ** 0.5
        assert low == pytest.approx(0.5 - 1.96 * error, abs=0.3 * error)
        assert high == pytest.approx(0.5 + 1.96 * error, abs=0.3 * error)


def test_the_worst_tenth_counts_the_part_of_equal_scores_that_fits() -> None:
    # Ten clients: the lowest score is shared by two of them, one with an outcome.
    assert caught_by_worst(cases([0, 0, *range(1, 9)], [True] + [False] * 9), 0.1) == 0.5


def test_a_number_does_not_differ_from_itself() -> None:
    found = area(cases([1, 3, 2, 5, 4, 6], [True, True, False, True, False, False]))
    assert found is not None
    moved = difference(found, found)
    assert (moved.value, moved.low, moved.high) == (0, 0, 0)


def test_without_scipy_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import_module = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return import_module(name, *rest)

    monkeypatch.setattr("health.backtest.area.import_module", missing)
    with pytest.raises(JudgeMissing, match=r"pip install 'client-health\[judge\]'"):
        area(cases([1, 3, 2, 5], [True, True, False, False]))
