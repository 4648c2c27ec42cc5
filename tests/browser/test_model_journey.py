"""From “I think tickets count too much” to a published model, with what it does to all clients."""

from __future__ import annotations

from dashboard import Dashboard, settled
from playwright.sync_api import Page, expect


def test_tickets_count_too_much(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page)
    page.get_by_role("link", name="Model", exact=True).click()
    expect(
        page.get_by_role("heading", name="What if clients were scored differently?")
    ).to_be_visible()
    settled(page)

    tickets = page.get_by_label("Support tickets, percent of the score")
    tickets.fill("5")
    tickets.press("Enter")
    expect(page.get_by_text("10 % is missing.")).to_be_visible()
    page.get_by_role("button", name="Share the rest out").click()
    expect(page.get_by_text("With this draft, compared with Standard,")).to_be_visible()
    settled(page)

    # Whom it moves: the clients behind the first number that can be opened.
    page.locator("[class*=st-key-model_cell_] button:enabled").first.click()
    expect(page.get_by_role("button", name="Show who changes most")).to_be_visible()

    name = page.get_by_label("Name of the draft")
    name.fill("Tickets count less")
    name.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("“Tickets count less” is saved.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("“Tickets count less” is removed.")).to_be_visible()

    page.get_by_role("button", name="Publish …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("All days before keep the scores that they have.")).to_be_visible()
    for label, text in (
        ("Name", "Tickets count less"),
        ("Why?", "I think tickets count too much"),
        ("Your name", "Ada"),
    ):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Your name").press("Tab")
    settled(page)
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("“Tickets count less” is published from")).to_be_visible()
    expect(page.get_by_text("“I think tickets count too much”")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back by Ada.")).to_be_visible()
