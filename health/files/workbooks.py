"""Workbooks (.xlsx and .ods) as tables: their sheets as text.

A workbook is a zip archive of XML. Its reader allocates the whole rectangle between the first and
the last cell and copies a shared text into each cell that shows it, so a file of some kilobytes can
ask for terabytes. Every part is unpacked and measured here before the reader sees the file.
"""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import fastexcel
import polars as pl

from health.errors import UnclearFile, UnreadableFile
from health.files import excel_sheets, open_document
from health.files.blocks import OpenedFile, RawRows
from health.files.excel_sheets import Measures
from health.files.formulas import unforced
from health.files.header_search import LINES_SEARCHED, find_header, is_whole_header, skipped
from health.files.quoting import quoted
from health.files.sources import SAVE_AS, refuse_bomb
from health.files.stated import Stated
from health.files.zip_parts import damaged, unpacked

MOST_CELLS: Final = 5_000_000
"""The most cells of the rectangle that holds a sheet; more are for CSV."""

MOST_TEXT: Final = 500_000_000
"""The most bytes of text if each cell held the longest text."""

MOST_UNPACKED: Final = 256_000_000
"""The most bytes of XML; a sheet of all of Excel's rows and four columns has 170 million."""

BLOCK_ROWS: Final = 200_000
"""Rows checked at a time."""

# It warns of each sheet that is a chart, on standard error.
logging.getLogger("calamine").setLevel(logging.ERROR)

_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
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


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet: all its rows as text, the sheet's first row first."""

    name: str
    is_hidden: bool
    rows: pl.DataFrame


def is_workbook(names: set[str]) -> bool:
    """Whether an archive with these parts is a document of an office, readable or not."""
    return bool(names & {"[Content_Types].xml", "mimetype"}) or any(
        name.startswith(("xl/", "word/", "ppt/")) for name in names
    )


class Workbook:
    """A workbook that was looked through and is safe to read.

    ``sheets`` are those with something in them, as they follow each other; ``empty`` names the
    visible ones without a cell.
    """

    def __init__(self, data: bytes, parts: Sequence[zipfile.ZipInfo], *, maximum: int) -> None:
        """Read it; raises UnreadableFile if it is no workbook, or too large to be read safely."""
        self._data = data
        self._parts = {part.filename: part for part in parts}
        self._is_ods = self._check_kind()
        declared = sum(part.file_size for part in parts)
        refuse_bomb(unpacked=declared, packed=len(data), maximum=min(maximum, MOST_UNPACKED))
        self._tables: dict[str, open_document.Table] = {}
        self._check_size()
        self.empty: list[str] = []
        self.sheets = self._filled_sheets()

    @property
    def visible(self) -> list[Sheet]:
        """The sheets to read: those not hidden, or all where each of them is."""
        return [sheet for sheet in self.sheets if not sheet.is_hidden] or self.sheets

    def open(self, stated: Stated) -> OpenedFile:
        """The stated sheet, or the only one; raises UnreadableFile where that is not clear."""
        if stated.sheet is not None:
            for sheet in self.sheets:
                if sheet.name == stated.sheet:
                    return self.open_sheet(sheet, stated, part=sheet.name)
            raise UnreadableFile(
                f"The workbook has no sheet {quoted(stated.sheet)} with anything in it; it has "
                f"{listed(self.sheets)}."
            )
        if not self.sheets:
            raise UnreadableFile("The workbook has no sheet with anything in it.")
        if len(self.visible) > 1:
            raise UnclearFile(
                f"Several sheets of the workbook hold something: {listed(self.sheets)}. It is not "
                "clear which one is meant; leave one in the file, or state it in a feed."
            )
        return self.open_sheet(self.visible[0], stated)

    def open_sheet(self, sheet: Sheet, stated: Stated, *, part: str | None = None) -> OpenedFile:
        """The table of a sheet."""
        rows, notes = self._as_shown(sheet)
        at = _header_row(rows, stated.header_line)
        names = tuple(name or "" for name in rows.row(at))
        above = rows.head(at)
        lines = [
            (line, " ".join(cell for cell in cells if cell))
            for line, cells in enumerate(above.iter_rows(), start=1)
            if any(cells)
        ]
        return OpenedFile(
            header=names,
            header_line=at + 1,
            notes=(
                *self._of_others(sheet),
                *(skipped(lines) if stated.header_line is None else ()),
                *notes,
            ),
            blocks=_blocks(rows.slice(at + 1), first_line=at + 2),
            part=part,
        )

    def _of_others(self, sheet: Sheet) -> tuple[str, ...]:
        """Name the sheets that are not read, with the first one that is."""
        if sheet.is_hidden:
            return (f"The sheet {quoted(sheet.name)} is hidden in the workbook.",)
        if sheet is not self.visible[0]:
            return ()
        hidden = [each.name for each in self.sheets if each.is_hidden]
        said = []
        for names, one, many in (
            (hidden, "is hidden and was", "are hidden and were"),
            (self.empty, "holds no cells and was", "hold no cells and were"),
        ):
            if names:
                s, what = ("s", many) if len(names) > 1 else ("", one)
                said.append(f"The sheet{s} {quoted(*names)} {what} left out.")
        return tuple(said)

    def _check_kind(self) -> bool:
        """Whether it is one of OpenDocument; raises UnreadableFile if it is no workbook at all."""
        if "xl/workbook.xml" in self._parts:
            return False
        if "content.xml" in self._parts and self._content("mimetype") == _ODS:
            return True
        what = "a zip archive"
        if "xl/workbook.bin" in self._parts:
            what = "a binary Excel workbook (.xlsb)"
        elif "mimetype" in self._parts:
            what = "an OpenDocument file that is no spreadsheet"
        elif any(name.startswith(("word/", "ppt/")) for name in self._parts):
            what = "a Word or PowerPoint file"
        raise UnreadableFile(f"By its content the file is {what}, not an .xlsx workbook. {SAVE_AS}")

    def _check_size(self) -> None:
        """Raise UnreadableFile unless its reader can take the workbook in safely."""
        measures = []
        for part in self._parts.values():
            content = unpacked(self._data, part)
            if not self._is_ods:
                measures.append(excel_sheets.measured(content))
            elif part.filename == "content.xml":
                for table in open_document.tables(content, most_cells=MOST_CELLS):
                    self._tables[table.name] = table
                    measures.append(table.measures)
        _refuse_too_large(measures)

    def _filled_sheets(self) -> list[Sheet]:
        try:
            book = fastexcel.read_excel(self._data)
            sheets = [_sheet(book, name) for name in book.sheet_names]
        except fastexcel.FastExcelError as error:
            raise damaged() from error
        filled = [sheet for sheet in sheets if sheet.rows.width]
        self.empty = [s.name for s in sheets if not s.rows.width and not s.is_hidden]
        return filled

    def _as_shown(self, sheet: Sheet) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Rows with percent as percent; raises UnreadableFile for a formula without result."""
        if self._is_ods:
            table = self._tables.get(sheet.name)
            if table is None:
                return sheet.rows, ()
            table.refuse_formulas_without_result()
            return excel_sheets.in_percent(sheet.rows, table.percent, table.first)
        path = excel_sheets.sheet_parts(self._content).get(sheet.name)
        content = self._content(path or "")
        if content is None:
            raise damaged()
        excel_sheets.refuse_formulas_without_result(content, sheet.name)
        styles = excel_sheets.percent_styles(self._content("xl/styles.xml"))
        cells = excel_sheets.percent_cells(content, styles)
        if not cells:
            return sheet.rows, ()
        return excel_sheets.in_percent(sheet.rows, cells, excel_sheets.first_column(content))

    def _content(self, path: str) -> bytes | None:
        part = self._parts.get(path)
        return None if part is None else unpacked(self._data, part)


def listed(sheets: Sequence[Sheet]) -> str:
    """The names of sheets; a hidden one is called so."""
    return ", ".join(
        quoted(sheet.name) + (" (hidden)" if sheet.is_hidden else "") for sheet in sheets[:12]
    )


def _header_row(rows: pl.DataFrame, stated: int | None) -> int:
    """The row of the header, from 0."""
    if stated is not None:
        if stated > rows.height or not any(rows.row(stated - 1)):
            raise UnreadableFile(f"The header is stated to be on line {stated}; nothing is there.")
        return stated - 1
    filled = rows.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    places = filled.arg_true().head(LINES_SEARCHED).to_list()
    lines = [[cell or "" for cell in rows.row(place)] for place in places]
    return int(places[0 if is_whole_header(lines[0]) else find_header(lines)])


def _blocks(rows: pl.DataFrame, *, first_line: int) -> Iterator[SheetBlock]:
    for start in range(0, rows.height, BLOCK_ROWS):
        yield SheetBlock(rows=rows.slice(start, BLOCK_ROWS), first_line=first_line + start)


def _sheet(book: fastexcel.ExcelReader, name: str) -> Sheet:
    """A sheet as text; one without a cell, or only with a chart, has no column."""
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    empty = Sheet(name=name, is_hidden=sheet.visible != "visible", rows=pl.DataFrame())
    if not sheet.width or not sheet.height:
        return empty
    batch, errors = sheet.to_arrow_with_errors()
    columns = [pl.Series(str(place), column) for place, column in enumerate(batch.columns)]
    for place, rows in _errors_by_column(errors).items():
        columns[place] = columns[place].scatter(list(rows), list(rows.values()))
    frame = pl.DataFrame(columns).cast(pl.String)
    if all(column.null_count() == frame.height for column in frame):
        return empty
    return replace(empty, rows=frame.select(unforced(column) for column in frame))


def _errors_by_column(errors: Any) -> dict[int, dict[int, str]]:
    """The error values of a sheet as Excel writes them: column → row → text."""
    found: dict[int, dict[int, str]] = {}
    for error in errors.errors if errors is not None else ():
        row, place = error.offset_position
        kind = _ERROR.search(error.detail)
        found.setdefault(place, {})[row] = _ERRORS.get(kind[1] if kind else "", "#VALUE!")
    return found


def _refuse_too_large(measures: Sequence[Measures]) -> None:
    cells = sum(part.cells for part in measures)
    area = sum(part.area for part in measures)
    longest = max((part.longest_text for part in measures), default=0)
    if area > MOST_CELLS or cells * longest > MOST_TEXT:
        raise UnreadableFile(
            f"The sheet is too large for a workbook: at most {MOST_CELLS:,} cells are read. "
            "Save it as CSV (UTF-8) and load that.",
            title="The file is too large",
        )
