"""A connection that breaks in the middle of work, as in a train, or is too slow for it."""

from __future__ import annotations

import urllib.parse

import pytest
from dashboard import Dashboard, settled
from playwright.sync_api import Browser, expect
from slow_line import slow_line
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.visitor import Visitor, visiting


def test_a_call_half_written_is_saved_after_the_connection_broke(
    demo_server: Dashboard, browser: Browser
) -> None:
    port = urllib.parse.urlsplit(demo_server.url).port
    assert port is not None
    with slow_line(port) as way, browser.new_context() as context:
        page = context.new_page()
        page.goto(way.url)
        settled(page)
        call = page.locator(".st-key-call_1")
        name = call.get_by_role("link").inner_text()
        call.get_by_role("button", name="Snooze").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Not needed", exact=True).click()
        dialog.get_by_label("Reason").fill("They told us why.")
        app = page.get_by_test_id("stApp")
        way.cut()
        expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
        way.mend()
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
        settled(page)
        expect(dialog.get_by_label("Reason")).to_have_value("They told us why.")
        dialog.get_by_label("Your name").fill("Ada")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("is needed until an alert of another kind")).to_be_visible()
        settled(page)
        expect(call.get_by_role("link")).not_to_have_text(name)
        page.get_by_text("Called, snoozed or not needed · ").click()
        page.get_by_role("button", name="Bring back").first.click()
        expect(page.get_by_text("is among the calls again")).to_be_visible()


def read_on(visitor: Visitor) -> None:
    while True:
        visitor.wait()


def test_a_visitor_whose_line_is_too_slow_holds_up_nobody(demo_server: Dashboard) -> None:
    with visiting(demo_server.url) as slow, visiting(demo_server.url) as other:
        pages = list(other.pages)
        # Nothing is read on the slow line, until 10 MB are more than the system keeps for it.
        for turn in range(120):
            slow.ask(("Trends", "Adoption")[turn % 2])
            other.click(pages[turn % len(pages)])
            assert other.errors == []
        # Then the browser is told to connect again, instead of a page that stands still.
        with pytest.raises(ConnectionClosed):
            read_on(slow)
