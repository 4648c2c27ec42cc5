"""What the XML of an Excel workbook says beyond its values: sizes, formulas, percent formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Final
from xml.etree import ElementTree

import polars as pl

from health.errors import UnreadableFile
from health.files.quoting import quoted
from health.files.zip_parts import damaged

_P: Final = rb"(?:[^\s<>:/]+:)?"  # a prefix of a namespace
# Up to the next "<" and not to ">", which may stand in an attribute: nothing can hide behind it.
_PLACE: Final = re.compile(rb"<%b(?:c|row)\s[^<]*?\br\s*=\s*[\"']([A-Za-z]{0,4})([0-9]{0,8})" % _P)
_TEXT_END: Final = re.compile(rb"</%bsi\s*>" % _P)
_CELL: Final = re.compile(rb"<%bc[\s>]" % _P)
_CELL_END: Final = re.compile(rb"</%bc\s*>" % _P)
_CELL_NAME: Final = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,4}[0-9]{1,8})[\"']")
_FORMULA: Final = re.compile(rb"<%bf[\s/>]" % _P)
_RESULT: Final = re.compile(rb"<%bv(?:\s[^<]*)?>\s*[^\s<]" % _P)
_FILLED: Final = re.compile(rb"<%bc\s[^<]*?\br\s*=\s*[\"']([A-Za-z]+)[^<]*>\s*<" % _P)
_PERCENT_CELL: Final = (
    rb"<%bc\s(?=[^<]*?\bs\s*=\s*[\"'](?:%b)[\"'])"
    rb"(?![^<]*?\bt\s*=\s*[\"'](?:s|str|inlineStr|b|e|d)[\"'])([^<]*)>\s*"
    rb"(?:<%bf[^<]*(?:/>|>[^<]*</%bf\s*>)\s*)?<%bv(?:\s[^<]*)?>([^<]*)<"
)
_WIDE_XML: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_QUOTED_SIGNS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PERCENT_FORMATS: Final = {"9", "10"}  # the two that every workbook knows


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Of one part: its cells and rows, the rectangle that holds them, the longest shared text."""

    cells: int
    area: int
    longest_text: int


def measured(content: bytes) -> Measures:
    """How much memory the reader will ask for; raises UnreadableFile for what it cannot tell."""
    if content.startswith(_WIDE_XML):
        raise damaged()
    cells = bottom = 0
    columns = set()
    for letters, digits in (found.groups() for found in _PLACE.finditer(content)):
        cells += 1
        columns.add(letters)
        bottom = max(bottom, int(digits or 0))
    width = max(map(column_number, columns), default=0)
    shared = _TEXT_END.split(content) if _TEXT_END.search(content) else ()
    longest = max(map(len, shared), default=0)
    return Measures(cells=cells, area=bottom * width, longest_text=longest)


def refuse_formulas_without_result(content: bytes, sheet: str) -> None:
    """Raise UnreadableFile for the first formula whose result is missing or empty, in any form."""
    if b"<f" not in content and b":f" not in content:  # a tenth of the time of the search
        return
    for piece in _CELL_END.split(content):
        if not _FORMULA.search(piece):
            continue
        # A cell without content ends in itself: the last one that begins is the one that ends.
        start = max((found.start() for found in _CELL.finditer(piece)), default=0)
        cell = piece[start:]
        if _FORMULA.search(cell) and not _RESULT.search(cell):
            name = _CELL_NAME.search(cell)
            where = f"Cell {name[1].decode()}" if name else "A cell"
            raise formula_without_result(where, sheet)


def formula_without_result(where: str, sheet: str) -> UnreadableFile:
    """The refusal of a formula whose value nobody knows."""
    return UnreadableFile(
        f"{where} of the sheet {quoted(sheet)} holds a formula without its result, so its value "
        "is not known. Open the workbook in Excel, save it, and load that; where the formula "
        "gives nothing, empty the cell."
    )


def sheet_parts(part: Callable[[str], bytes | None]) -> dict[str, str]:
    """The name of each sheet and of the part that holds it. ``part`` gives the content of one."""
    book, links = part("xl/workbook.xml"), part("xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        return {}
    targets = {each.get("Id"): each.get("Target", "") for each in parsed(links).iter()}
    sheets = (each for each in parsed(book).iter() if _local(each) == "sheet")
    found = {}
    for sheet in sheets:
        link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        target = targets.get(link)
        if target:
            path = target[1:] if target.startswith("/") else normpath(join("xl", target))
            found[sheet.get("name", "")] = path
    return found


def percent_styles(styles: bytes | None) -> list[int]:
    """The numbers of the cell styles that show a value in percent."""
    if styles is None or b"numFmtId" not in styles:
        return []
    root = parsed(styles)
    formats = set(_PERCENT_FORMATS)
    for each in root.iter():
        if _local(each) == "numFmt" and "%" in _QUOTED_SIGNS.sub("", each.get("formatCode", "")):
            formats.add(each.get("numFmtId", ""))
    cells = next((each for each in root if _local(each) == "cellXfs"), ())
    return [place for place, style in enumerate(cells) if style.get("numFmtId") in formats]


@dataclass(frozen=True, kw_only=True)
class PercentCell:
    """A cell in percent: its row and column from 0 in the sheet, and its number as written."""

    row: int
    column: int
    number: float


def percent_cells(content: bytes, styles: list[int]) -> list[PercentCell]:
    """The cells of a sheet that hold a number and show it in percent."""
    if not styles:
        return []
    numbers = b"|".join(str(style).encode() for style in styles)
    pattern = re.compile(_PERCENT_CELL % (_P, numbers, _P, _P, _P))
    found = []
    for attributes, text in pattern.findall(content):
        name = _CELL_NAME.search(attributes)
        if name is None:
            raise damaged()
        letters = name[1].rstrip(b"0123456789")
        try:
            number = float(text)
        except ValueError as error:
            raise damaged() from error
        row = int(name[1][len(letters) :]) - 1
        found.append(PercentCell(row=row, column=column_number(letters) - 1, number=number))
    return found


def first_column(content: bytes) -> int:
    """The first column with something in it, from 0: where the reader begins."""
    return min(map(column_number, set(_FILLED.findall(content))), default=1) - 1


def in_percent(
    rows: pl.DataFrame, cells: list[PercentCell], first: int
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows with these cells times 100, and the sentences that say so.

    ``first`` is the column of the sheet with which ``rows`` begin.
    """
    columns: dict[int, dict[int, float]] = {}
    for cell in cells:
        columns.setdefault(cell.column, {})[cell.row] = cell.number
    notes = []
    for column, numbers in sorted(columns.items()):
        name = rows.columns[column - first] if 0 <= column - first < rows.width else None
        if name is None or max(numbers) >= rows.height:
            raise damaged()
        found = rows[name].gather(list(numbers)).cast(pl.Float64, strict=False)
        as_written = pl.Series(numbers.values(), dtype=pl.Float64)
        if not ((found - as_written).abs() <= as_written.abs() * 1e-9).all(ignore_nulls=False):
            raise damaged()
        texts = [f"{100 * number:.8f}".rstrip("0").rstrip(".") for number in numbers.values()]
        rows = rows.with_columns(rows[name].scatter(list(numbers), texts))
        notes.append(
            f"Cells of column {column_letters(column + 1)} were written as percent and are read "
            f"as percent: {texts[0]} and not {numbers[min(numbers)]:g}."
        )
    return rows, tuple(notes)


def parsed(content: bytes) -> ElementTree.Element:
    """A small part as XML; raises UnreadableFile if it is none, or defines words of its own."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise damaged()
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError) as error:  # an encoding that nobody knows
        raise damaged() from error


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def column_number(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def column_letters(number: int) -> str:
    """1 is A, 26 Z, 27 AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
