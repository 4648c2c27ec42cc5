"""Every page in light and dark, from a phone to a large screen: nothing cut, hidden or in code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from dashboard import Dashboard
from in_code import IN_CODE
from playwright.sync_api import Page, expect

PAGES: Final = {
    "Today": "",
    "Portfolio": "portfolio",
    "Clients without a score": "portfolio?risk=Not+scored",
    "Client": "client?client=ORG-0004&parts=true&features=true",
    "No client": "client?client=nobody",
    "Adoption": "adoption",
    "Trends": "trends",
    "Team": "team",
    "Model": "model",
    "Back-test": "backtest",
    "Data": "data",
    "Data with its forms": "data?columns=true&record=true&change=true",
}

WIDTHS: Final = (390, 768, 1280, 1440, 1920)
"""Pixels of a phone, a tablet, laptops and a large screen."""

READABLE: Final = 4.5
"""Contrast of text on its ground, WCAG AA."""

# Pictures fade in and follow the width of the page: wait until two looks at them are the same.
STILL: Final = """() => {
    const parts = [...document.querySelectorAll('.js-plotly-plot, .dvn-scroller')];
    const main = document.querySelector('.stMain');
    const seen = [innerWidth, document.body.innerText.length, main.scrollWidth, main.scrollHeight,
        ...parts.map(part => `${part.clientWidth} ${part.scrollWidth} ${part.innerHTML.length}`)
    ].join('|');
    window.seen_alike = window.seen_before === seen ? window.seen_alike + 1 : 0;
    window.seen_before = seen;
    return window.seen_alike >= 2;
}"""

PROBLEMS: Final = (Path(__file__).parents[1] / "support" / "looks.js").read_text(encoding="utf-8")

# What people can read of the page and its charts. Tables are drawn on a canvas; what is in them,
# and in what a chart says under the pointer, is in tests/pages/test_words_on_pages.py.
WORDS: Final = """() => [
    document.body.innerText,
    ...[...document.querySelectorAll('.js-plotly-plot text')].map(text => text.textContent),
].join('\\n')"""


def problems(page: Page) -> list[str]:
    """What is wrong with the page shown."""
    page.wait_for_function(STILL, polling=150)
    found: list[str] = page.evaluate(PROBLEMS, READABLE)
    read: str = page.evaluate(WORDS)
    return [*found, *(f"says “{match.group()}”" for match in IN_CODE.finditer(read))]


def test_what_is_looked_for_would_be_found(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.set_content(
        """<div class="stMain" style="width: 300px; overflow: auto"><div style="width: 400px">
        MONTHLY_ACTIVE_USERS fell to None
        <p style="color: #999">pale</p>
        <p style="background: #333; color: rgba(255, 255, 255, .4)">half</p>
        <p style="width: 40px; overflow: hidden; white-space: nowrap">shortened by its box</p>
        <p style="height: 20px">above<br><span style="position: relative; top: -20px">over</span>
        <div class="js-plotly-plot"><svg class="main-svg" width="200" height="50">
        <rect x="100" width="60" height="50" fill="#000"></rect>
        <text x="20" y="20">one</text><text x="25" y="22">other</text>
        <text x="110" y="20">dark</text>
        <text x="180" y="40">beyond the edge</text></svg></div>"""
    )
    assert sorted(problems(page)) == [
        "says “MONTHLY_ACTIVE_USERS”",
        "says “None”",
        "scrolls sideways by 100 px",
        "“above” and “over” overlap",
        "“beyond the edge” is cut off",
        "“dark” has a contrast of 1.0",
        "“half” has a contrast of 3.4",
        "“one” and “other” overlap",
        "“pale” has a contrast of 2.8",
        "“shortened by its box” is cut off",
    ]


# Widths differ in what fits, light and dark in what is read: the dark is seen at two widths.
@pytest.mark.parametrize(("scheme", "widths"), [("light", WIDTHS), ("dark", (390, 1440))])
def test_every_page_is_whole_readable_and_in_words(
    demo_server: Dashboard, new_page: Callable[..., Page], scheme: str, widths: tuple[int, ...]
) -> None:
    page = new_page(color_scheme=scheme)
    found = {}
    for name, path in PAGES.items():
        demo_server.open(page, path)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 1000})
            found[name, width] = problems(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [390, 768])
def test_the_first_call_is_on_the_first_screen(
    demo_server: Dashboard, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 844})
    demo_server.open(page)
    box = page.locator(".st-key-call_1 a").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844


def test_the_first_screen_of_a_client_answers(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "client?client=ORG-0004")
    for said in "High risk with a score", "Where the points come from", "What would help":
        box = page.get_by_text(said).first.bounding_box()
        assert box is not None
        assert box["y"] < 1000, said
    expect(page).to_have_title("Brammere Housing Agency · Client Health")
    page.get_by_role("link", name="Usage").click()
    expect(page.get_by_text("What they do with the product")).to_be_in_viewport()
    expect(
        page.get_by_test_id("stBottom").get_by_text("Brammere Housing Agency")
    ).to_be_in_viewport()


def tab_to(page: Page, part: str) -> None:
    """Press Tab until the focus is inside a part of the page."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("part => document.activeElement.closest(part) !== null", part):
            return
    raise AssertionError(f"Tab does not reach {part}")


def test_a_client_opens_without_a_mouse(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    tab_to(page, ".st-key-call_1 a")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-\d+"))

    # A name in a table takes the mouse only, so every client is also found from any page.
    demo_server.open(page, "trends")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, "[role=dialog] [data-testid=stSelectbox] input")
    page.keyboard.type("ORG-0007")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-0007"))


@pytest.mark.parametrize("keys", [("Escape",), ("Tab", "Tab")])
def test_the_day_is_chosen_without_a_mouse(
    demo_server: Dashboard, page: Page, keys: tuple[str, ...]
) -> None:
    demo_server.open(page)
    tab_to(page, "[data-testid=stDateInput]")
    page.keyboard.type("20261001")
    for key in keys:  # closes the calendar, or leaves the field by way of its button
        page.keyboard.press(key)
    expect(page.get_by_text("You are looking at")).to_be_visible()
    expect(page).to_have_url(re.compile("as_of=2026-10-01"))
