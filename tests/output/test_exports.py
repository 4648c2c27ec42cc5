"""A table comes out exactly as it is stored, in every format and in any number of batches."""

from __future__ import annotations

import io
import json
import os
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from random_portfolios import WIDER
from small_files import TODAY, organizations, table, usage

from health import imports
from health.errors import ArgumentError
from health.files import read_file
from health.output import exports
from health.output.exports import Export, Format, whole_file
from health.scoring import runs
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.storage.database import Database
from health.storage.schema import CONTRACT, frame_schema

DAY = date(2026, 11, 20)
CSV, JSON, PARQUET = Format.CSV, Format.JSON, Format.PARQUET


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("x")')


@pytest.fixture
def filled(database: Database) -> Database:
    """Two clients, one of them with nothing but a name that a spreadsheet would run."""
    files = [
        organizations(
            {
                "organization_id": "B",
                "name": '=1+1, "quoted"',
                "total_users": None,
                "annual_value": None,
            },
            {
                "organization_id": "A",
                "name": "Älpha",
                "total_users": 60,
                "renewal_date": date(2027, 1, 31),
                "annual_value": "38900.50",
                "is_active": True,
            },
        ),
        usage(
            ("B", "MONTHLY_ACTIVE_USERS", DAY, 5),
            ("A", "MONTHLY_ACTIVE_USERS", DAY, 38),
            ("A", "API_CALLS", DAY, 7),
            ("A", "API_CALLS", date(2026, 11, 19), 6),
        ),
        table([{"organization_id": "A", "feature_name": "SSO", "is_enabled": True}]),
    ]
    imports.store(database, files, by="test")
    runs.score(database, everything=True)
    with database.write() as writer:
        for name in ("clients", "adoption"):
            writer.execute(
                f"UPDATE {name} SET created_at = TIMESTAMP '2026-11-23 07:00:00.123456', "
                "updated_at = TIMESTAMP '2026-11-23 07:00:00.123456'"
            )
        writer.execute("UPDATE imports SET imported_at = TIMESTAMP '2026-11-23 07:00:00.5'")
    return database


def written(database: Database, name: str, file_format: Format, as_of: date | None = None) -> bytes:
    sink = io.BytesIO()
    with database.read() as reader:
        Export(table=name, as_of=as_of).write(reader, sink, file_format)
    return sink.getvalue()


def test_csv_has_empty_fields_for_null_and_iso_dates(filled: Database) -> None:
    assert written(filled, "organizations", CSV).decode() == (
        "organization_id,name,total_users,renewal_date,industry,employee_count,csm,annual_value,"
        "alert_level,is_active,inactive_from,created_at,updated_at\n"
        "A,Älpha,60,2027-01-31,,,,38900.50,DASHBOARD_ONLY,true,,"
        "2026-11-23T07:00:00,2026-11-23T07:00:00\n"
        'B,"=1+1, ""quoted""",,,,,,,DASHBOARD_ONLY,true,,'
        "2026-11-23T07:00:00,2026-11-23T07:00:00\n"
    )


def test_rows_are_in_the_order_of_the_key(filled: Database) -> None:
    lines = written(filled, "usage_metrics", CSV).decode().splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["A", "API_CALLS", "2026-11-19", "6"],
        ["A", "API_CALLS", "2026-11-20", "7"],
        ["A", "MONTHLY_ACTIVE_USERS", "2026-11-20", "38"],
        ["B", "MONTHLY_ACTIVE_USERS", "2026-11-20", "5"],
    ]


def test_json_is_one_array_of_objects(filled: Database) -> None:
    first, second = json.loads(written(filled, "organizations", JSON))
    assert list(first) == list(CONTRACT["organizations"].column_names)
    assert first["name"] == "Älpha"
    assert first["renewal_date"] == "2027-01-31"
    assert first["annual_value"] == 38900.5
    assert first["created_at"] == "2026-11-23T07:00:00"
    assert first["is_active"] is True
    assert second["name"] == '=1+1, "quoted"'
    assert second["annual_value"] is None


@pytest.mark.parametrize("name", CONTRACT)
def test_parquet_has_the_types_of_the_table(filled: Database, name: str) -> None:
    frame = pl.read_parquet(io.BytesIO(written(filled, name, PARQUET)))
    assert dict(frame.schema) == frame_schema(CONTRACT[name])
    assert frame.equals(filled.query(f"SELECT * FROM {CONTRACT[name].relation} ORDER BY ALL"))


@pytest.mark.parametrize("name", CONTRACT)
@pytest.mark.parametrize("file_format", Format)
def test_the_number_of_batches_does_not_show(
    filled: Database, monkeypatch: pytest.MonkeyPatch, name: str, file_format: Format
) -> None:
    at_once = written(filled, name, file_format)
    monkeypatch.setattr(exports, "BATCH_ROWS", 1)
    in_batches = written(filled, name, file_format)
    if file_format is PARQUET:
        assert pl.read_parquet(io.BytesIO(in_batches)).equals(pl.read_parquet(io.BytesIO(at_once)))
    else:
        assert in_batches == at_once


@pytest.mark.parametrize("name", CONTRACT)
@pytest.mark.parametrize("file_format", Format)
def test_an_empty_table_is_still_a_table(
    database: Database, name: str, file_format: Format
) -> None:
    content = written(database, name, file_format)
    columns = list(CONTRACT[name].column_names)
    if file_format in (CSV, Format.SPREADSHEET):
        assert content.decode() == ",".join(columns) + "\n"
    elif file_format is JSON:
        assert json.loads(content) == []
    else:
        assert pl.read_parquet(io.BytesIO(content)).columns == columns


def test_the_scores_of_a_day_are_those_of_the_table(filled: Database) -> None:
    lines = written(filled, "scores", CSV, DAY).decode().splitlines()
    every = written(filled, "tenant_health_scores", CSV).decode().splitlines()
    assert len(lines) == 2
    assert lines == [line for line in every if ",2026-11-20," in line or line == every[0]]
    assert written(filled, "tenant_health_scores", CSV, DAY).decode().splitlines() == lines


@pytest.mark.parametrize("file_format", Format)
def test_scores_have_a_column_for_each_extra_part_of_their_models(
    filled: Database, file_format: Format
) -> None:
    later = DAY + timedelta(days=1)
    with filled.write() as writer:
        register_model(writer, WIDER)
        put_in_force(writer, Act.PUBLISHED, WIDER, later, reason="", by="")
    runs.score(filled, as_of=later)
    extra = [part.column for part in WIDER.extra_parts]
    for name, day in (("tenant_health_scores", None), ("scores", later)):
        content = written(filled, name, file_format, day)
        match file_format:
            case Format.JSON:
                found = pl.DataFrame(json.loads(content))
            case Format.PARQUET:
                found = pl.read_parquet(io.BytesIO(content))
            case _:
                found = pl.read_csv(content)
        assert found.columns == [*CONTRACT["tenant_health_scores"].column_names, *extra]
        stored = filled.query(
            """SELECT organization_id, score_date, model_version, extra_points FROM scores
            JOIN clients USING (organization) JOIN scoring_runs USING (run_id)
            WHERE score_date = $day OR $day IS NULL ORDER BY organization_id, score_date""",
            {"day": day},
        )
        assert "wider-1" in stored["model_version"]
        assert (day is None) == ("standard-1" in stored["model_version"])
        expected = [points or [None] * len(extra) for points in stored["extra_points"].to_list()]
        assert [list(row) for row in found.select(extra).rows()] == expected
    assert b"extra_" not in written(filled, "scores", file_format, DAY)


def test_progress_ends_at_the_whole(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH_ROWS", 1)
    told: list[float] = []
    with filled.read() as reader:
        rows = Export(table="usage_metrics").write(reader, io.BytesIO(), CSV, told.append)
    assert rows == 4
    assert told == [0.75, 1.0]


@pytest.mark.parametrize(
    ("name", "day", "argument"),
    [("clients", None, "table"), ("scores", None, "as_of"), ("organizations", DAY, "as_of")],
)
def test_a_wrong_question_names_the_argument(name: str, day: date | None, argument: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Export(table=name, as_of=day)
    assert error.value.argument == argument


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("before")

    def fail() -> None:
        with whole_file(path) as sink:
            sink.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "before"
    with whole_file(path) as sink:
        sink.write(b"after")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot be written"), whole_file(tmp_path / "no" / "x"):
        pass


def test_a_device_or_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ArgumentError, match="is not a file"), whole_file(pipe):
        pass
    assert pipe.is_fifo()


def test_what_a_spreadsheet_opens_runs_nothing_and_plain_csv_loads_as_it_was(
    database: Database,
) -> None:
    rows = [{"organization_id": f"C{n}", "name": name} for n, name in enumerate(FORMULAS)]
    imports.store(database, [organizations(*rows)], by="test")

    def written(file_format: Format) -> bytes:
        sink = io.BytesIO()
        with database.read() as reader:
            Export(table="organizations").write(reader, sink, file_format)
        return sink.getvalue()

    def names(content: bytes) -> list[str]:
        return pl.read_csv(content, infer_schema=False)["name"].to_list()

    assert names(written(Format.SPREADSHEET)) == [f"'{name}" for name in FORMULAS]
    assert names(written(CSV)) == list(FORMULAS)
    again = read_file(written(CSV), name="again.csv", today=TODAY)
    (outcome,) = imports.plan(database, [again])
    assert (outcome.rows_unchanged, outcome.rows_rejected) == (len(FORMULAS), 0)
