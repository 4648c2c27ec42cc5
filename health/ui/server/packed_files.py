"""Streamlit's own scripts and styles sent packed, and early: a third of a first visit's bytes."""

from __future__ import annotations

import gzip
import mimetypes
import re
from typing import TYPE_CHECKING, Final

import brotli
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from health.ui.server import addresses, streamlit_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WORTH_IT: Final = frozenset({".css", ".js", ".json", ".svg"})
"""How the names of files end that get smaller; fonts and pictures are packed as they are."""

_HEADERS: Final = {
    # The name of each file has a hash of its content.
    "cache-control": "public, immutable, max-age=31536000",
    "vary": "accept-encoding",
}

_CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    # Brotli's best level takes twenty times as long for a tenth less, gzip's twice for 0.3 %.
    "br": lambda content: brotli.compress(content, quality=9),
    "gzip": lambda content: gzip.compress(content, compresslevel=6),
}
"""How to pack by the name a browser has for it, the smallest first."""

_SOON_WANTED: Final = (
    *("DateInput", "Selectbox", "TextInput", "Checkbox", "Metric", "ButtonGroup"),
    *("DataFrame", "arrowFormatUtils"),
)
"""How the names of scripts begin that nearly every page wants, which asks for them late.

Not that of charts, which is half of all: on a slow line the page itself would wait for it.
"""

_NAMED: Final = re.compile(r'(?:src|href)="\./(static/js/[^"]+\.js)"')
"""A script that the first page names."""

_IMPORT: Final = re.compile(r'(?:from|import)"\./([^"/]+\.js)"')
_IMPORTS_END: Final = 20_000
"""Letters of a script by which it has named all that it imports."""


class PackedFiles:
    """Answers with a packed file where there is one and the browser takes it.

    Streamlit sends its files as they are: to pack them for each visitor would take longer than it
    saves. Here each is packed once, when it is first asked for, and kept: 14 MB at most. All else,
    a part of a file too, is answered by Streamlit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._files = _files()
        self._packed: dict[tuple[str, Path], bytes] = {}
        # The scripts that the page itself names come first: without them it shows nothing.
        self._soon_wanted = ", ".join(
            f"<{addresses.base()}{address}>; rel=modulepreload; fetchpriority=low"
            for address in _soon_wanted(self._files)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        file, coding = self._asked(scope)
        if file is None:
            await self._app(scope, receive, self._with_soon_wanted(send))
            return
        if (coding, file) not in self._packed:
            self._packed[coding, file] = await run_in_threadpool(_pack, file, coding)
        answer = Response(
            self._packed[coding, file],
            headers=_HEADERS | {"content-encoding": coding},
            media_type=mimetypes.guess_type(file.name)[0],
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

    def _asked(self, scope: Scope) -> tuple[Path | None, str]:
        """The file that is asked for and how to pack it, if it may be sent packed."""
        headers = Headers(scope=scope)
        accepted = [one.strip() for one in headers.get("accept-encoding", "").split(",")]
        coding = next((coding for coding in _CODINGS if coding in accepted), "")
        if scope["method"] != "GET" or "range" in headers or not coding:
            return None, ""
        return self._files.get(addresses.path_of(scope)), coding


def _pack(file: Path, coding: str) -> bytes:
    return _CODINGS[coding](file.read_bytes())


def _soon_wanted(files: Mapping[str, Path]) -> list[str]:
    """The addresses of what is wanted soon, each script before those that import it."""
    if not files:
        return []
    scripts = {file.name: (address, file) for address, file in files.items()}
    found: list[str] = []

    def add(name: str) -> None:
        address, file = scripts[name]
        if address not in seen:
            seen.add(address)
            with file.open(encoding="utf-8") as script:
                for imported in _IMPORT.findall(script.read(_IMPORTS_END)):
                    add(imported)
            found.append(address)

    seen = {f"/{named}" for named in _NAMED.findall(streamlit_private.first_page())}
    for beginning in _SOON_WANTED:
        for name in scripts:
            if name.partition(".")[0] == beginning and name.endswith(".js"):
                add(name)
    return found


def _files() -> dict[str, Path]:
    """The files by their address; none where Streamlit keeps them elsewhere."""
    folder = streamlit_private.STATIC_FILES
    return {
        f"/{file.relative_to(folder).as_posix()}": file
        for file in (folder / "static").rglob("*")
        if file.suffix in _WORTH_IT
    }
