"""What a visitor sees who is not let in, and the way to the provider and back to their page."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from health import log
from health.ui.server import addresses, streamlit_private

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

    from health.ui.server.sign_in import SignIn, Visitor

WANTED: Final = "client_health_wanted"
"""The cookie that knows which page was asked for, while its visitor signs in. Streamlit leads
everybody to the first page: streamlit/streamlit#10162"""

_SIGNING_IN: Final = 600  # seconds that this may take
_PAGE_HERE: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path with its query, as it stands in an address; no browser takes it for another host."""

_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Client Health</title>
<meta name="viewport" content="width=device-width">
<style>:root {{ color-scheme: light dark }} body {{ font: 1rem/1.5 sans-serif;
max-width: 30rem; margin: 20vh auto; padding: 0 1rem }}</style></head>
<body><h1>Client Health</h1>{body}</body></html>
"""


def ask_to_sign_in(scope: Scope, sign_in: SignIn) -> Response:
    """Answer who has not signed in: a link to each provider."""
    named = len(sign_in.providers) > 1
    wanted = quote(_asked_for(scope))
    links = [
        f"<p><a href='{addresses.base()}{addresses.SIGN_IN}?with={quote(name)}&amp;to={wanted}'>"
        f"Sign in{f' with {html.escape(name)}' if named else ''}</a></p>"
        for name in sign_in.providers
    ]
    return refusal(scope, f"<p>Sign in to see this dashboard.</p>{''.join(links)}", status=401)


def refuse_visitor(scope: Scope, visitor: Visitor) -> Response:
    """Answer who has signed in and may not come in all the same."""
    body = (
        f"<p>{html.escape(visitor.refused)} Ask whoever runs it, or sign in as someone else.</p>"
        f"<p><a href='{addresses.base()}{addresses.SIGN_OUT}'>Sign out</a></p>"
    )
    return refusal(scope, body, status=403, email=visitor.email)


def refusal(scope: Scope, body: str, *, status: int, email: str | None = None) -> Response:
    """Return a page for a person, a line for a program; and write a line in the log."""
    wants_page = "text/html" in HTTPConnection(scope).headers.get("accept", "")
    is_upload = addresses.UPLOAD.fullmatch(addresses.path_of(scope))
    # The browser's own requests for a page's parts are refused with it, and say nothing new.
    if wants_page or scope["type"] == "websocket" or is_upload:
        client = (scope.get("client") or (None, None))[0]
        log.event("refused", status=status, by=email, address=client)
    if wants_page:
        return HTMLResponse(_PAGE.format(body=body), status)
    return PlainTextResponse(re.sub(r"<[^>]*>", " ", body).strip(), status)


def to_provider(scope: Scope, sign_in: SignIn) -> Response:
    """Lead a visitor to the provider they chose, and remember the page they asked for."""
    asked = HTTPConnection(scope).query_params
    chosen, wanted = asked.get("with"), asked.get("to", "")
    provider = chosen if chosen in sign_in.providers else sign_in.providers[0]
    token = streamlit_private.encode_provider_token(provider)
    answer = RedirectResponse(f"{addresses.base()}/auth/login?provider={quote(token)}", 302)
    if _is_page_here(wanted):
        answer.set_cookie(
            WANTED,
            quote(wanted, safe=""),
            max_age=_SIGNING_IN,
            path=addresses.base() or "/",
            httponly=True,
            samesite="lax",
            secure=sign_in.origin.startswith("https:"),
        )
    return answer


def to_wanted(scope: Scope, send: Send) -> Send:
    """Lead whoever comes back from the provider to the page they asked for, once."""
    wanted = unquote(HTTPConnection(scope).cookies.get(WANTED, ""))
    if not _is_page_here(wanted):
        return send

    async def send_to_wanted(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 302:
            headers = MutableHeaders(scope=message)
            headers["location"] = wanted
            path = addresses.base() or "/"
            headers.append(
                "set-cookie", f"{WANTED}=; Max-Age=0; Path={path}; HttpOnly; SameSite=lax"
            )
        await send(message)

    return send_to_wanted


def _is_page_here(wanted: str) -> bool:
    return bool(_PAGE_HERE.fullmatch(wanted)) and wanted.startswith(f"{addresses.base()}/")


def _asked_for(scope: Scope) -> str:
    """The path of a request with its query, as it came."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    return (path.partition(b"?")[0] + b"?" * bool(query) + query).decode("latin-1")
