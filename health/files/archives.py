"""A ZIP archive of files, each unpacked within limits."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import Final

from health.errors import UnreadableFile
from health.files.quoting import quoted
from health.files.sources import refuse_bomb
from health.files.zip_parts import unpacked

MOST_FILES: Final = 100
"""The most files of an archive that are read."""

_LITTER: Final = "__MACOSX/"


class Archive:
    """The files of an archive in its order; raises UnreadableFile if there is none, or too much.

    Folders are left out, and so are the hidden files that some systems add.
    """

    def __init__(self, data: bytes, parts: Sequence[zipfile.ZipInfo], *, maximum: int) -> None:
        """Take the files among ``parts``, of at most ``maximum`` bytes together."""
        self._data = data
        self._parts = {part.filename: part for part in parts if _is_file(part)}
        if not self._parts:
            raise UnreadableFile("The ZIP archive has no file in it.")
        if len(self._parts) > MOST_FILES:
            raise UnreadableFile(
                f"The ZIP archive holds {len(self._parts):,} files; at most {MOST_FILES} are read."
            )
        declared = sum(part.file_size for part in self._parts.values())
        refuse_bomb(unpacked=declared, packed=len(data), maximum=maximum)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, as the archive has them."""
        return tuple(self._parts)

    def content(self, name: str) -> bytes:
        """The bytes of a file."""
        return unpacked(self._data, self._parts[name], what="ZIP archive")

    def named(self, stated: str) -> tuple[str, str | None]:
        """The file that is stated, and the sheet in it: ``book.xlsx/Sheet1``."""
        for name in sorted(self._parts, key=len, reverse=True):
            if stated == name:
                return name, None
            if stated.startswith(f"{name}/"):
                return name, stated[len(name) + 1 :]
        raise UnreadableFile(
            f"The ZIP archive has no file {quoted(stated)}; it has {quoted(*self._parts)}."
        )


def _is_file(part: zipfile.ZipInfo) -> bool:
    name = part.filename
    is_hidden = name.rpartition("/")[2].startswith(".") or name.startswith(_LITTER)
    return not part.is_dir() and not is_hidden
