"""What became of a client, by clicks: recorded, on its timeline, and counted on Team."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from dashboard import Dashboard, served, settled
from playwright.sync_api import Page, expect

CLIENT = "ORG-0007"


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A demo whose outcomes this journey adds to."""
    with served(tmp_path_factory.mktemp("outcomes"), "--demo") as dashboard:
        yield dashboard


def renewed(page: Page) -> int:
    """How many clients renewed by the table of Team, all owners together."""
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.get_by_role("heading", name="What became of clients")).to_be_visible()
    settled(page)
    table = page.locator("table").filter(has_text="Came back")
    return int(table.get_by_role("row").last.get_by_role("cell").nth(1).inner_text())


def test_a_renewal_is_recorded_and_counted(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page)
    before = renewed(page)
    dashboard.open(page, f"client?client={CLIENT}")
    page.get_by_role("button", name="Record an outcome").click()
    dialog = page.get_by_role("dialog", name="Record an outcome")
    dialog.get_by_text("Renewed", exact=True).click()
    dialog.get_by_role("spinbutton", name=re.compile("^year")).press_sequentially("20261110")
    page.keyboard.press("Escape")  # closes the calendar
    dialog.get_by_label("Why?").fill("They like the hotline.")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The outcome is on the timeline.")).to_be_visible()
    expect(dialog).to_have_count(0)
    settled(page)
    expect(page.get_by_text("They like the hotline.").first).to_be_visible()
    assert renewed(page) == before + 1


def test_what_cannot_be_is_said_in_the_form(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page, f"client?client={CLIENT}")
    page.get_by_role("button", name="Record an outcome").click()
    dialog = page.get_by_role("dialog", name="Record an outcome")
    dialog.get_by_role("spinbutton", name=re.compile("^year")).press_sequentially("20200110")
    page.keyboard.press("Escape")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("before")).to_be_visible()
    expect(page.get_by_text("The outcome is on the timeline.")).to_have_count(0)
