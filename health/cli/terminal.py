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
    from pathlib import Path
    from types import FrameType

    from rich.console import Console

_BAR: Final = 24
_SCREEN: Final = 79  # columns, as the screen may be that of another process
_ENDLESS: Final = 100_000  # columns; a table is never cut
_REDRAW: Final = 0.1  # seconds


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
            out=sys.stdout, err=sys.stderr, data=sys.stdout.buffer, is_watched=sys.stderr.isatty()
        )

    def say(self, text: str = "") -> None:
        """Write a line for people."""
        print(_plain(text), file=self.out, flush=True)

    def write(self, text: str, output: Path | None, said: str) -> None:
        """Write a text to a file and say so; to the stream of data where no file is named."""
        from health.output.exports import whole_file

        if output is None:
            self.data.write(text.encode())
            self.data.flush()
            return
        with whole_file(output) as sink:
            sink.write(text.encode())
        self.say(said)

    def warn(self, text: str) -> None:
        """Write a line about something that is wrong."""
        self.out.flush()
        print(_plain(text), file=self.err, flush=True)

    def table(self, rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Write rows in columns, the first being their names; ``right`` are those of numbers."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        for place in range(len(rows[0])):
            table.add_column(justify="right" if place in right else "left", no_wrap=True)
        for row in rows:
            table.add_row(*map(Text, row))
        console = _console(self.out, width=_ENDLESS)
        with console.capture() as drawn:
            console.print(table)
        for line in drawn.get().splitlines():
            self.say(f"  {line}".rstrip())

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Callable[[float], None]]:
        """Show how far a piece of work is, on one line that is gone when the block ends.

        The block tells it the finished share, from 0 to 1. Nothing shows where nobody watches.
        """
        if not self.is_watched:
            yield lambda _: None
            return
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

        # Drawn by the thread that works, as it may write to another process, which may be gone.
        bar = Progress(
            "{task.description} …",
            BarColumn(_BAR),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=_console(self.err, width=_SCREEN),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        task = bar.add_task(_plain(title).replace("[", r"\["), total=None)
        drawn = time.monotonic()

        def tell(share: float) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _REDRAW:
                drawn = now
                bar.update(task, total=1, completed=min(share, 1), refresh=True)

        with bar:
            yield tell

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


def _console(stream: TextIO, *, width: int) -> Console:
    """Return what draws on a stream, plainly, whatever the terminal of this process is."""
    from rich.console import Console

    class Plain(Console):
        """Leaves the cursor as it is: a command that is stopped could not show it again."""

        def show_cursor(self, _: bool = True) -> bool:
            return False

    return Plain(file=stream, width=width, force_terminal=True, color_system=None, emoji=False)


def _plain(text: str) -> str:
    """Text with ordinary blanks, as one searches for it in a log."""
    return text.replace(NO_BREAK, " ")
