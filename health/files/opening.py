"""Which reader a file needs, told by its first bytes."""

from __future__ import annotations

from collections.abc import Iterator

from health.files.blocks import OpenedFile
from health.files.csv_table import BLOCK_BYTES, open_csv
from health.files.parquet import open_parquet
from health.files.sources import GZIP, PARQUET, ZIP, Intake, Unpacked
from health.files.stated import AS_FOUND, Stated
from health.files.workbooks import open_workbook


def open_file(
    intake: Intake, block_bytes: int = BLOCK_BYTES, stated: Stated = AS_FOUND
) -> OpenedFile:
    """The table in a file.

    Raises UnreadableFile if there is none, or several and ``stated.sheet`` does not say which.
    """
    head = intake.peek()
    if head.startswith(ZIP):
        return open_workbook(intake)
    if head.startswith(PARQUET):
        return open_parquet(intake)
    stream = Unpacked(intake) if head.startswith(GZIP) else intake
    return open_csv(stream, block_bytes=block_bytes)


def open_parts(intake: Intake, block_bytes: int = BLOCK_BYTES) -> Iterator[OpenedFile]:
    """Every table in a file: the sheets of a workbook, the files of an archive."""
    yield open_file(intake, block_bytes)


def part_names(intake: Intake) -> tuple[str, ...]:
    """The names of the sheets or files in a file that holds several tables; else none."""
    return ()
