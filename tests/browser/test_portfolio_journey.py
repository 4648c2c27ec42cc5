"""What only a browser shows of Portfolio and Trends: clicks on canvas and charts, Back, links."""

from __future__ import annotations

import re

from dashboard import Dashboard, settled
from playwright.sync_api import FloatRect, Page, expect

ROW = 38  # pixels of a row of the list


def table(page: Page) -> FloatRect:
    """Where the list of clients is; it is a canvas, so what is in it is clicked by place."""
    canvas = page.get_by_test_id("stDataFrame").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return box


def click(page: Page, across: float, row: int) -> None:
    """Click the list: row 0 is its head."""
    box = table(page)
    page.mouse.click(box["x"] + across, box["y"] + ROW * row + ROW / 2)


def test_a_name_opens_its_client_and_back_shows_the_list_as_it_was(
    demo_server: Dashboard, page: Page
) -> None:
    demo_server.open(page, "portfolio")
    page.get_by_role("button", name="high risk").click()
    expect(page).to_have_url(re.compile(r"risk=High"))
    settled(page)
    click(page, 90, 1)
    expect(page.get_by_role("heading", name="How is")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-\d+"))
    settled(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Where does the portfolio stand?")).to_be_visible()
    expect(page).to_have_url(re.compile(r"risk=High"))


def test_a_head_sorts_in_the_database(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "portfolio")
    click(page, 285, 0)
    expect(page).to_have_url(re.compile(r"order=Score$"))
    settled(page)
    click(page, 285, 0)
    expect(page).to_have_url(re.compile(r"order=Score&reversed=true"))


def test_a_mark_opens_its_client(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "portfolio")
    page.locator(".js-plotly-plot .points path").first.click(force=True)
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-\d+"))


def test_the_day_goes_along_to_every_page(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "?as_of=2026-10-01")
    banner = page.get_by_text("You are looking at")
    for name in ("Trends", "Team", "Adoption", "Data", "Portfolio", "Today"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
        expect(banner).to_have_count(0 if name == "Data" else 1)
    page.get_by_role("button", name="Back to the latest day").click()
    expect(banner).to_have_count(0)


def test_a_cold_link_shows_its_page_and_no_dialog(empty_server: Dashboard, page: Page) -> None:
    empty_server.open(page, "trends")
    expect(page.get_by_role("heading", name="What is moving?")).to_be_visible()
    expect(page.get_by_role("link", name="Portfolio", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
