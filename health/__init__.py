"""Client Health: which clients are at risk, why, and whom to call first.

A program imports what it needs from here. A database is opened with :func:`open_database`;
questions are asked inside ``with database.read() as reader``, so that all answers come from one
version of the data; what changes data is a function of the database.
"""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import Any


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command starts at once."""
    home = _homes().get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})


@cache
def _homes() -> dict[str, str]:
    """Each public name and its module, from the stub beside this file that type checkers read."""
    stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
