"""A renewal edited on the Client page, seen and undone; another owner for many from Portfolio."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from dashboard import Dashboard, served, settled
from playwright.sync_api import Page, expect

CLIENT = "ORG-0007"


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A demo whose data these journeys may change; each takes its change back."""
    with served(tmp_path_factory.mktemp("edited"), "--demo") as dashboard:
        yield dashboard


def test_a_renewal_is_edited_seen_and_undone(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page, f"client?client={CLIENT}")
    page.get_by_role("button", name="Edit client").click()
    dialog = page.get_by_role("dialog", name="Edit client")
    year = dialog.get_by_role("spinbutton", name="year, Renewal date")
    earlier = year.inner_text()
    year.press_sequentially("2031")
    year.press("Escape")
    dialog.get_by_label("Reason (optional)").fill("Renewed early.")
    dialog.get_by_label("Reason (optional)").press("Tab")
    preview = dialog.get_by_text(re.compile(rf"Renewal date .*{earlier} → .*2031 since .*score"))
    expect(preview).to_be_visible()
    settled(page)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    said = page.get_by_text(re.compile(r"Saved: renewal date .* → .*2031 since"))
    expect(said).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+\s\w{3}\s2031$")).first).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: what the change replaced is on file again.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+\s\w{3}\s2031$"))).to_have_count(0)
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", name="What was loaded")).to_be_visible()


def test_a_value_is_removed_where_that_is_chosen(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page, f"client?client={CLIENT}")
    page.get_by_role("button", name="Edit client").click()
    dialog = page.get_by_role("dialog", name="Edit client")
    dialog.get_by_role("combobox", name="Remove what is on file").click()
    page.get_by_role("option", name="Licences").click()
    page.keyboard.press("Tab")  # closes the list, which lies over the button
    expect(dialog.get_by_text(re.compile("Licences .* → not known"))).to_be_visible()
    settled(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("Saved: licences .* → not known"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone:")).to_be_visible()


def test_a_wrong_owner_is_told_at_the_field(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page, f"client?client={CLIENT}")
    page.get_by_role("button", name="Edit client").click()
    dialog = page.get_by_role("dialog", name="Edit client")
    choose_owner(page, "n/a")
    expect(dialog.get_by_text("“n/a” stands for no value")).to_be_visible()


def test_many_clients_get_another_owner_by_keys_alone(dashboard: Dashboard, page: Page) -> None:
    dashboard.open(page, "portfolio")
    page.get_by_test_id("data-grid-canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_role("button", name="Edit 1 client")).to_be_visible()
    settled(page)
    expect(page.get_by_role("button", name=re.compile("^Open "))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    page.get_by_role("button", name="Edit 2 clients").press("Enter")
    dialog = page.get_by_role("dialog", name="Edit many clients")
    choose_owner(page, "zoe@example.com")
    expect(dialog.get_by_text(re.compile("Owner of 2.clients → zoe@example.com"))).to_be_visible()
    save = dialog.get_by_role("button", name="Save")
    save.focus()  # leaving a field may draw the dialog anew, and a key pressed then is lost
    settled(page)
    save.press("Enter")
    expect(page.get_by_text(re.compile("Saved: owner of 2.clients"))).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Undone:")).to_be_visible()


def choose_owner(page: Page, owner: str) -> None:
    """Type an owner that nobody has yet into the open dialog."""
    page.get_by_role("dialog").get_by_role("combobox", name="Owner").click()
    page.keyboard.type(owner)
    page.keyboard.press("Enter")
