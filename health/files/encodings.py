"""Text in other encodings than UTF-8, read as UTF-8."""

from __future__ import annotations

from typing import Final

ENCODINGS: Final = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
)
"""The encodings that can be stated; without a statement UTF-8, or UTF-16 with its mark."""
