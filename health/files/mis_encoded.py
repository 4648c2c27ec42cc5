"""Text that was decoded twice, such as “MÃ¼ller”, and what it may have been."""

from __future__ import annotations

from typing import Final

import polars as pl

_LATER_BYTES: Final = bytes(range(0x80, 0xC0))
# A letter that begins a character of two or three bytes in UTF-8, and one that goes on with it.
_TWICE: Final = f"[ÂÃÄÅÐÑâã][\\x80-\\xBF{_LATER_BYTES.decode('cp1252', errors='ignore')}]"


def mis_encoded(texts: pl.Series) -> pl.Series:
    """Which texts look as if they had been decoded twice."""
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum():
        return pl.repeat(False, len(texts), eager=True)  # all of it is ASCII
    found = texts.str.contains(_TWICE)
    suspects = texts.filter(found).unique()
    twice = [text for text in suspects if text is not None and once(text) is not None]
    return texts.is_in(twice)


def once(text: str) -> str | None:
    """The text as it may have been, or None where it was not decoded twice."""
    try:
        raw = b"".join(_byte(sign) for sign in text)
        found = raw.decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return found if found != text else None


def _byte(sign: str) -> bytes:
    """The byte that Windows-1252 shows as this sign; what it does not know stands for itself."""
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1")
