"""Where a command writes to: its streams, passed in, so that another process can run it."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Self, TextIO

from health.formatting import NO_BREAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

_BAR: Final = 24
_CLEAR: Final = "\r\x1b[2K"
_REDRAW: Final = 0.1  # seconds
_SHORT: Final = 1.0  # seconds; what takes less needs no forecast


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """The streams of one command.

    out: sentences; data: the bytes of an export, the same place.
    err: errors, warnings and progress; is_watched: somebody sees the progress.
    """

    out: TextIO
    err: TextIO
    data: BinaryIO
    is_watched: bool

    @classmethod
    def standard(cls) -> Self:
        """Return the streams of this process; what they cannot show becomes a question mark."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        return cls(
            out=sys.stdout,
            err=sys.stderr,
            data=sys.stdout.buffer,
            is_watched=sys.stderr.isatty(),
        )

    def say(self, text: str = "") -> None:
        """Write a line for people."""
        print(_plain(text), file=self.out, flush=True)

    def warn(self, text: str) -> None:
        """Write a line about something that is wrong."""
        self.out.flush()
        print(_plain(text), file=self.err, flush=True)

    def table(self, rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Write rows in columns, the first being their names; ``right`` are those of numbers."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (
                cell.rjust(width) if place in right else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            self.say(f"  {'  '.join(cells)}".rstrip())

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Callable[[float], None]]:
        """Show how far a piece of work is, on one line that is gone when the block ends.

        The block tells it the finished share, from 0 to 1. Nothing shows where nobody watches.
        """
        if not self.is_watched:
            yield lambda _: None
            return
        bar = _Bar(self.err, title)
        bar.draw(None)
        try:
            yield bar.draw
        finally:
            print(_CLEAR, end="", file=self.err, flush=True)

    @contextlib.contextmanager
    def stopping(self) -> Iterator[Callable[[], bool]]:
        """Let Ctrl-C ask the block to stop where it is safe; a second one stops it at once."""
        asked = threading.Event()
        if threading.current_thread() is not threading.main_thread():
            yield asked.is_set
            return

        def ask(_number: int, _frame: FrameType | None) -> None:
            if asked.is_set():
                raise KeyboardInterrupt
            asked.set()

        earlier = signal.signal(signal.SIGINT, ask)
        try:
            yield asked.is_set
        finally:
            signal.signal(signal.SIGINT, earlier)


class _Bar:
    """One line that is drawn over itself."""

    def __init__(self, stream: TextIO, title: str) -> None:
        self._stream = stream
        self._title = title
        self._begun = time.monotonic()
        self._drawn = 0.0

    def draw(self, share: float | None) -> None:
        now = time.monotonic()
        if share is not None and now - self._drawn < _REDRAW:
            return
        self._drawn = now
        line = f"{self._title} …"
        if share is not None:
            filled = round(_BAR * min(share, 1))
            line = f"{self._title}  {'█' * filled}{'░' * (_BAR - filled)}  {share:4.0%}"
            spent = now - self._begun
            if share > 0 and spent > _SHORT:
                line += f"  {_duration(spent / share - spent)} left"
        print(f"{_CLEAR}{line}", end="", file=self._stream, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _plain(text: str) -> str:
    """Text with ordinary blanks, as one searches for it in a log."""
    return text.replace(NO_BREAK, " ")
