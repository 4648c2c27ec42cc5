"""A database of every earlier version is lifted, and one of today follows today's words."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl
import pytest

import health
from health.maintenance import checks
from health.maintenance.check import State
from health.output.exports import Export, Format
from health.scoring import runs
from health.storage import engine, migrations, schema
from health.storage.database import Database

EARLIER = sorted(
    (Path(__file__).parent.parent / "data" / "databases").glob("version_*.sql"),
    key=lambda file: int(file.stem.removeprefix("version_")),
)
"""A small database of each version, as Client Health made it at the time."""

SCORED_ALIKE = """SELECT * EXCLUDE (calculated_at, created_at) FROM tenant_health_scores
    ORDER BY organization_id, score_date"""


def build(sql: Path, path: Path) -> Path:
    """The database of an earlier version."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql.read_text(encoding="utf-8"))
    return path


def version_of(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        (row,) = connection.execute("SELECT schema_version FROM state").fetchall()
    return int(row[0])


def failed(database: Database) -> Mapping[str, tuple[str, ...]]:
    return {
        result.check.name: result.examples
        for result in checks.run(database)
        if result.state is State.FAIL
    }


def test_a_database_of_each_version_is_kept() -> None:
    versions = [int(re.findall(r"\d+", file.name)[0]) for file in EARLIER]
    assert versions == list(migrations.MIGRATIONS)


@pytest.mark.parametrize("sql", EARLIER, ids=lambda sql: sql.stem)
def test_a_database_of_an_earlier_version_is_lifted_and_is_sound(sql: Path, tmp_path: Path) -> None:
    path = build(sql, tmp_path / "health.duckdb")
    assert f"version_{version_of(path)}" == sql.stem
    with Database.open(path) as database:
        before = database.query(SCORED_ALIKE)
        assert failed(database) == {}
        assert runs.score(database).scores > 0
        assert failed(database) == {}
        after = database.query(SCORED_ALIKE)
        assert database.query("SELECT count(*) FROM usage_metrics").item() == 390
        for table in schema.CONTRACT.values():
            sink = io.BytesIO()
            with database.read() as reader:
                Export(table=table.name).write(reader, sink, Format.CSV)
            assert sink.getvalue().startswith(",".join(table.column_names).encode() + b"\n")
    assert version_of(path) == migrations.latest()
    assert before.height
    assert before.select("organization_id", "score_date").is_unique().all()
    assert after.select("organization_id", "score_date").is_unique().all()


def test_every_version_gives_the_same_scores(tmp_path: Path) -> None:
    scores = []
    for sql in EARLIER:
        with Database.open(build(sql, tmp_path / f"{sql.stem}.duckdb")) as database:
            runs.score(database)
            scores.append(database.query(SCORED_ALIKE))
    assert all(frame.equals(scores[-1]) for frame in scores)


def test_a_migration_takes_no_word_from_the_code() -> None:
    for sql in migrations.MIGRATIONS.values():
        assert "{" not in sql


def test_a_lifted_database_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    for sql in EARLIER:
        path = build(sql, tmp_path / f"{sql.stem}.duckdb")
        with Database.open(path) as database:
            columns = dict(database.query(engine.COLUMNS).iter_rows())
        assert columns == engine.columns_of_new()


@pytest.mark.parametrize("sql", [None, *EARLIER], ids=lambda sql: sql.stem if sql else "new")
def test_new_words_get_their_columns_in_an_old_database_and_in_a_new_one(
    sql: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "health.duckdb"
    if sql:
        Database.open(build(sql, path)).close()
    worded = {
        "usage_daily": {**schema.VOCABULARY_COLUMNS["usage_daily"], "logins": "BIGINT"},
        "scores": {"pulse_score": "UTINYINT", **schema.VOCABULARY_COLUMNS["scores"]},
    }
    monkeypatch.setattr(schema, "VOCABULARY_COLUMNS", worded)
    for _ in range(2):
        with Database.open(path) as database:
            assert set(worded["usage_daily"]) <= columns_of(database, "usage_daily")
            assert set(worded["scores"]) <= columns_of(database, "scores")
            assert failed(database) == {}


def columns_of(database: Database, table: str) -> set[str]:
    return set(database.query(f"FROM {table} LIMIT 0").columns)


def test_a_view_that_differs_is_replaced_and_one_that_does_not_is_left(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    Database.open(path).close()
    before = path.read_bytes()
    Database.open(path).close()
    assert path.read_bytes() == before
    with Database.open(path) as database, database.write() as writer:
        writer.execute("CREATE OR REPLACE VIEW organizations AS SELECT name FROM clients")
    with Database.open(path) as database:
        assert database.query("FROM organizations").columns == list(
            schema.ORGANIZATIONS.column_names
        )


INSERT = re.compile(r"INSERT INTO\s+(?:\{[^}]+\}|\w+)\s+(\w+|\()")


def test_every_insert_names_its_columns() -> None:
    package = Path(health.__file__).parent
    found = {
        (file.name, insert[0])
        for file in package.rglob("*.py")
        for insert in INSERT.finditer(file.read_text(encoding="utf-8"))
        if insert[1] not in ("(", "BY")
    }
    assert found == set()
    assert INSERT.findall("INSERT INTO stale FROM united") == ["FROM"]


def test_frames_of_lifted_databases_have_the_types_of_the_contract(tmp_path: Path) -> None:
    with Database.open(build(EARLIER[0], tmp_path / "health.duckdb")) as database:
        for table in schema.CONTRACT.values():
            frame: pl.DataFrame = database.query(f"FROM {table.relation}")
            assert dict(frame.schema) == schema.frame_schema(table)
