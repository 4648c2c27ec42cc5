"""A part of a page that is drawn alone when something in it changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard import Dashboard, served, settled
from playwright.sync_api import Locator, Page, WebSocket, expect


@pytest.fixture
def messages(page: Page) -> list[str | bytes]:
    """What the server has sent the page."""
    found: list[str | bytes] = []

    def listen(connection: WebSocket) -> None:
        connection.on("framereceived", lambda frame: found.append(frame))

    page.on("websocket", listen)
    return found


def shown_parts(page: Page) -> Locator:
    """The chart of a client's parts over time, which is folded at first."""
    return page.locator("details[open]").get_by_test_id("stPlotlyChart")


@pytest.mark.parametrize(
    ("path", "change", "address"),
    [
        (
            "client?client=ORG-0004",
            lambda page: page.get_by_text("The parts over the same days").click(),
            "parts=true",
        ),
        (
            "client?client=ORG-0004",
            lambda page: (
                page.get_by_role("radiogroup", name="Period").get_by_text("All", exact=True).click()
            ),
            "period=All",
        ),
        (
            "",
            lambda page: page.get_by_text("Ticket spike").first.click(),
            "alert_tickets_rose=true",
        ),
        (
            "adoption",
            lambda page: page.get_by_text("As a table", exact=True).click(),
            "table=true",
        ),
    ],
)
def test_a_choice_in_a_part_sends_that_part_alone_and_is_in_the_address(
    demo_server: Dashboard,
    page: Page,
    messages: list[str | bytes],
    path: str,
    change: Callable[[Page], None],
    address: str,
) -> None:
    demo_server.open(page, path)
    whole = len(messages)
    messages.clear()
    change(page)
    expect(page).to_have_url(re.compile(address))
    settled(page)
    assert 0 < len(messages) < 0.6 * whole
    page.reload()
    settled(page)
    expect(page).to_have_url(re.compile(address))


def test_what_was_chosen_in_a_part_is_there_again_on_coming_back(
    demo_server: Dashboard, page: Page
) -> None:
    demo_server.open(page, "client?client=ORG-0004")
    page.get_by_text("The parts over the same days").click()
    expect(shown_parts(page)).to_be_visible()
    settled(page)
    navigation = page.get_by_test_id("stHeader")
    navigation.get_by_role("link", name="Trends").click()
    expect(page.get_by_role("heading", name="What is moving?")).to_be_visible()
    settled(page)
    navigation.get_by_role("link", name="Client").click()
    expect(shown_parts(page)).to_be_visible()


def test_the_whole_page_is_drawn_where_the_data_has_changed(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page, other = new_page(), new_page()
    with served(tmp_path, "--demo") as server:
        for one in (page, other):
            server.open(one, "client?client=ORG-0004")
        other.get_by_role("button", name="Set the pulse").click()
        dialog = other.get_by_role("dialog")
        dialog.get_by_text("At risk", exact=True).click()
        dialog.get_by_label("Why?").fill("Their sponsor left.")
        dialog.get_by_label("Your name").fill("Ada")
        dialog.get_by_role("button", name="Save").click()
        expect(other.get_by_text("Their sponsor left.").first).to_be_visible()
        # The pulse stands above the part in which something is chosen.
        page.get_by_text("The parts over the same days").click()
        expect(shown_parts(page)).to_be_visible()
        expect(page.get_by_text("Their sponsor left.").first).to_be_visible()
