"""Who gets past the door, how much they may send, and what every answer tells the browser."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
import time
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from health.settings import Settings
from health.ui.server import (
    addresses,
    sign_in_pages,
    sign_in_settings,
    streamlit_private,
    web_server,
)
from health.ui.server.access import Access
from health.ui.server.security_headers import SecurityHeaders, shorten_cookies
from health.ui.server.sign_in import SignIn
from health.ui.server.sign_in_settings import SignInIncomplete
from health.ui.server.upload_limits import UploadLimits

SECRET = "s" * 40
ORIGIN = "https://health.example"
COOKIE = "_streamlit_user"
AUTH = {
    "redirect_uri": f"{ORIGIN}/oauth2callback",
    "cookie_secret": SECRET,
    "client_id": "id",
    "client_secret": "secret",
    "server_metadata_url": "https://provider.example/.well-known/openid-configuration",
}
PAGE, STREAM, UPLOAD = "/portfolio", "/_stcore/stream", "/_stcore/upload_file/session/file"


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Sign-in as secrets.toml would configure it; a test may change it before it is read."""
    section = dict(AUTH)
    monkeypatch.setattr(secrets_singleton, "_secrets", {"auth": section})
    return section


@pytest.fixture
def sign_in(auth: dict[str, Any]) -> SignIn:
    assert auth["cookie_secret"] == SECRET
    read = sign_in_settings.read(Settings(allowed_users="ada@example.org, @example.com"))
    assert read is not None
    return read


def cookie(email: str = "ada@example.org", *, secret: str = SECRET, **claims: object) -> str:
    """The cookie of someone who signed in."""
    given = {"email": email, "origin": ORIGIN, "is_logged_in": True} | claims
    value = create_signed_value(secret, COOKIE, json.dumps(given)).decode()
    return f"{COOKIE}={value}"


def ask(
    path: str,
    sign_in: SignIn | None = None,
    *,
    method: str = "GET",
    kind: str = "http",
    at: str = "127.0.0.1",
    host: str = "localhost:8501",
    body: bytes = b"",
    settings: Settings | None = None,
    query: str = "",
    home: bool = False,
    **headers: str,
) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of the answer; 200 and "inside" where the request got through.

    home: what is inside sends everybody to the first page.
    """
    sent: list[dict[str, Any]] = []

    async def inside(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        away = [(b"location", b"/")] if home else []
        status = 302 if home else 200
        await send({"type": "http.response.start", "status": status, "headers": away})
        await send({"type": "http.response.body", "body": b"inside"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    chosen = settings or Settings()
    limited = UploadLimits(inside, settings=chosen)
    layers = SecurityHeaders(Access(limited, settings=chosen, sign_in=sign_in), sign_in=sign_in)
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "server": (at, 8501),
        "client": ("198.51.100.7", 1),
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"host": host, **headers}.items()
        ],
    }
    asyncio.run(layers(scope, receive, send))
    first = sent[0]
    if kind == "websocket":
        return (200 if first["type"] == "websocket.accept" else 403), "", {}
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    answered = {name.decode().lower(): value.decode() for name, value in first["headers"]}
    return first["status"], text, answered


def test_this_machine_gets_in_without_sign_in() -> None:
    assert ask(PAGE)[:2] == (200, "inside")
    assert ask(STREAM, kind="websocket")[0] == 200


@pytest.mark.parametrize("at", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
def test_nobody_else_does_however_the_server_came_to_listen(at: str) -> None:
    assert ask(PAGE, at=at, host="localhost")[0] == 403
    assert ask(STREAM, at=at, kind="websocket")[0] == 403
    assert ask(UPLOAD, at=at, method="PUT", content_length="1")[0] == 403
    assert ask(PAGE, at=at, settings=Settings(allow_anonymous=True))[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8501", "", "localhost@x"])
def test_another_site_cannot_send_a_browser_here_under_its_own_name(host: str) -> None:
    status, text, _ = ask(PAGE, host=host)
    assert status == 403
    assert "--allow-anonymous" in text
    assert ask(STREAM, host=host, kind="websocket")[0] == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "[::1]:8501"])
def test_this_machine_has_its_own_names(host: str) -> None:
    assert ask(PAGE, host=host)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        PAGE,
        "/media/abc.csv",
        "/_stcore/host-config",
        "/static/js/a.js",
        "/component/x",
        UPLOAD,
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"])
def test_without_a_sign_in_everything_is_closed(sign_in: SignIn, path: str, method: str) -> None:
    assert ask(path, sign_in, method=method, content_length="1")[0] == 401


def test_without_a_sign_in_no_session_opens(sign_in: SignIn) -> None:
    assert ask(STREAM, sign_in, kind="websocket")[0] == 403
    assert ask(STREAM, sign_in, kind="websocket", cookie=cookie())[0] == 200


@pytest.mark.parametrize(
    "path", ["/health", "/_stcore/health", "/auth/login", "/auth/logout", "/oauth2callback"]
)
def test_the_way_in_is_open(sign_in: SignIn, path: str) -> None:
    assert ask(path, sign_in)[0] == 200


def test_a_browser_is_offered_the_way_in(sign_in: SignIn) -> None:
    status, text, _ = ask(PAGE, sign_in, accept="text/html")
    assert status == 401
    assert "href='/sign-in?with=default&amp;to=/portfolio'" in text
    status, _, headers = ask("/sign-in", sign_in)
    assert status == 302
    assert headers["location"].startswith("/auth/login?provider=")


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.org", "bob@example.com"])
def test_who_is_on_the_list_gets_in(sign_in: SignIn, email: str) -> None:
    assert ask(PAGE, sign_in, cookie=cookie(email))[:2] == (200, "inside")


@pytest.mark.parametrize(
    ("email", "claims"),
    [
        ("bob@example.org", {}),
        ("ada@example.org", {"email_verified": False}),
        ("ada@example.com.evil.example", {}),
        ("bob@evil.example", {}),
        ("example.com", {}),
        ("", {}),
    ],
)
def test_who_is_not_is_told_so(sign_in: SignIn, email: str, claims: dict[str, object]) -> None:
    status, text, _ = ask(PAGE, sign_in, accept="text/html", cookie=cookie(email, **claims))
    assert status == 403
    assert "/auth/logout" in text
    assert ask(STREAM, sign_in, kind="websocket", cookie=cookie(email, **claims))[0] == 403


@pytest.mark.parametrize(
    "given",
    [
        cookie(secret="t" * 40),
        cookie(origin="https://other.example"),
        cookie(is_logged_in=False),
        f"{COOKIE}=abc",
        f"{COOKIE}=",
        f"{COOKIE}=ÿ",
    ],
)
def test_a_cookie_that_is_not_ours_opens_nothing(sign_in: SignIn, given: str) -> None:
    assert ask(PAGE, sign_in, cookie=given)[0] == 401


def test_a_sign_in_runs_out_on_the_server(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    given = cookie()
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 11 * 3600)
    assert ask(PAGE, sign_in, cookie=given)[0] == 200
    monkeypatch.setattr("time.time", lambda: now + 13 * 3600)
    assert ask(PAGE, sign_in, cookie=given)[0] == 401


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact"])
def test_what_nobody_needs_is_closed_to_everybody(path: str) -> None:
    assert ask(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_sent_but_to_the_uploader(method: str) -> None:
    assert ask(PAGE, method=method)[0] == 405


def test_a_file_within_the_limits_is_taken() -> None:
    assert ask(UPLOAD, method="PUT", content_length=str(200 * 2**20))[:2] == (200, "inside")
    assert ask(UPLOAD, method="DELETE")[0] == 200


def test_a_file_that_is_too_large_is_refused_before_a_byte_of_it_is_read() -> None:
    status, text, headers = ask(UPLOAD, method="PUT", content_length=str(202 * 2**20))
    assert status == 413
    assert "200 MB" in text
    assert headers["connection"] == "close"


@pytest.mark.parametrize("length", ["", "-1", "abc", "1e3"])
def test_a_file_without_a_length_is_refused(length: str) -> None:
    assert ask(UPLOAD, method="PUT", content_length=length)[0] == 411


def test_the_files_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Settings(max_upload_files=2, max_upload_total_mb=10)
    megabyte = str(2**20)
    monkeypatch.setattr(streamlit_private, "uploaded_sizes", lambda: {"session": [1, 1]})
    status, text, _ = ask(UPLOAD, method="PUT", content_length=megabyte, settings=few)
    assert (status, "Up to 2 files" in text) == (413, True)
    monkeypatch.setattr(streamlit_private, "uploaded_sizes", lambda: {"another": [9 * 2**20 + 1]})
    status, text, _ = ask(UPLOAD, method="PUT", content_length=megabyte, settings=few)
    assert (status, "10 MB" in text) == (503, True)


def test_every_answer_keeps_the_browser_here(sign_in: SignIn) -> None:
    for _, _, headers in (ask(PAGE), ask("/_stcore/metrics"), ask(PAGE, sign_in)):
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        script = policy.partition("script-src")[2].partition(";")[0]
        assert "unsafe-inline" not in script
        assert "sha256-" in script
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
    assert "no-store" in ask("/media/scores.csv")[2]["cache-control"]


def test_the_cookies_of_a_sign_in_are_short_lived_and_travel_encrypted(sign_in: SignIn) -> None:
    message = {
        "headers": [
            (b"set-cookie", b"_streamlit_user=a; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax"),
            (b"set-cookie", b"_streamlit_user_tokens=a; Max-Age=0"),
            (b"set-cookie", b"_streamlit_xsrf=a; Path=/"),
        ]
    }
    shorten_cookies(message, sign_in)
    assert [value for _, value in message["headers"]] == [
        b"_streamlit_user=a; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure",
        b"_streamlit_user_tokens=a; Max-Age=0; Secure",
        b"_streamlit_xsrf=a; Path=/",
    ]


def test_a_refusal_is_a_line_in_the_log(sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="health"):
        ask(PAGE, sign_in, accept="text/html", cookie=cookie("eve@evil.example"))
    facts = {"status": 403, "by": "eve@evil.example", "address": "198.51.100.7"}
    assert [vars(record)["facts"] for record in caplog.records] == [facts]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "health.example", None])
def test_without_sign_in_nothing_is_served_to_others(host: str | None) -> None:
    with pytest.raises(web_server.OpenToOthers, match="--allow-anonymous"):
        web_server.check_access(host, Settings())
    assert web_server.check_access(host, Settings(allow_anonymous=True)) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_this_machine_is_served_as_it_is(host: str) -> None:
    assert web_server.check_access(host, Settings()) is None


@pytest.mark.usefixtures("auth")
def test_with_sign_in_others_are_served() -> None:
    found = web_server.check_access("0.0.0.0", Settings())
    assert found is not None
    assert found.providers == ("default",)
    assert found.origin == ORIGIN


@pytest.mark.parametrize("name", list(AUTH))
def test_half_a_sign_in_is_refused(auth: dict[str, Any], name: str) -> None:
    del auth[name]
    with pytest.raises(SignInIncomplete):
        sign_in_settings.read(Settings())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("cookie_secret", "short", "32 characters"),
        ("redirect_uri", "https://health.example/", "/oauth2callback"),
    ],
)
def test_a_weak_sign_in_is_refused(auth: dict[str, Any], name: str, value: str, says: str) -> None:
    auth[name] = value
    with pytest.raises(SignInIncomplete, match=says):
        sign_in_settings.read(Settings())


@pytest.mark.usefixtures("auth")
@pytest.mark.parametrize("listed", ["ada", "a b@example.com", "@"])
def test_a_list_that_names_nobody_is_refused(listed: str) -> None:
    with pytest.raises(SignInIncomplete, match="neither an e-mail address"):
        sign_in_settings.read(Settings(allowed_users=listed))


def test_a_list_without_sign_in_is_refused() -> None:
    with pytest.raises(SignInIncomplete, match=r"\[auth\]"):
        sign_in_settings.read(Settings(allowed_users="ada@example.org"))


def test_a_file_of_secrets_that_cannot_be_read_does_not_open_the_dashboard(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    original = config.get_option

    def get_option(key: str) -> object:
        return [str(broken)] if key == "secrets.files" else original(key)

    monkeypatch.setattr(config, "get_option", get_option)
    monkeypatch.setattr(st, "get_option", get_option)
    with pytest.raises(SignInIncomplete, match=r"secrets\.toml"):
        sign_in_settings.read(Settings())


BOOKMARK, FILTERS = "/portfolio", "search=%27%3E%3Cb%3E&risk=High+risk"


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
