"""Which reader a file needs, told by its first bytes, and the tables that are in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from health.errors import TablesRefused, UnclearFile, UnreadableFile
from health.files.archives import Archive
from health.files.blocks import OpenedFile
from health.files.csv_table import BLOCK_BYTES, open_csv
from health.files.parquet import open_parquet
from health.files.quoting import quoted
from health.files.sources import GZIP, PARQUET, ZIP, Intake, Unpacked
from health.files.stated import AS_FOUND, Stated
from health.files.workbooks import Workbook, is_workbook
from health.files.zip_parts import parts_of

_TOLD: Final = 3
"""Tables of which it is told why they cannot be read."""


def open_file(
    intake: Intake, block_bytes: int = BLOCK_BYTES, stated: Stated = AS_FOUND
) -> OpenedFile:
    """The table in a file.

    Raises UnreadableFile if there is none, or several and ``stated.sheet`` does not say which.
    """
    box = _box(intake)
    if box is None:
        return _open_plain(intake, block_bytes, stated)
    if isinstance(box, Workbook):
        return box.open(stated)
    if stated.sheet is not None:
        name, sheet = box.named(stated.sheet)
        table = open_file(_member(box, name, intake), block_bytes, replace(stated, sheet=sheet))
        return replace(table, part=stated.sheet)
    if len(box.names) > 1:
        raise UnclearFile(
            f"The ZIP archive holds several files: {quoted(*box.names)}. It is not clear which "
            "one is meant; leave one in the archive, or state it in a feed."
        )
    return open_file(_member(box, box.names[0], intake), block_bytes, stated)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A sheet of a workbook, a file of an archive, or the only table of a file: without a name.

    ``open`` raises UnreadableFile; it is called before the next part is asked for, if at all.
    """

    name: str | None
    open: Callable[[], OpenedFile]


def parts(intake: Intake, block_bytes: int = BLOCK_BYTES) -> Iterator[Part]:
    """Every table in a file; raises UnreadableFile for a workbook or archive that cannot be read.

    One whose table cannot be read is among them: its ``open`` says why.
    """
    box = _box(intake)
    if box is None:
        yield Part(name=None, open=lambda: _open_plain(intake, block_bytes, AS_FOUND))
    elif isinstance(box, Workbook):
        yield from _sheets_of(box)
    else:
        for name in box.names:
            own = name if len(box.names) > 1 else None
            try:
                yield from _parts_of_member(_member(box, name, intake), name, own, block_bytes)
            except UnreadableFile as error:
                yield Part(name=own, open=partial(_refuse, error))


def part_names(intake: Intake) -> tuple[str, ...]:
    """The names of the sheets or files in a file that holds several tables; else none."""
    return tuple(part.name for part in parts(intake) if part.name is not None)


def tables_refused(
    refused: Mapping[str, UnreadableFile], readable: Sequence[str]
) -> UnreadableFile:
    """The refusal of a file for some of its tables: each with what is wrong with it."""
    if len(refused) == 1 and not readable:
        ((name, error),) = refused.items()
        return type(error)(f"{quoted(name)}: {error.message}", title=error.title)
    said = [f"{quoted(name)}: {error.message}" for name, error in refused.items()]
    more = f" {len(said) - _TOLD} more cannot be read either." if len(said) > _TOLD else ""
    return TablesRefused(" ".join(said[:_TOLD]) + more, readable=tuple(readable))


def _sheets_of(book: Workbook) -> Iterator[Part]:
    if len(book.visible) < 2:
        yield Part(name=None, open=lambda: book.open(AS_FOUND))
        return
    for sheet in book.visible:
        yield Part(name=sheet.name, open=partial(book.open_sheet, sheet, AS_FOUND, part=sheet.name))


def _parts_of_member(
    member: Intake, name: str, own: str | None, block_bytes: int
) -> Iterator[Part]:
    """The tables of a file of an archive, which is called ``own`` where there are several."""
    for part in parts(member, block_bytes):
        called = own if part.name is None else f"{name}/{part.name}"
        yield Part(name=called, open=partial(_called, part, called))


def _called(part: Part, name: str | None) -> OpenedFile:
    return replace(part.open(), part=name)


def _refuse(error: UnreadableFile) -> OpenedFile:
    raise error


def _box(intake: Intake) -> Workbook | Archive | None:
    """The workbook or the archive that the file is; None for a file that is one table."""
    if not intake.peek().startswith(ZIP):
        return None
    data = intake.read()
    parts = parts_of(data)
    kind = Workbook if is_workbook({part.filename for part in parts}) else Archive
    return kind(data, parts, maximum=intake.maximum)


def _member(box: Archive, name: str, intake: Intake) -> Intake:
    content = box.content(name)
    member = Intake(io.BytesIO(content), expected=len(content), maximum=intake.maximum)
    head = member.peek()
    if not head:
        raise UnreadableFile(f"The file {quoted(name)} of the ZIP archive is empty.")
    if head.startswith(GZIP) or _is_archive(content):
        raise UnreadableFile(
            f"The file {quoted(name)} of the ZIP archive is packed once more. Unpack it first."
        )
    return member


def _is_archive(content: bytes) -> bool:
    if not content.startswith(ZIP):
        return False
    return not is_workbook({part.filename for part in parts_of(content)})


def _open_plain(intake: Intake, block_bytes: int, stated: Stated) -> OpenedFile:
    if stated.sheet is not None:
        raise UnreadableFile(
            f"A sheet is stated ({quoted(stated.sheet)}), and the file is no workbook."
        )
    head = intake.peek()
    if head.startswith(PARQUET):
        return open_parquet(intake)
    stream = Unpacked(intake) if head.startswith(GZIP) else intake
    return open_csv(stream, block_bytes=block_bytes, stated=stated)
