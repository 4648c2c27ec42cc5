"""What holds for every file: nothing is lost, and how a table is written does not matter."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
import xlsxwriter
from files_at_random import Laws, trial
from hypothesis import given, settings
from hypothesis import strategies as st
from usage_rows import HEADER, Row, rows, written

from health.errors import UnreadableFile
from health.files import ParsedFile, RejectReason, read_file
from health.storage.database import Database
from health.vocabulary import MAXIMUM_VALUE, MetricType

TODAY = date(2026, 11, 23)


def read(content: bytes, **options: Any) -> ParsedFile:
    return read_file(content, name="generated", today=TODAY, **options)


def judged(row: Row) -> tuple[object, ...] | list[RejectReason]:
    """The typed row, or the reasons against it: the rules of the contract, cell by cell."""
    key, name, day, number = (cell.strip() for cell in row)
    reasons = []
    metric = next(
        (
            metric
            for metric in MetricType
            if metric.value.replace("_", "") == re.sub(r"[\s_-]", "", name).upper()
        ),
        None,
    )
    if not key:
        reasons.append(RejectReason.EMPTY_REQUIRED)
    elif re.search("[\n\t\u200b\x07]", key):
        reasons.append(RejectReason.UNPRINTABLE)
    if metric is None:
        reasons.append(RejectReason.UNKNOWN_METRIC if name else RejectReason.EMPTY_REQUIRED)
    reasons += judged_day(day) + judged_number(number, metric)
    return reasons or (key, metric and metric.value, date.fromisoformat(day), int(number))


def judged_day(day: str) -> list[RejectReason]:
    if not day:
        return [RejectReason.EMPTY_REQUIRED]
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        return [RejectReason.NOT_A_DATE]
    if day < "1900-01-01":
        return [RejectReason.YEAR_OUT_OF_RANGE]
    return [RejectReason.AFTER_TOMORROW] if day > "2026-11-24" else []


def judged_number(number: str, metric: MetricType | None) -> list[RejectReason]:
    if not number:
        return [RejectReason.EMPTY_REQUIRED]
    if re.fullmatch("-[0-9]+", number):
        return [RejectReason.NEGATIVE]
    if not re.fullmatch("[0-9]+", number):
        return [RejectReason.NOT_AN_INTEGER]
    if int(number) > MAXIMUM_VALUE:
        return [RejectReason.TOO_LARGE]
    if metric is MetricType.CAMPAIGN_RESPONSE_RATE and int(number) > 100:
        return [RejectReason.ABOVE_100_PERCENT]
    return []


def without(signs: str, table: Sequence[Row]) -> list[Row]:
    """The table with blanks in place of some characters."""
    return [
        (re.sub(signs, " ", a), re.sub(signs, " ", b), re.sub(signs, " ", c), re.sub(signs, " ", d))
        for a, b, c, d in table
    ]


def filled(table: Sequence[Row]) -> list[Row]:
    return [row for row in table if any(cell.strip() for cell in row)]


@given(rows)
def test_each_row_is_accepted_or_rejected_by_the_rules_and_on_its_line(table: list[Row]) -> None:
    parsed = read(written(table).encode())
    accepted, rejected, line = [], [], 2
    for row in table:
        verdict = judged(row)
        if not any(cell.strip() for cell in row):
            pass
        elif isinstance(verdict, tuple):
            accepted.append((line, *verdict))
        else:
            rejected += [(line, reason.label) for reason in verdict]
        line += 1 + sum(cell.count("\n") for cell in row)
    assert parsed.rows.rows() == accepted
    assert sorted(parsed.rejects.select("line", "reason").rows()) == sorted(rejected)
    assert parsed.rows.height + parsed.rejected_rows == parsed.row_count == len(filled(table))
    assert sum(parsed.reject_counts.values()) == parsed.rejects.height


@given(
    rows,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.booleans(),
)
def test_how_a_table_is_written_does_not_matter(
    table: list[Row], delimiter: str, line_end: str, quoting: int, mark: bool, packed: bool
) -> None:
    if line_end == "\r":  # where it ends a line, a newline within a cell mixes line ends
        table = without("\n", table)
    text = written(table, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    content = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    same(read(gzip.compress(content) if packed else content), read(written(table).encode()))


@given(rows, st.integers(1, 200), st.integers(1, 20))
def test_the_size_of_blocks_does_not_matter(table: list[Row], size: int, fields: int) -> None:
    content = written(table).encode()
    whole = read(content)
    same(read(content, _block_bytes=size), whole)
    with patch("health.files.csv_table.BLOCK_FIELDS", fields):
        same(read(content), whole)


@given(rows)
def test_a_cell_is_judged_alike_whether_texts_repeat_or_not(table: list[Row]) -> None:
    repeated = read(written(table).encode())
    with patch("health.files.rules._SAMPLE", 1):  # as if no text stood there twice
        same(read(written(table).encode()), repeated)


fragments = st.sampled_from(
    [
        *(b"ORG-1,API_CALLS,2026-11-01,5", b"ORG-1", b"5", "ü".encode(), b"x^", b"=1+1"),
        *(b",", b";", b"\t", b" ", b",,,", b"\n", b"\r", b"\r\n"),
        *(b'"', b'""', b'"a,b"', b"\xff", b"\0"),
    ]
)
shuffled = st.lists(fragments, max_size=30).map(b"".join)


@settings(max_examples=400)
@given(st.one_of(shuffled, st.binary(max_size=60)), st.integers(1, 40))
def test_bytes_of_any_kind_are_read_or_refused_the_same_in_blocks(tail: bytes, size: int) -> None:
    content = b"organization_id,metric_type,date,value\n" + tail
    whole = outcome(content)
    with patch("health.files.csv_table.BLOCK_FIELDS", size):
        cut = outcome(content, _block_bytes=2 * size)
    assert type(whole) is type(cut)
    if isinstance(whole, ParsedFile) and isinstance(cut, ParsedFile):
        assert whole.rows.height + whole.rejected_rows == whole.row_count
        same(whole, cut)
    else:
        assert whole == cut


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["A", "B", "C"]), st.dates(date(2020, 1, 1), TODAY)),
        st.dictionaries(st.sampled_from(list(MetricType)), st.integers(0, 100), min_size=1),
        max_size=8,
    )
)
def test_wide_equals_long(usage: dict[tuple[str, date], dict[MetricType, int]]) -> None:
    names = ",".join(metric.column for metric in MetricType)
    wide = f"organization_id,date,{names}\n" + "".join(
        f"{key},{day},{','.join(str(values.get(metric, '')) for metric in MetricType)}\n"
        for (key, day), values in usage.items()
    )
    long = ",".join(HEADER) + "\n"
    long += "".join(
        f"{key},{metric},{day},{value}\n"
        for (key, day), values in usage.items()
        for metric, value in values.items()
    )
    melted = read(wide.encode()).rows.unpivot(
        [metric.column for metric in MetricType], index=["organization_id", "date"]
    )
    stored = melted.drop_nulls("value").with_columns(pl.col("variable").str.to_uppercase())
    columns = read(long.encode()).rows.select("organization_id", "date", "metric", "value")
    assert sorted(stored.rows()) == sorted(columns.with_columns(pl.col("metric").cast(str)).rows())


@settings(max_examples=40)
@given(rows)
def test_workbook_and_parquet_give_the_rows_of_the_csv(table: list[Row]) -> None:
    # A sheet has no form for control characters, and leaves out empty rows.
    table = filled(without("[\x07\t]", table))
    plain = read(written(table, quoting=csv.QUOTE_ALL).encode().replace(b"\n", b"\r\n"))
    sheet = io.BytesIO()
    with xlsxwriter.Workbook(sheet, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate([HEADER, *table]):
            for place, cell in enumerate(row):
                page.write_string(number, place, cell)
    frame = io.BytesIO()
    schema = dict.fromkeys(HEADER, pl.String)
    pl.DataFrame(table, schema=schema, orient="row").write_parquet(frame)
    for content in (sheet.getvalue(), frame.getvalue()):
        parsed = read(content)
        assert parsed.rows.drop("line").rows() == plain.rows.drop("line").rows()
        assert parsed.reject_counts == plain.reject_counts


@given(rows)
def test_text_of_other_programs_gives_the_rows_of_the_csv(table: list[Row]) -> None:
    text = written(table, quoting=csv.QUOTE_ALL)
    plain = read(text.encode())
    same(read(("\ufeff" + text).encode("utf-16-le")), plain)
    same(read(b"sep=,\n" + text.encode()), moved(plain, 1))
    same(read(b"Title\n" + text.encode()), moved(plain, 1))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("usage.csv", text)
    same(read(packed.getvalue()), plain)


@given(rows)
def test_json_lines_give_the_rows_of_the_csv(table: list[Row]) -> None:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in table]
    # A first line without values names the columns where there is no row.
    content = "\n".join([json.dumps(dict.fromkeys(HEADER)), *lines]).encode()
    plain = read(written(table, quoting=csv.QUOTE_ALL).encode())
    parsed = read(content)
    assert parsed.rows.drop("line").rows() == plain.rows.drop("line").rows()
    assert parsed.reject_counts == plain.reject_counts
    same(read(content, _block_bytes=7), parsed)


def test_files_of_every_kind_are_loaded_once_or_twice_and_undone_without_a_trace(
    database: Database,
) -> None:
    laws = Laws(database)
    trial(laws, 30)()
    assert laws.seen["refused whole"]
    assert laws.seen["rows rejected"]
    assert laws.seen["rows stored"]
    assert laws.seen["read by a feed"]


def test_a_row_that_is_lost_is_noticed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(content: bytes, **options: Any) -> tuple[ParsedFile, ...]:
        parsed = read_file(content, **options)
        return (replace(parsed, rows=parsed.rows.head(1)),)

    laws = Laws(database)
    two = written([("A", "API_CALLS", "2026-11-03", "1"), ("A", "API_CALLS", "2026-11-04", "1")])
    laws.hold(two.encode())
    monkeypatch.setattr("files_at_random.read_files", lossy)
    with pytest.raises(AssertionError):
        laws.hold(two.encode())


def outcome(content: bytes, **options: Any) -> ParsedFile | str:
    try:
        return read(content, **options)
    except UnreadableFile as refusal:
        return str(refusal)


def moved(parsed: ParsedFile, lines: int) -> ParsedFile:
    """The same file with so many lines in front."""
    down = pl.col("line") + lines
    return replace(
        parsed,
        rows=parsed.rows.with_columns(down),
        rejects=parsed.rejects.with_columns(down),
    )


def same(one: ParsedFile, other: ParsedFile) -> None:
    assert one.rows.equals(other.rows)
    assert one.rejects.select("line", "column", "reason").equals(
        other.rejects.select("line", "column", "reason")
    )
    assert (one.row_count, one.rejected_rows) == (other.row_count, other.rejected_rows)
    assert one.reject_counts == other.reject_counts
