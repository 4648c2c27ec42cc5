"""Names from a file, as a sentence may show them."""

from __future__ import annotations

from typing import Final

_SHOWN_NAMES: Final = 12

_SHOWN_CHARACTERS: Final = 60


def quoted(*names: str) -> str:
    """Names from a file in quotation marks, to be shown: long ones and long lists cut short."""
    shown = [_shown(name) for name in names[:_SHOWN_NAMES]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _shown(name: str) -> str:
    """A name on one line, without the characters that would steer a terminal."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(name.split()))
    cut = plain[:_SHOWN_CHARACTERS]
    return f"“{cut}…”" if cut != plain else f"“{plain}”"
