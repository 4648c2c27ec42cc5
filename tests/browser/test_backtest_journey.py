"""“Would last year's churn have been seen?”, answered on one page."""

from __future__ import annotations

import re

from dashboard import Dashboard, settled
from playwright.sync_api import Page, expect

LONG = 60_000  # milliseconds


def test_last_years_churn_is_judged_and_explained(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    page.get_by_role("link", name="Back-test", exact=True).click()
    expect(page.get_by_role("heading", name="Did the score predict anything?")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Judge the score").click()
    expect(page.get_by_text("Days before the outcome")).to_be_visible(timeout=LONG)
    settled(page)
    # One sentence first, with what it rests on; then those it missed, by name and with the reason.
    expect(page.get_by_text(re.compile("beforehand|do not show"))).to_be_visible()
    expect(page.get_by_text(re.compile("^Missed: not at high risk 90.days before"))).to_be_visible()
    expect(
        page.get_by_role("combobox", name="What its score did until the outcome")
    ).to_be_visible()
    fell = re.compile(r"^Down \d+ since \d+.\w{3}.20\d\d: ")
    expect(page.get_by_test_id("stMain").get_by_text(fell).first).to_be_visible()
