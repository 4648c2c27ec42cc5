"""A line like that of an office: so many bits a second, and some milliseconds each way.

The shaping of a browser's own tools leaves out WebSockets, through which a page comes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.measuring import say

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


@contextmanager
def slow_line(port: int, line: Line = OFFICE) -> Iterator[str]:
    """Listen before a server of this machine; gives the address of the slow way to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    relay = _Relay(port=port, line=line)
    starting = asyncio.start_server(relay.connect, "127.0.0.1", 0)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(listening), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@dataclass(kw_only=True)
class _Relay:
    """All connections share the line. free_at: when it has carried what was sent so far."""

    port: int
    line: Line
    free_at: float = 0

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError as error:
            say(f"  {error}")
            writer.close()
            return
        await asyncio.gather(
            self._carry(reader, far_writer, self._at_once),
            self._carry(far_reader, writer, self._in_line),
        )

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        wait: Callable[[int], Coroutine[None, None, float]],
    ) -> None:
        """Pass on what comes, each piece when it has come through the line."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_arrive(under_way, writer))
        try:
            while piece := await reader.read(_PIECE):
                under_way.put_nowait((await wait(len(piece)) + self.line.delay, piece))
        except ConnectionError:
            pass
        under_way.put_nowait((_now() + self.line.delay, _END))
        await arriving

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
    try:
        while True:
            at, piece = await under_way.get()
            await asyncio.sleep(max(0, at - _now()))
            if piece == _END:
                break
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
