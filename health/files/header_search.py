"""Which of the first lines of a table names its columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from health.files.file_columns import shapes, squeeze
from health.files.headers import count_known
from health.files.quoting import quoted
from health.files.synonyms import is_synonym

_SHAPES: Final = shapes(date.min)

LINES_SEARCHED: Final = 20
"""Lines that are not blank among which a header is looked for."""


def find_header(lines: Sequence[Sequence[str]]) -> int:
    """The place of the header among the first lines of a table, each as its cells.

    It is the first line, unless that names no kind of file and a later one does better: by the
    names of ours in it, then by what other programs call them.
    """
    best = max(range(len(lines)), key=lambda place: (*_fitness(lines[place]), -place), default=0)
    return 0 if _fitness(lines[0])[0] or not any(_fitness(lines[best])) else best


def skipped(lines: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """The sentence that names the lines above a header, given as number and text; maybe none."""
    if not lines:
        return ()
    texts = quoted(*(text for _, text in lines))
    if len(lines) == 1:
        return (f"Line {lines[0][0]} above the header was skipped: {texts}.",)
    return (f"{len(lines)} lines above the header were skipped: {texts}.",)


def is_whole_header(cells: Sequence[str]) -> bool:
    """Whether the cells name all that some kind of file needs."""
    present = {squeeze(cell) for cell in cells}
    return any(not shape.missing(present) for shape in _SHAPES)


def named(cells: Sequence[str]) -> int:
    """How many cells are names of ours, or what other programs call these."""
    return count_known(cells) + sum(map(is_synonym, cells))


def _fitness(cells: Sequence[str]) -> tuple[bool, int, int]:
    """Whether the cells name a kind of file, how many are ours, and how many are known at all."""
    ours, known = count_known(cells), named(cells)
    # A single word may be a title: “Name”, “Company”.
    return is_whole_header(cells), ours if ours > 1 else 0, known if known > 1 else 0
