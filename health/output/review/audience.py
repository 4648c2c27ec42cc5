"""For whom a review is, and how its file is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from health.vocabulary import Word

if TYPE_CHECKING:
    from health.output.review.spans import Span

_MOST_LETTERS: Final = 80
"""Letters of a client's name in the name of a file."""


class Audience(Word):
    """Who reads a review."""

    CLIENT = (
        "CLIENT",
        "The client",
        "Without risk, contract value, calls and notes.",
    )
    INTERNAL = "INTERNAL", "Us", "All that is known, for internal use."


def file_name(name: str, organization_id: str, span: Span, audience: Audience) -> str:
    """Return such as ``Ada Ltd 2026-Q3 review.html``: letters, digits, spaces and dashes."""
    plain = _plain(name) or _plain(organization_id) or "client"
    kind = "internal review" if audience is Audience.INTERNAL else "review"
    return f"{plain} {span.name} {kind}.html"


def _plain(text: str) -> str:
    return re.sub(r"[^\w-]+", " ", text).strip(" -_")[:_MOST_LETTERS].strip()
