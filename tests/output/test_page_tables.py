"""A table as a file: every value has its type, and no text is more than a text."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from health.output.spreadsheet import Sheet

TEXTS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "{=1+1}",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://outside.example")',
    "https://outside.example",
    "mailto:a@b.example",
    "internal:Sheet1!A1",
    "007",
    "1e5",
    "Älpha “−▲”",
    '<b>&"',
)
FRAME = pl.DataFrame(
    {
        "Client": TEXTS,
        "Score": range(len(TEXTS)),
        "Points": [-1.5] * len(TEXTS),
        "Renewal": [date(2026, 11, 20)] * len(TEXTS),
        "Stored": [datetime(2026, 11, 20, 6, 5)] * len(TEXTS),
        "Value": [Decimal("38900.50")] * len(TEXTS),
    }
)


def parts(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_a_workbook_holds_texts_numbers_and_days() -> None:
    read = pl.read_excel(io.BytesIO(Sheet.EXCEL.write(FRAME)))
    assert read["Client"].to_list() == list(TEXTS)
    assert read["Score"].to_list() == list(range(len(TEXTS)))
    assert read["Points"].to_list() == FRAME["Points"].to_list()
    assert read["Renewal"].to_list() == FRAME["Renewal"].to_list()
    assert read["Stored"].dt.truncate("1m").to_list() == FRAME["Stored"].to_list()
    assert read["Value"].to_list() == [38900.5] * len(TEXTS)


def test_nothing_in_a_workbook_runs_or_leads_outside() -> None:
    whole = parts(Sheet.EXCEL.write(FRAME))
    sheet = whole["xl/worksheets/sheet1.xml"]
    assert "<f" not in sheet
    assert "hyperlink" not in sheet.lower()
    assert 'TargetMode="External"' not in "".join(whole.values())
    # Each text is a shared string, also one that looks like a number.
    first_column = re.findall(r'<c r="A\d+"[^>]*>', sheet)
    assert len(first_column) == len(TEXTS) + 1
    assert all('t="s"' in cell for cell in first_column)


def test_csv_is_known_as_utf_8_and_runs_nothing() -> None:
    content = Sheet.CSV.write(FRAME)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Client,Score,Points,Renewal,Stored,Value"
    assert lines[1] == "'=1+1,0,-1.5,2026-11-20,2026-11-20T06:05:00,38900.50"
    read = pl.read_csv(io.BytesIO(content), infer_schema=False)
    assert not [text for text in read["Client"] if text.startswith(("=", "+", "-", "@"))]
    assert read["Client"].to_list()[-2:] == list(TEXTS[-2:])


@pytest.mark.parametrize("sheet", Sheet)
def test_a_table_without_rows_is_a_file_with_a_head(sheet: Sheet) -> None:
    content = io.BytesIO(sheet.write(FRAME.clear()))
    if sheet is Sheet.CSV:
        assert content.read().decode("utf-8-sig").splitlines() == [",".join(FRAME.columns)]
    else:
        assert pl.read_excel(content, raise_if_empty=False).is_empty()


@pytest.mark.parametrize("sheet", Sheet)
def test_nothing_is_an_empty_cell(sheet: Sheet) -> None:
    frame = pl.DataFrame({"Client": ["A", None], "Score": [None, 1]})
    content = io.BytesIO(sheet.write(frame))
    read = pl.read_csv(content) if sheet is Sheet.CSV else pl.read_excel(content)
    assert read.rows() == [("A", None), (None, 1)]
