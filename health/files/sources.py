"""The bytes of a file as received: bounded, hashed, and recognised by what they are.

The name of a file is never used to open or to recognise anything; it is a label.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from health.errors import UnreadableFile

MAXIMUM_BYTES: Final = 1_000_000_000
"""The largest file read, as received and unpacked."""

UNPACKED_RATIO: Final = 100
"""How many times its size a compressed file may grow; usage exports stay under 20 to 40."""

UNPACKED_ALWAYS: Final = 16_000_000
"""Bytes that a compressed file may unpack to whatever its size."""

MOST_ROWS: Final = 25_000_000
"""The most rows of a file; as a frame they take about a gigabyte."""

ROWS_ALWAYS: Final = 1_000_000
"""Rows that a file may have whatever its size."""

ROWS_PER_BYTE: Final = 3
"""Rows beyond those for each byte received: real files have less than one a byte."""

SAVE_AS: Final = "Save it as CSV (UTF-8) or as an Excel workbook (.xlsx) and load that."

GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
PARQUET: Final = b"PAR1"

_HEAD: Final = 16


class Stream(Protocol):
    """Bytes that can be read in order."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, none at the end."""
        ...


class _Counted(io.RawIOBase):
    """A stream that counts and hashes what is read from it, and stops at ``maximum`` bytes."""

    def __init__(self, raw: io.BufferedReader | io.BytesIO, maximum: int) -> None:
        self._raw = raw
        self._maximum = maximum
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        size = self._raw.readinto(view)
        self._hash.update(view[:size])
        self.size += size
        if self.size > self._maximum:
            raise _too_large(self._maximum)
        return size


class Intake:
    """A file being received: ``stream`` gives its bytes and counts and hashes what it gave."""

    def __init__(self, raw: io.BufferedReader | io.BytesIO, *, expected: int, maximum: int) -> None:
        """Read ``raw``, of about ``expected`` bytes and refused above ``maximum``."""
        self._counted = _Counted(raw, maximum)
        self.stream = io.BufferedReader(self._counted, buffer_size=1 << 20)
        self._expected = expected
        self.maximum = maximum

    @property
    def size(self) -> int:
        """Bytes read so far."""
        return self._counted.size

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes read so far, in hexadecimal."""
        return self._counted.sha256

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self.size / max(1, self._expected))

    def peek(self) -> bytes:
        """The first bytes, which a later read gives again."""
        return self.stream.peek(_HEAD)

    def read(self, size: int = -1, /) -> bytes:
        """The next ``size`` bytes, or all that are left."""
        return self.stream.read(size)

    def drain(self) -> None:
        """Read to the end, so that size and hash are those of the whole file."""
        while self.stream.read(1 << 20):
            pass


@contextmanager
def open_source(source: Path | bytes, *, maximum: int) -> Iterator[Intake]:
    """Open a file or bytes; raises UnreadableFile if it is missing, empty or too large."""
    try:
        raw = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "the path is not valid"
        raise UnreadableFile(f"It could not be opened: {reason}.") from error
    with raw:
        expected = len(source) if isinstance(source, bytes) else os.fstat(raw.fileno()).st_size
        if expected > maximum:
            raise _too_large(maximum)
        intake = Intake(raw, expected=expected, maximum=maximum)
        if not intake.peek():
            raise UnreadableFile("The file is empty.")
        yield intake


class Unpacked:
    """The content of a gzip file, bounded by :data:`UNPACKED_RATIO` and the intake's maximum."""

    def __init__(self, intake: Intake) -> None:
        """Unpack ``intake`` while it is read."""
        self._intake = intake
        self._content = gzip.GzipFile(fileobj=intake.stream, mode="rb")
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next ``size`` bytes; raises UnreadableFile if the archive is damaged or a bomb."""
        try:
            chunk: bytes = self._content.read(size)
        except EOFError as error:
            raise UnreadableFile(
                "The gzip file is cut short: it ends before its content does. Send it again."
            ) from error
        except (OSError, zlib.error) as error:
            raise UnreadableFile(
                "The gzip file is damaged and cannot be unpacked. Send it again."
            ) from error
        self._size += len(chunk)
        refuse_bomb(unpacked=self._size, packed=self._intake.size, maximum=self._intake.maximum)
        return chunk


def refuse_bomb(*, unpacked: int, packed: int, maximum: int) -> None:
    """Raise UnreadableFile if ``packed`` bytes became too many ``unpacked`` ones."""
    if unpacked > maximum:
        raise UnreadableFile(
            f"Unpacked it is larger than {_megabytes(maximum)}, which is the most that is read. "
            "Split it into several files.",
            title="The file is too large",
        )
    if unpacked > max(UNPACKED_ALWAYS, UNPACKED_RATIO * packed):
        raise UnreadableFile(
            f"It unpacks to more than {UNPACKED_RATIO} times its size, which no real table does. "
            "Load it unpacked if it is one."
        )


def refuse_too_many_rows(rows: int, received: int) -> None:
    """Raise UnreadableFile if ``rows`` is more than a file of ``received`` bytes can hold."""
    most = min(MOST_ROWS, ROWS_ALWAYS + ROWS_PER_BYTE * received)
    if rows > most:
        raise UnreadableFile(
            f"It has more than {most:,} rows, the most that are read from a file of its size. "
            "Split it into several files.",
            title="The file is too large",
        )


def _too_large(maximum: int) -> UnreadableFile:
    return UnreadableFile(
        f"It is larger than {_megabytes(maximum)}, which is the most that is read. "
        "Split it into several files.",
        title="The file is too large",
    )


def _megabytes(size: int) -> str:
    """A size as people write it: in MB of a million bytes, small ones in bytes."""
    return f"{size / 1e6:,.0f} MB" if size >= 1_000_000 else f"{size:,} bytes"
