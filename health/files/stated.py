"""What a person states about a file where the file does not say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Encoding, delimiter, sheet and line of the header; None is for what can be seen."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
