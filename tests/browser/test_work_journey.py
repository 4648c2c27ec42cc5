"""A CSM's day by clicks, and by keys alone: from one's own clients to the business review."""

from __future__ import annotations

import re

import pytest
from dashboard import Dashboard, settled
from hands import Keys, Mouse
from playwright.sync_api import Page, expect


def saved(page: Page, hand: Mouse, said: str) -> None:
    settled(page)
    hand.press(page.get_by_role("dialog").get_by_role("button", name="Save"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(said)).to_be_visible()
    settled(page)


@pytest.mark.parametrize("kind", [Mouse, Keys])
def test_a_day_of_a_csm(demo_server: Dashboard, page: Page, kind: type[Mouse]) -> None:
    hand, dialog = kind(page), page.get_by_role("dialog")
    demo_server.open(page)
    # Mine.
    hand.choose_first(page.get_by_role("combobox", name="Owner"))
    settled(page)
    expect(page).to_have_url(re.compile("owner="))
    first = page.locator(".st-key-call_1")
    link = first.get_by_role("link").inner_text()
    client = link.partition(". ")[2]
    # Call and log.
    hand.press(first.get_by_role("button", name="Log or snooze"))
    hand.write(dialog.get_by_label("What was said?"), "They wait for the new campaigns.")
    hand.write(dialog.get_by_label("Next step"), "Send the plan.")
    hand.write(dialog.get_by_label("Your name"), "Ada")
    saved(page, hand, "The next step comes back on")
    expect(page.locator(".st-key-call_1").get_by_role("link")).not_to_have_text(link)
    # The timeline has it.
    hand.find(client)
    expect(page.get_by_role("heading", name=client)).to_be_visible()
    settled(page)
    expect(page.get_by_text("“They wait for the new campaigns.”").first).to_be_visible()
    expect(page.get_by_text("Task for Ada")).to_be_visible()
    # The pulse, without asking for the name again.
    hand.press(page.get_by_role("button", name="Set the pulse"))
    expect(dialog.get_by_label("Why?")).to_be_visible()
    expect(dialog.get_by_label("Your name")).to_have_count(0)
    hand.write(dialog.get_by_label("Why?"), "They renewed early.")
    saved(page, hand, "The pulse stands beside the score.")
    expect(page.get_by_text("“They renewed early.”").first).to_be_visible()
    # The renewal, and back.
    hand.press(page.get_by_role("button", name="Edit client"))
    hand.write(dialog.get_by_role("spinbutton", name="year, Renewal date"), "2031")
    hand.write(dialog.get_by_label("Reason (optional)"), "Renewed early.")
    page.keyboard.press("Tab")
    expect(dialog.get_by_text(re.compile("Renewal date .* → .*2031"))).to_be_visible()
    saved(page, hand, "Saved: renewal date")
    hand.press(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Undone: what the change replaced is on file again.")).to_be_visible()
    settled(page)
    # What to bring along to the next meeting.
    hand.press(page.get_by_role("button", name="Business review"))
    with page.expect_download() as download:
        hand.press(page.get_by_role("button", name="Download the review"))
    assert download.value.suggested_filename.startswith(client)
    # Another visit begins with the same clients.
    demo_server.open(page)
    expect(page.get_by_role("combobox", name="Owner")).to_have_value(re.compile("@"))


def test_what_was_typed_and_dismissed_is_not_in_the_form_of_another_client(
    demo_server: Dashboard, page: Page
) -> None:
    demo_server.open(page)
    dialog = page.get_by_role("dialog")
    page.locator(".st-key-call_1").get_by_role("button", name="Log or snooze").click()
    dialog.get_by_label("What was said?").fill("About the first client.")
    dialog.get_by_label("Next step").fill("Call again.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settled(page)
    page.locator(".st-key-call_2").get_by_role("button", name="Log or snooze").click()
    expect(dialog.get_by_label("What was said?")).to_have_value("")
    expect(dialog.get_by_label("Next step")).to_have_value("")
