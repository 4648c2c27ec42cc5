"""From the bytes of a file to its accepted rows and its rejects."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

from health.errors import UnreadableFile
from health.files.blocks import Block, OpenedFile
from health.files.checking import MIS_ENCODED, Checked, check
from health.files.csv_table import BLOCK_BYTES
from health.files.file_columns import shapes
from health.files.headers import Header, read_header
from health.files.notes import of_mis_encoded, of_no_value
from health.files.opening import open_file, part_names, parts, tables_refused
from health.files.parsed_file import ParsedFile
from health.files.reasons import REJECTS, RejectReason
from health.files.sources import MAXIMUM_BYTES, Intake, open_source, refuse_too_many_rows
from health.files.stated import Stated

REJECTS_KEPT: Final = 100_000
"""The most entries in a list of rejects; more are counted and left out."""

Done = TypeVar("Done")

# polars works with threads of its own below these; more than four only cost memory.
THREADS: Final = min(4, os.cpu_count() or 1)


def read_file(
    source: Path | bytes,
    *,
    name: str,
    today: date,
    max_bytes: int = MAXIMUM_BYTES,
    progress: Callable[[float], None] | None = None,
    sheet: str | None = None,
    _block_bytes: int = BLOCK_BYTES,
) -> ParsedFile:
    """Read a file in any accepted format, row by row right or rejected with a reason.

    **Formats.** CSV in UTF-8 (a byte order mark may be there) or in UTF-16 with its mark, with
    commas, semicolons or tabs, or the delimiter of a first line ``sep=;``, plain or gzipped; JSON
    lines, an object a line; workbooks of Excel (.xlsx) and OpenDocument (.ods); Parquet; a ZIP
    archive of such files. The format is told by the content, never by the name. Of several sheets
    that hold something, or of several files, ``sheet`` names the one to read; a hidden sheet is
    read only where all are hidden. Line numbers are those a text editor shows; for a sheet the
    row's number in it; for Parquet the row's number with the header as line 1.

    **Header.** The first line that is not blank, or, where that names no kind of file, the one of
    the next lines that does: those above it are skipped, and ``notes`` say so. Names match
    whatever their case, blanks, hyphens and underscores. It tells the kind of file. A missing,
    doubled or unknown column refuses the file, so that a misspelled column is never left out in
    silence; ``created_at`` and ``updated_at`` of our own exports are left out, and so are columns
    without a name and content at the end. In a file of rejected rows (see
    :mod:`health.files.rejected_rows`) ``what_is_wrong`` is left out too, and the apostrophe before
    what looks like a formula is not part of the cell.

    **Rows.** A row with nothing in any cell is no row. Each other one is accepted or rejected
    whole. Blanks around a cell do not count; an empty cell is null, and refused in a required
    column (``organization_id`` and ``name``; ``metric_type``, ``date`` and ``value``;
    ``feature_name``). What a cell may be: see :class:`RejectReason`. Dates are ISO; a time may
    follow, and the day counts as written. Usage and feature days end with the day after ``today``.
    Integers are plain ASCII digits up to ``MAXIMUM_VALUE`` (31.0 is 31), percentages at most 100.
    ``="00123"`` is 00123. In a workbook and in Parquet numbers may be numbers and dates dates; a
    cell in percent is read as percent (1 shown as 100 % is 100), and a formula without a result,
    or with an empty one, refuses the file. A word for no value (see
    :mod:`health.files.placeholders`) is null in a cell that may be empty, and refused as an id or
    a name, as a row of totals is. ``notes`` say what of this was met.

    **Result.** ``rows`` have ``line`` (Int64) first, then for
    organizations the columns present of organization_id, name (String), total_users (Int64),
    renewal_date (Date), industry (String), employee_count (Int64), csm (String), annual_value
    (Decimal(18, 2)), alert_level (Enum), is_active (Boolean), inactive_from and valid_from (Date);
    long usage organization_id, metric (Enum), date (Date), value (Int64);
    wide usage organization_id, date and an Int64 column for each metric present;
    features organization_id, feature (Enum) and what is present of is_enabled, is_used (Boolean),
    first_used_at, last_used_at (Date), usage_count (Int64), valid_from (Date).

    Args:
        source: A path that the program chose, or the bytes themselves.
        name: The user's label for the file.
        today: The day on which the file is read.
        max_bytes: The largest size accepted, as received and unpacked.
        progress: Called now and then, in the caller's thread, with the share read from 0 to 1.
            What it raises ends the reading.
        sheet: The sheet or file to read where ``source`` holds several; see :func:`sheets`.

    Raises:
        UnreadableFile: The file cannot be read as a table of the contract; it says why and what
            to do.
    """
    with open_source(source, maximum=max_bytes) as intake:
        table = open_file(intake, _block_bytes, Stated(sheet=sheet))
        return _read(table, intake, name=name, today=today, progress=progress)


def read_files(
    source: Path | bytes,
    *,
    name: str,
    today: date,
    max_bytes: int = MAXIMUM_BYTES,
    progress: Callable[[float], None] | None = None,
) -> tuple[ParsedFile, ...]:
    """Read every table of a file: each sheet of a workbook, each file of a ZIP archive.

    Any other file gives one. All else is as for :func:`read_file`. A table that cannot be read
    refuses the whole file: :class:`~health.errors.TablesRefused` names it, and the others.
    """
    found: list[ParsedFile] = []
    refused: dict[str, UnreadableFile] = {}
    with open_source(source, maximum=max_bytes) as intake:
        for part in parts(intake):
            try:
                found.append(_read(part.open(), intake, name=name, today=today, progress=progress))
            except UnreadableFile as error:
                if part.name is None:
                    raise
                refused[part.name] = error
    if refused:
        raise tables_refused(refused, [table.part for table in found if table.part is not None])
    return tuple(found)


def sheets(source: Path | bytes, *, max_bytes: int = MAXIMUM_BYTES) -> tuple[str, ...]:
    """The names of the sheets, or of the files of an archive, where a file holds several tables.

    Each is accepted as ``sheet`` of :func:`read_file`. Empty where there is but one table.
    """
    with open_source(source, maximum=max_bytes) as intake:
        return part_names(intake)


def _read(
    table: OpenedFile,
    intake: Intake,
    *,
    name: str,
    today: date,
    progress: Callable[[float], None] | None,
) -> ParsedFile:
    header = read_header(table.header, shapes(today))
    found = _Collected(header=header)
    with ThreadPoolExecutor(THREADS) as pool:
        for checked in in_order(pool, lambda block: check(block.read(), header), table.blocks):
            found.add(checked)
            refuse_too_many_rows(found.row_count, intake.size)
            if progress is not None:
                progress(intake.share)
    intake.drain()
    return found.parsed(table, name=name, day=today, size=intake.size, sha256=intake.sha256)


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[Block], Done], blocks: Iterable[Block]
) -> Iterator[Done]:
    """The results of ``work`` in the order of ``blocks``, a few of them at a time under way."""
    under_way: deque[Future[Done]] = deque()
    try:
        for block in blocks:
            under_way.append(pool.submit(work, block))
            if len(under_way) > THREADS:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


@dataclass
class Found:
    """What was found so far, block after block."""

    rows: list[pl.DataFrame] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    accepted_rows: int = 0
    rejected_rows: int = 0
    counts: Counter[RejectReason] = field(default_factory=Counter)
    no_value: Counter[tuple[str, str]] = field(default_factory=Counter)
    mis_encoded: list[pl.DataFrame] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Rows accepted and rejected."""
        return self.accepted_rows + self.rejected_rows

    def add(self, checked: Checked) -> None:
        """Add a block."""
        room = REJECTS_KEPT - sum(rejects.height for rejects in self.rejects)
        self.rows.append(checked.rows)
        self.rejects.append(checked.rejects.head(room))
        self.accepted_rows += checked.rows.height
        self.rejected_rows += checked.rejected_rows
        self.counts.update(checked.counts)
        self.no_value.update(checked.no_value)
        self.mis_encoded.append(checked.mis_encoded)

    def notes(self, table: OpenedFile) -> tuple[str, ...]:
        """What is said of how the file was read."""
        return (
            *table.notes,
            *of_no_value(self.no_value),
            *of_mis_encoded(pl.concat([pl.DataFrame(schema=MIS_ENCODED), *self.mis_encoded])),
        )


@dataclass
class _Collected(Found):
    """The same, of a file of the contract."""

    header: Header = field(kw_only=True)

    def parsed(
        self, table: OpenedFile, *, name: str, day: date, size: int, sha256: str
    ) -> ParsedFile:
        return ParsedFile(
            name=name_of(name, table.part),
            day=day,
            size=size,
            sha256=hash_of(sha256, table.part),
            kind=self.header.shape.kind,
            layout=self.header.shape.layout,
            columns=self.header.columns,
            rows=pl.concat([pl.DataFrame(schema=self.header.schema), *self.rows]),
            rejects=pl.concat([pl.DataFrame(schema=REJECTS), *self.rejects]),
            row_count=self.row_count,
            rejected_rows=self.rejected_rows,
            reject_counts=dict(self.counts.most_common()),
            notes=self.notes(table),
            part=table.part,
        )


def name_of(name: str, part: str | None) -> str:
    """What a part of a file is called; the file itself where it has but one."""
    return name if part is None else f"{name}: {part}"


def hash_of(sha256: str, part: str | None) -> str:
    """The hash of a part: of that of the file and its name, so that each has its own."""
    if part is None:
        return sha256
    return hashlib.sha256(f"{sha256}\n{part}".encode()).hexdigest()
