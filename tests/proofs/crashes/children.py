"""Work in a forked process that may die at any moment: no interpreter has to start for each kill.

The parent opens no database and computes nothing, so that it has no threads a fork could tear.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from health.storage import database as seam

# What is imported on first use would be imported by every child: 1 s of the 1.2 s it takes.
for _module in ("_strptime", "numpy", "pandas", "pyarrow", "zoneinfo"):
    importlib.import_module(_module)

PATIENCE = 120  # seconds

Tell = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class End:
    """How a child ended.

    told: what it said before, the last line last; killed: whether it was killed.
    """

    told: list[Any]
    killed: bool

    @property
    def last(self) -> Any:
        return self.told[-1]


def run(work: Callable[[Tell], None], *, patience: int = PATIENCE) -> End:
    """Do the work in a child and wait for its end; a bug in it is a bug of the parent.

    patience: seconds after which it hangs, and is ended.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        _in_child(work, write, patience)
    os.close(write)
    with os.fdopen(read, "rb") as answers:
        lines = answers.read().splitlines()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        raise AssertionError(f"a child hung for {patience} s")
    if not killed and status:
        raise AssertionError(f"a child ended with status {status}")
    return End(told=[json.loads(line) for line in lines], killed=killed)


def _in_child(work: Callable[[Tell], None], write: int, patience: int) -> None:
    def tell(what: Any) -> None:
        os.write(write, json.dumps(what, default=str).encode() + b"\n")

    status = 1
    signal.alarm(patience)
    try:
        work(tell)
        status = 0
    except BaseException:  # noqa: BLE001 -- the end of a process
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(status)


def die_in(seconds: float) -> None:
    """Be killed after so long, whatever is done then."""

    def kill() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


def die_at_commit(seconds: float, tell: Tell | None = None) -> None:
    """Be killed so long after the next change begins to be committed.

    tell: is told how long the commit took where the process lives on.
    """
    end = seam.Database._end

    def committing(database: seam.Database, cursor: Any, *, keep: bool) -> None:
        if keep:
            die_in(seconds)
        begun = time.perf_counter()
        end(database, cursor, keep=keep)
        if keep and tell is not None:
            tell({"commit": time.perf_counter() - begun})

    seam.Database._end = committing  # type: ignore[method-assign]
