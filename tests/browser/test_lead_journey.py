"""A lead's Monday: who has too many clients at high risk, what renews, what changed and why."""

from __future__ import annotations

import re

from dashboard import Dashboard, settled
from hands import Keys
from playwright.sync_api import Page, expect

ROW = 38  # pixels of a row of a table


def click(page: Page, table: int, across: float, row: int) -> None:
    """Click a table, a canvas, by place: row 0 is its head."""
    canvas = page.get_by_test_id("stDataFrame").nth(table)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across, box["y"] + ROW * row + ROW / 2)


def test_a_lead_finds_each_answer_within_two_clicks(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)

    # Who has many clients at high risk: the page, and the number of the first owner.
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.get_by_role("heading", name="How is the team’s book of business?")).to_be_visible()
    settled(page)
    click(page, 0, 284, 2)
    expect(page.get_by_role("heading", name="Where does the portfolio stand?")).to_be_visible()
    expect(page).to_have_url(re.compile(r"owner=.*risk=High"))
    settled(page)

    # What renews, and how much of it is at risk: the sentence, and the clients of a month.
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.get_by_text(re.compile("of it at high risk"))).to_be_visible()
    settled(page)
    click(page, 1, 48, 2)
    expect(page).to_have_url(re.compile(r"month=Dec"))
    expect(page).not_to_have_url(re.compile(r"risk="))
    expect(page.get_by_role("button", name="Renews in Dec 2026")).to_be_visible()
    settled(page)

    # What changed since last quarter, and why: the page, and the span.
    page.get_by_role("link", name="Trends", exact=True).click()
    expect(page.get_by_role("heading", name="What is moving?")).to_be_visible()
    settled(page)
    page.get_by_text("Quarter", exact=True).click()
    expect(page).to_have_url(re.compile(r"span=Quarter"))
    expect(page.get_by_text(re.compile(r"^Why [+−±]\d+\.\d"))).to_be_visible()


def test_a_name_on_trends_opens_its_client(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "trends")
    name = page.locator(".js-plotly-plot .textpoint text").first
    name.scroll_into_view_if_needed()
    box = name.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + 40, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-\d+"))


def test_the_same_answers_without_a_mouse(demo_server: Dashboard, page: Page) -> None:
    """The numbers of the tables take the mouse only; buttons and filters lead to the same."""
    keys = Keys(page)
    demo_server.open(page)
    keys.press(page.get_by_role("link", name="Team", exact=True))
    settled(page)
    expect(page.get_by_text(re.compile("of it at high risk"))).to_be_visible()
    keys.press(page.get_by_role("button", name=re.compile(r": \d+ of \d+$")).first)
    expect(page.get_by_role("heading", name="Where does the portfolio stand?")).to_be_visible()
    expect(page).to_have_url(re.compile(r"owner=.*risk=High"))
    settled(page)
    keys.press(page.get_by_role("link", name="Trends", exact=True))
    expect(page.get_by_role("heading", name="What is moving?")).to_be_visible()
    settled(page)
    keys.reach(page.get_by_role("radiogroup", name="Compared with"))
    page.keyboard.press("ArrowRight")  # the quarter of Team holds here too
    expect(page.get_by_text(re.compile(r"^Since 20\s?Nov\s?2025"))).to_be_visible()
    settled(page)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"span=Quarter"))
    expect(page.get_by_text(re.compile(r"^Why [+−±]\d+\.\d"))).to_be_visible()
