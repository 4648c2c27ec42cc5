"""The one seam to the engine: a file that is whole or absent, writes that happen or do not."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from other_process import held_by_another_process
from stored import everything

from health.errors import DatabaseBusy, DatabaseInUse, DatabaseUnusable, HealthError
from health.storage import engine, migrations, transaction
from health.storage.database import Database, open_database


def add_model(writer: transaction.Writer, version: str) -> None:
    """Write one row into a table that has nothing to do with anything else."""
    writer.execute(
        "INSERT INTO scoring_models SELECT $version, '', '', now()::TIMESTAMP, '', ''",
        {"version": version},
    )


def models(database: Database) -> list[str]:
    return (
        database.query("SELECT model_version FROM scoring_models ORDER BY 1").to_series().to_list()
    )


def test_a_reader_asks_once_what_is_a_part_of_many_questions_and_a_writer_each_time(
    database: Database,
) -> None:
    asked = list[int]()

    @transaction.asked_once
    def answer(reader: transaction.Reader, number: int) -> int:
        asked.append(number)
        return int(reader.value("SELECT $number", {"number": number}))

    for _ in range(2):
        with database.read() as reader:
            assert [answer(reader, number) for number in (1, 2, 1)] == [1, 2, 1]
    assert asked == [1, 2, 1, 2]
    with database.write() as writer:
        assert [answer(writer, number) for number in (3, 3)] == [3, 3]
    assert asked == [1, 2, 1, 2, 3, 3]


def test_ten_thousand_clients_are_counted_in_place(database: Database) -> None:
    with database.write() as writer:
        writer.execute(
            """INSERT INTO usage_daily (organization, date, import_id)
            SELECT unnest(range(10000)), DATE '2026-11-20', 1"""
        )
    with database.read() as reader:
        plan = reader.records(
            "EXPLAIN SELECT organization, max(date) FROM usage_daily GROUP BY organization"
        )
    assert "perfect hash group by" in plan[0]["explain_value"].lower().replace("_", " ")


# Opening


def test_a_new_database_is_made_with_its_folder_and_has_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "health.duckdb"
    with Database.open(path) as database:
        held = everything(database)
        assert held.pop("state") == [(migrations.latest(), 0, False)]
        assert set(map(len, held.values())) == {0}
    assert path.is_file()


def test_nothing_but_the_database_is_left_beside_it(tmp_path: Path) -> None:
    Database.open(tmp_path / "health.duckdb").close()
    assert [path.name for path in tmp_path.iterdir()] == ["health.duckdb"]


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database, database.write() as writer:
        add_model(writer, "kept")
    with Database.open(path) as database:
        assert models(database) == ["kept"]
        assert database.version == 1


def test_a_relative_path_means_the_folder_of_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Database.open("health.duckdb") as database:
        assert database.path == tmp_path / "health.duckdb"


@pytest.mark.parametrize("step", ["connect", "lift"])
def test_a_first_creation_that_is_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    target = {"connect": (duckdb, "connect"), "lift": (migrations, "lift")}[step]
    monkeypatch.setattr(*target, power_cut)
    with pytest.raises(KeyboardInterrupt):
        Database.open(tmp_path / "health.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_a_database_appears_under_its_name_only_when_it_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "health.duckdb"
    finished = []
    link = os.link

    def look(source: Path, target: Path) -> None:
        finished.append((path.exists(), Path(f"{source}.wal").exists()))
        link(source, target)

    monkeypatch.setattr(os, "link", look)
    Database.open(path).close()
    assert finished == [(False, False)]


def test_a_process_that_creates_it_at_the_same_moment_wins_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "health.duckdb"
    link = os.link

    def other_was_faster(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        with Database.open(path) as database, database.write() as writer:
            add_model(writer, "theirs")
        link(source, target)

    monkeypatch.setattr(os, "link", other_was_faster)
    with Database.open(path) as database:
        assert models(database) == ["theirs"]


def test_the_settings_say_which_database_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", str(tmp_path / "set.duckdb"))
    monkeypatch.setenv("CLIENT_HEALTH_THREADS", "1")
    monkeypatch.setenv("CLIENT_HEALTH_MEMORY_LIMIT", "1GiB")
    with open_database() as database:
        assert database.path == tmp_path / "set.duckdb"
        settings = database.query(
            "SELECT current_setting('threads'), current_setting('memory_limit')"
        )
        assert settings.rows() == [(1, "1.0 GiB")]
    with open_database(tmp_path / "given.duckdb") as database:
        assert database.path == tmp_path / "given.duckdb"


def test_a_schema_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    newer = migrations.latest() + 1
    with Database.open(path) as database, database.write() as writer:
        writer.execute("UPDATE state SET schema_version = $newer", {"newer": newer})
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match=f"schema {newer}.*Update Client Health"):
        Database.open(path)
    assert path.read_bytes() == before


def test_an_older_schema_is_lifted_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database, database.write() as writer:
        add_model(writer, "kept")
    steps = {
        migrations.latest() + 1: "CREATE TABLE jottings (text VARCHAR)",
        migrations.latest()
        + 2: "ALTER TABLE jottings ADD COLUMN day DATE; INSERT INTO jottings VALUES ('a', NULL)",
    }
    monkeypatch.setattr(migrations, "MIGRATIONS", {**migrations.MIGRATIONS, **steps})
    for _ in range(2):
        with Database.open(path) as database:
            assert database.query("FROM jottings").rows() == [("a", None)]
            assert models(database) == ["kept"]


def test_a_step_that_fails_is_not_taken_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "health.duckdb"
    Database.open(path).close()
    step = "CREATE TABLE notes (text VARCHAR); INSERT INTO notes SELECT error('no')"
    with monkeypatch.context() as patch:
        patch.setattr(
            migrations, "MIGRATIONS", {**migrations.MIGRATIONS, migrations.latest() + 1: step}
        )
        with pytest.raises(duckdb.Error, match="no"):
            Database.open(path)
    with Database.open(path) as database:
        tables = database.query("SELECT table_name FROM duckdb_tables()").to_series()
        assert "notes" not in tables


def test_a_database_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE books (title VARCHAR)")
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match=r"not one of Client Health.*--database"):
        Database.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("health.duckdb", b"organization_id,name\nA,Ada\n"),
        ("health.duckdb", b"\x00" * 4096),
        ("health.duckdb", b""),
        # The engine takes these for a view of the file, in a database that is never stored.
        ("health.csv", b"organization_id,name\nA,Ada\n"),
        ("clients.csv", b"organization_id,name\nA,Ada\n"),
        ("health.parquet", b"PAR1"),
        ("health.json", b"[]"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match=f"{path} is damaged or not a DuckDB database"):
        Database.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["health.csv", "health.parquet", "md:health", ":memory:"])
def test_a_database_keeps_what_is_stored_whatever_its_name(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        with Database.open(tmp_path / name) as database, database.write() as writer:
            writer.execute("UPDATE state SET is_demo = true")
    with Database.open(tmp_path / name) as database:
        assert database.version == 2


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        Database.open(tmp_path)


def test_a_database_that_cannot_be_created_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no folder")
    path = tmp_path / "notes.txt" / "health.duckdb"
    with pytest.raises(DatabaseUnusable, match=f"{path} cannot be created.*another path"):
        Database.open(path)


def test_a_folder_that_is_full_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise duckdb.IOException("Could not write all: No space left on device")

    monkeypatch.setattr(migrations, "lift", no_space)
    with pytest.raises(DatabaseUnusable, match=r"cannot be created \(.*No space left"):
        Database.open(tmp_path / "health.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_database_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE books (title VARCHAR)")
    with pytest.raises(DatabaseUnusable) as raised:
        Database.open(path)
    # Opened with other settings than ours, which the engine refuses while ours is open.
    duckdb.connect(str(path), read_only=True).close()
    assert raised.value.__traceback__ is not None  # and with it what it left open


def test_a_second_process_is_told_who_holds_the_database(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    with held_by_another_process(path) as number:
        with pytest.raises(DatabaseInUse) as raised:
            Database.open(path)
        assert f"{path} is held by another process (number {number})" in raised.value.message
        assert "Nothing was changed. Try again" in raised.value.message
    Database.open(path).close()


@pytest.mark.parametrize("name", ["health?.duckdb", "a?b/health.duckdb"])
def test_a_question_mark_in_the_path_is_refused_before_anything_is_made(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(DatabaseUnusable, match="question mark"):
        Database.open(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# Reading


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    with Database.open(tmp_path / "health.duckdb") as database:
        yield database


def test_a_value_reaches_a_question_bound_and_never_as_sql(database: Database) -> None:
    text = "'; DROP TABLE clients; --"
    assert database.query("SELECT $text AS text", {"text": text}).rows() == [(text,)]
    with database.read() as reader:
        assert reader.value("SELECT $text", {"text": text}) == text


def test_an_answer_is_a_frame_a_record_or_a_value(database: Database) -> None:
    with database.read() as reader:
        frame = reader.query("SELECT 1 AS one, DATE '2026-10-01' AS day UNION ALL SELECT 2, NULL")
        assert isinstance(frame, pl.DataFrame)
        assert frame.rows() == [(1, date(2026, 10, 1)), (2, None)]
        assert reader.record("SELECT 1 AS one, NULL AS none") == {"one": 1, "none": None}
        assert reader.value("SELECT 3, 4") == 3


def test_no_row_is_an_answer_too(database: Database) -> None:
    with database.read() as reader:
        assert reader.query("SELECT 1 AS one WHERE false").columns == ["one"]
        assert reader.record("SELECT 1 AS one WHERE false") == {}
        assert reader.value("SELECT 1 WHERE false") is None


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO scoring_models VALUES ('x', '', '', now()::TIMESTAMP, '', '')",
        "UPDATE state SET data_version = 99",
        "DELETE FROM state",
        "DROP VIEW organizations",
        "CREATE TABLE notes (text VARCHAR)",
    ],
)
def test_a_question_cannot_change_anything(database: Database, sql: str) -> None:
    before = everything(database)
    with pytest.raises(HealthError), database.read() as reader:
        reader.query(sql)
    assert everything(database) == before


def test_a_python_variable_is_not_mistaken_for_a_table(database: Database) -> None:
    clients_seen = pl.DataFrame({"name": ["secret"]})
    with pytest.raises(duckdb.CatalogException, match="clients_seen"):
        database.query("SELECT * FROM clients_seen")
    assert clients_seen.height


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "COPY state TO '{file}.copy'",
        "ATTACH '{file}.other'",
        "COPY (SELECT 1) TO '{file}.copy' (FORMAT parquet)",
        "EXPORT DATABASE '{file}.folder'",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM glob('{file}')",
        "SELECT * FROM read_parquet('https://outside.example/a.parquet')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{file}'",
        "SET enable_external_access = true",
    ],
)
def test_the_engine_reaches_no_other_file(database: Database, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("name\nsecret\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises((duckdb.Error, HealthError)), database.write() as writer:
        writer.execute(sql.format(file=file))
    assert sorted(tmp_path.iterdir()) == before


def test_a_reader_sees_one_version_through_a_write_of_another_thread(database: Database) -> None:
    def write() -> None:
        with database.write() as writer:
            add_model(writer, "late")

    with database.read() as reader:
        versions = [reader.value("SELECT data_version FROM state")]
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()
        assert database.version == 1
        assert models(database) == ["late"]
        versions.append(reader.value("SELECT data_version FROM state"))
        seen = reader.value("SELECT count(*) FROM scoring_models")
    assert versions == [0, 0]
    assert seen == 0


def test_a_reader_sees_nothing_of_a_large_change_while_it_is_committed(
    database: Database,
) -> None:
    rows = 400_000
    with database.write() as writer:
        writer.execute(f"CREATE TABLE source AS SELECT range AS number FROM range({rows})")
        writer.execute("CREATE TABLE spare AS FROM source")
    seen: set[int] = set()
    begun, done = threading.Event(), threading.Event()

    def look() -> None:
        while not done.is_set():
            with database.read() as reader:
                for _ in range(5):
                    seen.add(reader.value("SELECT count(*) FROM spare WHERE number >= 0"))
                    begun.set()

    with ThreadPoolExecutor(2) as pool:
        looking = [pool.submit(look) for _ in range(2)]
        assert begun.wait(10)
        for _ in range(3):
            with database.write() as writer:
                writer.execute("DELETE FROM spare USING source WHERE spare.number = source.number")
                writer.execute("INSERT INTO spare FROM source")
        done.set()
        for one in looking:
            one.result(timeout=60)
    assert seen == {rows}


def test_a_question_among_many_changes_is_answered_while_they_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    frame = transaction._frame

    def change() -> None:
        with database.write() as writer:
            add_model(writer, f"{len(asked):02}")

    def asking(*arguments: Any) -> pl.DataFrame:
        """Somebody stores something whenever this thread asks a question."""
        answer = frame(*arguments)
        if threading.current_thread() is not threading.main_thread():
            return answer
        thread = threading.Thread(target=change)
        thread.start()
        thread.join(1)
        asked.append(answer["models"][0])
        changing.append(thread)
        return answer

    changing: list[threading.Thread] = []
    monkeypatch.setattr(transaction, "_frame", asking)
    with database.read() as reader:
        answer = reader.query("SELECT count(*) AS models FROM scoring_models")
    for thread in changing:
        thread.join(10)
    monkeypatch.undo()
    assert (answer["models"].to_list(), asked) == ([0], [0, 0, 0, 0])
    assert database.version == 4


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writer:
        add_model(writer, "unfinished")
        assert models(database) == []
    assert models(database) == ["unfinished"]


# Writing


def test_a_write_is_stored_whole_and_raises_the_version_by_one(database: Database) -> None:
    versions = [database.version]
    for number in range(3):
        with database.write() as writer:
            add_model(writer, f"{number}-a")
            add_model(writer, f"{number}-b")
        versions.append(database.version)
    assert versions == [0, 1, 2, 3]
    assert models(database) == ["0-a", "0-b", "1-a", "1-b", "2-a", "2-b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, HealthError])
def test_a_write_that_raises_stores_nothing(database: Database, error: type[BaseException]) -> None:
    before = everything(database)

    def write() -> None:
        with database.write() as writer:
            add_model(writer, "lost")
            raise error("stop")

    with pytest.raises(error):
        write()
    assert everything(database) == before
    with database.write() as writer:
        add_model(writer, "next")
    assert models(database) == ["next"]


def test_a_statement_that_fails_takes_the_ones_before_it_along(database: Database) -> None:
    def write() -> None:
        with database.write() as writer:
            add_model(writer, "lost")
            writer.execute("SELECT error('bad')")

    with pytest.raises(duckdb.Error, match="bad"):
        write()
    assert models(database) == []
    assert database.version == 0


def test_a_rehearsal_shows_what_a_write_would_do_and_stores_nothing(database: Database) -> None:
    before = everything(database)
    with database.rehearse() as writer:
        add_model(writer, "played")
        assert writer.value("SELECT count(*) FROM scoring_models") == 1
    assert everything(database) == before


def test_a_statement_says_how_many_rows_it_changed(database: Database) -> None:
    with database.rehearse() as writer:
        add_model(writer, "a")
        add_model(writer, "b")
        assert writer.execute("UPDATE scoring_models SET label = 'x'") == 2
        assert writer.execute("DELETE FROM scoring_models WHERE model_version = 'a'") == 1
        assert writer.execute("DELETE FROM scoring_models WHERE model_version = 'a'") == 0
        assert writer.execute("CREATE TEMP TABLE nothing (a INTEGER)") == 0


def test_a_frame_is_a_table_for_the_writer_that_registered_it_only(database: Database) -> None:
    frame = pl.DataFrame({"version": ["a", "b"]})
    with database.write() as writer:
        writer.register("incoming", frame)
        writer.execute(
            """INSERT INTO scoring_models
            SELECT version, '', '', now()::TIMESTAMP, '', '' FROM incoming"""
        )
        with pytest.raises(duckdb.CatalogException, match="incoming"):
            database.query("FROM incoming")
    assert models(database) == ["a", "b"]
    with pytest.raises(duckdb.CatalogException, match="incoming"):
        database.query("FROM incoming")


def test_two_writers_wait_for_each_other_and_none_is_lost(database: Database) -> None:
    threads = 4
    start = threading.Barrier(threads)

    def count_up() -> None:
        start.wait(timeout=30)
        for _ in range(5):
            with database.write() as writer:
                number = writer.value("SELECT count(*) FROM scoring_models")
                add_model(writer, f"{number:02}")

    with ThreadPoolExecutor(threads) as pool:
        for finished in [pool.submit(count_up) for _ in range(threads)]:
            finished.result(timeout=60)
    assert models(database) == [f"{number:02}" for number in range(20)]
    assert database.version == 20


def test_a_run_of_many_writes_lets_another_one_in_between(database: Database) -> None:
    order: list[str] = []
    asked = threading.Event()

    def run() -> None:
        for _ in range(50):
            with database.write():
                asked.wait(5)
                time.sleep(0.2 if not order else 0)
                order.append("run")

    thread = threading.Thread(target=run)
    thread.start()
    asked.set()
    with database.write():
        order.append("other")
    thread.join()
    # It begins to wait in the first write, or before it.
    assert order.index("other") <= 1


def test_closing_waits_for_a_write_under_way(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    database = Database.open(path)
    writing, finish = threading.Event(), threading.Event()

    def write() -> None:
        with database.write() as writer:
            add_model(writer, "kept")
            writing.set()
            finish.wait(timeout=30)

    thread = threading.Thread(target=write)
    thread.start()
    writing.wait(timeout=30)
    closing = threading.Thread(target=database.close)
    closing.start()
    closing.join(timeout=0.05)
    assert closing.is_alive()
    finish.set()
    closing.join(timeout=30)
    thread.join(timeout=30)
    with Database.open(path) as again:
        assert models(again) == ["kept"]


@pytest.mark.parametrize(
    ("error", "is_dead"),
    [
        (duckdb.IOException("Could not write all: No space left on device"), False),
        (duckdb.OutOfMemoryException("failed to allocate"), False),
        (duckdb.TransactionException("Conflict on update"), False),
        (duckdb.FatalException("database has been invalidated"), True),
        (duckdb.InternalException("assertion failed"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_engine_that_gives_up_is_said_calmly_and_works_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: duckdb.Error, is_dead: bool
) -> None:
    opened = []
    connect = engine.connect
    monkeypatch.setattr(engine, "connect", lambda *how: opened.append(how) or connect(*how))

    def write() -> None:
        with database.write() as writer:
            add_model(writer, "lost")
            raise error

    with pytest.raises(DatabaseBusy, match=r"Nothing was stored\. Check that the disk has space"):
        write()
    assert bool(opened) == is_dead
    assert models(database) == []
    with database.write() as writer:
        add_model(writer, "next")
    assert models(database) == ["next"]


def test_a_question_on_which_duckdb_stumbles_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as writer:
        add_model(writer, "kept")
    frame, stumbles = transaction._frame, 1

    def stumbling(*arguments: Any) -> pl.DataFrame:
        nonlocal stumbles
        stumbles -= 1
        if stumbles >= 0:
            raise duckdb.InternalException("Attempted to access index 1")
        return frame(*arguments)

    monkeypatch.setattr(transaction, "_frame", stumbling)
    assert models(database) == ["kept"]
    stumbles = 2
    with pytest.raises(DatabaseBusy, match=r"Your data is as it was\. .* ask again") as caught:
        models(database)
    assert caught.value.title == "The question was not answered"
    assert models(database) == ["kept"]


@contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """Files of this process cannot grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("largest", "rows"), [(2**20, 2_000_000), (0, 10)], ids=["data", "log"])
def test_a_full_disk_is_said_and_loses_nothing_and_the_next_write_works(
    database: Database, largest: int, rows: int
) -> None:
    with database.write() as writer:
        add_model(writer, "kept")
        writer.execute("CREATE TABLE noise (number DOUBLE)")

    def write() -> None:
        with database.write() as writer:
            add_model(writer, "lost")
            writer.execute(f"INSERT INTO noise SELECT random() FROM range({rows})")

    with full_disk(largest), pytest.raises(DatabaseBusy, match="disk has space"):
        write()
    assert models(database) == ["kept"]
    with database.write() as writer:
        add_model(writer, "next")
    assert models(database) == ["kept", "next"]
    assert database.version == 2


def test_an_engine_that_died_is_opened_again(database: Database) -> None:
    with database.write() as writer:
        add_model(writer, "kept")
    database._connection.close()
    assert models(database) == ["kept"]


def test_the_newest_row_is_found_though_greater_ones_were_deleted(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database, database.write() as writer:
        writer.execute("CREATE TABLE kept AS SELECT unnest(range(5)) AS number")
    with Database.open(path) as database:
        with database.write() as writer:
            writer.execute("DELETE FROM kept")
        with database.write() as writer:
            writer.execute("INSERT INTO kept VALUES (1), (2)")
        with database.read() as reader:
            assert reader.value("FROM kept ORDER BY number DESC LIMIT 1") == 2
