"""A CSM's day by clicks: one's own clients, a call, its next step, the timeline, and the pulse."""

from __future__ import annotations

import re

from dashboard import Dashboard, settled
from playwright.sync_api import Page, expect


def saved(page: Page, said: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(said)).to_be_visible()
    settled(page)


def test_a_day_of_a_csm(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    # Mine.
    page.get_by_role("combobox", name="Owner").click()
    page.get_by_role("option").first.click()
    settled(page)
    expect(page).to_have_url(re.compile("owner="))
    first = page.locator(".st-key-call_1")
    link = first.get_by_role("link").inner_text()
    client = first.get_by_role("link").get_attribute("href") or ""
    # Call and log.
    first.get_by_role("button", name="Log or snooze").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What was said?").fill("They wait for the new campaigns.")
    dialog.get_by_label("Next step").fill("Send the plan.")
    dialog.get_by_label("Your name").fill("Ada")
    saved(page, "The next step comes back on")
    expect(page.locator(".st-key-call_1").get_by_role("link")).not_to_have_text(link)
    # The timeline has it.
    demo_server.open(page, client.lstrip("/"))
    expect(page.get_by_text("“They wait for the new campaigns.”").first).to_be_visible()
    expect(page.get_by_text("Task for Ada")).to_be_visible()
    # The pulse, without asking for the name again.
    page.get_by_role("button", name="Set the pulse").click()
    expect(dialog.get_by_label("Your name")).to_have_count(0)
    dialog.get_by_label("Why?").fill("They renewed early.")
    saved(page, "The pulse stands beside the score.")
    expect(page.get_by_text("“They renewed early.”").first).to_be_visible()
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
