"""Sentences about how a file was read: what was taken for something else than it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import polars as pl

from health import formatting
from health.files.mis_encoded import once
from health.files.quoting import quoted

_SHOWN: Final = 3


def of_no_value(found: Counter[tuple[str, str]]) -> Iterator[str]:
    """For each column, how many cells hold a word for no value, and which words."""
    columns = dict.fromkeys(column for column, _ in found)
    for column in columns:
        words = Counter({word: count for (own, word), count in found.items() if own == column})
        number = words.total()
        listed = quoted(*(word for word, _ in words.most_common()))
        yield f"{formatting.count(number, 'cell')} of {column} counted as empty: {listed}."


def of_mis_encoded(found: pl.DataFrame) -> Iterator[str]:
    """How many texts look decoded twice, and what the first ones may have been."""
    if found.is_empty():
        return
    shown = [
        f"{quoted(text)} on line {line} may have been {quoted(once(text) or text)}"
        for line, text in found.sort("line").head(_SHOWN).rows()
    ]
    yield (
        f"{formatting.count(found.height, 'text')} may be mis-encoded: {'; '.join(shown)}. "
        "If so, export the file again as UTF-8."
    )
