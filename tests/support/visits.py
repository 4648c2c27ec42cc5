"""What the fixtures of a visitor without a browser give to a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from streamlit.testing.v1 import AppTest

Offered = dict[str, Callable[[], Any]]


class Visit(Protocol):
    """Opens a page of a database by its address."""

    def __call__(self, page: str, database: Path, /, **address: str | list[str]) -> AppTest: ...
