"""Results that are made once, however many visitors ask, and kept as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Memory:
    """Results by key; safe to share between threads.

    most: results kept; those that were not asked for longest go.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Result] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], object]) -> object:
        """Return the result of a key; who asks while another makes it waits for that one."""
        with self._lock:
            result = self._kept.pop(key, None) or _Result()
            self._kept[key] = result
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return result.get(make)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._kept.clear()


class _Result:
    """One result: made by the first who asks, and again where that failed."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made: tuple[object] | None = None

    def get(self, make: Callable[[], object]) -> object:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (make(),)
        return self._made[0]
