"""Whose sign-in counts, and for how long."""

from __future__ import annotations

import time

import pytest
from server_requests import COOKIE, PAGE, STREAM, ask, cookie

from health.ui.server.sign_in import SignIn


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
