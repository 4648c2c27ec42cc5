"""What a person states about how a file is written, for what its content does not tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stated:
    """How a file is to be read; what is None is found from its content.

    Attributes:
        encoding: Of text: one of :data:`~health.files.encodings.ENCODINGS`, such as ``cp1252``.
        delimiter: The character between the fields of text, such as ``;``.
        sheet: The sheet of a workbook, or the file of a ZIP archive (``book.xlsx/Sheet1`` for a
            sheet of a workbook in it).
        header_line: The line, from 1, that names the columns; the lines above it are skipped.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None


AS_FOUND = Stated()
"""Nothing stated: everything is found from the content."""
