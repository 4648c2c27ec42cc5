"""Which version of the data a page shows, and what is remembered of it.

What a command stores while pages are open, a night's load above all, is shown in them once the
answers to it are ready: nobody waits for them. A page that is opened meanwhile shows it at once,
and so does one whose reader changes something.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final

from health.ui.session import cache
from health.ui.session.memory import Memory, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BYTES: Final = 200_000_000
"""Of remembered answers. One about all of 10,000 clients is about 2 MB, about a tenth of them less.

They are weighed and not counted: fifty people ask each about the clients of their own.
"""

LONGEST: Final = 10.0
"""Seconds after which a page shows what was stored, ready or not."""


class Version:
    """One version of the data: the answers to questions about it, and what was made of them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.answers = Memory(MOST_BYTES, size_of)
        self.made = cache.new_memory()


class Versions:
    """The newest version, and the one before it as long as open pages go on with that.

    number: returns that of the newest, which grows with each change.
    """

    def __init__(self, number: Callable[[], int]) -> None:
        self._number = number
        self._newest = self._shown = Version(-1)
        self._commands = 0
        self._until = 0.0
        self._lock = threading.Lock()

    def newest(self) -> Version:
        """Return the newest version; what is known of an older one goes, unless it is shown."""
        number = self._number()
        with self._lock:
            return self._of(number)

    def of_open_page(self, seen: int) -> Version:
        """Return the version that a page shows which has shown the one numbered ``seen``."""
        newest = self.newest()
        shown = self._shown
        return shown if seen <= shown.number else newest

    @property
    def awaited(self) -> int | None:
        """The number of the newest version while open pages show an older one, else None."""
        return None if self._shown is self._newest else self._newest.number

    @contextlib.contextmanager
    def during_command(self) -> Iterator[None]:
        """Let open pages go on with what they show until what is stored inside is ready."""
        self.newest()
        with self._lock:
            self._commands += 1
        try:
            yield
            self.newest()
        finally:
            with self._lock:
                self._commands -= 1

    def show(self) -> None:
        """Let every page show the newest version."""
        with self._lock:
            self._show()

    def hold_on(self, number: int) -> None:
        """Let what is known of the version before count for this one, the same in all of it."""
        with self._lock:
            if number == self._newest.number + 1:
                self._newest.number = number

    def _of(self, number: int) -> Version:
        if number < self._newest.number:
            # Read before a change: what such a page asks is not for those that come after.
            return Version(number)
        if number > self._newest.number:
            was_shown = self._shown is self._newest
            self._newest = Version(number)
            if was_shown and self._commands:
                self._until = time.monotonic() + LONGEST
            elif was_shown:
                self._show()
        if time.monotonic() > self._until:
            self._show()
        return self._newest

    def _show(self) -> None:
        if self._shown is not self._newest:
            self._shown = self._newest
            cache.forget()
