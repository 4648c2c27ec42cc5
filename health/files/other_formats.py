"""Files that are no table: what they are by their first bytes, and what to do."""

from __future__ import annotations

from typing import Final

import numpy as np

from health.errors import UnreadableFile
from health.files.sources import SAVE_AS

_BEGINNING: Final = 16
_LOOKED_AT: Final = 65_536
_CONTROL_SHARE: Final = 0.03

_FORMATS: Final[tuple[tuple[bytes, str], ...]] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel workbook (.xls), an old Word document (.doc), or a workbook with a password",
    ),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x04\x22\x4d\x18", "an lz4 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x00\x01\x00\x00Standard ", "an Access database"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file"),
    (b"Obj\x01", "an Avro file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
# Letters with which a header may begin too: believed only where the rest is no text either.
_OF_BINARY: Final[tuple[tuple[bytes, str], ...]] = (
    (b"BM", "a bitmap picture"),
    (b"ID3", "a sound (MP3)"),
    (b"ORC", "an ORC file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x80", "data of a Python program"),
)
_FILM: Final = b"ftyp"
_MARKUP: Final = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg")
_CONTROLS: Final = np.array(
    [(code < 32 and chr(code) not in "\t\n\v\f\r\x1a\x1b") or code == 127 for code in range(256)]
)


def refuse_other_formats(head: bytes) -> None:
    """Raise UnreadableFile if ``head`` is how a well-known format that is not read begins."""
    for magic, what in _FORMATS:
        if head.startswith(magic):
            raise UnreadableFile(f"By its content the file is {what}, not a table. {SAVE_AS}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:_BEGINNING].lower()
    if start.startswith(_MARKUP):
        raise UnreadableFile(f"By its content the file is a web page or XML, not CSV. {SAVE_AS}")
    if start.startswith(b"["):
        raise UnreadableFile(
            "By its content the file is JSON, all of it one list. Write a row a line (JSON lines, "
            "without brackets and commas between the rows). " + SAVE_AS
        )


def refuse_binary(head: bytes) -> None:
    """Raise UnreadableFile if the first bytes of a file are no text in any encoding.

    Binary data has NULs and other control characters. One stray NUL is left to the reader, which
    names its line, and so is UTF-16, half of which is NUL.
    """
    data = np.frombuffer(head[:_LOOKED_AT], np.uint8)
    controls = int(np.count_nonzero(_CONTROLS[data]))
    is_text = data.all() or controls < max(2, _CONTROL_SHARE * len(data)) or _is_utf16(data)
    if is_text:
        return
    what = next((what for magic, what in _OF_BINARY if head.startswith(magic)), None)
    if head[4:8] == _FILM:
        what = "a film or a picture of a phone"
    looks = f"It looks like {what}." if what else "No table is known that begins as it does."
    raise UnreadableFile(
        f"The file looks like a binary file and not like text: {controls:,} of its first "
        f"{len(data):,} bytes are control characters. {looks} Export the table again, as CSV "
        "(UTF-8) or as an Excel workbook (.xlsx), and load that."
    )


def _is_utf16(data: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bool:
    """Whether every NUL is the same half of a character, as in UTF-16 without its mark."""
    zeros = data == 0
    even, odd = np.count_nonzero(zeros[::2]), np.count_nonzero(zeros[1::2])
    return bool(max(even, odd) > len(data) / 4 and min(even, odd) < len(data) / 50)
