"""Files that have to be there whole: copied, synced and swapped so that a power cut finds no half.

DuckDB locks a database file by POSIX rules: when this process closes *any* handle of the file,
its lock is gone and a second process could write beside it (tried on 1.5.5 and 2.0.0). A file that
may be open here is therefore never opened by us; another process copies it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_COPY: Final = """
import os, shutil, sys
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    shutil.copyfile(source, target)
    handle = os.open(target, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
"""


def logs(database: Path) -> list[Path]:
    """The files DuckDB keeps beside a database: its log, and those of a checkpoint under way.

    By their names: the log is taken apart from a backup or a journal that begins alike.
    """
    return [path for path in places_of_logs(database) if path.exists()]


def places_of_logs(database: Path) -> list[Path]:
    """Where those files lie when they are there."""
    names = (".wal", ".wal.checkpoint", ".wal.recovery")
    return [database.with_name(database.name + name) for name in names]


def copy(pairs: list[tuple[Path, Path]]) -> None:
    """Copy files, and return when they are on the disk; raises OSError where one cannot be."""
    apart(_COPY, [str(path) for pair in pairs for path in pair])


def apart(program: str, words: list[str]) -> None:
    """Run a constant Python program with these arguments in a process of its own.

    Raises OSError with the last line of what it complained of.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise OSError(done.stderr.strip().rpartition("\n")[2] or "the copy was stopped")


def copy_with_logs(database: Path, target: Path) -> list[Path]:
    """Copy a database that nobody writes to now, and its logs; return the copies."""
    sources = [database, *logs(database)]
    targets = [target.with_name(target.name + s.name[len(database.name) :]) for s in sources]
    copy(list(zip(sources, targets, strict=True)))
    return targets


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_name(path: Path, word: str, at: datetime) -> Path:
    """A name beside ``path`` that nothing has yet, saying why and when it came about."""
    name = f"{path.name}.{word}-{at:%Y%m%dT%H%M%S}"
    candidates = (path.with_name(name + (f"-{n}" if n else "")) for n in range(1_000))
    return next(candidate for candidate in candidates if not candidate.exists())


def free_space(folder: Path) -> int:
    """Bytes that may still be written into a folder."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
