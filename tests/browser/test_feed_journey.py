"""An export is stated in a browser once; the next month's is one step."""

from __future__ import annotations

from pathlib import Path

from dashboard import FIRST_RENDER, Dashboard, settled
from playwright.sync_api import Page, expect

CLIENTS = "organization_id,name\nA,Alpha\nB,Beta\n"
TICKETS = """\
Ticket;Betreff;Eröffnet;Kunde
1;Anmeldung geht nicht;02.05.2026 09:14;Alpha
2;Export für Köln;02.05.2026 10:00;Alpha
3;Export;13.05.2026 10:00;Beta
"""


def upload(page: Page, file: Path) -> None:
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("button", name="Discard")).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def press(page: Page, name: str, *, then: str) -> None:
    """Press a button and wait for the words that say it is done."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_text(then)).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def test_an_export_is_stated_once_and_then_read_in_one_step(
    server: Dashboard, page: Page, tmp_path: Path
) -> None:
    files = {"clients": CLIENTS, "may": TICKETS, "june": TICKETS.replace(".05.", ".06.")}
    for name, text in files.items():
        encoding = "utf-8" if name == "clients" else "cp1252"
        (tmp_path / f"{name}.csv").write_bytes(text.encode(encoding))
    server.open(page, "data")
    upload(page, tmp_path / "clients.csv")
    press(page, "Store 1 file", then="Stored clients.csv")

    upload(page, tmp_path / "may.csv")
    page.get_by_text("State how this file is read").click()
    expect(page.get_by_text("Days: day first.")).to_be_visible(timeout=FIRST_RENDER)
    expect(page.get_by_text("3 read, counted into 2")).to_be_visible()
    settled(page)
    page.get_by_label("Name of the feed").fill("Helpdesk")
    page.get_by_label("Name of the feed").press("Enter")
    settled(page)
    press(page, "Save, and read the file so", then="Read by the feed “Helpdesk”, version 1.")
    press(page, "Store 1 file", then="Stored may.csv: 2 new rows.")

    upload(page, tmp_path / "june.csv")
    expect(page.get_by_text("Read by the feed “Helpdesk”, version 1.")).to_be_visible()
    press(page, "Store 1 file", then="Stored june.csv: 2 new rows.")
