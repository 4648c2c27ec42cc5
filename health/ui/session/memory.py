"""Results that are made once, however many visitors ask, and kept as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Memory:
    """Results by key; safe to share between threads.

    most: the sum of the sizes of what is kept; what was not asked for longest goes.
    size: of a result; if not given, each counts as one.
    """

    def __init__(self, most: int, size: Callable[[object], int] = lambda _: 1) -> None:
        self._most = most
        self._size = size
        self._sum = 0
        self._kept: OrderedDict[Hashable, _Result] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], object]) -> object:
        """Return the result of a key; who asks while another makes it waits for that one."""
        with self._lock:
            result = self._kept.setdefault(key, _Result())
            self._kept.move_to_end(key)
        made = result.get(make)
        if not result.size:
            with self._lock:
                self._weigh(key, result, made)
        return made

    def _weigh(self, key: Hashable, result: _Result, made: object) -> None:
        if result.size or self._kept.get(key) is not result:
            return
        result.size = self._size(made)
        self._sum += result.size
        while self._sum > self._most and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._sum -= oldest.size

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._kept.clear()
            self._sum = 0


class _Result:
    """One result: made by the first who asks, and again where that failed; size: once made."""

    def __init__(self) -> None:
        self.size = 0
        self._lock = threading.RLock()
        self._made: tuple[object] | None = None

    def get(self, make: Callable[[], object]) -> object:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (make(),)
        return self._made[0]


def size_of(result: object) -> int:
    """Return about how many bytes it has: its frames and texts, and 100 for all else."""
    if isinstance(result, pl.DataFrame):
        return 100 + int(result.estimated_size())
    if isinstance(result, str):
        return 100 + len(result)
    if is_dataclass(result):
        return 100 + sum(size_of(getattr(result, one.name)) for one in fields(result))
    if isinstance(result, Mapping):
        return 100 + sum(map(size_of, result.values()))
    if isinstance(result, (list, tuple)):
        return 100 + sum(map(size_of, result))
    return 100
