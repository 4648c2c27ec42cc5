"""Words that stand for no value, in English and German, in one place.

As a client's id or name they are refused; in a cell that may be empty they are no value, and it is
said. Compared without case and without blanks around: see :func:`plain`.
"""

from __future__ import annotations

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


def plain(text: str) -> str:
    """A text as these lists have it: without case, one blank between words, no colon at the end."""
    return " ".join(text.split()).casefold().removesuffix(":").rstrip()
