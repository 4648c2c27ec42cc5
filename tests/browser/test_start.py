from __future__ import annotations

from dashboard import Dashboard, settled
from playwright.sync_api import Page


def test_an_empty_dashboard_opens_without_a_complaint(empty_server: Dashboard, page: Page) -> None:
    empty_server.open(page)


def test_a_reload_shows_the_same_page(empty_server: Dashboard, page: Page) -> None:
    empty_server.open(page)
    title = page.title()
    page.reload()
    settled(page)
    assert page.title() == title
