"""Names in Streamlit's markdown, letter for letter."""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = re.compile(r"[^\S\u00a0]+")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")


def escape(text: str) -> str:
    r"""Return ``text`` so that markdown shows it as it is: no link, picture, formula or colour.

    Line breaks become spaces, as a name has none; a no-break space keeps a number and its unit
    together.
    """
    return _SPECIAL.sub(r"\\\1", _BLANK.sub(" ", text).strip())
