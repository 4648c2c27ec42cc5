"""Nobody sees a page before signing in; whoever does stands beside what they change."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard import Dashboard, served, settled
from playwright.sync_api import Page, expect
from provider import Provider, providing

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef0123456789abcdef"
client_id = "client"
client_secret = "secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


@pytest.fixture
def closed(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dashboard]:
    """A dashboard that wants a sign-in from the domain example.org."""
    monkeypatch.setenv("CLIENT_HEALTH_ALLOWED_USERS", "@example.org")
    (tmp_path / ".streamlit").mkdir()
    secrets = SECRETS.replace("{provider}", provider.url)
    (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets)
    with served(tmp_path) as dashboard:
        yield dashboard


@pytest.fixture
def complaints() -> list[str]:
    """A refused page is an error on the console; what else may be wrong the test sees itself."""
    return []


def test_a_visitor_signs_in_changes_something_and_signs_out(
    closed: Dashboard, page: Page, tmp_path: Path
) -> None:
    for path in ("/", "/portfolio", "/_stcore/host-config", "/static/index.html"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{closed.url}{path}", timeout=10)
    page.goto(f"{closed.url}/data?imports_page=1")
    page.get_by_role("link", name="Sign in").click()
    settled(page)
    # A bookmark opens what it is of, also where its reader has to sign in first.
    expect(page).to_have_url(f"{closed.url}/data?imports_page=1")
    expect(page.get_by_role("heading", name="What is on file, and how current")).to_be_visible()
    cookie = next(one for one in page.context.cookies() if one["name"] == "_streamlit_user")
    assert cookie["httpOnly"]
    file = tmp_path / "organizations.csv"
    file.write_text("organization_id,name\nA,Alpha\n")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Store 1 file").click()
    expect(page.get_by_text("Stored organizations.csv")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert (
        "event=import import_id=1 kind=organizations by=ada@example.org" in closed.log.read_text()
    )


def test_who_is_not_on_the_list_is_shown_the_way_out(
    closed: Dashboard, page: Page, provider: Provider
) -> None:
    provider.email = "eve@evil.example"
    page.goto(closed.url)
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_text("may not see this dashboard")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert "event=refused status=403 by=eve@evil.example" in closed.log.read_text()
