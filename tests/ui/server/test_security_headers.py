"""What every answer tells the browser."""

from __future__ import annotations

from server_requests import PAGE, ask

from health.ui.server.security_headers import shorten_cookies
from health.ui.server.sign_in import SignIn


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
