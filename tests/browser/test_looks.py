"""Every page in light and dark, on a small and a large screen: nothing cut, hidden or in code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from dashboard import Dashboard
from in_code import IN_CODE
from playwright.sync_api import Page, expect

PAGES: Final = {
    "Today": "",
    "Portfolio": "portfolio",
    "Clients without a score": "portfolio?risk=Not+scored",
    "Client": "client?client=ORG-0004",
    "Adoption": "adoption",
    "Trends": "trends",
    "Team": "team",
    "Data": "data",
    "Data with its forms": "data?columns=true&record=true&change=true",
}

# Pictures fade in and follow the width of the page: wait until two looks at them are the same.
STILL: Final = """() => {
    const parts = [...document.querySelectorAll('.js-plotly-plot, .dvn-scroller')];
    const seen = innerWidth + document.body.innerText.length + parts.map(part =>
        `${part.clientWidth} ${part.scrollWidth} ${part.innerHTML.length}`).join('|');
    const is_same = window.seen_before === seen;
    window.seen_before = seen;
    return is_same;
}"""

# What is wrong with the page itself and with the texts of its charts, as sentences. A box of text
# is a little higher than its letters.
PROBLEMS: Final = """() => {
    const wrong = [];
    for (const part of [document.scrollingElement, document.querySelector('.stMain')])
        if (part.scrollWidth > part.clientWidth + 1)
            wrong.push(`scrolls sideways by ${part.scrollWidth - part.clientWidth} px`);
    for (const table of document.querySelectorAll('.dvn-scroller'))
        if (table.scrollWidth > table.clientWidth + 1)
            wrong.push(`a table hides ${table.scrollWidth - table.clientWidth} px of its columns`);
    const TALLER = 4, WIDER = 2;
    const hides = (one, other) =>
        one.left < other.right - WIDER && other.left < one.right - WIDER &&
        one.top < other.bottom - TALLER && other.top < one.bottom - TALLER;
    for (const chart of document.querySelectorAll('.js-plotly-plot')) {
        const frame = chart.querySelector('.main-svg').getBoundingClientRect();
        const texts = [...chart.querySelectorAll('svg text')]
            .filter(text => text.textContent.trim() && text.checkVisibility(
                {opacityProperty: true, visibilityProperty: true}))
            .map(text => [text.textContent, text.getBoundingClientRect()]);
        if (!texts.length) wrong.push('a chart without any text');
        texts.forEach(([text, box], at) => {
            if (box.left < frame.left - WIDER || box.right > frame.right + WIDER ||
                box.top < frame.top - TALLER || box.bottom > frame.bottom + TALLER)
                wrong.push(`“${text}” is cut off`);
            for (const [other, place] of texts.slice(at + 1))
                if (hides(box, place)) wrong.push(`“${text}” and “${other}” overlap`);
        });
    }
    return wrong;
}"""

# What people can read of the page and its charts. Tables are drawn on a canvas; what is in them,
# and in what a chart says under the pointer, is in tests/pages/test_words_on_pages.py.
WORDS: Final = """() => [
    document.body.innerText,
    ...[...document.querySelectorAll('.js-plotly-plot text')].map(text => text.textContent),
].join('\\n')"""


def problems(page: Page) -> list[str]:
    """What is wrong with the page shown."""
    page.wait_for_function(STILL, polling=150)
    found: list[str] = page.evaluate(PROBLEMS)
    read: str = page.evaluate(WORDS)
    return [*found, *(f"says “{match.group()}”" for match in IN_CODE.finditer(read))]


def test_what_is_looked_for_would_be_found(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.set_content(
        """<div class="stMain" style="width: 300px; overflow: auto"><div style="width: 400px">
        MONTHLY_ACTIVE_USERS fell to None
        <div class="js-plotly-plot"><svg class="main-svg" width="200" height="50">
        <text x="20" y="20">one</text><text x="25" y="22">other</text>
        <text x="180" y="40">beyond the edge</text></svg></div>"""
    )
    assert problems(page) == [
        "scrolls sideways by 100 px",
        "“one” and “other” overlap",
        "“beyond the edge” is cut off",
        "says “MONTHLY_ACTIVE_USERS”",
        "says “None”",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_whole_and_in_words(
    demo_server: Dashboard, new_page: Callable[..., Page], scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    found = {}
    for name, path in PAGES.items():
        page.set_viewport_size({"width": 1280, "height": 1000})
        demo_server.open(page, path)
        found[name, 1280] = problems(page)
        page.set_viewport_size({"width": 1920, "height": 1000})
        found[name, 1920] = problems(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


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

    # A name in a table takes the mouse only, so every client can also be found by its name.
    demo_server.open(page, "client")
    tab_to(page, "[data-testid=stSelectbox] input")
    page.keyboard.type("ORG-0007")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-0007"))


def test_the_day_is_chosen_without_a_mouse(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    tab_to(page, "[data-testid=stDateInput]")
    page.keyboard.type("20261001")
    page.keyboard.press("Escape")  # closes the calendar
    expect(page.get_by_text("You are looking at")).to_be_visible()
    expect(page).to_have_url(re.compile("as_of=2026-10-01"))
