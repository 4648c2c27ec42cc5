"""The locks of a database file, which DuckDB takes by the rules of POSIX.

For 1.5.5 to 2.0.1: when this process closes any handle of the file, its lock is gone, and another
process could write beside it. So a handle that was opened here stays open until the database is
closed. No upstream issue was found. It goes when DuckDB locks the open file description.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from health.errors import DatabaseInUse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Guard:
    """A handle of a database file that is held open until the database is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def handle(self) -> int:
        """The handle, opened when it is first asked for."""
        if self._handle is None:
            self._handle = os.open(self._path, os.O_RDWR)
        return self._handle

    def lock_again(self) -> None:
        """Keep the file ours after a reader of a dead connection closed it."""
        with contextlib.suppress(OSError):
            fcntl.lockf(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let one process at a time repair or swap files in this folder; others wait."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(database: Path) -> Iterator[int]:
    """Keep every process, DuckDB in this one too, from opening a database that is closed now.

    Gives a handle of the file. Raises :class:`DatabaseInUse` where one holds it.
    """
    handle = os.open(database, os.O_RDWR)
    try:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise DatabaseInUse(
                f"{database} is held by another process, such as an open dashboard or a running "
                "load. Nothing was changed. Stop it and try again."
            ) from error
        yield handle
    finally:
        os.close(handle)
