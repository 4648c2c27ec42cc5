"""What stands before every request: who may come in, how much may be sent, what a browser may do.

Streamlit answers most of its addresses, uploads among them, to whoever asks. These two layers
around it hold however the dashboard was started.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import MutableMapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from streamlit import config, runtime
from streamlit.auth_util import encode_provider_token

from health import log
from health.ui.server.sign_in import USER_COOKIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from health.settings import Settings
    from health.ui.server.sign_in import SignIn, Visitor

HEALTH: Final = "/health"
"""Says that the server is up, to whoever asks."""

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/auth/logout"
_CALLBACK: Final = "/oauth2callback"
WANTED: Final = "client_health_wanted"
"""The cookie that knows which page was asked for, while its visitor signs in."""

_SIGNING_IN: Final = 600  # seconds that this may take
_PAGE_HERE: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path with its query, as it stands in an address; no browser takes it for another host."""

_OPEN: Final = frozenset({HEALTH, "/_stcore/health", "/auth/login", SIGN_OUT, _CALLBACK})
"""What a visitor who is not signed in may ask for."""

_CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent")
"""What nobody may ask for."""

_UPLOAD: Final = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)")
_MEGABYTE: Final = 2**20
_ENVELOPE: Final = _MEGABYTE
"""Bytes that a request may have beside the file in it."""

_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_MAX_AGE: Final = re.compile(r"max-age=(\d+)", re.IGNORECASE)
_POLICY_VIOLATION: Final = 1008


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches an address, or has this name."""
    if host is None:
        return False
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Guard:
    """Lets in who may come in, and bounds what they send.

    sign_in: where it is configured, only those signed in get past; else only this machine does,
    unless ``allow_anonymous``.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, sign_in: SignIn | None) -> None:
        self._app = app
        self._settings = settings
        self._sign_in = sign_in
        self._base = f"/{config.get_option('server.baseUrlPath').strip('/')}".rstrip("/")
        self._uploads = _Uploads(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the request through."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._path(scope)
        if path == _CALLBACK:
            send = self._to_wanted(scope, send)
        if path.startswith(_CLOSED):
            answer: Response | None = PlainTextResponse("Not found", 404)
        elif (answer := self._door(scope, path)) is None:
            upload = _UPLOAD.fullmatch(path)
            if upload and scope["method"] == "PUT":
                await self._uploads.take(self._app, upload["session"], (scope, receive, send))
                return
            allowed = {"GET", "HEAD", "OPTIONS"} | ({"DELETE"} if upload else set())
            if scope["method"] not in allowed:
                answer = PlainTextResponse("This is not done here.", 405)
        await (answer or self._app)(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._door(scope, self._path(scope)) is not None:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return

        async def while_signed_in() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._may_see(scope):
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            return message

        await self._app(scope, while_signed_in, send)

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        return path.removeprefix(self._base) or "/"

    def _may_see(self, scope: Scope) -> bool:
        visitor = self._visitor(scope)
        return self._sign_in is None or (visitor is not None and not visitor.refused)

    def _visitor(self, scope: Scope) -> Visitor | None:
        return self._sign_in.visitor(HTTPConnection(scope).cookies) if self._sign_in else None

    def _door(self, scope: Scope, path: str) -> Response | None:
        """What a visitor gets who may not come in; None for those who may."""
        if self._sign_in is None:
            return self._this_machine_only(scope, path)
        if path in _OPEN:
            return None
        providers = self._sign_in.providers
        if path == SIGN_IN:
            asked = HTTPConnection(scope).query_params
            return self._to_provider(providers, asked.get("with"), asked.get("to", ""))
        visitor = self._visitor(scope)
        if visitor is None:
            ways_in = self._ways_in(providers, _asked_for(scope))
            return _refusal(scope, path, ways_in, status=401)
        if visitor.refused:
            body = (
                f"<p>{html.escape(visitor.refused)} Ask whoever runs it, or sign in as someone "
                f"else.</p><p><a href='{self._base}{SIGN_OUT}'>Sign out</a></p>"
            )
            return _refusal(scope, path, body, status=403, email=visitor.email)
        return None

    def _this_machine_only(self, scope: Scope, path: str) -> Response | None:
        """Refuse whoever is not on this machine, however the server came to listen for them.

        A page of another site can make a browser ask this machine under a name of its own; such a
        request is known by the name it asks for.
        """
        if self._settings.allow_anonymous or path == HEALTH:
            return None
        address = (scope.get("server") or (None, None))[0]
        asked_for = urlsplit(f"//{HTTPConnection(scope).headers.get('host', '')}").hostname
        if is_loopback(address) and is_loopback(asked_for):
            return None
        body = (
            "<p>This dashboard has no sign-in, so it answers only this machine, as 127.0.0.1 or "
            "localhost. Set up sign-in, or start it with --allow-anonymous.</p>"
        )
        return _refusal(scope, path, body, status=403)

    def _ways_in(self, providers: tuple[str, ...], wanted: str) -> str:
        links = [
            f"<p><a href='{self._base}{SIGN_IN}?with={quote(name)}&amp;to={quote(wanted)}'>Sign in"
            f"{f' with {html.escape(name)}' if len(providers) > 1 else ''}</a></p>"
            for name in providers
        ]
        return f"<p>Whom to call first is for those who sign in.</p>{''.join(links)}"

    def _to_provider(self, providers: tuple[str, ...], chosen: str | None, wanted: str) -> Response:
        provider = chosen if chosen in providers else providers[0]
        token = encode_provider_token(provider)
        answer = RedirectResponse(f"{self._base}/auth/login?provider={quote(token)}", 302)
        if self._is_page_here(wanted):
            answer.set_cookie(
                WANTED,
                quote(wanted, safe=""),
                max_age=_SIGNING_IN,
                path=self._base or "/",
                httponly=True,
                samesite="lax",
                secure=self._sign_in is not None and self._sign_in.origin.startswith("https:"),
            )
        return answer

    def _to_wanted(self, scope: Scope, send: Send) -> Send:
        """Lead whoever comes back from the provider to the page they asked for, once."""
        wanted = unquote(HTTPConnection(scope).cookies.get(WANTED, ""))
        if not self._is_page_here(wanted):
            return send

        async def send_to_wanted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 302:
                headers = MutableHeaders(scope=message)
                headers["location"] = wanted
                gone = f"{WANTED}=; Max-Age=0; Path={self._base or '/'}; HttpOnly; SameSite=lax"
                headers.append("set-cookie", gone)
            await send(message)

        return send_to_wanted

    def _is_page_here(self, wanted: str) -> bool:
        return bool(_PAGE_HERE.fullmatch(wanted)) and wanted.startswith(f"{self._base}/")


def _asked_for(scope: Scope) -> str:
    """The path of a request with its query, as it came."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    return (path.partition(b"?")[0] + b"?" * bool(query) + query).decode("latin-1")


def _refusal(
    scope: Scope, path: str, body: str, *, status: int, email: str | None = None
) -> Response:
    """A page for a person, a line for a program; and a line in the log."""
    wants_page = "text/html" in HTTPConnection(scope).headers.get("accept", "")
    # The browser's own requests for a page's parts are refused with it, and say nothing new.
    if wants_page or scope["type"] == "websocket" or _UPLOAD.fullmatch(path):
        client = (scope.get("client") or (None, None))[0]
        log.event("refused", status=status, by=email, address=client)
    if wants_page:
        return HTMLResponse(_PAGE.format(body=body), status)
    return PlainTextResponse(re.sub(r"<[^>]*>", " ", body).strip(), status)


_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Client Health</title>
<meta name="viewport" content="width=device-width">
<style>:root {{ color-scheme: light dark }} body {{ font: 1rem/1.5 sans-serif;
max-width: 30rem; margin: 20vh auto; padding: 0 1rem }}</style></head>
<body><h1>Client Health</h1>{body}</body></html>
"""


class _Uploads:
    """How much visitors may send ahead of what a page asks for."""

    def __init__(self, settings: Settings) -> None:
        self._one = settings.max_upload_mb
        self._files = settings.max_upload_files
        self._total = settings.max_upload_total_mb
        self._arriving = 0

    async def take(self, app: ASGIApp, session: str, request: tuple[Scope, Receive, Send]) -> None:
        """Let a file through where it fits, and hold its place while it arrives.

        A request has to say how long it is; the server reads no byte past that.
        """
        length = HTTPConnection(request[0]).headers.get("content-length", "")
        refusal = self._refusal(session, int(length)) if length.isdecimal() else _NO_LENGTH
        if refusal is not None:
            log.event("upload refused", status=refusal[0], bytes=length or None)
            # Unread bytes of a refused file must not be taken for the next request.
            answer = PlainTextResponse(refusal[1], refusal[0], headers={"connection": "close"})
            await answer(*request)
            return
        self._arriving += int(length)
        try:
            await app(*request)
        finally:
            self._arriving -= int(length)

    def _refusal(self, session: str, length: int) -> tuple[int, str] | None:
        if length > self._one * _MEGABYTE + _ENVELOPE:
            return 413, f"A file may have up to {self._one} MB. Nothing of it was read."
        held = _held()
        if len(held.get(session, ())) >= self._files:
            return 413, f"Up to {self._files} files can wait at once. Store or discard some first."
        waiting = sum(size for sizes in held.values() for size in sizes)
        if waiting + self._arriving + length > self._total * _MEGABYTE:
            return 503, (
                f"Files of all visitors together may have {self._total} MB while they wait. Store "
                "or discard some, or try again later."
            )
        return None


_NO_LENGTH: Final = (411, "A file has to be sent with its length.")


def _held() -> dict[str, list[int]]:
    """The sizes of the files that wait in memory, by session."""
    if not runtime.exists():
        return {}
    stored: dict[str, dict[str, Any]] = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    return {
        session: [len(file.data) for file in list(files.values())]
        for session, files in list(stored.items())
    }


class Headers:
    """Tells the browser, with every answer, what the page may do: nothing beyond this server."""

    def __init__(self, app: ASGIApp, *, sign_in: SignIn | None) -> None:
        self._app = app
        self._always = _security_headers()
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
                    _shorten(message, self._sign_in)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _shorten(message: MutableMapping[str, Any], sign_in: SignIn) -> None:
    """Let the cookies of a sign-in live as long as it counts, and travel encrypted only."""
    most = sign_in.hours * 3600
    is_encrypted = sign_in.origin.startswith("https:")

    def shortened(cookie: str) -> str:
        cookie = _MAX_AGE.sub(lambda age: f"Max-Age={min(int(age[1]), most)}", cookie)
        return f"{cookie}; Secure" if is_encrypted and "secure" not in cookie.lower() else cookie

    message["headers"] = [
        (name, shortened(value.decode("latin-1")).encode("latin-1"))
        if name.lower() == b"set-cookie" and value.startswith(USER_COOKIES.encode())
        else (name, value)
        for name, value in message["headers"]
    ]


def _security_headers() -> dict[str, str]:
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
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    for script in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8")):
        digest = hashlib.sha256(script.encode()).digest()
        yield f"'sha256-{base64.b64encode(digest).decode()}'"
