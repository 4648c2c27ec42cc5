"""The rejected rows of a file as a file of their own: whole, harmless, and loaded once mended."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from scores_by_hand import Client
from stored import contents, fill
from usage_rows import Row, rows, written

from health import imports
from health.files import ParsedFile, read_file, rejected_rows
from health.files.reading import REJECTS_KEPT
from health.storage.database import Database

TODAY = date(2026, 11, 23)
HEADER = "organization_id,metric_type,date,value\n"


def read(content: bytes) -> ParsedFile:
    return read_file(content, name="generated", today=TODAY)


def to_mend(content: bytes, refused: pl.DataFrame | None = None) -> bytes:
    refused = read(content).rejects if refused is None else refused
    return rejected_rows(content, today=TODAY, refused=refused)


def table(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def test_the_rows_stand_whole_behind_what_is_wrong_with_them() -> None:
    content = (HEADER + "A,API_CALLS,2026-11-01,5\nA,LOGINS,1.11.2026,-3\n").encode()
    assert table(to_mend(content)) == [
        ["what_is_wrong", "organization_id", "metric_type", "date", "value"],
        [
            "line 3: metric_type: unknown metric. The name of a metric, such as "
            "DAILY_ACTIVE_USERS. date: not an ISO date. 2026-11-01. value: negative. A number of "
            "0 or more.",
            "A",
            "LOGINS",
            "1.11.2026",
            "'-3",
        ],
    ]


def test_a_row_with_a_wrong_number_of_fields_is_whole_too() -> None:
    long = "x" * 500
    content = (HEADER + f'A,API_CALLS,2026-11-01,5,"{long}, too"\nA,API_CALLS\n').encode()
    assert table(to_mend(content))[1:] == [
        [
            "line 2: 5 fields, but the header has 4",
            *("A", "API_CALLS", "2026-11-01", "5", f"{long}, too"),
        ],
        ["line 3: 2 fields, but the header has 4", "A", "API_CALLS"],
    ]


def test_the_delimiter_and_the_order_of_the_columns_stay() -> None:
    content = b"value;Date;organizationId;metric type\n-1;2026-11-01;A;API_CALLS\n"
    header, row = table(to_mend(content), ";")
    assert header[1:] == ["value", "Date", "organizationId", "metric type"]
    assert row[1:] == ["'-1", "2026-11-01", "A", "API_CALLS"]


def test_a_formula_is_harmless_in_between_and_what_it_was_when_loaded_again() -> None:
    names = ["=cmd|' /C calc'!A0", "'=1", "@x", "'quoted'"]
    content = "organization_id,name,total_users\n" + "".join(
        f"{place},{name},-1\n" for place, name in enumerate(names)
    )
    mending = to_mend(content.encode())
    assert [row[2] for row in table(mending)[1:]] == [
        "'=cmd|' /C calc'!A0",
        "''=1",
        "'@x",
        "'quoted'",
    ]
    mended = read(mending.replace(b"'-1", b"1"))
    assert mended.rows["name"].to_list() == names
    assert mended.rejected_rows == 0


def test_an_apostrophe_behind_a_blank_is_one_of_the_cell() -> None:
    mended = read(to_mend(b"organization_id,name,total_users\n1, '=x,-1\n").replace(b"'-1", b"1"))
    assert mended.rows["name"].to_list() == ["'=x"]


def test_an_apostrophe_in_any_other_file_stays_as_it_is() -> None:
    assert read(b"organization_id,name\n1,'=x\n").rows["name"].to_list() == ["'=x"]


def test_rows_beyond_the_list_of_rejects_are_there_too() -> None:
    content = (HEADER + (REJECTS_KEPT + 5) * "A,LOGINS,2026-11-01,5\n").encode()
    parsed = read(content)
    assert parsed.rejects_left_out == 5
    assert read(to_mend(content)).row_count == REJECTS_KEPT + 5


@pytest.mark.parametrize("file_format", ["gzip", "xlsx", "parquet"])
def test_the_rows_of_any_format_come_as_csv(file_format: str) -> None:
    cells = [row.split(",") for row in (HEADER + "A,API_CALLS,2026-11-01,x\n").split()]
    sink = io.BytesIO()
    if file_format == "gzip":
        sink.write(gzip.compress("\n".join(map(",".join, cells)).encode()))
    elif file_format == "xlsx":
        with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(cells):
                sheet.write_row(number, 0, row)
    else:
        pl.DataFrame([cells[1]], schema=cells[0], orient="row").write_parquet(sink)
    assert [row[1:] for row in table(to_mend(sink.getvalue()))] == cells


def test_a_file_without_a_rejected_row_gives_a_header_alone() -> None:
    for content in (HEADER, HEADER + "A,API_CALLS,2026-11-01,5\n"):
        assert len(table(to_mend(content.encode()))) == 1
        assert read(to_mend(content.encode())).row_count == 0


def test_valid_rows_and_then_the_mended_ones_are_the_whole_file(database: Database) -> None:
    fill(database, [Client(organization_id=name, total_users=60) for name in "AB"])
    right = (
        HEADER + "A,API_CALLS,2026-11-01,5\nB,API_CALLS,2026-11-01,6\nB,API_CALLS,2026-11-02,7\n"
    )
    wrong = right.replace("B,API_CALLS,2026-11-01", "X,API_CALLS,2026-11-01").replace(",7", ",-7")
    imports.store(database, [read(right.encode())], by="ada")
    whole = [row[:-1] for row in contents(database)["usage_metrics"]]
    imports.undo(database, 1, by="ada")

    outcome = imports.store(database, [read(wrong.encode())], by="ada", valid_rows_only=True)[0]
    mending = to_mend(wrong.encode(), outcome.rejects)
    assert "unknown organization" in table(mending)[1][0]
    mended = read(mending.replace(b",X,", b",B,").replace(b"'-7", b"7"))
    imports.store(database, [mended], by="ada")
    assert [row[:-1] for row in contents(database)["usage_metrics"]] == whole


@given(rows, st.sampled_from([",", ";", "\t"]))
@settings(max_examples=60)
def test_rejected_rows_not_mended_are_rejected_again_for_the_same_reasons(
    whole: list[Row], delimiter: str
) -> None:
    content = written(whole, delimiter=delimiter).encode()
    parsed = read(content)
    again = read(to_mend(content))
    assert (again.row_count, again.rejected_rows) == (parsed.rejected_rows, parsed.rejected_rows)
    assert again.reject_counts == parsed.reject_counts
    assert again.rejects["value"].to_list() == parsed.rejects["value"].to_list()
