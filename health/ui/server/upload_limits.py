"""How much visitors may upload: how large a file, how many files, and how much in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from health import log
from health.ui.server import addresses, streamlit_private

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from health.settings import Settings

_MEGABYTE: Final = 2**20
_ENVELOPE: Final = _MEGABYTE
"""Bytes that a request may have beside the file in it."""

_NO_LENGTH: Final = (411, "A file has to be sent with its length.")


class UploadLimits:
    """Refuses a file that is too large or too many before a byte of it is read.

    A request has to say how long it is; the server reads no byte past that.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._one = settings.max_upload_mb
        self._files = settings.max_upload_files
        self._total = settings.max_upload_total_mb
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, unless it uploads more than is allowed."""
        upload = addresses.UPLOAD.fullmatch(addresses.path_of(scope)) if "method" in scope else None
        if upload is None or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        length = HTTPConnection(scope).headers.get("content-length", "")
        refusal = (
            self._refusal(upload["session"], int(length)) if length.isdecimal() else _NO_LENGTH
        )
        if refusal is not None:
            log.event("upload refused", status=refusal[0], bytes=length or None)
            # Unread bytes of a refused file must not be taken for the next request.
            answer = PlainTextResponse(refusal[1], refusal[0], headers={"connection": "close"})
            await answer(scope, receive, send)
            return
        self._arriving += int(length)
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving -= int(length)

    def _refusal(self, session: str, length: int) -> tuple[int, str] | None:
        if length > self._one * _MEGABYTE + _ENVELOPE:
            return 413, f"A file may have up to {self._one} MB. Nothing of it was read."
        held = streamlit_private.uploaded_sizes()
        if len(held.get(session, ())) >= self._files:
            return 413, f"Up to {self._files} files can wait at once. Store or discard some first."
        waiting = sum(size for sizes in held.values() for size in sizes)
        if waiting + self._arriving + length > self._total * _MEGABYTE:
            return 503, (
                f"Files of all visitors together may have {self._total} MB while they wait. Store "
                "or discard some, or try again later."
            )
        return None
