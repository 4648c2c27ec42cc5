"""Who may come in, and what may be asked for."""

from __future__ import annotations

import pytest
from server_requests import PAGE, STREAM, UPLOAD, ask, cookie

from health.settings import Settings
from health.ui.server.sign_in import SignIn


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


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact"])
def test_what_nobody_needs_is_closed_to_everybody(path: str) -> None:
    assert ask(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_sent_but_to_the_uploader(method: str) -> None:
    assert ask(PAGE, method=method)[0] == 405
