"""What is chosen, opened and shown more of is in the address, which opens it for somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

from dashboard import Dashboard, settled
from playwright.sync_api import Page, expect


def test_more_calls_and_an_open_alert_are_in_the_address(
    demo_server: Dashboard, page: Page, new_page: Callable[..., Page]
) -> None:
    demo_server.open(page)
    page.get_by_role("button", name="Show 24 more").click()
    settled(page)
    page.get_by_text("Ticket spike").first.click()
    expect(page).to_have_url(re.compile("alert_tickets_rose=true"))
    settled(page)
    assert "more=1" in page.url
    other = new_page()
    other.goto(page.url)
    settled(other)
    expect(other.get_by_text("Tickets at 3 times the usual")).to_be_visible()
    expect(other.locator("[class*='st-key-call_']")).to_have_count(32)
    assert other.url == page.url


def test_an_open_table_and_a_span_are_in_the_address(
    demo_server: Dashboard, page: Page, new_page: Callable[..., Page]
) -> None:
    demo_server.open(page, "trends")
    page.get_by_role("radiogroup").get_by_text("Quarter", exact=True).click()
    settled(page)
    page.get_by_text("As a table").first.click()
    expect(page).to_have_url(re.compile("table_down=true"))
    settled(page)
    other = new_page()
    other.goto(page.url)
    settled(other)
    expect(other.get_by_test_id("stDataFrame")).to_have_count(1)
    expect(other).to_have_url(re.compile("span=Quarter"))


def test_an_open_form_is_in_the_address_and_stays_open(
    demo_server: Dashboard, page: Page, new_page: Callable[..., Page]
) -> None:
    demo_server.open(page, "data")
    send = page.get_by_role("button", name="Record the value")
    expect(send).to_have_count(0)
    page.get_by_text("Record one usage value").click()
    expect(send).to_be_visible()
    expect(page).to_have_url(re.compile("record=true"))
    send.click()
    expect(page.get_by_text("Choose a client, a day and a value.")).to_be_visible()
    other = new_page()
    demo_server.open(other, page.url.rpartition("/")[2])
    expect(other.get_by_role("button", name="Record the value")).to_be_visible()


def test_more_calls_are_still_shown_after_coming_back(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    page.get_by_role("button", name="Show 24 more").click()
    # A page is settled, too, before the click has reached the server.
    expect(page.locator("[class*='st-key-call_']")).to_have_count(32)
    settled(page)
    page.get_by_role("link", name="Trends").click()
    expect(page.get_by_role("heading", name="What is moving?")).to_be_visible()
    settled(page)
    assert "more=" not in page.url
    page.get_by_role("link", name="Today").click()
    expect(page.locator("[class*='st-key-call_']")).to_have_count(32)
    expect(page).to_have_url(re.compile("more=1"))
