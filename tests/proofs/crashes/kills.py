"""Kills (-9) over load, undo and score: half of them at the commit, some while a log is read back.

After each the database opens, is sound, has the step whole or not at all, and doing it again
stores it exactly once.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from health.storage.database import Database
from tests.proofs.crashes import children, work
from tests.proofs.crashes.children import Tell
from tests.proofs.crashes.work import Step


@dataclass(kw_only=True)
class Tally:
    """What was counted, and everything that was wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def kills(
    folder: Path, *, times: int, at_recovery: int, seed: int = 1, until: float = math.inf
) -> Tally:
    """Kill so many times, ``at_recovery`` of them while the log is read back.

    until: stop earlier, by the monotonic clock.
    """
    path = folder / "killed.duckdb"
    draws = random.Random(seed)
    children.run(lambda _: work.begin(path))
    tally = Tally()
    value = 0  # of all usage rows; 0 where there are none
    takes: dict[str, tuple[float, float]] = {}
    for step in work.steps(50 * times):
        if tally.counts["kills"] >= times or time.monotonic() > until:
            break
        undone = step.number - 1 if step.kind == "undo" else value
        after = step.number if step.kind == "load" else undone
        if step.kind in takes:
            whole, commit = takes[step.kind]
            aimed = 2 * tally.counts["kills at the commit"] <= tally.counts["kills"]
            seconds = draws.uniform(0, commit * 1.3 if aimed else whole)
            end = children.run(_doing(path, step, seconds, at_commit=aimed))
            answered = "done" in end.told
            tally.counts["kills"] += end.killed
            tally.counts["kills at the commit"] += end.killed and aimed
            tally.counts[f"kills of {step.kind}"] += end.killed
            left = at_recovery - tally.counts["kills at recovery"]
            if end.killed and draws.random() < 2 * left / (times - tally.counts["kills"] + 1):
                again = children.run(_opening(path, draws.uniform(0, takes["open"][0])))
                tally.counts["kills at recovery"] += again.killed
                tally.counts["kills"] += again.killed
        else:
            answered = False
        end = children.run(_looking(path, step, sorted({value, undone, after, step.number})))
        _judge(tally, step, answered, end.last)
        takes.setdefault(step.kind, (end.last["took"], end.last["commit"]))
        takes["open"] = (end.last["open"], 0)
        value = after
    return tally


def _doing(path: Path, step: Step, seconds: float, *, at_commit: bool) -> Callable[[Tell], None]:
    def work_on_it(tell: Tell) -> None:
        with Database.open(path) as database:
            if at_commit:
                children.die_at_commit(seconds)
            else:
                children.die_in(seconds)
            work.do(database, step)
            tell("done")

    return work_on_it


def _opening(path: Path, seconds: float) -> Callable[[Tell], None]:
    def work_on_it(_: Tell) -> None:
        children.die_in(seconds)
        Database.open(path).close()

    return work_on_it


def _looking(path: Path, step: Step, among: list[int]) -> Callable[[Tell], None]:
    """Look what is there, do the step again, and look again."""

    def work_on_it(tell: Tell) -> None:
        commits: list[float] = []
        begun = time.perf_counter()
        database = Database.open(path)
        opened = time.perf_counter() - begun
        with database:
            found = {"before": work.defects(database, among=among)}
            found["was_done"] = work.is_done(database, step)  # type: ignore[assignment]
            children.die_at_commit(3600, lambda told: commits.append(told["commit"]))
            begun = time.perf_counter()
            work.do(database, step)
            took = time.perf_counter() - begun
            found["after"] = work.defects(database, among=among, checked=False)
            found["is_done"] = work.is_done(database, step)  # type: ignore[assignment]
        tell({**found, "took": took, "commit": max(commits, default=0.001), "open": opened})

    return work_on_it


def _judge(tally: Tally, step: Step, answered: bool, found: dict[str, Any]) -> None:
    if answered and found["was_done"] is False:
        tally.wrong.append(f"{step}: answered and lost")
    if found["was_done"] and not answered:
        tally.counts["stored, but not answered"] += 1
    if found["is_done"] is False:
        tally.wrong.append(f"{step}: not stored when done again")
    tally.wrong += [f"{step}: {defect}" for when in ("before", "after") for defect in found[when]]
