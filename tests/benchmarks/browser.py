"""Servers and a browser to click in: the dashboard, and the least that Streamlit can show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import ViewportSize

from tests.benchmarks import stores
from tests.benchmarks.measuring import ROOT
from tests.support.dashboard import Dashboard, free_port, stop, wait_until_up

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
LAPTOP: Final = ViewportSize(width=1440, height=900)

NAVIGATION: Final = "a[data-testid=stTopNavLink]"

_DRAWN: Final = """
    const all = (selector) => [...document.querySelectorAll(selector)];
    const inSight = (element) => !element.closest("details:not([open])")
        && element.getBoundingClientRect().top < window.innerHeight;
    const missing = () => {
        const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
        if (state !== "notRunning") return `the end of the script, which is ${state}`;
        if (!all("h1").length) return "a heading";
        if (all("[data-testid=stSkeleton]").length) return "what a skeleton stands for";
        if (all("[data-stale=true]").length) return "something in place of what is stale";
        if (!all(".stPlotlyChart").every((chart) => chart.querySelector(".main-svg")))
            return "a chart";
        if (!all("[data-testid=stDataFrame]").filter(inSight)
            .every((table) => table.querySelector("canvas"))) return "a table";
        return "";
    };
"""

IS_DRAWN: Final = f"() => {{ {_DRAWN} return !missing(); }}"
"""JavaScript: whether the script has ended and all that is in sight is drawn."""

CLICK: Final = f"""
    ([name, heading, most]) => new Promise((resolve, reject) => {{
        {_DRAWN}
        const start = performance.now();
        all("{NAVIGATION}").find((link) => link.textContent === name).click();
        const look = () => {{
            const taken = performance.now() - start;
            const isNew = document.querySelector("h1")?.textContent === heading;
            const lacks = isNew ? missing() : "the page itself";
            if (!lacks) resolve(taken);
            else if (taken > most) reject(new Error(`${{name}}: ${{lacks}} is missing`));
            else setTimeout(look, 2);
        }};
        look();
    }})
"""
"""JavaScript: click a page in the navigation; the milliseconds until it is drawn.

Timed inside the page, as a driver outside looks only every 100 ms. A page is known by its heading:
a quick script begins and ends unseen, and the old page may stay for a moment after it.
"""

IN_SIGHT: Final = """
    () => [...document.querySelectorAll("[data-testid=stElementContainer]")]
        .map((element) => [element, element.getBoundingClientRect()])
        .filter(([_, at]) => at.height && at.top < window.innerHeight && at.bottom > 0)
        .map(([element, at]) => [
            element.className.match(/\\bst[A-Z]\\w*/),
            Math.round(at.top / 4),  // a font that comes late moves a line by less
            element.querySelector(".main-svg, canvas") !== null,
            element.dataset.stale,
        ].join())
        .join()
"""
"""JavaScript: what is in the window, where, and whether it is drawn and of this page."""

FIRST_SCREEN: Final = f"""
    ([name, heading, expected, most]) => new Promise((resolve, reject) => {{
        const inSight = {IN_SIGHT};
        const links = [...document.querySelectorAll("{NAVIGATION}")];
        const start = performance.now();
        links.find((link) => link.textContent === name).click();
        const look = () => {{
            const taken = performance.now() - start;
            const isNew = document.querySelector("h1")?.textContent === heading;
            if (isNew && inSight() === expected) resolve(taken);
            else if (taken > most) reject(new Error(`${{name}}: the first screen looks different`));
            else requestAnimationFrame(look);
        }};
        requestAnimationFrame(look);
    }})
"""
"""JavaScript: click a page; the milliseconds until a frame shows its first screen as it stays.

expected: what ``IN_SIGHT`` says of the page once it is at rest.
"""

FILTER: Final = f"""
    ([option, chip, most]) => new Promise((resolve, reject) => {{
        {_DRAWN}
        const start = performance.now();
        all("[role=option]").find((found) => found.textContent === option).click();
        const look = () => {{
            const taken = performance.now() - start;
            const isNew = all("button").some((found) => found.textContent.includes(chip));
            const lacks = isNew ? missing() : "the filter among those in force";
            if (!lacks) resolve(taken);
            else if (taken > most) reject(new Error(`${{option}}: ${{lacks}} is missing`));
            else setTimeout(look, 2);
        }};
        look();
    }})
"""
"""JavaScript: choose an option of a filter; the milliseconds until the page is drawn with it."""

HEADING: Final = f"""
    ([name, most]) => new Promise((resolve, reject) => {{
        {_DRAWN}
        const start = performance.now();
        const before = document.querySelector("h1")?.textContent;
        let last, since;
        all("{NAVIGATION}").find((link) => link.textContent === name).click();
        const look = () => {{
            const now = performance.now(), lacks = missing();
            const heading = document.querySelector("h1")?.textContent;
            if (lacks || heading !== last) since = now;
            last = heading;
            // The old page may stay a while before the new one begins.
            if (now - since > (heading === before ? 5000 : 500)) resolve(heading);
            else if (now - start > most) reject(new Error(`${{name}}: ${{lacks}} is missing`));
            else setTimeout(look, 20);
        }};
        look();
    }})
"""
"""JavaScript: click a page in the navigation, and its heading once nothing changes any more."""

COMPLAINTS: Final = "[data-testid=stException], [data-testid=stAlertContentError]"
"""What a page shows in place of its content when it failed."""


def chromium() -> str:
    """The path of the browser; where there is none, the figure ends with what to do."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise FileNotFoundError("no Chromium on this machine; get one with: apt-get install chromium")


@contextmanager
def dashboard(place: Path, database: Path, *, checkout: Path = ROOT) -> Iterator[Dashboard]:
    """The dashboard of a checkout on a database, as `streamlit run app.py`."""
    with _served(place, checkout / "app.py", database, checkout) as running:
        yield running


@contextmanager
def dashboards(place: Path, base: Path, checkouts: Sequence[Path]) -> Iterator[list[Dashboard]]:
    """The dashboards of several checkouts, each on a copy of one database."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                dashboard(place, stack.enter_context(stores.copy_of(base)), checkout=checkout)
            )
            for checkout in checkouts
        ]


@contextmanager
def empty_page(place: Path) -> Iterator[Dashboard]:
    """Two pages with a title each, run the same way."""
    with _served(place, Path(__file__).with_name("empty_app.py"), place / "none") as running:
        yield running


@contextmanager
def _served(
    place: Path, script: Path, database: Path, checkout: Path = ROOT
) -> Iterator[Dashboard]:
    """Serve a script; checkout: whose package and settings it runs with."""
    port = free_port()
    log_path = place / f"{script.stem}-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = ["--server.port", str(port), "--server.headless", "true"]
    with (
        log_path.open("wb") as log,
        subprocess.Popen(
            command + options,
            cwd=checkout,  # where the settings of the dashboard lie: an empty page has them too
            env=os.environ | {"CLIENT_HEALTH_DATABASE": str(database), "PYTHONPATH": str(checkout)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        running = Dashboard(
            url=f"http://127.0.0.1:{port}", database=database, log=log_path, process=process.pid
        )
        try:
            wait_until_up(process, running)
            yield running
        finally:
            stop(process)
