"""Writes that find the disk full: each says so, readers go on, and the next write works."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from health.errors import DatabaseBusy, HealthError
from health.storage import disk
from health.storage.database import Database
from tests.proofs.crashes import children, work
from tests.proofs.crashes.children import Tell
from tests.proofs.crashes.kills import Tally

SIZE: Final = "24m"
READERS: Final = 3

_PATIENCE: Final = 30  # seconds of a write, with all that is done around it


class NoSmallDisk(Exception):
    """A disk of a few megabytes cannot be had here."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk in memory; only root may have one."""
    place = folder / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoSmallDisk("A small disk needs root and mount: not tried.") from error
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def full(folder: Path, *, times: int, seed: int = 1) -> Tally:
    """Let so many writes find the disk full; nothing is counted where no small disk can be had."""
    tally = Tally()
    try:
        with small_disk(folder) as place:
            path = place / "full.duckdb"
            children.run(lambda _: work.begin(path))
            patience = children.PATIENCE + _PATIENCE * times
            told = children.run(_writing(path, times, seed), patience=patience).last
            tally.counts.update(told["counts"])
            tally.wrong += told["wrong"]
            told = children.run(_looking(path, told["values"])).last
            tally.wrong += told
    except NoSmallDisk as reason:
        tally.counts[str(reason)] = 0
    return tally


def _looking(path: Path, values: list[int]) -> Callable[[Tell], None]:
    def work_on_it(tell: Tell) -> None:
        with Database.open(path) as database:
            tell(work.defects(database, among=values))

    return work_on_it


def _writing(path: Path, times: int, seed: int) -> Callable[[Tell], None]:
    def work_on_it(tell: Tell) -> None:
        draws = random.Random(seed)
        counts = {"writes that found the disk full": 0, "each said so": 0, "questions answered": 0}
        wrong: list[str] = []
        stop = threading.Event()
        with Database.open(path) as database:
            readers = [
                threading.Thread(target=_read, args=(database, stop, counts, wrong))
                for _ in range(READERS)
            ]
            for reader in readers:
                reader.start()
            for step in work.steps(10 * times):
                if counts["each said so"] >= times:
                    break
                with database.read() as long_one:
                    begun = long_one.value("SELECT data_version FROM state")
                    with _no_room(path.parent, draws.choice([0, 0, 1, 3])):
                        try:
                            work.do(database, step)
                        except DatabaseBusy as said:
                            counts["writes that found the disk full"] += 1
                            counts["each said so"] += "disk has space" in said.message
                        except OSError as error:  # the work's own temporary files
                            wrong.append(f"{step}: {error!r}")
                    if long_one.value("SELECT data_version FROM state") != begun:
                        wrong.append(f"{step}: a reader saw two versions")
                work.do(database, step)  # the next write, without a restart
                if counts["each said so"] % 10 == 0:
                    wrong += work.defects(database, among=work.values(database))
            stop.set()
            for reader in readers:
                reader.join()
            values = work.values(database)
        tell({"counts": counts, "wrong": wrong, "values": values})

    return work_on_it


@contextlib.contextmanager
def _no_room(folder: Path, pages: int) -> Iterator[None]:
    """Fill the disk but for so many pages."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        room = max(0, disk.free_space(folder) - 4_096 * pages)
        os.posix_fallocate(file.fileno(), 0, max(1, room))
    try:
        yield
    finally:
        filler.unlink()


def _read(
    database: Database, stop: threading.Event, counts: dict[str, int], wrong: list[str]
) -> None:
    """Ask as pages do: several questions of one version, with pauses."""
    while not stop.is_set():
        try:
            with database.read() as reader:
                version = reader.value("SELECT data_version FROM state")
                time.sleep(0.01)
                reader.query("SELECT date, sum(value) FROM usage_metrics GROUP BY date")
                if reader.value("SELECT data_version FROM state") != version:
                    wrong.append("a page of two versions")
            counts["questions answered"] += 3
        except HealthError as error:
            wrong.append(f"a reader was told: {error}")
