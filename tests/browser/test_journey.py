"""The main job in a real browser: files go in, the button is pressed, a score has changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dashboard import FIRST_RENDER, Dashboard, settled
from playwright.sync_api import Locator, Page, expect

ORGANIZATIONS = "organization_id,name,total_users\nA,Alpha & Sons,60\nB,Beta,100\n"
USAGE = "organization_id,date,monthly_active_users\nA,2026-11-20,{alpha}\nB,2026-11-20,90\n"
WRONG = "organization_id,metric_type,date,value\nA,LOGINS,2026-11-20,5\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files of a month, the same mended later, and one with a wrong row."""
    texts = {
        "organizations": ORGANIZATIONS,
        "usage": USAGE.format(alpha=18),
        "mended": USAGE.format(alpha=57),
        "wrong": WRONG,
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return {name: tmp_path / f"{name}.csv" for name in texts}


def upload(page: Page, *files: Path) -> None:
    uploader = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    uploader.set_input_files([str(file) for file in files])
    expect(page.get_by_role("button", name="Discard")).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def press(page: Page, name: str, *, then: str) -> None:
    """Press a button and wait for the words that say it is done."""
    page.get_by_role("button", name=name, exact=True).first.click()
    expect(page.get_by_text(then)).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def score(page: Page, dashboard: Dashboard) -> Locator:
    """The card with the score of client A, on its page."""
    dashboard.open(page, "client?client=A")
    return page.get_by_test_id("stMetric").filter(has_text=re.compile("^Score"))


def test_from_files_to_a_changed_score(
    server: Dashboard, page: Page, files: dict[str, Path]
) -> None:
    server.open(page, "data")
    upload(page, files["organizations"], files["usage"])
    press(page, "Store 2 files", then="Stored organizations.csv and usage.csv: 4 new rows.")
    press(page, "Recalculate", then="2 scores recalculated with the model Standard.")
    expect(score(page, server)).to_contain_text("30")

    server.open(page, "data")
    upload(page, files["mended"])
    page.get_by_text("What changes, old to new").click()
    press(page, "Store 1 file", then="Stored mended.csv: 1 changed row.")
    press(page, "Recalculate", then="1 score recalculated with the model Standard.")
    expect(score(page, server)).to_contain_text("95")


def test_a_wrong_file_is_refused_and_its_rows_can_be_taken_home(
    server: Dashboard, page: Page, files: dict[str, Path]
) -> None:
    server.open(page, "data")
    upload(page, files["organizations"], files["wrong"])
    expect(page.get_by_role("button", name="Store 2 files")).to_be_disabled()
    expect(page.get_by_text("Rejected: unknown metric (1)")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the list").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "line,column,value,reason,accepted"
    assert lines[1].startswith("2,metric_type,LOGINS,unknown metric,")


def test_the_looks_come_along_wherever_the_command_is_started(
    server: Dashboard, page: Page, files: dict[str, Path]
) -> None:
    server.open(page, "data")
    upload(page, files["organizations"])
    store = page.get_by_role("button", name="Store 1 file")
    expect(store).to_have_css("background-color", "rgb(31, 95, 168)")
