"""A log that a power cut tore: where it ends to make sense, and how it is cut there.

For 1.5.5 to 2.0.1, which refuse to open such a database (20 % of 1,730 simulated cuts). Upstream:
https://github.com/duckdb/duckdb/issues/8592, and pull request 25432 on telling what was dropped.
It goes when DuckDB drops the last entry that is not whole by itself, and says so.
"""

from __future__ import annotations

import logging
import os
import struct
from typing import TYPE_CHECKING, Final

from health import clock
from health.errors import DatabaseUnusable
from health.storage import disk, receipts

if TYPE_CHECKING:
    from pathlib import Path

    from health.storage.receipts import Repair

_LOG = logging.getLogger("health")

_ENTRY_HEAD: Final = 16
"""Bytes of the log that say how long an entry is, and its checksum."""

_FIRST: Final = 256
"""The log begins with a short entry without such a head, which ends with two bytes of ones."""


class TornLog(Exception):
    """The log can be read up to a byte; behind it is what a power cut left."""

    def __init__(self, log: Path, position: int, message: str) -> None:
        super().__init__(message)
        self.log = log
        self.position = position


def keep(path: Path, torn: TornLog) -> Repair:
    """Keep the files as they are, and write down that the log will be cut."""
    at = clock.now()
    kept = disk.free_name(path, "torn", at)
    try:
        disk.copy_with_logs(path, kept)
        disk.sync_folder(path.parent)
    except OSError as error:
        for part in path.parent.glob(f"{kept.name}*"):
            part.unlink()
        raise DatabaseUnusable(
            f"The log of {path} is torn, as after a power cut. It repairs itself, but not before a "
            f"copy is kept, and that could not be written ({error}). Nothing was changed. Free "
            f"as much space as the database takes ({path.stat().st_size:,} bytes) and try again."
        ) from error
    lost = torn.log.stat().st_size - torn.position
    # Told before it is done: a kill in between must not leave a cut log that nobody knows of.
    journal = receipts.Journal.of(path)
    journal.add(receipts.repaired(at, lost, kept))
    _LOG.info("a torn log of the database is cut; its last %d bytes could not be read", lost)
    return journal.repairs[-1]


def cut(torn: TornLog) -> None:
    """Cut the log where it is torn.

    DuckDB names the byte behind the head of the entry. A head without its entry it takes for
    the end of the log; not so one of zeros, which is a whole entry of no length.
    """
    with torn.log.open("r+b") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.truncate(torn.position if torn.position < size else torn.position - _ENTRY_HEAD)
        os.fsync(handle.fileno())


def overrun(log: Path) -> int | None:
    """Return where a log is torn that has an entry longer than what is left; None without one.

    The place is as DuckDB names it: behind the head of the entry.
    """
    size = log.stat().st_size
    with log.open("rb") as handle:
        at = handle.read(_FIRST).find(b"\xff\xff") + 2
        while at + _ENTRY_HEAD <= size:
            handle.seek(at)
            (length,) = struct.unpack("<Q", handle.read(8))
            if at + _ENTRY_HEAD + length > size:
                return at + _ENTRY_HEAD
            at += _ENTRY_HEAD + length
    return None
