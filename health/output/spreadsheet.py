"""A table of a page as a file of its own: CSV, or an Excel workbook.

Both are made to be opened in a spreadsheet. Numbers are numbers and days are days; a text is a
text, whatever it begins with: nothing in it runs, and nothing in it becomes a link.
"""

from __future__ import annotations

import io
from enum import Enum
from typing import Any, Final

import polars as pl
import xlsxwriter

from health.files.formulas import neutralize
from health.output.exports import TIMESTAMP

_FORMATS: Final[dict[Any, str]] = {
    pl.Date: "d mmm yyyy",
    pl.Datetime: "d mmm yyyy hh:mm",
    pl.Float64: "#,##0.0",
    pl.Int64: "#,##0",
}
_TEXT_AS_IT_IS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class Sheet(Enum):
    """A kind of file: its name for people, its ending and its media type."""

    CSV = ("CSV", "csv", "text/csv")
    EXCEL = (
        "Excel",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )

    def __init__(self, label: str, ending: str, media_type: str) -> None:
        self.label = label
        self.ending = ending
        self.media_type = media_type

    def write(self, frame: pl.DataFrame) -> bytes:
        """Return the rows of ``frame`` under the names of its columns; null is an empty cell."""
        return _csv(frame) if self is Sheet.CSV else _workbook(frame)


def _csv(frame: pl.DataFrame) -> bytes:
    """UTF-8 with the mark that spreadsheets know it by: names have letters of every kind."""
    harmless = frame.with_columns(neutralize(pl.col(pl.String)))
    return harmless.write_csv(include_bom=True, datetime_format=TIMESTAMP).encode()


def _workbook(frame: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, _TEXT_AS_IT_IS) as workbook:
        frame.write_excel(
            workbook,
            dtype_formats=_FORMATS,
            freeze_panes=(1, 0),
            autofit=True,
        )
    return sink.getvalue()
