"""What leaves the dashboard by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from dashboard import Dashboard
from playwright.sync_api import Page

if TYPE_CHECKING:
    from pathlib import Path


def taken(page: Page, place: str, button: str) -> tuple[str, Path]:
    """Name and content of the file that a button below a download sign gives."""
    page.locator(f".st-key-download-{place}").get_by_role("button").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    page.keyboard.press("Escape")
    return download.value.suggested_filename, download.value.path()


@pytest.mark.parametrize(
    ("address", "place", "least"),
    [
        ("", "calls", 9),
        ("portfolio?risk=High+risk", "clients", 10),
        ("adoption", "adoption", 41),
        ("trends", "clients-that-went-down", 11),
        ("client?client=ORG-0004", "what-changed", 3),
        ("data", "imports", 3),
    ],
)
def test_the_table_of_a_page_is_downloaded_both_ways(
    demo_server: Dashboard, page: Page, address: str, place: str, least: int
) -> None:
    demo_server.open(page, address)
    name, excel = taken(page, place, "Excel file")
    assert name.startswith(place)
    assert "-2026-" in name
    assert name.endswith(".xlsx")
    rows = pl.read_excel(excel)
    assert rows.height >= least
    name, csv = taken(page, place, "CSV file")
    assert name.endswith(".csv")
    assert pl.read_csv(csv, infer_schema=False).shape == rows.shape
