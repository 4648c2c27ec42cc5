"""Text in other encodings than UTF-8, read as UTF-8, and what a wrong one looks like."""

from __future__ import annotations

import codecs
import re
from typing import Final

from health.errors import UnclearFile, UnreadableFile
from health.files.sources import Stream

ENCODINGS: Final = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
)
"""The encodings that can be stated; without a statement UTF-8, or UTF-16 with its mark."""

AS_UTF8: Final = "In Excel choose “CSV UTF-8 (Comma delimited)” when saving, and load that file."

UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

_COMMAS: Final = re.compile(rb"(?<![0-9.,])[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}(?![0-9.,])")
_DOTTED_DAY: Final = re.compile(rb"(?<![0-9.])[0-3]?[0-9]\.[01]?[0-9]\.(?:19|20)[0-9]{2}(?![0-9.])")


class Transcoded:
    """A stream of text in another encoding, as UTF-8; a read may give more than was asked for."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        """Read ``stream``, which is text in ``encoding``."""
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._lines = 1

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; raises UnreadableFile naming the line that is not in this encoding."""
        while True:
            chunk = self._stream.read(size)
            try:
                text = self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise self._refused(error) from error
            if text or not chunk:
                self._lines += text.count("\n")
                return text.encode()

    def _refused(self, error: UnicodeDecodeError) -> UnreadableFile:
        before = error.object[: error.start].decode(self._encoding, errors="replace")
        line = self._lines + before.count("\n")
        if error.start >= len(error.object) - 1 and self._encoding.startswith("utf-16"):
            what = "is cut short within a character"
        else:
            what = f"is not {self._encoding} text (byte 0x{error.object[error.start]:02X})"
        return UnreadableFile(f"Line {line} {what}. Save it again from the program that made it.")


def as_utf8(stream: Stream, head: bytes, stated: str | None) -> Stream:
    """The stream as UTF-8. Its first bytes ``head`` tell the encoding, or else ``stated`` does."""
    if head.startswith(_UTF32_MARKS):
        raise UnreadableFile(f"The text is encoded as UTF-32, which is not read. {AS_UTF8}")
    if head.startswith(_UTF16_MARKS):
        return Transcoded(stream, "utf-16")
    if stated is None or head.startswith(UTF8_MARK):
        return stream
    encoding = _encoding(stated)
    if encoding == "utf-8":
        return stream
    if not encoding.startswith("utf") and not head.isascii() and _is_utf8(head):
        raise UnreadableFile(
            f"The text is UTF-8, and not {encoding} as stated. Change the feed, or save the file "
            "as before."
        )
    return Transcoded(stream, encoding)


def is_coded(head: bytes, stated: str | None) -> bool:
    """Whether text that begins so is not read as UTF-8 as it stands."""
    return stated is not None or head.startswith(_UTF16_MARKS + _UTF32_MARKS)


def is_utf16(head: bytes, stated: str | None) -> bool:
    """Whether text that begins so is read two or four bytes a character."""
    return head.startswith(_UTF16_MARKS + _UTF32_MARKS) or (
        stated is not None and _encoding(stated).startswith("utf-16")
    )


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(stated: str) -> str:
    """The encoding with this name, however it is spelled."""
    try:
        name = codecs.lookup(stated).name
    except (LookupError, ValueError):
        name = ""
    for encoding in ENCODINGS:
        if codecs.lookup(encoding).name == name:
            return encoding
    raise UnreadableFile(
        f"The encoding “{stated[:40]}” is not known. State one of: {', '.join(ENCODINGS)}."
    )


def refuse_unless_utf8(head: bytes, *, is_whole: bool) -> None:
    """Raise UnreadableFile if the first bytes of a file are not UTF-8: what they look like.

    ``is_whole``: nothing follows, so that a character cut short is at fault too.
    """
    if head.isascii():
        return
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=is_whole)
    except UnicodeDecodeError as error:
        line_end = b"\n" if b"\n" in head else b"\r"
        line = 1 + head.count(line_end, 0, error.start)
        german = _german(head)
        raise UnclearFile(f"Line {line} {not_utf8(head[error.start])}{german}") from error


def not_utf8(byte: int) -> str:
    """What is said of a line with this byte, which is no UTF-8."""
    sign = bytes([byte]).decode("cp1252", errors="ignore")
    seen = f", “{sign}” in Windows-1252" if sign.isprintable() and sign else ""
    return (
        f"is not UTF-8 text (byte 0x{byte:02X}{seen}). State encoding = cp1252 in a feed if that "
        f"is what it is, or save the file as UTF-8. {AS_UTF8}"
    )


def _german(head: bytes) -> str:
    """What else of a file must be stated, where it is written the German way."""
    signs = [
        "semicolons between the fields" if head.count(b";") > head.count(b"\n") else "",
        f"decimal commas ({found[0].decode()})" if (found := _COMMAS.search(head)) else "",
        f"days such as {day[0].decode()}" if (day := _DOTTED_DAY.search(head)) else "",
    ]
    seen = [sign for sign in signs if sign]
    return f" It has {', '.join(seen)}; the feed must say so too." if len(seen) > 1 else ""
