"""A dashboard and a real browser; a page that complains or looks outside fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from dashboard import Dashboard, served
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    # A page that asks for anything outside does not get it, whatever the machine could reach.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
OWN_HOST = "127.0.0.1"
# Opened by a deep link, Streamlit first looks for its server below the page's own path.
STREAMLIT_PROBES = ("/_stcore/health", "/_stcore/host-config")
LAPTOP = {"width": 1440, "height": 900}
# Milliseconds; a machine with other work to do takes longer than the usual 5 s.
expect.set_options(timeout=20_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard on an empty database, for this test alone."""
    with served(tmp_path) as dashboard:
        yield dashboard


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard on an empty database, shared: look, do not change its data."""
    with served(tmp_path_factory.mktemp("empty")) as dashboard:
        yield dashboard


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The dashboard of `serve --demo`, shared: look, do not change its data."""
    with served(tmp_path_factory.mktemp("demo"), "--demo") as dashboard:
        yield dashboard


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser held against the pages of a test; it has to be empty at the end.

    Errors on the console, uncaught exceptions and requests to another host.
    """
    complaints: list[str] = []
    yield complaints
    if complaints:
        pytest.fail("The browser complained:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture
def new_page(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens pages of a visitor of their own: `new_page(color_scheme="dark", viewport={…})`."""
    contexts: list[BrowserContext] = []

    def new_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": LAPTOP, "accept_downloads": True} | options)
        contexts.append(context)
        page = context.new_page()
        watch(page, complaints)
        return page

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of a laptop's size."""
    return new_page()


def watch(page: Page, complaints: list[str]) -> None:
    """Write down each complaint as a sentence."""

    def on_console(message: ConsoleMessage) -> None:
        source = message.location["url"]
        if message.type == "error" and not source.endswith(STREAMLIT_PROBES):
            complaints.append(f"console: {message.text} ({source})")

    def on_request(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != OWN_HOST:
            complaints.append(f"outside: {url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("request", lambda request: on_request(request.url))
    page.on("websocket", lambda socket: on_request(socket.url))
