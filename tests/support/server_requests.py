"""Requests to the layers before Streamlit, as a browser or a program would send them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from health.settings import Settings
from health.ui.server.access import Access
from health.ui.server.security_headers import SecurityHeaders
from health.ui.server.sign_in import SignIn
from health.ui.server.upload_limits import UploadLimits

Result = TypeVar("Result")

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


def run_in_own_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run in a thread of its own: a browser that is open keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


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
    run_in_own_loop(layers(scope, receive, send))
    first = sent[0]
    if kind == "websocket":
        return (200 if first["type"] == "websocket.accept" else 403), "", {}
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    answered = {name.decode().lower(): value.decode() for name, value in first["headers"]}
    return first["status"], text, answered
