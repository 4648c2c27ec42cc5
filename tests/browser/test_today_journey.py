"""The morning in a real browser: whom to call, what is behind it, and a call snoozed."""

from __future__ import annotations

import re

from dashboard import Dashboard, settled
from playwright.sync_api import Locator, Page, expect


def card(page: Page, place: int) -> Locator:
    """The call at a place of the list."""
    return page.locator(f".st-key-call_{place}")


def test_the_first_call_stands_on_the_first_screen_and_opens_its_client(
    demo_server: Dashboard, page: Page
) -> None:
    demo_server.open(page)
    expect(page.get_by_role("heading", name="Whom should I call today?")).to_be_visible()
    for place in (1, 2, 3):
        expect(card(page, place).get_by_text("Talk about")).to_be_in_viewport()
    card(page, 1).get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/client\?client=ORG-\d+"))
    expect(page.get_by_role("heading", name="How is")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Whom should I call today?")).to_be_visible()


def test_an_alert_lists_its_clients_when_it_is_opened(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    explained = page.get_by_text("The score of the day says high risk.")
    expect(explained).to_have_count(0)
    page.get_by_text(re.compile("^High risk · ")).click()
    expect(explained).to_be_visible()


def test_a_call_is_snoozed_and_brought_back(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    name = card(page, 1).get_by_role("link").inner_text()
    card(page, 1).get_by_role("button", name="Snooze").click()
    page.get_by_role("dialog").get_by_text("Not needed", exact=True).click()
    page.get_by_role("dialog").get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("say in a few words")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Reason").fill("They told us why.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Said by the last of the runs that a save starts; a click into one before may be lost.
    expect(page.get_by_text("is needed until an alert of another kind")).to_be_visible()
    settled(page)
    expect(card(page, 1).get_by_role("link")).not_to_have_text(name)
    page.get_by_text("Called, snoozed or not needed · ").click()
    page.get_by_role("button", name="Bring back").first.click()
    expect(page.get_by_text("is among the calls again")).to_be_visible()
    expect(card(page, 1).get_by_role("link")).to_have_text(name)
