"""One job in a process of its own, which prints the most memory it took, in bytes.

``python -m tests.benchmarks.peak JOB ARGUMENT…``
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from health import imports
from health.files import read_file
from health.scoring import runs
from health.storage.database import Database


def score(path: str, first: str, last: str, memory_limit: str) -> None:
    """Score a range of days."""
    with Database.open(path, memory_limit=memory_limit) as database:
        runs.score(database, from_day=date.fromisoformat(first), as_of=date.fromisoformat(last))


def load(path: str, file: str, today: str) -> None:
    """Read, preview and store the valid rows of a file."""
    with Database.open(path) as database:
        parsed = read_file(Path(file), name="file", today=date.fromisoformat(today))
        imports.plan(database, [parsed])
        imports.store(database, [parsed], by="benchmark", valid_rows_only=True)


def read_csv(path: str, file: str) -> None:
    """Put a file into a table, unseen."""
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE bare AS FROM read_csv($file)", {"file": file})


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    "score": score,
    "load": load,
    "read-csv": read_csv,
}


def peak() -> int:
    """Most bytes of memory this process has had.

    Linux counts what the parent had before it started this one into ``ru_maxrss``; the high-water
    mark of the process itself begins at zero.
    """
    if Path("/proc/self/status").exists():
        return most_memory("self")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def most_memory(process: int | str) -> int:
    """Most bytes of memory that a process has had, as Linux says."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(f"{peak()}\n")
