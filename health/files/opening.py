"""Which reader a file needs, told by its first bytes, and the tables that are in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from health.errors import UnclearFile, UnreadableFile
from health.files.archives import Archive
from health.files.blocks import OpenedFile
from health.files.csv_table import BLOCK_BYTES, open_csv
from health.files.parquet import open_parquet
from health.files.quoting import quoted
from health.files.sources import GZIP, PARQUET, ZIP, Intake, Unpacked
from health.files.stated import AS_FOUND, Stated
from health.files.workbooks import Workbook, is_workbook
from health.files.zip_parts import parts_of


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


def open_parts(intake: Intake, block_bytes: int = BLOCK_BYTES) -> Iterator[OpenedFile]:
    """Every table in a file: the sheets of a workbook, the files of an archive, or the only one.

    Each has its name as ``part`` where there are several. What is wrong with one names it.
    """
    box = _box(intake)
    if box is None:
        yield _open_plain(intake, block_bytes, AS_FOUND)
    elif isinstance(box, Workbook):
        yield from box.open_all()
    else:
        for name in box.names:
            yield from _parts_of_member(box, name, intake, block_bytes)


def part_names(intake: Intake) -> tuple[str, ...]:
    """The names of the sheets or files in a file that holds several tables; else none."""
    return tuple(table.part for table in open_parts(intake) if table.part is not None)


def of_part(part: str | None, error: UnreadableFile) -> UnreadableFile:
    """The same refusal, naming the sheet or the file of an archive that is at fault."""
    if part is None:
        return error
    return type(error)(f"{quoted(part)}: {error.message}", title=error.title)


def _parts_of_member(
    box: Archive, name: str, intake: Intake, block_bytes: int
) -> Iterator[OpenedFile]:
    own = name if len(box.names) > 1 else None
    try:
        for table in open_parts(_member(box, name, intake), block_bytes):
            inner = table.part
            yield replace(table, part=f"{name}/{inner}" if inner is not None else own)
    except UnreadableFile as error:
        raise of_part(own, error) from error


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
