"""The way to the provider, and back to the page that was asked for."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from log_lines import logged
from server_requests import PAGE, ask, cookie

from health.ui.server import addresses, sign_in_pages
from health.ui.server.sign_in import SignIn

BOOKMARK, FILTERS = "/portfolio", "search=%27%3E%3Cb%3E&risk=High+risk"


def test_a_browser_is_offered_the_way_in(sign_in: SignIn) -> None:
    status, text, _ = ask(PAGE, sign_in, accept="text/html")
    assert status == 401
    assert "href='/sign-in?with=default&amp;to=/portfolio'" in text
    status, _, headers = ask("/sign-in", sign_in)
    assert status == 302
    assert headers["location"].startswith("/auth/login?provider=")


def test_the_way_in_knows_which_page_was_asked_for(sign_in: SignIn) -> None:
    status, text, _ = ask(BOOKMARK, sign_in, query=FILTERS, accept="text/html")
    assert status == 401
    link = re.search(r"href='([^']*)'", text)
    assert link
    address = urlsplit(html.unescape(link[1]))
    assert address.path == addresses.SIGN_IN
    assert parse_qs(address.query) == {"with": ["default"], "to": [f"{BOOKMARK}?{FILTERS}"]}
    status, _, headers = ask(addresses.SIGN_IN, sign_in, query=address.query)
    assert status == 302
    assert headers["location"].startswith("/auth/login?provider=")
    kept = headers["set-cookie"]
    assert "HttpOnly" in kept
    assert "Secure" in kept
    assert "SameSite=lax" in kept
    back = ask("/oauth2callback", sign_in, home=True, cookie=kept.partition(";")[0])
    assert back[0] == 302
    assert back[2]["location"] == f"{BOOKMARK}?{FILTERS}"
    assert back[2]["set-cookie"].startswith(f"{sign_in_pages.WANTED}=; Max-Age=0")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example/",
        "/\t/evil.example/",
        "/ok\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "",
        f"/{'x' * 3000}",
    ],
)
def test_nobody_is_led_away_after_signing_in(sign_in: SignIn, wanted: str) -> None:
    _, _, headers = ask(addresses.SIGN_IN, sign_in, query=urlencode({"to": wanted}))
    assert "set-cookie" not in headers
    forged = f"{sign_in_pages.WANTED}={quote(wanted, safe='')}"
    _, _, headers = ask("/oauth2callback", sign_in, home=True, cookie=forged)
    assert headers["location"] == "/"


def test_only_the_way_back_from_the_provider_leads_to_the_page(sign_in: SignIn) -> None:
    kept = f"{sign_in_pages.WANTED}=%2Fdata; {cookie()}"
    assert ask("/auth/logout", sign_in, home=True, cookie=kept)[2]["location"] == "/"
    assert ask("/oauth2callback", sign_in, cookie=kept)[0] == 200


def test_a_refusal_is_a_line_in_the_log(sign_in: SignIn, tmp_path: Path) -> None:
    with logged(tmp_path) as lines:
        ask(PAGE, sign_in, accept="text/html", cookie=cookie("eve@evil.example"))
    facts = {"status": 403, "by": "eve@evil.example", "address": "198.51.100.7"}
    assert [facts.items() <= line.items() for line in lines if "status" in line] == [True]
