"""Simulated power cuts: what was not synced is dropped, torn, zeroed or written in part.

A run is recorded after each step. A cut between two steps leaves all that was synced with the
first and some of what the second wrote. The database has to open, mended where needed, with nothing
lost that was synced. Where a disk lied (synced bytes are torn as well), the receipts have to name
what is missing.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import pickle
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from health.storage import disk
from health.storage.database import Database
from health.storage.recovery import checkpoint
from tests.proofs.crashes import children, work
from tests.proofs.crashes.children import Tell
from tests.proofs.crashes.kills import Tally
from tests.proofs.crashes.work import Step

STEPS: Final = 40
PAGE: Final = 4_096
BLOCK: Final = 262_144
SECTOR: Final = 512
HEADERS: Final = 3 * PAGE
"""The start of the file, written and synced last when the log is folded in."""

KINDS: Final = (
    "cut",
    "zeroed",
    "last page torn",
    "page missing",
    "filled with ones",
    "folding cut",
    "headers torn",
    "disk lied",
)


FOLDING: Final = ("folding cut", "headers torn")


@dataclass(frozen=True, kw_only=True)
class Fold:
    """The disk when all of a checkpoint is written, before the log is cleared.

    log: it ends with the note that it is in the database. kept: what undoes the checkpoint.
    """

    data: bytes
    log: bytes
    kept: bytes


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Everything on the disk after a step.

    folded: the database with that log folded in, or as it was. fold: how that was done.
    """

    step: Step
    data: bytes
    log: bytes
    receipts: bytes
    folded: bytes
    fold: Fold | None
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
        pairs = list(itertools.pairwise(moments))
        if kind in FOLDING:
            pairs = [(before, after) for before, after in pairs if before.fold is not None]
        before, after = draws.choice(pairs)
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
        folded, fold = data, None
        if number % 4 == 3:
            fold = _fold(path)
            database._checkpoint(0)
            folded = path.read_bytes()
        moments.append(
            Moment(
                step=step,
                data=data,
                log=written,
                receipts=receipts.read_bytes(),
                folded=folded,
                fold=fold,
                values=frozenset(work.values(database)),
                done=frozenset(work.stored(database)),
            )
        )
    recorded.write_bytes(pickle.dumps(moments))


def _fold(path: Path) -> Fold:
    """Fold the log of a copy in, up to the moment before it is cleared."""
    copy = path.with_name("folding.duckdb")
    disk.copy_with_logs(path, copy)
    found = []
    kept = checkpoint.kept

    @contextlib.contextmanager
    def looking(*arguments: Any) -> Iterator[None]:
        with kept(*arguments):
            try:
                yield
            finally:
                log = b"".join(file.read_bytes() for file in disk.logs(copy))
                found.append(
                    Fold(
                        data=copy.read_bytes(),
                        log=log,
                        kept=checkpoint.beside(copy).read_bytes(),
                    )
                )

    checkpoint.kept = looking  # type: ignore[assignment]
    try:
        with Database.open(copy) as database:
            database._connection.execute("SET debug_checkpoint_abort = 'before_truncate'")
            database._checkpoint(0)
    finally:
        checkpoint.kept = kept
    for left in path.parent.glob(f"{copy.name}*"):
        left.unlink()
    return found[0]


def _cut(path: Path, kind: str, before: Moment, after: Moment, draws: random.Random) -> None:
    """Write what the cut left on the disk."""
    data, log, receipts = before.folded, _log(kind, before, after, draws), before.receipts
    if kind in FOLDING and before.fold is not None:
        data, log = _cut_folding(path, kind, before, before.fold, draws)
    if kind == "disk lied":
        data, receipts = after.data, after.receipts
        if draws.random() < 0.5:
            log += draws.randbytes(len(after.log) - len(log))
    path.write_bytes(data)
    if log:
        path.with_name(f"{path.name}.wal").write_bytes(log)
    path.with_name(f"{path.name}.receipts").write_bytes(receipts)


def _log(kind: str, before: Moment, after: Moment, draws: random.Random) -> bytes:
    """What is left of a log that was being written."""
    # After a fold the log begins anew; what comes before it is in the database.
    synced = 0 if before.fold is not None else len(before.log)
    log = bytearray(after.log)
    at = draws.randrange(synced, max(len(log), synced + 1))
    if kind in {"cut", "disk lied"}:
        log = log[:at]
    elif kind == "zeroed":
        log[at:] = bytes(len(log) - at)
    elif kind == "filled with ones":
        at = draws.choice([synced, at])
        log[at:] = b"\xff" * (len(log) - at)
    elif kind == "last page torn":
        at = max(synced, len(log) - PAGE)
        log[at:] = draws.randbytes(len(log) - at)
    elif kind == "page missing":
        first = max(synced, at // PAGE * PAGE)
        last = min(len(log), at // PAGE * PAGE + PAGE)
        log[first:last] = bytes(last - first)
    return bytes(log)


def _cut_folding(
    path: Path, kind: str, before: Moment, fold: Fold, draws: random.Random
) -> tuple[bytes, bytes]:
    """What is left of a database and its log where the log was being folded in."""
    if kind == "headers torn":  # they come after all else
        checkpoint.beside(path).write_bytes(fold.kept)
        headers = _some_of(before.data, fold.data, draws, SECTOR)[:HEADERS]
        return headers + fold.data[HEADERS:], fold.log
    log = draws.choice([before.log, fold.log])
    if draws.random() < 0.2:  # before anything was written
        checkpoint.beside(path).write_bytes(fold.kept[: draws.randrange(len(fold.kept))])
        return before.data, log
    checkpoint.beside(path).write_bytes(fold.kept)
    size = draws.choice([SECTOR, PAGE, BLOCK])
    return _some_of(before.data, fold.data, draws, size, start=HEADERS), log


def _some_of(
    before: bytes, after: bytes, draws: random.Random, size: int, *, start: int = 0
) -> bytes:
    """The file before, with some of the pieces that were written after it, from ``start`` on."""
    data = bytearray(before.ljust(len(after), b"\0"))
    for at in range(start, len(after), size):
        if draws.random() < 0.5:
            data[at : at + size] = after[at : at + size]
    return bytes(data)


def _looking(path: Path, before: Moment, after: Moment, *, lied: bool) -> Callable[[Tell], None]:
    def work_on_it(tell: Tell) -> None:
        counts, wrong = [], []
        with Database.open(path) as database:
            there = set(work.stored(database))
            missing = {work.told(one) for one in database.missing}
            if database.opening_repairs:
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
