"""A sheet of OpenDocument (.ods): what its XML says beyond its values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from health.files.excel_sheets import (
    Measures,
    PercentCell,
    column_letters,
    formula_without_result,
)
from health.files.zip_parts import damaged

_VALUES: Final = ("value", "date-value", "time-value", "boolean-value", "string-value")


@dataclass(kw_only=True)
class Table:
    """One sheet: how large it is, and which of its cells are in percent."""

    name: str
    cells: int = 0
    bottom: int = 0
    width: int = 0
    first: int = 1 << 20
    longest_text: int = 0
    rows: int = 0
    percent: list[PercentCell] = field(default_factory=list)
    without_result: str = ""

    @property
    def measures(self) -> Measures:
        """How much memory the reader will ask for."""
        area = self.bottom * self.width
        return Measures(cells=self.cells, area=area, longest_text=self.longest_text)

    def refuse_formulas_without_result(self) -> None:
        """Raise UnreadableFile for the first formula whose result is missing or empty."""
        if self.without_result:
            raise formula_without_result(f"Cell {self.without_result}", self.name)


def tables(content: bytes, *, most_cells: int) -> Iterator[Table]:
    """The sheets of ``content.xml``; raises UnreadableFile if it is damaged.

    One that is larger than ``most_cells`` is given as far as it was looked at.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise damaged()
    table: Table | None = None
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):
            kind = element.tag.rpartition("}")[2]
            if kind == "table" and event == "start" and table is None:
                table = Table(name=_attribute(element, "name"))
            elif kind == "table" and event == "end" and table is not None:
                yield table
                table = None
                element.clear()
            elif kind == "table-row" and event == "end" and table is not None:
                _add_row(table, element)
                element.clear()
                if table.measures.area > most_cells:
                    yield table
                    return
    except (ElementTree.ParseError, LookupError) as error:  # an encoding that nobody knows
        raise damaged() from error


def _add_row(table: Table, row: ElementTree.Element) -> None:
    repeated = _repeated(row, "number-rows-repeated")
    column, is_filled = 0, False
    for cell in row:
        times = _repeated(cell, "number-columns-repeated")
        text = "".join(cell.itertext())
        value = next((found for key in _VALUES if (found := _attribute(cell, key))), text.strip())
        if value or text:
            is_filled = True
            table.cells += times * repeated
            table.width = max(table.width, column + times)
            table.first = min(table.first, column)
            table.longest_text = max(table.longest_text, len(text))
        if _attribute(cell, "formula") and not value and not table.without_result:
            table.without_result = f"{column_letters(column + 1)}{table.rows + 1}"
        if _attribute(cell, "value-type") == "percentage" and value and column < 500:
            table.percent += _percent(table.rows, repeated, column, times, value)
        column += times
    table.rows += repeated
    if is_filled:
        table.bottom = table.rows


def _percent(row: int, rows: int, column: int, columns: int, value: str) -> list[PercentCell]:
    if rows * columns > 1_000_000:
        raise damaged()
    try:
        number = float(value)
    except ValueError as error:
        raise damaged() from error
    return [
        PercentCell(row=row + down, column=column + right, number=number)
        for down in range(rows)
        for right in range(columns)
    ]


def _repeated(element: ElementTree.Element, name: str) -> int:
    try:
        return max(1, int(_attribute(element, name) or 1))
    except ValueError as error:
        raise damaged() from error


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")
