"""Words that stand for no value, in English and German, in one place.

As a client's id or name they are refused; in a cell that may be empty they are no value, and it is
said. Compared without case and without blanks around: see :func:`plain`. The patterns say the same
to polars, for whole columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NO_VALUE: Final = frozenset(
    {
        *("null", "(null)", "<null>", "none", "nil", "nan", "na", "n/a", "n.a.", "n. a."),
        *("#n/a", "#nv", "\\n", "tbd", "tba", "-", "--", "---", "\u2013", "\u2014", "\u2212"),
        *("?", "??", "???", ".", "k. a.", "k.a.", "keine angabe", "ohne angabe", "leer", "(leer)"),
        *("(blank)", "blank", "empty", "undefined", "not available", "not applicable"),
    }
)
"""In a cell that may be empty: the same as empty."""

TOTALS: Final = frozenset(
    {
        *("total", "totals", "grand total", "grand totals", "subtotal", "sub-total", "sum"),
        *("summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme", "insgesamt"),
    }
)
"""At the start of a row of totals."""

NO_NAME: Final = NO_VALUE | TOTALS | {"unknown", "unbekannt", "#ref!", "#value!", "#name?"}
"""What no client is called and no id is."""

_COUNTED: Final = (
    "records?|rows?|entries|items|clients?|customers?|accounts?|datens(?:ä|ae)tze?|zeilen?"
    "|eintr(?:ä|ae)ge|kunden?"
)


def plain(text: str) -> str:
    """A text as these lists have it: without case, one blank between words, no colon at the end."""
    return " ".join(text.split()).casefold().removesuffix(":").rstrip()


def is_total(text: str) -> bool:
    """Whether a text begins a row of totals or counts rows: “Total”, “Summe:”, “2 records”."""
    return re.search(TOTAL_PATTERN, text.strip()) is not None


def _one_of(words: Iterable[str]) -> str:
    signs = "|".join(r"\s+".join(map(re.escape, word.split())) for word in sorted(words))
    return rf"(?i)^(?:{signs})\s*:?$"


NO_VALUE_PATTERN: Final = _one_of(NO_VALUE)
TOTAL_PATTERN: Final = (
    rf"(?i)^(?:{'|'.join(sorted(TOTALS))})(?:\s*\([^)]*\))?\s*:?$|(?i)^\(?[0-9]+ (?:{_COUNTED})\)?$"
).replace("|(?i)^", "|^")
NO_NAME_PATTERN: Final = f"{_one_of(NO_NAME)}|{TOTAL_PATTERN.removeprefix('(?i)')}"
