"""A file in any accepted format becomes typed rows, and rejected rows with reasons."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from polars.testing import assert_frame_equal

from health.errors import UnreadableFile
from health.files import (
    REJECTS,
    REJECTS_KEPT,
    Layout,
    ParsedFile,
    RejectReason,
    read_file,
    rejects_of,
    rejects_to_csv,
)
from health.vocabulary import AlertLevel, FeatureName, FileKind, MetricType

TINY = Path(__file__).parents[1] / "data" / "tiny"
TODAY = date(2026, 11, 23)
NOVEMBER_1, NOVEMBER_2 = date(2026, 11, 1), date(2026, 11, 2)
METRICS = pl.Enum([metric.value for metric in MetricType])


def read(source: Path | bytes | str, **options: Any) -> ParsedFile:
    content = source.encode() if isinstance(source, str) else source
    return read_file(content, name="upload", today=TODAY, **options)


def workbook(rows: Sequence[Sequence[object]], *, first_row: int = 0) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows, first_row):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    return content.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


class TestKinds:
    def test_organizations_have_the_types_of_the_contract(self) -> None:
        parsed = read(TINY / "organizations.csv")
        assert (parsed.kind, parsed.layout) == (FileKind.ORGANIZATIONS, Layout.LONG)
        assert parsed.rows.schema == {
            "line": pl.Int64,
            "organization_id": pl.String,
            "name": pl.String,
            "total_users": pl.Int64,
            "renewal_date": pl.Date,
            "industry": pl.String,
            "employee_count": pl.Int64,
            "csm": pl.String,
            "annual_value": pl.Decimal(18, 2),
            "alert_level": pl.Enum([level.value for level in AlertLevel]),
            "is_active": pl.Boolean,
        }
        assert parsed.columns == tuple(parsed.rows.columns[1:])
        assert parsed.rows.row(0) == (
            *(2, "ORG-1", "Northwind", 60, date(2027, 1, 31), "Banking", 1200),
            *("anna@example.com", Decimal("48000.50"), "PROACTIVE", True),
        )
        assert parsed.rows.row(1) == (3, "ORG-2", "Südwind, Söhne & Co", 12, *[None] * 7)
        assert parsed.rows.row(2)[-3:] == (Decimal(0), "NONE", False)

    def test_only_the_columns_present_are_given(self) -> None:
        parsed = read("name,organization_id\nNorthwind,ORG-1\n")
        assert parsed.columns == ("organization_id", "name")
        assert parsed.rows.rows() == [(2, "ORG-1", "Northwind")]

    def test_long_usage_has_one_row_a_metric(self) -> None:
        parsed = read(TINY / "usage_long.csv")
        assert (parsed.kind, parsed.layout) == (FileKind.USAGE, Layout.LONG)
        assert parsed.columns == ("organization_id", "metric_type", "date", "value")
        assert parsed.rows.schema == {
            "line": pl.Int64,
            "organization_id": pl.String,
            "metric": METRICS,
            "date": pl.Date,
            "value": pl.Int64,
        }
        assert parsed.rows.row(0) == (2, "ORG-1", "DAILY_ACTIVE_USERS", NOVEMBER_1, 38)

    def test_wide_usage_has_one_column_a_metric_and_null_where_there_is_no_row(self) -> None:
        parsed = read(TINY / "usage_wide.csv")
        assert (parsed.kind, parsed.layout) == (FileKind.USAGE, Layout.WIDE)
        assert parsed.rows.rows()[1:] == [
            (3, "ORG-1", NOVEMBER_2, 36, None, None, None, None, 0),
            (4, "ORG-2", NOVEMBER_2, None, None, None, None, 7, None),
            (5, "ORG-3", NOVEMBER_2, None, None, None, None, None, None),
        ]

    def test_wide_usage_equals_long_usage(self) -> None:
        wide, long = read(TINY / "usage_wide.csv").rows, read(TINY / "usage_long.csv").rows
        melted = (
            wide.drop("line")
            .unpivot(index=["organization_id", "date"], variable_name="metric")
            .drop_nulls("value")
            .with_columns(pl.col("metric").str.to_uppercase().cast(METRICS))
        )
        key = ["organization_id", "date", "metric"]
        assert_frame_equal(
            melted.select(*key, "value").sort(key), long.select(*key, "value").sort(key)
        )

    def test_metric_columns_come_in_the_order_of_the_contract(self) -> None:
        parsed = read("support_tickets,date,api_calls,organization_id\n1,2026-11-01,2,ORG-1\n")
        assert parsed.columns == ("organization_id", "date", "api_calls", "support_tickets")
        assert parsed.rows.rows() == [(2, "ORG-1", NOVEMBER_1, 2, 1)]

    def test_features_have_the_types_of_the_contract(self) -> None:
        parsed = read(TINY / "features.csv")
        assert (parsed.kind, parsed.layout) == (FileKind.FEATURES, Layout.LONG)
        assert parsed.rows.schema["feature"] == pl.Enum([name.value for name in FeatureName])
        assert parsed.rows.rows() == [
            (2, "ORG-1", "CASE_MANAGEMENT", True, True, date(2026, 1, 5), NOVEMBER_1, 120),
            (3, "ORG-1", "SSO", True, False, None, None, 0),
            (4, "ORG-2", "AI_ASSISTANT", True, True, date(2026, 10, 1), NOVEMBER_2, 3),
        ]

    @pytest.mark.parametrize(
        "header",
        [
            "organizationId,metricType,date,value",
            '"Organization ID","Metric Type",Date,VALUE',
            "ORGANIZATION-ID;metric_type; Date ;value",
        ],
    )
    def test_a_header_matches_however_it_is_spelled(self, header: str) -> None:
        delimiter = ";" if ";" in header else ","
        row = delimiter.join(["ORG-1", "API_CALLS", "2026-11-01", "5"])
        assert read(f"{header}\n{row}\n").rows.row(0)[1:] == ("ORG-1", "API_CALLS", NOVEMBER_1, 5)

    @pytest.mark.parametrize("metric", MetricType)
    def test_every_metric_has_a_column_and_a_name(self, metric: MetricType) -> None:
        wide = read(f"organization_id,date,{metric.label}\nORG-1,2026-11-01,5\n")
        assert wide.columns[2] == metric.column
        long = read(f"organization_id,metric_type,date,value\nORG-1,{metric.label},2026-11-01,5\n")
        assert long.rows["metric"].to_list() == [metric.value]

    @pytest.mark.parametrize("kind", ["organizations", "usage", "features"])
    def test_what_our_own_exports_add_is_read_over(self, kind: str) -> None:
        stamp = "2026-11-23T10:00:00+00:00"
        header, row = {
            "organizations": ("organization_id,name,created_at,updated_at", f"A,B,{stamp},{stamp}"),
            "usage": (
                "organization_id,metric_type,date,value,created_at",
                f"A,API_CALLS,2026-11-01,5,{stamp}",
            ),
            "features": (
                "organization_id,feature_name,created_at,updated_at",
                f"A,SSO,{stamp},{stamp}",
            ),
        }[kind]
        parsed = read(f"{header}\n{row}\n")
        assert parsed.rejects.is_empty()
        assert not {"created_at", "updated_at"} & {*parsed.columns, *parsed.rows.columns}

    def test_a_header_alone_is_a_file_without_rows(self) -> None:
        parsed = read("organization_id,metric_type,date,value\n")
        assert (parsed.row_count, parsed.rows.height, parsed.rejects.height) == (0, 0, 0)
        assert parsed.rows.schema["metric"] == METRICS

    def test_empty_columns_without_a_name_at_the_end_do_not_matter(self) -> None:
        assert read("organization_id,name,,\nORG-1,Northwind,,\n").rows.row(0)[1:] == (
            "ORG-1",
            "Northwind",
        )


class TestValues:
    def test_blanks_around_a_cell_do_not_count(self) -> None:
        parsed = read('organization_id,name,total_users\n ORG-1 ,"  Northwind\u00a0", 40\t\n')
        assert parsed.rows.rows() == [(2, "ORG-1", "Northwind", 40)]

    def test_ids_differ_by_case(self) -> None:
        parsed = read("organization_id,name\norg-1,a\nORG-1,b\n")
        assert parsed.rows["organization_id"].to_list() == ["org-1", "ORG-1"]

    @pytest.mark.parametrize(
        "written",
        [
            "2026-11-01",
            "2026-11-01T00:30",
            "2026-11-01 23:59:59",
            "2026-11-01T23:59:59.123456Z",
            "2026-11-01T00:30:00+14:00",
            "2026-11-01T23:30:00-0800",
        ],
    )
    def test_a_timestamp_counts_by_its_date_as_written(self, written: str) -> None:
        parsed = read(f"organization_id,date,api_calls\nORG-1,{written},5\n")
        assert parsed.rows["date"].to_list() == [NOVEMBER_1]

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            *(("true", True), ("YES", True), ("1", True), ("False", False), ("no", False)),
            ("0", False),
        ],
    )
    def test_yes_and_no_have_three_spellings(self, written: str, meant: bool) -> None:
        parsed = read(f"organization_id,feature_name,is_used\nORG-1,SSO,{written}\n")
        assert parsed.rows["is_used"].to_list() == [meant]

    def test_a_renewal_may_be_in_the_future_and_a_use_may_not(self) -> None:
        assert read("organization_id,name,renewal_date\nA,B,2031-01-01\n").rejects.is_empty()
        features = read("organization_id,feature_name,last_used_at\nA,SSO,2031-01-01\n")
        assert features.rejects["reason"].to_list() == [RejectReason.AFTER_TOMORROW.label]

    def test_tomorrow_is_counted_from_the_day_given(self) -> None:
        content = "organization_id,date,api_calls\nA,2026-11-24,5\n"
        assert read(content).rejects.is_empty()
        early = read_file(content.encode(), name="x", today=TODAY - timedelta(days=1))
        assert early.rejects["reason"].to_list() == [RejectReason.AFTER_TOMORROW.label]

    def test_leading_zeros_are_digits(self) -> None:
        assert read("organization_id,name,total_users\nA,B,007\n").rows["total_users"][0] == 7

    def test_a_row_with_nothing_in_any_cell_is_no_row(self) -> None:
        parsed = read('organization_id,name\n\nA,B\n,\n  \n"",""\n , \nC,D\n,,,\n')
        assert parsed.rows.rows() == [(3, "A", "B"), (8, "C", "D")]
        assert (parsed.row_count, parsed.rejected_rows) == (2, 0)


class TestLines:
    def test_the_header_is_line_one(self) -> None:
        parsed = read("organization_id,name\nA,B\nC,D")
        assert parsed.rows["line"].to_list() == [2, 3]

    def test_blank_lines_count(self) -> None:
        parsed = read("\r\n\r\norganization_id,name\r\n\r\nA,B\r\n\r\n\r\nC,D\r\n")
        assert parsed.rows["line"].to_list() == [5, 8]

    def test_a_row_has_the_line_it_starts_on(self) -> None:
        parsed = read('organization_id,name\nA,"one\ntwo\nthree"\nC,D\n')
        assert parsed.rejects["line"].to_list() == [2]
        assert parsed.rows["line"].to_list() == [5]

    def test_a_header_may_have_a_line_break_too(self) -> None:
        assert read('"organization\nid",name\nA,B\n').rows["line"].to_list() == [3]

    def test_the_line_of_a_sheet_is_its_row_number(self) -> None:
        rows = [["organization_id", "name"], ["A", "B"], [], ["C", "x" * 501]]
        parsed = read(workbook(rows, first_row=4))
        assert parsed.rows.rows() == [(6, "A", "B")]
        assert parsed.rejects["line"].to_list() == [8]

    def test_the_line_of_a_parquet_row_counts_a_header(self) -> None:
        parsed = read(parquet(pl.DataFrame({"organization_id": ["A", None], "name": ["B", "C"]})))
        assert parsed.rows["line"].to_list() == [2]
        assert parsed.rejects["line"].to_list() == [3]


class TestFormats:
    ROWS = (("ORG-1", "API_CALLS", NOVEMBER_1, 5), ("ORG-2", "SUPPORT_TICKETS", NOVEMBER_2, 0))
    HEADER = ("organization_id", "metric_type", "date", "value")

    def csv(self, delimiter: str = ",", line_end: str = "\n") -> str:
        rows = [self.HEADER, *self.ROWS]
        return "".join(delimiter.join(map(str, row)) + line_end for row in rows)

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_delimiter_and_line_end_are_found(self, delimiter: str, line_end: str) -> None:
        parsed = read(self.csv(delimiter, line_end))
        assert parsed.rows.rows() == [(2, *self.ROWS[0]), (3, *self.ROWS[1])]

    def test_windows_and_unix_line_ends_may_be_mixed(self) -> None:
        mixed = self.csv().replace("\n", "\r\n", 2)
        assert read(mixed).rows.rows() == [(2, *self.ROWS[0]), (3, *self.ROWS[1])]

    def test_a_byte_order_mark_is_read_over(self) -> None:
        assert read("\ufeff" + self.csv()).rows.height == 2

    def test_a_last_line_without_an_end_is_kept(self) -> None:
        assert read(self.csv().removesuffix("\n")).rows.height == 2

    def test_gzip_is_told_by_its_content(self) -> None:
        content = gzip.compress(self.csv().encode())
        parsed = read(content)
        assert parsed.rows.rows() == [(2, *self.ROWS[0]), (3, *self.ROWS[1])]
        assert (parsed.size, parsed.sha256) == (len(content), hashlib.sha256(content).hexdigest())

    def test_gzip_in_two_parts_is_one_file(self) -> None:
        text = self.csv().encode()
        assert read(gzip.compress(text[:50]) + gzip.compress(text[50:])).rows.height == 2

    def test_a_workbook_may_have_real_dates_and_numbers(self) -> None:
        parsed = read(workbook([list(self.HEADER), *map(list, self.ROWS)]))
        assert parsed.rows.rows() == [(2, *self.ROWS[0]), (3, *self.ROWS[1])]

    @pytest.mark.parametrize("inline", [True, False])
    def test_a_workbook_of_some_thousand_rows_is_no_bomb(self, inline: bool) -> None:
        content = io.BytesIO()
        options = {"in_memory": not inline, "constant_memory": inline}
        with xlsxwriter.Workbook(content, options) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["organization_id", "name"])
            for row in range(1, 10_001):
                sheet.write_row(row, 0, [f"ORG-{row}", f"Client {row}"])
        parsed = read(content.getvalue())
        assert (parsed.rows.height, parsed.rejected_rows) == (10_000, 0)
        assert parsed.rows.row(-1) == (10_001, "ORG-10000", "Client 10000")

    def test_a_workbook_may_have_empty_sheets(self) -> None:
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
            book.add_worksheet("Cover")
            book.add_worksheet("Data").write_row(0, 0, ["organization_id", "name"])
        assert read(content.getvalue()).kind is FileKind.ORGANIZATIONS

    @pytest.mark.parametrize(
        "dtype",
        [pl.Int8, pl.UInt64, pl.Float32, pl.Float64, pl.String, pl.Decimal(9, 3)],
    )
    def test_parquet_may_have_any_type_of_number(self, dtype: pl.DataType) -> None:
        frame = pl.DataFrame(self.ROWS, schema=self.HEADER, orient="row")
        parsed = read(parquet(frame.with_columns(pl.col("value").cast(dtype))))
        assert parsed.rows.rows() == [(2, *self.ROWS[0]), (3, *self.ROWS[1])]

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["API_CALLS", "SUPPORT_TICKETS"])])
    def test_parquet_may_have_categories(self, dtype: pl.DataType) -> None:
        frame = pl.DataFrame(self.ROWS, schema=self.HEADER, orient="row")
        parsed = read(parquet(frame.with_columns(pl.col("metric_type").cast(dtype))))
        assert parsed.rows["metric"].to_list() == ["API_CALLS", "SUPPORT_TICKETS"]

    def test_a_parquet_timestamp_counts_by_its_date_where_it_was_written(self) -> None:
        late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
        frame = pl.DataFrame({"organization_id": ["A"], "date": [late], "api_calls": [1]})
        assert read(parquet(frame)).rows["date"].to_list() == [NOVEMBER_1]
        berlin = frame.with_columns(pl.col("date").dt.convert_time_zone("Europe/Berlin"))
        assert read(parquet(berlin)).rows["date"].to_list() == [NOVEMBER_2]

    def test_parquet_may_have_empty_columns_and_yes_and_no(self) -> None:
        frame = pl.DataFrame(
            {"organization_id": ["A"], "name": ["B"], "is_active": [False], "industry": [None]}
        )
        parsed = read(parquet(frame))
        assert parsed.rows.rows() == [(2, "A", "B", None, False)]

    def test_an_amount_is_exact_in_every_format(self) -> None:
        header = ["organization_id", "name", "annual_value"]
        frame = pl.DataFrame([["A", "B", 1250.1]], schema=header, orient="row")
        exact = frame.with_columns(pl.col("annual_value").cast(pl.Decimal(12, 4)))
        for content in (
            b"organization_id,name,annual_value\nA,B,1250.10\n",
            workbook([header, ["A", "B", 1250.1]]),
            parquet(frame),
            parquet(exact),
        ):
            assert read(content).rows["annual_value"].to_list() == [Decimal("1250.10")]


class TestWhatWasReceived:
    def test_size_and_hash_are_those_of_the_bytes(self, tmp_path: Path) -> None:
        content = (TINY / "organizations.csv").read_bytes()
        path = tmp_path / "stored under our name"
        path.write_bytes(content)
        for parsed in (read(path), read(content)):
            assert parsed.size == len(content)
            assert parsed.sha256 == hashlib.sha256(content).hexdigest()

    def test_the_name_is_a_label_and_no_path(self) -> None:
        label = "../../etc/passwd*{a,b}.csv"
        parsed = read_file(b"organization_id,name\nA,B\n", name=label, today=TODAY)
        assert parsed.name == label

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFile, match="could not be opened: No such file"):
            read(tmp_path / "none.csv")
        with pytest.raises(UnreadableFile, match="could not be opened: Is a directory"):
            read(tmp_path)

    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_a_file_above_the_limit_is_refused(self, pack: Callable[[bytes], bytes]) -> None:
        content = pack(b"organization_id,name\n" + b"A,B\n" * 100_000)
        with pytest.raises(UnreadableFile, match="larger than 200,000 bytes"):
            read(content, max_bytes=200_000)

    def test_progress_rises_to_one_in_the_callers_thread(self) -> None:
        seen: list[tuple[float, int]] = []
        content = b"organization_id,name\n" + b"A,B\n" * 10_000
        read(
            content,
            progress=lambda share: seen.append((share, threading.get_ident())),
            _block_bytes=1_000,
        )
        shares = [share for share, _ in seen]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert {thread for _, thread in seen} == {threading.get_ident()}

    def test_what_progress_raises_ends_the_reading(self) -> None:
        def stop(_: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            read(b"organization_id,name\nA,B\n", progress=stop)


class TestRejects:
    def test_more_rejects_than_are_kept_are_counted(self) -> None:
        wrong = REJECTS_KEPT + 5_000
        parsed = read(
            b"organization_id,name,total_users\n" + b"A,,x\n" * wrong, _block_bytes=50_000
        )
        assert parsed.rejects.height == REJECTS_KEPT
        assert parsed.rejected_rows == parsed.row_count == wrong
        assert parsed.reject_counts == {
            RejectReason.EMPTY_REQUIRED: wrong,
            RejectReason.NOT_AN_INTEGER: wrong,
        }
        assert parsed.rejects_left_out == 2 * wrong - REJECTS_KEPT
        assert parsed.rejects["line"].is_sorted()

    def test_a_file_without_rejects_has_an_empty_list_of_them(self) -> None:
        parsed = read(TINY / "features.csv")
        assert parsed.rejects.schema == REJECTS
        assert (parsed.rejects.height, parsed.rejected_rows, parsed.rejects_left_out) == (0, 0, 0)

    def test_a_long_value_is_cut_short(self) -> None:
        parsed = read(f"organization_id,name\nA,{'x' * 900}\nB,{'y' * 900},\n")
        assert [len(value) for value in parsed.rejects["value"]] == [201, 201]
        assert all(value.endswith("…") for value in parsed.rejects["value"])

    def test_rejects_open_in_a_spreadsheet_without_running_anything(self) -> None:
        lines = pl.Series([2, 3, 4, 5, 6, 7, 8])
        values = pl.Series(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "1-1"])
        rejects = rejects_of(
            RejectReason.NOT_AN_INTEGER, column="value", lines=lines, values=values
        )
        written = pl.read_csv(rejects_to_csv(rejects), infer_schema=False)
        assert written.columns == ["line", "column", "value", "reason", "accepted"]
        assert written["value"].to_list() == [
            *("'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "1-1"),
        ]
        assert written["line"].to_list() == [str(line) for line in lines]
        assert rejects["value"].to_list() == values.to_list()

    def test_every_reason_is_told_apart_by_its_label(self) -> None:
        assert len({reason.label for reason in RejectReason}) == len(RejectReason)
        assert all(reason.value == reason.name for reason in RejectReason)

    def test_rejects_from_elsewhere_look_the_same(self) -> None:
        rejects = rejects_of(
            RejectReason.UNKNOWN_ORGANIZATION,
            column="organization_id",
            lines=pl.Series([7]),
            values=pl.Series(["ORG-9"]),
        )
        assert rejects.schema == REJECTS
        assert rejects.row(0)[:4] == (7, "organization_id", "ORG-9", "unknown organization")
