"""What every test shares: two processes for the whole suite, one demo, no settings of yours."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from chromium import find_chromium
from log_lines import forget_log
from stored import empty

from health.cli import main
from health.storage.database import Database

NO_BROWSER = (
    "No Chromium was found on this machine, so what a browser shows was not tested. "
    "Get one with: apt-get install chromium-headless-shell"
)
REQUIRE_BROWSER = "CLIENT_HEALTH_REQUIRE_BROWSER"
# The others look at dashboards that are started once.
OWN_DASHBOARD = {"test_journey.py", "test_markup.py", "test_sign_in.py"}
LONGEST_FIRST = ("browser", "proofs")

# The machine's load decides how long an example takes, and a failure must come again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests: theirs is the database not to be touched."""
    for name in list(os.environ):
        if name.startswith("CLIENT_HEALTH_") and name != REQUIRE_BROWSER:
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run the whole suite in a process for each core; `-n 0` and a path given stay in one."""
    option = config.option
    if not config.pluginmanager.hasplugin("xdist") or hasattr(config, "workerinput"):
        return
    is_whole = config.args_source is config.ArgsSource.TESTPATHS
    if option.numprocesses is None and is_whole and not option.usepdb:
        option.numprocesses = len(os.sched_getaffinity(0))
    if option.numprocesses:
        option.dist, option.loadscopereorder = "loadscope", False
        # The workers share the cores; more threads in each only get in each other's way.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a process whole files, and one process what looks at the shared dashboard."""
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = Path(nodeid.partition("::")[0])
            is_shared = file.parent.name == "browser" and file.name not in OWN_DASHBOARD
            return str(file.parent if is_shared else file)

    return Files(config, log)


def pytest_report_header() -> str:
    """Which engine and which browser this run is about."""
    return f"duckdb: {version('duckdb')}, browser: {find_chromium() or 'none'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of tests/browser; in one process they come last, in several first.

    What takes longest must not be left to one process at the end.
    """
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
    is_parallel = hasattr(config, "workerinput")
    items.sort(key=lambda item: item.path.parent.name in LONGEST_FIRST, reverse=is_parallel)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say why a browser test cannot run, as a failure where one is required."""
    if item.get_closest_marker("browser") is None or find_chromium():
        return
    if os.environ.get(REQUIRE_BROWSER) == "1":
        pytest.fail(NO_BROWSER, pytrace=False)
    pytest.skip(NO_BROWSER)


@pytest.fixture(autouse=True)
def _no_log_of_an_earlier_test() -> None:
    """A command that a test runs sets up the log of its process, and leaves it so."""
    forget_log()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the Chromium that draws pages and pictures; skips where there is none."""
    return find_chromium() or pytest.skip(NO_BROWSER)


@pytest.fixture(scope="session")
def shared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for the tests that empty it first: opening one takes ten times as long."""
    # One thread: there is nothing to share out among more, and other tests run beside.
    path = tmp_path_factory.mktemp("shared") / "health.duckdb"
    with Database.open(path, threads=1) as database:
        yield database


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a scored demo of 24 clients, one of each life; for tests that only look."""
    folder = tmp_path_factory.getbasetemp()
    # Made once for all processes; each opens a copy, since a database is open in one at a time.
    made = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "demo.duckdb"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            small = ["--organizations", "24", "--days", "120"]
            assert main(["demo", *small, "--database", str(made)]) == 0
    path = tmp_path_factory.mktemp("demo") / "health.duckdb"
    return Path(shutil.copyfile(made, path))


@pytest.fixture
def demo_copy(demo_database: Path, tmp_path: Path) -> Path:
    """A copy of the demo, for a test that changes it."""
    path = tmp_path / "demo.duckdb"
    path.write_bytes(demo_database.read_bytes())
    return path


@pytest.fixture
def database(shared_database: Database) -> Database:
    """An empty database."""
    empty(shared_database)
    return shared_database
