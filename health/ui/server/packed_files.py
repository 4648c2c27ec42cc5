"""Streamlit's own scripts and styles sent packed, and early: a third of a first visit's bytes."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from health.ui.server import addresses, streamlit_private

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WORTH_IT: Final = frozenset({".css", ".js", ".json", ".svg"})
"""How the names of files end that get smaller; fonts and pictures are packed as they are."""

_HEADERS: Final = {
    # The name of each file has a hash of its content.
    "cache-control": "public, immutable, max-age=31536000",
    "content-encoding": "gzip",
    "vary": "accept-encoding",
}


_SOON_WANTED: Final = ("PlotlyChart", "DataFrame", "arrowFormatUtils")
"""How the names of scripts begin that nearly every page wants, which ask for them late."""


class PackedFiles:
    """Answers with a packed file where there is one and the browser takes it.

    Streamlit sends its files as they are: to pack them for each visitor would take longer than it
    saves. Here each is packed once, when it is first asked for, and kept: 7 MB at most. All else,
    a part of a file too, is answered by Streamlit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._files = _files()
        self._soon_wanted = ", ".join(
            f"<{addresses.base()}{address}>; rel=modulepreload"
            for address, file in self._files.items()
            if file.suffix == ".js" and file.name.split(".")[0] in _SOON_WANTED
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        file = self._file(scope)
        if file is None:
            await self._app(scope, receive, self._with_soon_wanted(send))
            return
        media_type, _ = mimetypes.guess_type(file.name)
        answer = Response(
            await run_in_threadpool(_packed, file), headers=_HEADERS, media_type=media_type
        )
        await answer(scope, receive, send)

    def _with_soon_wanted(self, send: Send) -> Send:
        """Tell a browser with its first page what to load while the page is made."""

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start" and self._soon_wanted:
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["link"] = self._soon_wanted
            await send(message)

        return send_with_links

    def _file(self, scope: Scope) -> Path | None:
        """The file that is asked for, if it may be sent packed."""
        headers = Headers(scope=scope)
        if scope["method"] != "GET" or "range" in headers:
            return None
        takes_it = "gzip" in headers.get("accept-encoding", "")
        return self._files.get(addresses.path_of(scope)) if takes_it else None


@cache
def _packed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), compresslevel=6)  # 9 takes twice as long for 0.3 %


def _files() -> dict[str, Path]:
    """The files by their address; none where Streamlit keeps them elsewhere."""
    folder = streamlit_private.STATIC_FILES
    return {
        f"/{file.relative_to(folder).as_posix()}": file
        for file in (folder / "static").rglob("*")
        if file.suffix in _WORTH_IT
    }
