"""Who may come in: those who signed in, or this machine alone where no sign-in is set up.

Streamlit answers most of its addresses, uploads among them, to whoever asks. This layer before it
holds however the dashboard was started.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from health.ui.server import addresses, sign_in_pages

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from health.settings import Settings
    from health.ui.server.sign_in import SignIn

_POLICY_VIOLATION: Final = 1008
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches an address, or has this name."""
    if host is None:
        return False
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Access:
    """Lets a request through, or answers it with the way in.

    sign_in: where it is configured, only those signed in get past; else only this machine does,
    unless ``allow_anonymous``.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, sign_in: SignIn | None) -> None:
        self._app = app
        self._settings = settings
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the request through."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = addresses.path_of(scope)
        if path == addresses.CALLBACK:
            send = sign_in_pages.to_wanted(scope, send)
        if path.startswith(addresses.CLOSED):
            answer: Response | None = PlainTextResponse("Not found", 404)
        elif (answer := self._refusal(scope, path)) is None:
            allowed = _READS | ({"PUT", "DELETE"} if addresses.UPLOAD.fullmatch(path) else set())
            if scope["method"] not in allowed:
                answer = PlainTextResponse("This is not done here.", 405)
        await (answer or self._app)(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a session for those who may come in, and end it when they may no longer."""
        if self._refusal(scope, addresses.path_of(scope)) is not None:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return

        async def receive_while_signed_in() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._is_signed_in(scope):
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            return message

        await self._app(scope, receive_while_signed_in, send)

    def _is_signed_in(self, scope: Scope) -> bool:
        if self._sign_in is None:
            return True
        visitor = self._sign_in.visitor(HTTPConnection(scope).cookies)
        return visitor is not None and not visitor.refused

    def _refusal(self, scope: Scope, path: str) -> Response | None:
        """What a visitor gets who may not come in; None for those who may."""
        if self._sign_in is None:
            return self._unless_this_machine(scope, path)
        if path in addresses.OPEN:
            return None
        if path == addresses.SIGN_IN:
            return sign_in_pages.to_provider(scope, self._sign_in)
        visitor = self._sign_in.visitor(HTTPConnection(scope).cookies)
        if visitor is None:
            return sign_in_pages.ask_to_sign_in(scope, self._sign_in)
        return sign_in_pages.refuse_visitor(scope, visitor) if visitor.refused else None

    def _unless_this_machine(self, scope: Scope, path: str) -> Response | None:
        """Refuse whoever is not on this machine, however the server came to listen for them.

        A page of another site can make a browser ask this machine under a name of its own; such a
        request is known by the name it asks for.
        """
        if self._settings.allow_anonymous or path == addresses.HEALTH:
            return None
        address = (scope.get("server") or (None, None))[0]
        asked_for = urlsplit(f"//{HTTPConnection(scope).headers.get('host', '')}").hostname
        if is_loopback(address) and is_loopback(asked_for):
            return None
        body = (
            "<p>This dashboard has no sign-in, so it answers only this machine, as 127.0.0.1 or "
            "localhost. Set up sign-in, or start it with --allow-anonymous.</p>"
        )
        return sign_in_pages.refusal(scope, body, status=403)
