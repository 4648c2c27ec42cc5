"""Excel workbooks (.xlsx) as a table: the one sheet that is not empty, as text.

A workbook is a zip archive of XML. Its reader allocates the whole rectangle between the first and
the last cell and copies a shared text into each cell that shows it, so a file of some kilobytes can
ask for terabytes. Every part is unpacked and measured here before the reader sees the file.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import fastexcel
import polars as pl

from health.errors import UnreadableFile
from health.files.blocks import OpenedFile, RawRows
from health.files.headers import quoted
from health.files.sources import SAVE_AS, Intake, refuse_bomb

MOST_CELLS: Final = 5_000_000
"""The most cells of the rectangle that holds a sheet; more are for CSV."""

MOST_TEXT: Final = 500_000_000
"""The most bytes of text if each cell held the longest text."""

MOST_UNPACKED: Final = 256_000_000
"""The most bytes of XML; a sheet of all of Excel's rows and four columns has 170 million."""

BLOCK_ROWS: Final = 200_000
"""Rows checked at a time."""

_MOST_PARTS: Final = 2_000
_LOCAL_HEADER: Final = struct.Struct("<26xHH")
# Up to the next "<" and not to ">", which may stand in an attribute: nothing can hide behind it.
_PLACE: Final = re.compile(
    rb"<(?:[^\s<>:/]+:)?(?:c|row)\s[^<]*?\br\s*=\s*[\"']([A-Za-z]{0,4})([0-9]{0,8})"
)
_TEXT_END: Final = re.compile(rb"</(?:[^\s<>:/]+:)?si\s*>")
_FORMULA_ALONE: Final = re.compile(
    rb"(?:</(?:[^\s<>:/]+:)?f\s*>|<(?:[^\s<>:/]+:)?f(?:\s[^<]*)?/>)\s*</(?:[^\s<>:/]+:)?c\s*>"
)
_WIDE_XML: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_ERROR: Final = re.compile(r"Error\((\w+)\)")
_ERRORS: Final = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "GettingData": "#GETTING_DATA",
}


@dataclass(frozen=True, kw_only=True)
class SheetBlock:
    """Rows of a sheet as text, and the number of the first one in the sheet."""

    rows: pl.DataFrame
    first_line: int

    def read(self) -> RawRows:
        """The rows with their numbers."""
        lines = pl.int_range(self.first_line, self.first_line + self.rows.height, eager=True)
        return RawRows(lines=lines.rename("line"), cells=self.rows)


def open_workbook(intake: Intake) -> OpenedFile:
    """The sheet with data; raises UnreadableFile if there is none, several, or no workbook."""
    data = intake.read()
    _check_archive(data, intake.maximum)
    rows = _only_sheet(data)
    filled = rows.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_max() or 0
    names = tuple(name or "" for name in rows.row(filled))
    return OpenedFile(header=names, blocks=_blocks(rows.slice(filled + 1), first_line=filled + 2))


def _blocks(rows: pl.DataFrame, *, first_line: int) -> Iterator[SheetBlock]:
    for start in range(0, rows.height, BLOCK_ROWS):
        yield SheetBlock(rows=rows.slice(start, BLOCK_ROWS), first_line=first_line + start)


def _only_sheet(data: bytes) -> pl.DataFrame:
    """The rows of the only sheet that is not empty, the sheet's first row first."""
    try:
        workbook = fastexcel.read_excel(data)
        sheets = {name: _rows(workbook, name) for name in workbook.sheet_names}
    except fastexcel.FastExcelError as error:
        raise _damaged() from error
    filled = {name: rows for name, rows in sheets.items() if rows is not None}
    if not filled:
        raise UnreadableFile("The workbook has no sheet with anything in it.")
    if len(filled) > 1:
        raise UnreadableFile(
            f"Several sheets of the workbook hold something: {quoted(*filled)}. It is not clear "
            "which one is meant; leave one in the file, or save each as a file of its own."
        )
    return next(iter(filled.values()))


def _rows(workbook: fastexcel.ExcelReader, name: str) -> pl.DataFrame | None:
    """All rows of a sheet as text, or None if nothing is in it."""
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if not sheet.width or not sheet.height:
        return None
    batch, errors = sheet.to_arrow_with_errors()
    columns = [pl.Series(str(place), column) for place, column in enumerate(batch.columns)]
    for place, rows in _errors_by_column(errors).items():
        columns[place] = columns[place].scatter(list(rows), list(rows.values()))
    frame = pl.DataFrame(columns).cast(pl.String)
    return frame if any(column.null_count() < frame.height for column in frame) else None


def _errors_by_column(errors: Any) -> dict[int, dict[int, str]]:
    """The error values of a sheet as Excel writes them: column → row → text."""
    found: dict[int, dict[int, str]] = {}
    for error in errors.errors if errors is not None else ():
        row, place = error.offset_position
        kind = _ERROR.search(error.detail)
        found.setdefault(place, {})[row] = _ERRORS.get(kind[1] if kind else "", "#VALUE!")
    return found


def _check_archive(data: bytes, maximum: int) -> None:
    """Raise UnreadableFile unless this is a workbook that its reader can take in safely."""
    parts = _parts(data)
    _check_kind({part.filename for part in parts})
    declared = sum(part.file_size for part in parts)
    refuse_bomb(unpacked=declared, packed=len(data), maximum=min(maximum, MOST_UNPACKED))
    cells = longest = area = 0
    for part in parts:
        size = _measured(_unpacked(data, part))
        cells += size.cells
        area += size.area
        longest = max(longest, size.longest_text)
    if area > MOST_CELLS or cells * longest > MOST_TEXT:
        raise UnreadableFile(
            f"The sheet is too large for a workbook: at most {MOST_CELLS:,} cells are read. "
            "Save it as CSV (UTF-8) and load that.",
            title="The file is too large",
        )


def _parts(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise _damaged() from error
    if len(parts) > _MOST_PARTS:
        raise UnreadableFile(
            f"The workbook has {len(parts):,} parts, far more than a table. {SAVE_AS}"
        )
    return parts


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    what = "a zip archive"
    if "xl/workbook.bin" in names:
        what = "a binary Excel workbook (.xlsb)"
    elif "mimetype" in names:
        what = "an OpenDocument file"
    elif any(name.startswith(("word/", "ppt/")) for name in names):
        what = "a Word or PowerPoint file"
    raise UnreadableFile(f"By its content the file is {what}, not an .xlsx workbook. {SAVE_AS}")


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> bytes:
    """The content of a part, which must be exactly as long as the archive says.

    Not by zipfile, which stops where the archive says the part ends: another reader may not.
    """
    if part.flag_bits & 1:
        raise UnreadableFile("The workbook is protected by a password. Save it without one.")
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
            raise _damaged()
    except (struct.error, zlib.error) as error:
        raise _damaged() from error
    if not ended or len(content) != part.file_size:
        raise _damaged()
    return content


@dataclass(frozen=True, kw_only=True)
class _Measures:
    """Of one part: its cells and rows, the rectangle that holds them, the longest shared text."""

    cells: int
    area: int
    longest_text: int


def _measured(content: bytes) -> _Measures:
    """How much memory the reader will ask for; raises UnreadableFile for what it cannot tell."""
    if content.startswith(_WIDE_XML):
        raise _damaged()
    may_calculate = b"<f" in content or b":f" in content  # a tenth of the time of the search
    if may_calculate and _FORMULA_ALONE.search(content):
        raise UnreadableFile(
            "The workbook holds formulas without their results, so their values are not known. "
            "Open it in Excel, save it, and load that."
        )
    cells = bottom = 0
    columns = set()
    for letters, digits in (found.groups() for found in _PLACE.finditer(content)):
        cells += 1
        columns.add(letters)
        bottom = max(bottom, int(digits or 0))
    width = max(map(_column_number, columns), default=0)
    shared = _TEXT_END.split(content) if _TEXT_END.search(content) else ()
    longest = max(map(len, shared), default=0)
    return _Measures(cells=cells, area=bottom * width, longest_text=longest)


def _column_number(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _damaged() -> UnreadableFile:
    return UnreadableFile(f"The workbook is damaged, or not one that Excel wrote. {SAVE_AS}")
