"""Keeps DuckDB before 2.0 from importing pandas, which nothing here uses.

For 1.5.5 and 1.5.6: they import it to look at the first value that is bound to a question, or the
first table that is registered, which takes 2.3 of the 4 seconds of a command with nothing to do.
2.0.1 does not. No upstream issue was found. It goes when the 1.5 line does.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

IS_NEEDED: Final = duckdb.__version__.startswith("1.")


class _Binding(threading.local):
    """Whether this thread binds values; others may import pandas meanwhile."""

    is_under_way = False


_BINDING: Final = _Binding()


class _Refusal:
    """Says that there is no pandas, to whoever binds values."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas" and _BINDING.is_under_way:
            raise ModuleNotFoundError(name)


if IS_NEEDED:
    sys.meta_path.insert(0, _Refusal)


@contextlib.contextmanager
def spared() -> Iterator[None]:
    """Bind values and register tables in the block without importing pandas."""
    _BINDING.is_under_way = True
    try:
        yield
    finally:
        _BINDING.is_under_way = False
