"""A line like that of an office: so many bits a second, and some milliseconds each way.

The shaping of a browser's own tools leaves out WebSockets, through which a page comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

_PIECE: Final = 8_192
_AHEAD: Final = 0.1
"""Seconds of what a sender may have under way, as in the buffers of a real line."""

_END: Final = b""


@dataclass(frozen=True, kw_only=True)
class Line:
    """bits: a second, from the server to the visitor; delay: seconds each way."""

    bits: float
    delay: float

    def __str__(self) -> str:
        return f"{self.bits / 1e6:.0f} Mbit/s, {2_000 * self.delay:.0f} ms"


OFFICE: Final = Line(bits=20e6, delay=0.01)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to a server through a line; url: its address."""

    url: str
    loop: asyncio.AbstractEventLoop
    relay: _Relay

    def cut(self) -> None:
        """Break every connection, and take none until :meth:`mend`."""
        self.relay.is_cut = True
        asyncio.run_coroutine_threadsafe(self.relay.cut(), self.loop).result()

    def mend(self) -> None:
        """Take connections again."""
        self.relay.is_cut = False


@contextmanager
def slow_line(port: int, line: Line = OFFICE) -> Iterator[Way]:
    """Listen before a server of this machine; gives the slow way to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    relay = _Relay(port=port, line=line)
    starting = asyncio.start_server(relay.connect, "127.0.0.1", 0)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result()
    near = listening.sockets[0].getsockname()[1]
    way = Way(url=f"http://127.0.0.1:{near}", loop=loop, relay=relay)
    try:
        yield way
    finally:
        loop.call_soon_threadsafe(listening.close)
        way.cut()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(kw_only=True)
class _Relay:
    """All connections share the line.

    free_at: when it has carried what was sent so far. open: the connections.
    """

    port: int
    line: Line
    free_at: float = 0
    is_cut: bool = False
    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def cut(self) -> None:
        tasks = list(self.open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        writers = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
            writers.append(far_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, far_writer, self._at_once))
                both.create_task(self._carry(far_reader, writer, self._in_line))
        except (OSError, asyncio.CancelledError):
            pass  # the server is gone, or the line is cut: so is the connection
        finally:
            for end in writers:
                end.transport.abort()
            self.open.discard(task)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        wait: Callable[[int], Coroutine[None, None, float]],
    ) -> None:
        """Pass on what comes, each piece when it has come through the line."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as both:
            both.create_task(_arrive(under_way, writer))
            with contextlib.suppress(ConnectionError):
                while piece := await reader.read(_PIECE):
                    under_way.put_nowait((await wait(len(piece)) + self.line.delay, piece))
            under_way.put_nowait((_now() + self.line.delay, _END))

    async def _at_once(self, _: int) -> float:
        return _now()

    async def _in_line(self, size: int) -> float:
        self.free_at = max(self.free_at, _now()) + 8 * size / self.line.bits
        free_at = self.free_at
        await asyncio.sleep(max(0, free_at - _now() - _AHEAD))
        return free_at


async def _arrive(
    under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(OSError):  # one end is gone
        while True:
            at, piece = await under_way.get()
            await asyncio.sleep(max(0, at - _now()))
            if piece == _END:
                break
            writer.write(piece)
            await writer.drain()
        writer.write_eof()


def _now() -> float:
    return asyncio.get_running_loop().time()
