"""What every answer tells the browser: to load nothing from elsewhere, and to frame nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import MutableHeaders

from health.ui.server import streamlit_private

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from health.ui.server.sign_in import SignIn

_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_MAX_AGE: Final = re.compile(r"max-age=(\d+)", re.IGNORECASE)


class SecurityHeaders:
    """Adds the headers to every answer, and shortens the life of the cookies of a sign-in."""

    def __init__(self, app: ASGIApp, *, sign_in: SignIn | None) -> None:
        self._app = app
        self._always = _always()
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._always)
                if "/media/" in scope["path"]:
                    headers["Cache-Control"] = "private, no-store"
                if self._sign_in is not None:
                    shorten_cookies(message, self._sign_in)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def shorten_cookies(message: MutableMapping[str, Any], sign_in: SignIn) -> None:
    """Let the cookies of a sign-in live as long as it counts, and travel encrypted only.

    Streamlit lets them live for 30 days: streamlit/streamlit#10161
    """
    most = sign_in.hours * 3600
    is_encrypted = sign_in.origin.startswith("https:")

    def shortened(cookie: str) -> str:
        cookie = _MAX_AGE.sub(lambda age: f"Max-Age={min(int(age[1]), most)}", cookie)
        return f"{cookie}; Secure" if is_encrypted and "secure" not in cookie.lower() else cookie

    message["headers"] = [
        (name, shortened(value.decode("latin-1")).encode("latin-1"))
        if name.lower() == b"set-cookie" and value.startswith(streamlit_private.COOKIE.encode())
        else (name, value)
        for name, value in message["headers"]
    ]


def _always() -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", "'wasm-unsafe-eval'", *_own_scripts())),
        # Streamlit and plotly write their looks into the page while it is drawn.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": (
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
            "microphone=(), payment=(), usb=()"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _own_scripts() -> Iterator[str]:
    """The hashes of the scripts that stand in Streamlit's own page."""
    for script in _INLINE_SCRIPT.findall(streamlit_private.first_page()):
        digest = hashlib.sha256(script.encode()).digest()
        yield f"'sha256-{base64.b64encode(digest).decode()}'"
