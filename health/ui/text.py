"""Names in Streamlit's markdown, letter for letter."""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = re.compile(r"[^\S\u00a0]+")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")

# An address becomes a link after everything was unescaped; only a sign inside it keeps it from
# that. The word joiner has no width and breaks no line.
WORD_JOINER: Final = "\u2060"
_ADDRESS: Final = re.compile(r"(https?:|www)(?=[/.])", re.IGNORECASE)


def escape(text: str) -> str:
    r"""Return ``text`` so that markdown shows it as it is: no link, picture, formula or colour.

    Line breaks become spaces, as a name has none; a no-break space keeps a number and its unit
    together.
    """
    unlinked = _ADDRESS.sub(rf"\1{WORD_JOINER}", _BLANK.sub(" ", text).strip())
    return _SPECIAL.sub(r"\\\1", unlinked)
