"""A review as a browser shows and prints it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from dashboard import Dashboard
from playwright.sync_api import Page, expect

from health.output.review import Audience, ReviewQuery, print_ready, review
from health.storage.database import Database

LONG = "Wa" * 150
MARKUP = (
    "<script>window.ran=1</script>",
    "<img src=https://outside.example/x onerror=window.ran=1>",
    "\"><svg onload=window.ran=1>' <b>bold</b>",
)


def pages(page: Page, paper: str) -> int:
    """How many pages a file prints on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper, print_background=True)))


def of_days(organization_id: str, as_of: date) -> ReviewQuery:
    return ReviewQuery(
        organization_id=organization_id,
        start_date=as_of - timedelta(days=30),
        end_date=as_of,
    )


def fits(page: Page) -> bool:
    """Whether nothing is wider than the sheet."""
    page.emulate_media(media="print")
    return bool(
        page.evaluate(
            """() => {
                const sheet = document.querySelector('main');
                return sheet.scrollWidth <= sheet.clientWidth;
            }"""
        )
    )


def test_a_review_is_downloaded_and_prints_on_two_pages_at_most(
    demo_server: Dashboard, page: Page, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    demo_server.open(page, "client?client=ORG-0004")
    page.get_by_role("button", name="Business review").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the review").click()
    name = "Brammere Housing Agency 2026-10-21 to 2026-11-20 review.html"
    assert download.value.suggested_filename == name
    file = tmp_path / "review.html"
    download.value.save_as(file)
    sheet = new_page()
    sheet.goto(file.as_uri())
    expect(sheet.get_by_role("heading", level=1)).to_have_text("Brammere Housing Agency")
    assert max(pages(sheet, "A4"), pages(sheet, "Letter")) <= 2
    assert fits(sheet)


@pytest.fixture
def crowded(demo_copy: Path) -> Path:
    """A demo whose clients have the longest of everything, and data that changed meanwhile."""
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            "UPDATE clients SET name = $long, csm = $long, industry = $long, annual_value = 1e9",
            {"long": LONG},
        )
        writer.execute("UPDATE adoption SET is_enabled = true, is_used = false")
    return demo_copy


@pytest.mark.parametrize("as_of", [date(2026, 11, 20), date(2026, 10, 20)])
def test_the_longest_review_is_whole_on_two_pages(
    crowded: Path, page: Page, tmp_path: Path, as_of: date
) -> None:
    file = tmp_path / "review.html"
    for number in range(1, 25):
        query = of_days(f"ORG-{number:04d}", as_of)
        with Database.open(crowded) as database, database.read() as reader:
            found = review(reader, query, "USD")
        for audience in Audience:
            file.write_text(print_ready(found, audience))
            page.goto(file.as_uri())
            assert fits(page), query
            if number < 4:
                assert max(pages(page, "A4"), pages(page, "Letter")) <= 2


@pytest.mark.parametrize("markup", MARKUP)
def test_no_name_runs_or_is_fetched(
    demo_copy: Path, page: Page, tmp_path: Path, markup: str
) -> None:
    file = tmp_path / "review.html"
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            writer.execute(
                """UPDATE clients SET name = $markup, csm = $markup, industry = $markup,
                    organization_id = $markup WHERE organization_id = 'ORG-0004'""",
                {"markup": markup},
            )
        with database.read() as reader:
            query = of_days(markup, date(2026, 11, 20))
            file.write_text(print_ready(review(reader, query, "USD"), Audience.INTERNAL))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text(markup)
    assert page.evaluate("window.ran") is None
    assert page.locator("script, img, a, iframe, [onload], [onerror]").count() == 0
