"""A dashboard of its own for a test: the installed command, a free port, a database in a folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

# Seconds. Up in 3 on an idle machine; `--demo` first makes and scores its data.
START = 90
# Streamlit now and then needs a second signal to stop.
STOP = 8
FIRST_RENDER = 30_000  # milliseconds; 4,000 on an idle machine


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A running dashboard; process: its number, where the one who started it needs it."""

    url: str
    database: Path
    log: Path
    process: int = 0

    def open(self, page: Page, path: str = "") -> None:
        """Show the page at `path` and wait until it is whole."""
        page.goto(f"{self.url}/{path}")
        settled(page)


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=FIRST_RENDER)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=FIRST_RENDER)


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Dashboard]:
    """Run `client-health serve` on an empty database in `folder` until the block ends.

    It starts in `folder`, not in the checkout: what it needs has to come with the command.
    A traceback in its log fails the test.
    """
    port = free_port()
    dashboard = Dashboard(
        url=f"http://127.0.0.1:{port}",
        database=folder / "health.duckdb",
        log=folder / "serve.log",
    )
    command = Path(sys.executable).with_name("client-health")
    environment = os.environ | {
        "CLIENT_HEALTH_DATABASE": str(dashboard.database),
        "HOME": str(folder),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    with (
        dashboard.log.open("wb") as log,
        subprocess.Popen(
            [command, "serve", "--port", str(port), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_until_up(process, dashboard)
            yield dashboard
        finally:
            stop(process)
    assert "Traceback" not in dashboard.log.read_text()


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def wait_until_up(process: subprocess.Popen[bytes], dashboard: Dashboard) -> None:
    """Return when the server answers; fail with its log when it ends or takes too long."""
    pause = 0.1
    for _ in range(int(START / pause)):
        if answers(dashboard.url):
            return
        try:
            process.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"The dashboard did not start:\n{dashboard.log.read_text()}")


def answers(url: str) -> bool:
    """Whether the server says that it is up."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, gently first."""
    process.terminate()
    try:
        process.wait(timeout=STOP)
    except subprocess.TimeoutExpired:
        process.kill()
