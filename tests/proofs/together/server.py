"""A dashboard that is killed now and then, and started again where it was."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.dashboard import START, Dashboard, answers, free_port, stop, wait_until_up

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Server:
    """``client-health serve`` on a database in ``folder``, always on the same port.

    changes: grows with each kill and with each end of a restart, so that it is odd in between.
    peak: most memory of one of its processes, in MB.
    """

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.dashboard = Dashboard(
            url=f"http://127.0.0.1:{port}",
            database=folder / "health.duckdb",
            log=folder / "serve.log",
        )
        self.changes = 0
        self.peak = 0.0
        self._command = [
            str(Path(sys.executable).with_name("client-health")),
            *("serve", "--port", str(port)),
        ]
        self._environment = os.environ | {
            "CLIENT_HEALTH_DATABASE": str(self.dashboard.database),
            "HOME": str(folder),
            "STREAMLIT_SERVER_HEADLESS": "true",
        }
        self._process = self._start()

    def kill(self) -> None:
        """Kill it (-9) and return when the next one is up."""
        self._measure()
        self.changes += 1
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = self._start()
        self.changes += 1

    def stop(self) -> None:
        """End it, gently first."""
        self._measure()
        stop(self._process)

    def wait_until_up(self) -> int:
        """Return ``changes`` once it answers, as to a browser that lost its connection."""
        until = time.monotonic() + START
        while (changes := self.changes) % 2 or not answers(self.dashboard.url):
            if time.monotonic() > until:
                raise AssertionError(f"no dashboard:\n{self.dashboard.log.read_text()[-4_000:]}")
            time.sleep(0.2)
        return changes

    def _start(self) -> subprocess.Popen[bytes]:
        with self.dashboard.log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                cwd=self.dashboard.log.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until_up(process, self.dashboard)
        return process

    def _measure(self) -> None:
        told = Path(f"/proc/{self._process.pid}/status")
        if told.exists() and (peak := _PEAK.search(told.read_text())):
            self.peak = max(self.peak, int(peak[1]) / 1_000)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A dashboard that runs until the block ends."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
