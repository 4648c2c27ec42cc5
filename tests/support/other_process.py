"""A database in the hands of another process, and commands run in one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from health.cli.remote_command import answer
from health.storage import command_server
from health.storage.database import Database

COMMAND = "import sys; from health.cli import main; sys.exit(main(sys.argv[1:]))"

HOLD = """
import sys
from health.storage.database import Database
with Database.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[int]:
    """The number of a process that has the database open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process.pid
        finally:
            process.communicate("\n", timeout=30)


def command(folder: Path, *words: str, wait: int = 20) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, from ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words, "--database", "health.duckdb"],
        cwd=folder,
        env={**os.environ, "CLIENT_HEALTH_WAIT": str(wait), "CLIENT_HEALTH_USER": "night"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def owned(folder: Path) -> Iterator[Database]:
    """A database that this process holds and does the commands of others on."""
    with Database.open(folder / "health.duckdb") as database:
        listening = command_server.CommandServer(
            database.path, lambda request: answer(database, request)
        )
        try:
            yield database
        finally:
            listening.close()
