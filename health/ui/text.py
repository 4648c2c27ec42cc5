"""Names in Streamlit's markdown, letter for letter."""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = re.compile(r"[^\S\u00a0]+")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")

# Addresses, icons, the logo and arrows are made after everything was unescaped; only a sign inside
# them keeps them from that. The word joiner has no width and breaks no line.
WORD_JOINER: Final = "\u2060"
_MADE_LATE: Final = re.compile(
    r"""(https?:(?=/) | www(?=\.)                         # https://…, www.…
    | :(?=[a-z+-][\w+-]*:)                               # :streamlit:, :material_home:
    | (?<!\S)[<>~-](?=(?:->|[-=>])(?!\S)))               # ->, <->, --, >=
    """,
    re.IGNORECASE | re.VERBOSE,
)


def escape(text: str) -> str:
    r"""Return ``text`` so that markdown shows it as it is: no link, picture, formula or colour.

    Line breaks become spaces, as a name has none; a no-break space keeps a number and its unit
    together.
    """
    kept = _MADE_LATE.sub(rf"\1{WORD_JOINER}", _BLANK.sub(" ", text).strip())
    return _SPECIAL.sub(r"\\\1", kept)
