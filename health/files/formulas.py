"""Text that a spreadsheet would run as a formula gets an apostrophe in front, so that it is shown.

A file that is loaded again gets one in front of ``'=`` too: then each can be removed again, and
the text is what it was.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

_FORMULA: Final = r"^([=+\-@\t\r])"
_FORMULA_OR_NEUTRALIZED: Final = r"^('*[=+\-@\t\r])"
_NEUTRALIZED: Final = r"^'('*[=+\-@\t\r])"
_FORCED: Final = r'^="([^"]*)"$'


def neutralize(text: pl.Expr, *, reversibly: bool = False) -> pl.Expr:
    """Return the text with an apostrophe in front of what would be run."""
    return text.str.replace(_FORMULA_OR_NEUTRALIZED if reversibly else _FORMULA, "'$1")


def neutralize_cell(cell: str) -> str:
    """Return a cell as ``neutralize`` does reversibly."""
    return re.sub(_FORMULA_OR_NEUTRALIZED, r"'\1", cell)


def restore(text: pl.Series) -> pl.Series:
    """Return the text as it was before it was neutralized reversibly."""
    return text.str.replace(_NEUTRALIZED, "$1")


def unforced(text: pl.Series) -> pl.Series:
    """Return the text with ``="00123"``, which forces a spreadsheet to show it, as 00123."""
    forced = text.str.starts_with('="')
    return text.str.replace(_FORCED, "$1") if forced.any() else text
