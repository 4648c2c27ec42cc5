"""Every file of tests/data/messy has one defect, and what becomes of it stands here."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from health.errors import UnreadableFile
from health.files import ParsedFile, RejectReason, read_file

MESSY = Path(__file__).parents[1] / "data" / "messy"
TODAY = date(2026, 11, 23)
R = RejectReason

REFUSED = {
    "another_table.csv": "Found: “invoice”, “amount”. The first line must name the columns",
    "another_table.parquet": "Found: “a”, “b”.",
    "binary_workbook.csv": "a binary Excel workbook (.xlsb)",
    "blank_before_quote.csv": "Line 3 has a quotation mark in the middle of a field.",
    "blank_lines.csv": "nothing but blank lines",
    "column_twice.csv": "more than once: “organization_id”, “Organization ID”.",
    "cut_short.csv.gz": "The gzip file is cut short",
    "cut_short.parquet": "The Parquet file is damaged",
    "cut_short.xlsx": "The workbook is damaged",
    "damaged.csv.gz": "The gzip file is damaged",
    "document.csv": "a PDF document",
    "empty.csv": "The file is empty.",
    "footer_only.parquet": "The Parquet file is damaged",
    "foreign_column.csv": "The column “phone” is not one of an organizations file. Accepted: organ",
    "formula_without_result.xlsx": "Cell D2 of the sheet “Sheet1” holds a formula without",
    "json.csv": "the file is JSON",
    "latin1.csv": "Line 3 is not UTF-8 text (byte 0xFC, “ü” in Windows-1252)",
    "lists.parquet": "The column “value” holds values of the type large_list",
    "long_and_wide.csv": "“api_calls” is not one of a usage file with one row per metric.",
    "missing_column.csv": "most like a usage file with one row per metric, but “value” is missing",
    "missing_sheet.xlsx": "The workbook is damaged",
    "misspelled_column.csv": "The column “total_user” is not one of an organizations file. "
    "Rename “total_user” to total_users, or say so once in a feed.",
    "no_cells.xlsx": "no sheet with anything in it",
    "no_header.csv": "“organization_id” and “date” are missing. Found: “ORG-1”, “API_CALLS”",
    "not_text.csv.gz": "a PNG picture",
    "nul_byte.csv": "Line 3 holds a NUL byte",
    "old_workbook.csv": "an old Excel workbook (.xls)",
    "only_bom.csv": "nothing but blank lines",
    "open_document.csv": "an OpenDocument file",
    "overlong_utf8.csv": "Line 3 is not UTF-8 text (byte 0xC0, “À” in Windows-1252)",
    "picture.csv": "a PNG picture",
    "pipes.csv": "“organization_id|name|total_users”. Columns must be separated by commas",
    "quote_in_field.csv": "Line 3 has a quotation mark in the middle of a field.",
    "return_and_newline_mixed.csv": "Line 2 holds a carriage return that ends no line",
    "return_before_line_end.csv": "Line 2 holds a carriage return that ends no line",
    "times.parquet": "The column “date” holds values of the type time64",
    "two_sheets.xlsx": "Several sheets of the workbook hold something: “November”, “Notes”.",
    "two_unnamed_columns_between.csv": "Several columns have no name.",
    "unclosed_quote.csv": "Line 3 opens a quotation mark that is not closed",
    "unclosed_quote_closed_later.csv": "Line 3 opens a quotation mark that is not closed",
    "unnamed_column_between.csv": "A column between the others has no name.",
    "utf16_without_bom.csv": "Line 1 holds a NUL byte",
    "utf32.csv": "encoded as UTF-32, which is not read",
    "web_page.csv": "a web page or XML",
    "word_document.csv": "a Word or PowerPoint file",
}
"""File → part of the sentence with which it is refused whole."""

REJECTED = {
    "amounts.csv": [
        *((line, "annual_value", R.NOT_AN_AMOUNT) for line in (2, 3)),
        (4, "annual_value", R.NEGATIVE),
        *((line, "annual_value", R.NOT_AN_AMOUNT) for line in (5, 6)),
        (7, "annual_value", R.TOO_LARGE),
        (8, "annual_value", R.NOT_AN_AMOUNT),
    ],
    "bad_time.csv": [(line, "date", R.NOT_A_DATE) for line in (2, 3, 4)],
    "cells.xlsx": [
        (3, "value", R.NOT_AN_INTEGER),
        (4, "date", R.NOT_A_DATE),
        (6, "value", R.NOT_AN_INTEGER),
        (7, "organization_id", R.SPREADSHEET_ERROR),
        (9, "value", R.TOO_LARGE),
        (10, "value", R.NOT_AN_INTEGER),
    ],
    "date_orders.csv": [(line, "date", R.NOT_A_DATE) for line in range(2, 12)],
    "decimal_comma.csv": [(2, "value", R.NOT_AN_INTEGER)],
    "empty_cells.csv": [
        (2, "organization_id", R.EMPTY_REQUIRED),
        (3, "metric_type", R.EMPTY_REQUIRED),
        (4, "date", R.EMPTY_REQUIRED),
        *((line, "value", R.EMPTY_REQUIRED) for line in (5, 6, 7)),
    ],
    "everything_wrong_in_a_row.csv": [
        (2, "metric_type", R.UNKNOWN_METRIC),
        (2, "date", R.NOT_A_DATE),
        (2, "value", R.NOT_AN_INTEGER),
    ],
    "floats.parquet": [
        (3, "value", R.NOT_AN_INTEGER),
        (4, "value", R.NOT_AN_INTEGER),
        (5, "value", R.NEGATIVE),
        (6, "value", R.EMPTY_REQUIRED),
    ],
    "future.csv": [(3, "date", R.AFTER_TOMORROW)],
    "huge_float.csv": [(line, "value", R.NOT_AN_INTEGER) for line in (2, 3)],
    "invisible_characters.csv": [
        (2, "organization_id", R.UNPRINTABLE),
        *((line, "name", R.UNPRINTABLE) for line in (3, 4, 5)),
    ],
    "line_break_in_name.csv": [(line, "name", R.UNPRINTABLE) for line in (2, 5)],
    "long_row.csv": [(3, "", R.FIELD_COUNT)],
    "long_text.csv": [(2, "name", R.TOO_LONG), (3, "organization_id", R.TOO_LONG)],
    "minus_sign.csv": [(2, "value", R.NOT_AN_INTEGER)],
    "negative.csv": [(line, "value", R.NEGATIVE) for line in (2, 3)],
    "no_such_day.csv": [(line, "date", R.NOT_A_DATE) for line in (2, 3, 4)],
    "not_a_number.csv": [(line, "value", R.NOT_AN_INTEGER) for line in range(2, 8)],
    "not_yes_or_no.csv": [
        (line, column, R.NOT_YES_OR_NO) for line in (2, 3) for column in ("is_enabled", "is_used")
    ],
    "other_digits.csv": [(2, "value", R.NOT_AN_INTEGER), (3, "date", R.NOT_A_DATE)],
    "percentage.csv": [(3, "value", R.ABOVE_100_PERCENT)],
    "percentage_wide.csv": [(3, "campaign_response_rate", R.ABOVE_100_PERCENT)],
    "plus_sign.csv": [(2, "value", R.NOT_AN_INTEGER)],
    "short_row.csv": [(3, "", R.FIELD_COUNT)],
    "spreadsheet_errors.csv": [
        (2, "name", R.SPREADSHEET_ERROR),
        (3, "organization_id", R.SPREADSHEET_ERROR),
        (4, "total_users", R.NOT_AN_INTEGER),
    ],
    "thousands.csv": [(line, "value", R.NOT_AN_INTEGER) for line in range(2, 7)],
    "too_large.csv": [(line, "value", R.TOO_LARGE) for line in (3, 4)],
    "unknown_alert_level.csv": [(2, "alert_level", R.UNKNOWN_ALERT_LEVEL)],
    "unknown_feature.csv": [(2, "feature_name", R.UNKNOWN_FEATURE)],
    "unknown_metric.csv": [(2, "metric_type", R.UNKNOWN_METRIC)],
    "unnamed_column_filled.csv": [(3, "", R.UNNAMED_COLUMN)],
    "years.csv": [(line, "date", R.YEAR_OUT_OF_RANGE) for line in (2, 3, 4)],
}
"""File → (line, column, reason) of every entry in its list of rejects."""

READ_RIGHT = {"formulas.csv": 2, "like_zlib.csv": 2, "markup.csv": 4}
"""File → rows: what looks dangerous and is only text."""

WRITTEN_OTHERWISE = {
    "archive.csv": 3,
    "decimals.csv": 1,
    "title_above_header.csv": 3,
    "utf16.csv": 3,
}
"""File → rows: what other programs write another way."""


def read(source: Path | bytes) -> ParsedFile:
    name = source.name if isinstance(source, Path) else "upload"
    return read_file(source, name=name, today=TODAY)


def test_every_messy_file_is_accounted_for() -> None:
    files = {path.name for path in MESSY.iterdir() if not path.name.startswith(".")}
    assert files == {*REFUSED, *REJECTED, *READ_RIGHT, *WRITTEN_OTHERWISE}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unreadable_file_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(MESSY / name)
    assert REFUSED[name] in refusal.value.message
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("name", REJECTED)
def test_a_wrong_row_is_rejected_with_line_column_and_reason(name: str) -> None:
    parsed = read(MESSY / name)
    found = parsed.rejects.select("line", "column", "reason").rows()
    assert found == [(line, column, reason.label) for line, column, reason in REJECTED[name]]
    lines = {line for line, _, _ in REJECTED[name]}
    assert parsed.rejected_rows == len(lines)
    assert not lines & set(parsed.rows["line"])
    assert parsed.row_count == parsed.rows.height + len(lines)


@pytest.mark.parametrize("name", READ_RIGHT)
def test_text_that_looks_dangerous_is_only_text(name: str) -> None:
    parsed = read(MESSY / name)
    assert parsed.rejects.is_empty()
    assert parsed.rows.height == READ_RIGHT[name]
    content = (MESSY / name).read_text()
    assert all(text in content for text in parsed.rows["name"])


@pytest.mark.parametrize("name", WRITTEN_OTHERWISE)
def test_what_other_programs_write_another_way_is_read(name: str) -> None:
    parsed = read(MESSY / name)
    assert parsed.rejects.is_empty()
    assert parsed.rows.height == WRITTEN_OTHERWISE[name]


def test_a_refused_row_says_what_was_there_and_what_would_be_accepted() -> None:
    rejects = read(MESSY / "short_row.csv").rejects
    assert rejects["value"].to_list() == ["ORG-1,DAILY_ACTIVE_USERS,2026-11-01"]
    assert rejects["accepted"].to_list() == ["4 fields, as in the header; this row has 3."]
    rejects = read(MESSY / "negative.csv").rejects
    assert rejects["value"].to_list() == ["-3", "-0"]
    assert rejects["accepted"].unique().to_list() == [R.NEGATIVE.description]


def workbook(write: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        write(book)
    return content.getvalue()


def corners(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["organization_id", "name"])
    sheet.write(1_048_575, 16_383, "far away")


def one_text_everywhere(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["organization_id", "name"])
    for row in range(1, 20_000):
        sheet.write_string(row, 0, "x" * 32_000)


def hidden_corner() -> bytes:
    """A sheet whose far cell is written so that a careless look for cells passes over it."""
    plain = workbook(lambda book: book.add_worksheet().write_row(0, 0, ["organization_id", "name"]))
    far = b"""<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r='9'>"""
    far += b"""<x:c  s=">" r = 'XFD1048576' t='n'><x:v>1</x:v></x:c></x:row></sheetData>"""
    return rewritten(plain, lambda sheet: sheet.replace(b"</sheetData>", far))


def rewritten(book: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            is_sheet = part.filename.startswith("xl/worksheets")
            new.writestr(part.filename, edit(data) if is_sheet else data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def understated() -> bytes:
    """A workbook whose directory says that a part of 100 million bytes has 100."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 100_000_000)
    sizes = struct.pack("<I", 100_000_000)
    assert content.getvalue().count(sizes) == 2
    return content.getvalue().replace(sizes, struct.pack("<I", 100))


def inflated() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 200_000_000)
    return content.getvalue()


def repeated_rows() -> bytes:
    """Four million rows in some kilobytes of Parquet."""
    row = pl.DataFrame({"organization_id": ["x"], "name": ["y"]})
    content = io.BytesIO()
    row.select(pl.all().repeat_by(4_000_000).explode()).write_parquet(content)
    return content.getvalue()


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip of zeros": (lambda: gzip.compress(bytes(100_000_000), 1), "a binary file"),
    "gzip of rows": (
        lambda: gzip.compress(b"organization_id,name\n" + b"a,b\n" * 20_000_000, 1),
        "more than",
    ),
    "gzip of blanks": (
        lambda: gzip.compress(b"organization_id,name\n" + b"\n" * 100_000_000, 6),
        "more than 100 times its size",
    ),
    "a line of 100 MB": (
        lambda: b"organization_id,name\n" + b"a" * 100_000_000,
        "Line 2 is longer than 1,000,000 characters",
    ),
    "a header of 100 MB": (lambda: b"a" * 100_000_000, "Line 1 is longer than 1,000,000"),
    "a quoted cell of 100 MB": (
        lambda: b'organization_id,name\n"' + b"a\n" * 50_000_000,
        "Line 2 is longer than 1,000,000",
    ),
    "100 MB of blank lines": (lambda: b"\n" * 100_000_000, "blank lines"),
    "100,000 columns": (
        lambda: ",".join(f"c{number}" for number in range(100_000)).encode(),
        "The header has 100,000 columns; at most 500",
    ),
    "a sheet with two corners": (lambda: workbook(corners), "5,000,000 cells"),
    "a sheet with a hidden corner": (hidden_corner, "5,000,000 cells"),
    "one long text in every cell": (lambda: workbook(one_text_everywhere), "too large"),
    "an understated workbook": (understated, "damaged"),
    "an inflated workbook": (inflated, "more than 100 times its size"),
    "a Parquet of repeated rows": (repeated_rows, "rows, the most that are read"),
}


def resident(field: str) -> int:
    """Bytes of memory this process has (VmRSS) or had at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_bounded_time_and_memory(name: str) -> None:
    make, sentence = BOMBS[name]
    content = make()
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before, start = resident("VmRSS"), time.perf_counter()
    with pytest.raises(UnreadableFile) as refusal:
        read(content)
    assert sentence in str(refusal.value)
    assert time.perf_counter() - start < 10
    assert resident("VmHWM") - before < 300_000_000
