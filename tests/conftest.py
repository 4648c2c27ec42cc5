"""What every test shares: nothing from the environment; browser tests last, or skipped in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest
from chromium import find_chromium
from stored import empty

from health.cli import main
from health.storage.database import Database

NO_BROWSER = (
    "No Chromium was found on this machine, so what a browser shows was not tested. "
    "Get one with: apt-get install chromium"
)
REQUIRE_BROWSER = "CLIENT_HEALTH_REQUIRE_BROWSER"

# The machine's load decides how long an example takes, and a failure must come again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests: theirs is the database not to be touched."""
    for name in list(os.environ):
        if name.startswith("CLIENT_HEALTH_") and name != REQUIRE_BROWSER:
            del os.environ[name]


def pytest_report_header() -> str:
    """Which engine and which browser this run is about."""
    return f"duckdb: {version('duckdb')}, browser: {find_chromium() or 'none'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of tests/browser and move them behind the quick ones."""
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say why a browser test cannot run, as a failure where one is required."""
    if item.get_closest_marker("browser") is None or find_chromium():
        return
    if os.environ.get(REQUIRE_BROWSER) == "1":
        pytest.fail(NO_BROWSER, pytrace=False)
    pytest.skip(NO_BROWSER)


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
    path = tmp_path_factory.mktemp("demo") / "health.duckdb"
    small = ["--organizations", "24", "--days", "120"]
    assert main(["demo", *small, "--database", str(path)]) == 0
    return path


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
