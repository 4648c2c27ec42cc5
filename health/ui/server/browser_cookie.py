"""A random number in each browser, so that what a person says in it once is remembered.

It opens nothing: who may see the dashboard is decided by the sign-in.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "client_health_browser"

_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{22}")

_YEAR: Final = 365 * 24 * 3600


def number_in(cookies: Mapping[str, str]) -> str | None:
    """Return the number of a browser from its cookies; None where it has none of ours."""
    number = str(cookies.get(COOKIE, ""))
    return number if _NUMBER.fullmatch(number) else None


class BrowserCookie:
    """Gives a browser its number with each page, and the same one again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to an answer that is a page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        number = number_in(asked.cookies) or secrets.token_urlsafe(16)
        cookie = _cookie(number, is_encrypted=asked.url.scheme == "https")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _cookie(number: str, *, is_encrypted: bool) -> str:
    # Lax: a link in a mail opens the dashboard as whom it was left.
    cookie = f"{COOKIE}={number}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    return f"{cookie}; Secure" if is_encrypted else cookie
