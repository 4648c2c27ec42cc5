"""Simulated power cuts: what was not synced is dropped, torn, zeroed or written in part.

A run is recorded after each step. A cut between two steps leaves all that was synced with the
first and some of what the second wrote. The database has to open, mended where needed, with nothing
lost that was synced. Where a disk lied (synced bytes are torn as well), the receipts have to name
what is missing.
"""

from __future__ import annotations

import itertools
import math
import pickle
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from health.database import Database
from tests.crashes import children, work
from tests.crashes.children import Tell
from tests.crashes.kills import Tally
from tests.crashes.work import Step

STEPS: Final = 40
PAGE: Final = 4_096
BLOCK: Final = 262_144
"""What the engine writes at once. Folding its log in, it writes a block of its directory in place:
one of which a cut left a part cannot be opened, and needs a backup (1.5.5, 44 of 48 tries; with
whole blocks 0 of 48)."""

HEADERS: Final = 3 * PAGE
"""The start of the file, written and synced last when the log is folded in."""

KINDS: Final = ("cut", "zeroed", "last page torn", "page missing", "folding cut", "disk lied")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Everything on the disk after a step; ``folded``: the database with that log folded in."""

    step: Step
    data: bytes
    log: bytes
    receipts: bytes
    folded: bytes
    values: frozenset[int]
    done: frozenset[str]


def cuts(folder: Path, *, times: int, seed: int = 1, until: float = math.inf) -> Tally:
    """Cut the power so many times, or as often as there is time."""
    recorded = folder / "recorded.pickle"
    children.run(lambda _: _record(folder / "recorded.duckdb", recorded))
    moments: list[Moment] = pickle.loads(recorded.read_bytes())
    draws = random.Random(seed)
    tally = Tally()
    path = folder / "cut.duckdb"
    for number in range(times):
        if time.monotonic() > until:
            break
        kind = KINDS[number % len(KINDS)]
        before, after = draws.choice(list(itertools.pairwise(moments)))
        for left in folder.glob(f"{path.name}*"):
            left.unlink()
        _cut(path, kind, before, after, draws)
        end = children.run(_looking(path, before, after, lied=kind == "disk lied"))
        for what in (kind, *end.last["counts"]):
            tally.counts[what] += 1
        tally.wrong += [f"{kind}, {after.step}: {defect}" for defect in end.last["wrong"]]
        tally.counts["power cuts"] += 1
    return tally


def _record(path: Path, recorded: Path) -> None:
    work.begin(path)
    moments = []
    log = path.with_name(f"{path.name}.wal")
    receipts = path.with_name(f"{path.name}.receipts")
    database = Database.open(path)
    for number, step in enumerate(work.steps(STEPS)):
        work.do(database, step)
        data, written = path.read_bytes(), log.read_bytes() if log.exists() else b""
        folded = data
        if number % 8 == 7:
            database._fold_log(0)
            folded = path.read_bytes()
        moments.append(
            Moment(
                step=step,
                data=data,
                log=written,
                receipts=receipts.read_bytes(),
                folded=folded,
                values=frozenset(work.values(database)),
                done=frozenset(work.stored(database)),
            )
        )
    recorded.write_bytes(pickle.dumps(moments))


def _cut(path: Path, kind: str, before: Moment, after: Moment, draws: random.Random) -> None:
    """Write what the cut left on the disk."""
    # After a fold the log begins anew; what comes before it is in the database.
    is_folded = before.folded != before.data
    synced = 0 if is_folded else len(before.log)
    log = bytearray(after.log)
    data, receipts = before.folded, before.receipts
    at = draws.randrange(synced, max(len(log), synced + 1))
    if kind in {"cut", "disk lied"}:
        log = log[:at]
    elif kind == "zeroed":
        log[at:] = bytes(len(log) - at)
    elif kind == "last page torn":
        at = max(synced, len(log) - PAGE)
        log[at:] = draws.randbytes(len(log) - at)
    elif kind == "page missing":
        first = max(synced, at // PAGE * PAGE)
        last = min(len(log), at // PAGE * PAGE + PAGE)
        log[first:last] = bytes(last - first)
    elif kind == "folding cut":
        log = bytearray(before.log)
        data = _some_pages(before.data, before.folded, draws, BLOCK)
    if kind == "disk lied":
        data, receipts = after.data, after.receipts
        if draws.random() < 0.5:
            log += draws.randbytes(len(after.log) - at)
    path.write_bytes(data)
    if log:
        path.with_name(f"{path.name}.wal").write_bytes(log)
    path.with_name(f"{path.name}.receipts").write_bytes(receipts)


def _some_pages(before: bytes, after: bytes, draws: random.Random, size: int) -> bytes:
    """The file before, with some of the pages that were written after it; never the headers."""
    data = bytearray(before.ljust(len(after), b"\0"))
    for start in range(HEADERS, len(after), size):
        if draws.random() < 0.5:
            data[start : start + size] = after[start : start + size]
    return bytes(data)


def _looking(path: Path, before: Moment, after: Moment, *, lied: bool) -> Callable[[Tell], None]:
    def work_on_it(tell: Tell) -> None:
        counts, wrong = [], []
        with Database.open(path) as database:
            there = set(work.stored(database))
            missing = {work.told(one) for one in database.missing}
            if database.mended:
                counts.append("mended itself")
            counts.append("the change was in" if after.done <= there else "the change was not in")
            if not before.done <= there:
                wrong.append(f"lost: {before.done - there}")
            if missing != (after.done - there if lied else set()):
                wrong.append(f"named {missing}, but missing is {after.done - there}")
            if missing:
                counts.append("named by the receipts")
            among = sorted(before.values | after.values)
            wrong += work.defects(database, among=among, receipts=not lied)
            work.do(database, after.step)
            wrong += work.defects(database, among=sorted(after.values), checked=False)
        with Database.open(path) as database:
            if not after.done <= set(work.stored(database)):
                wrong.append("not stored when done again")
        tell({"counts": counts, "wrong": wrong})

    return work_on_it
