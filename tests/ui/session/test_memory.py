"""A result is made once for everyone, and there are never more than are wanted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl
import pytest

from health.ui.session.memory import Memory, size_of


def test_who_asks_while_another_makes_it_waits_for_that_one() -> None:
    memory, everyone = Memory(3), threading.Barrier(8)
    made: list[int] = []

    def make() -> object:
        made.append(1)
        return object()

    def ask(_: int) -> object:
        everyone.wait()
        return memory.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert (len(found), len(made)) == (1, 1)


def test_the_one_that_was_not_asked_for_longest_goes() -> None:
    memory, made = Memory(2), []

    def ask(key: str) -> None:
        memory.get(key, lambda: made.append(key))

    for key in "abacab":
        ask(key)
    assert made == ["a", "b", "c", "b"]


def test_what_failed_is_made_again() -> None:
    memory = Memory(2)
    with pytest.raises(ZeroDivisionError):
        memory.get("key", lambda: 1 / 0)
    assert memory.get("key", lambda: 1) == 1


def test_nothing_is_kept_after_it_was_cleared() -> None:
    memory = Memory(2)
    memory.get("key", lambda: 1)
    memory.clear()
    assert memory.get("key", lambda: 2) == 2


def test_results_are_weighed_and_not_counted() -> None:
    memory, made = Memory(10, size=len), []  # type: ignore[arg-type]

    def ask(text: str) -> None:
        memory.get(text, lambda: made.append(text) or text)  # type: ignore[func-returns-value]

    for text in ("aaaa", "bbbb", "aaaa", "c", "d", "bbbb", "eeeeeee", "aaaa", "eeeeeee"):
        ask(text)
    assert made == ["aaaa", "bbbb", "c", "d", "eeeeeee", "aaaa", "eeeeeee"]


def test_an_answer_weighs_what_its_frames_and_texts_do() -> None:
    frame = pl.DataFrame({"number": range(1_000)}, schema={"number": pl.Int64})

    @dataclass
    class Found:
        frame: pl.DataFrame
        by_name: dict[str, object]

    assert 8_000 < size_of(frame) < 9_000
    found = Found(frame, {"a": [frame, "x" * 500], "b": 7})
    assert 16_500 < size_of(found) < 18_000
