"""Pages made ready after a load or a calculation, so that nobody waits for their answers.

The server visits them itself, as they are without any choice made, and their answers and charts
stay in the memory that all visitors share. It begins once nothing is being changed, and ends at
the next change. Open pages show what a command has stored once they are ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Final

from health import log
from health.errors import HealthError
from health.queries import status
from health.ui.server import web_server
from health.ui.server.streamlit_private import Rehearsal
from health.ui.session import answers, jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SCHEMES: Final = ("light", "dark")
_PAUSE: Final = 0.5  # seconds in which nothing may have changed
_LOOK: Final = 0.1  # seconds between two looks whether something changes while a page is made


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Serve, and keep the pages ready."""
    async with web_server.lifespan(app):
        keeping = asyncio.create_task(_keep_ready())
        yield
        keeping.cancel()


async def _keep_ready() -> None:
    keeper = Keeper()
    while True:
        await asyncio.sleep(_PAUSE)
        try:
            await keeper.look()
        except Exception as error:  # noqa: BLE001 -- the server goes on without it
            log.bug(secrets.token_hex(4), error)


class Keeper:
    """Knows for which load and which calculation the pages are ready."""

    def __init__(self) -> None:
        self._ready: object = None
        self._seen: tuple[object, int | None] = (None, None)

    async def look(self) -> None:
        """Make the pages ready where something new was the same at the last look, too."""
        before, self._seen = self._seen, await asyncio.to_thread(_state)
        work, awaited = self._seen
        # Before the first visitor the database is not open: a command may have it.
        self._ready = self._ready or work
        is_new = awaited is not None or work != self._ready
        if work is None or not is_new or self._seen != before or _is_changing():
            return
        if await make_ready():
            self._ready = work


async def make_ready() -> bool:
    """Visit the pages; return whether all were, before the data changed again."""
    with contextlib.closing(Rehearsal()) as visitor:
        if not await _visit(visitor, ""):  # the first page, which tells of the others
            return False
        for scheme in _SCHEMES:
            for page in visitor.pages:
                if not await _visit(visitor, page, scheme):
                    return False
    answers.show_newest()
    return True


async def _visit(visitor: Rehearsal, page: str, scheme: str = _SCHEMES[0]) -> bool:
    """Visit a page; return whether it was drawn before the data changed again."""
    visitor.begin(page, scheme=scheme)
    while not _is_changing():
        if await visitor.has_ended(within=_LOOK):
            return True
    return False


def _state() -> tuple[object, int | None]:
    """Return what was loaded and calculated last, and the version that open pages wait for.

    None for the former where nobody looks at the database, or can.
    """
    opened = answers.open_already()
    if opened is None:
        return None, None
    with contextlib.suppress(HealthError), opened.read() as reader:
        return status.work_done(reader), answers.awaited()
    return None, None


def _is_changing() -> bool:
    opened = answers.open_already()
    return opened is None or opened.is_changing or jobs.is_busy()
