"""How far the changes of a database are, for whoever reads while one is stored."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Commits:
    """Those of one file, which may be open twice in this process.

    number: twice as many as there were, odd while one is stored. lock: is held so long.
    """

    _of_file: ClassVar[weakref.WeakValueDictionary[Path, Commits]] = weakref.WeakValueDictionary()

    def __init__(self) -> None:
        self.number = 0
        self.lock = threading.Lock()
        self._known = (-1, 0)

    @classmethod
    def of(cls, path: Path) -> Commits:
        """Return those of a file that is being opened, which may be another one than before."""
        found = cls._of_file.setdefault(path, cls())
        found.number += 2
        return found

    def version(self, ask: Callable[[], int]) -> int:
        """Return the version of the data, asked for once after each change."""
        number = self.number
        at, version = self._known
        if at != number:
            version = ask()
            if number % 2 == 0 and number == self.number:
                self._known = number, version
        return version
