"""The parts of a ZIP archive: a workbook of Excel, a sheet of OpenDocument, or plain files.

What an archive says of the size of a part is not believed: a part is unpacked here first and must
be as long as the archive says.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from health.errors import UnreadableFile
from health.files.sources import SAVE_AS

MOST_PARTS: Final = 2_000

_LOCAL_HEADER: Final = struct.Struct("<26xHH")


def parts_of(data: bytes) -> list[zipfile.ZipInfo]:
    """The parts of an archive; raises UnreadableFile if it is damaged or has too many."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise damaged() from error
    if len(parts) > MOST_PARTS:
        raise UnreadableFile(
            f"The archive has {len(parts):,} parts, far more than a table. {SAVE_AS}"
        )
    return parts


def unpacked(data: bytes, part: zipfile.ZipInfo, what: str = "workbook") -> bytes:
    """The content of a part, which must be exactly as long as the archive says.

    Not by zipfile, which stops where the archive says the part ends: another reader may not.
    """
    if part.flag_bits & 1:
        raise UnreadableFile("The file is protected by a password. Save it without one.")
    try:
        name, extra = _LOCAL_HEADER.unpack_from(data, part.header_offset)
        start = part.header_offset + _LOCAL_HEADER.size + name + extra
        packed = data[start : start + part.compress_size]
        if part.compress_type == zipfile.ZIP_STORED:
            content, ended = packed, True
        elif part.compress_type == zipfile.ZIP_DEFLATED:
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            content = inflate.decompress(packed, part.file_size + 1)
            ended = inflate.eof
        else:
            raise damaged(what)
    except (struct.error, zlib.error) as error:
        raise damaged(what) from error
    if not ended or len(content) != part.file_size:
        raise damaged(what)
    return content


def damaged(what: str = "workbook") -> UnreadableFile:
    """The refusal of a broken archive, or of one that does not hold what it says."""
    by = " that Excel wrote" if what == "workbook" else ""
    return UnreadableFile(f"The {what} is damaged, or not one{by}. {SAVE_AS}")
