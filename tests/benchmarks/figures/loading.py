"""Files into the database, beside the engine reading them into a table, unseen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from health import imports
from health.files import ParsedFile, read_file
from health.imports import ImportOutcome
from health.storage.database import Database
from health.vocabulary import MetricType
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import (
    Row,
    Spread,
    Timed,
    Turns,
    in_turns,
    peak_memory,
    say,
    seconds,
)
from tests.benchmarks.sizes import METRICS, L, M, Size

LARGE_ROWS: Final = 5_000_000
BAD_EVERY: Final = 10_000
"""One row in so many of the large file is wrong."""

CORRECTED_ROWS: Final = 1_000

CHANGED_EVERY: Final = 101
"""One row in so many of those on file already has another value."""

BARE: Final = "bare `read_csv` into a table"

_DEFECTS: Final = (
    ("organization_id", "UNKNOWN-1"),
    ("metric_type", "VISITS"),
    ("date", "31/12/2026"),
    ("value", "-5"),
    ("value", "12.5"),
)


_NIGHTS: Final = 20


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """A long CSV, half of it on file already, with rows that are wrong; and one without those."""

    path: Path
    clean: Path
    rows: int
    bad_rows: int
    today: date


def large_file(bench: Bench) -> Iterator[Row]:
    size = bench.largest(up_to=M)
    base = stores.loaded(bench.data, size)
    with stores.scratch(bench.data) as place:
        say("  writing the CSV files")
        file = _write_large(place, size)
        work = f"Load of a CSV of {file.rows:,} rows"
        promised = size is M
        yield from _large_memory(place, base, size, file)
        _prove(place, base, file)
        stored, previewed, bare = in_turns(
            bench.repeat,
            _product(place, base, file, with_preview=False),
            _product(place, base, file, with_preview=True),
            _bare(place, file.clean),
        )
        yield Turns(work=stored, limit=bare).row(
            work=f"{work}: rejects found, changes counted, undo kept",
            size=size.name,
            against=BARE,
            at_most=4 if promised else None,
        )
        yield Turns(work=previewed, limit=bare).row(
            work=f"{work}: previewed first, then stored, as on the Data page",
            size=size.name,
            against=BARE,
            is_detail=True,
        )
        yield from _pieces(place, base, file, work, size)


def nightly_file(bench: Bench) -> Iterator[Row]:
    """A new day of ten metrics for every client, night after night, into an open database."""
    size = bench.largest()
    with (
        stores.scratch(bench.data) as place,
        stores.opened_copy(stores.scored(bench.data, size)) as database,
        closing(duckdb.connect(str(place / "bare.duckdb"))) as bare,
    ):
        files = [write_night(place, size, number) for number in range(bench.repeat + 1)]

        def product(number: int) -> float:
            return seconds(
                lambda: imports.store(
                    database, [_read(files[number], size.last + timedelta(days=99))], by="benchmark"
                )
            )

        def read_csv(number: int) -> float:
            return seconds(
                lambda: bare.execute(
                    f"CREATE TABLE night_{number} AS FROM read_csv($file)",
                    {"file": str(files[number])},
                )
            )

        stored, read = in_turns(bench.repeat, product, read_csv)
    yield Turns(work=stored, limit=read).row(
        work=f"Load of a CSV of {size.clients * (METRICS - 1):,} rows, one new day",
        size=size.name,
        against=BARE,
        at_most=6 if size is L else None,
    )


def same_change(bench: Bench) -> Iterator[Row]:
    """One correction of 1,000 values, and its undo, in databases of two sizes."""
    with ExitStack() as stack:
        sizes = bench.sizes[-2:]
        databases = [
            stack.enter_context(stores.opened_copy(stores.scored(bench.data, size)))
            for size in sizes
        ]
        small, large = _Corrected(databases[0]), _Corrected(databases[-1])
        content = _correction(sizes[0])
        # Milliseconds each: more rounds cost nothing and steady the median.
        stored_small, stored, undone_small, undone = in_turns(
            4 * bench.repeat,
            lambda _: small.store(content),
            lambda _: large.store(content),
            lambda _: small.undo(),
            lambda _: large.undo(),
        )
    for what, work, limit in (
        ("loaded", stored, stored_small),
        ("undone", undone, undone_small),
    ):
        yield Turns(work=work, limit=limit).row(
            work=f"A correction of {CORRECTED_ROWS:,} values of the last days, {what}",
            size=sizes[-1].name,
            against=f"the same at {sizes[0].name}",
            is_detail=True,
        )


class _Corrected:
    """A database into which a file is loaded and taken back, again and again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._import_id = 0

    def store(self, content: bytes) -> float:
        def run() -> None:
            parsed = read_file(content, name="correction.csv", today=date(2030, 1, 1))
            (outcome,) = imports.store(self._database, [parsed], by="benchmark")
            assert outcome.rows_changed == CORRECTED_ROWS
            assert outcome.import_id is not None
            self._import_id = outcome.import_id

        return seconds(run)

    def undo(self) -> float:
        return seconds(lambda: imports.undo(self._database, self._import_id, by="benchmark"))


def _correction(size: Size) -> bytes:
    """A long CSV of values that nobody has: the clients of ``size``, from its last day back."""
    rows = (
        f"{generating.organization_id(number % size.clients + 1)},SUPPORT_TICKETS,"
        f"{size.last - timedelta(days=number // size.clients)},999\n"
        for number in range(CORRECTED_ROWS)
    )
    return ("organization_id,metric_type,date,value\n" + "".join(rows)).encode()


def _write_large(place: Path, size: Size) -> LargeFile:
    days = min(LARGE_ROWS // (size.clients * METRICS) + 1, 2 * size.days) // 2
    today = size.last + timedelta(days=days)
    wide = pl.concat(
        [
            generating.usage_between(size, size.last - timedelta(days=days - 1), size.last),
            generating.usage(size, size.last + timedelta(days=1), today),
        ]
    )
    number = pl.int_range(pl.len())
    is_rate = pl.col("metric_type") == MetricType.CAMPAIGN_RESPONSE_RATE.value
    other = (number % CHANGED_EVERY == 0) & (pl.col("date") <= size.last) & ~is_rate
    frame = (
        generating.long(wide)
        .sort("organization_id", "date", "metric_type")
        .with_columns(pl.col("value") + other.cast(pl.Int64))
    )
    clean = place / "clean.csv"
    frame.write_csv(clean)
    bad = number % BAD_EVERY == BAD_EVERY // 2
    kind = number // BAD_EVERY % len(_DEFECTS)
    broken = frame.with_columns(pl.col("date", "value").cast(pl.String))
    for place_of, (column, value) in enumerate(_DEFECTS):
        broken = broken.with_columns(
            pl.when(bad & (kind == place_of)).then(pl.lit(value)).otherwise(column).alias(column)
        )
    path = place / "large.csv"
    broken.write_csv(path)
    return LargeFile(
        path=path,
        clean=clean,
        rows=frame.height,
        bad_rows=int(broken.select(bad.sum()).item()),
        today=today,
    )


def write_night(place: Path, size: Size, number: int) -> Path:
    """Write what comes in one night: the day after the last, the next one the night after.

    After twenty nights the same days come again, corrected.
    """
    again, after = divmod(number, _NIGHTS)
    day = size.last + timedelta(days=after + 1)
    path = place / f"night-{number}.csv"
    is_rate = pl.col("metric_type") == MetricType.CAMPAIGN_RESPONSE_RATE.value
    (
        generating.long(generating.usage(size, day, day).drop("api_calls"))
        .with_columns(pl.col("value") + again * (~is_rate).cast(pl.Int64))
        .write_csv(path)
    )
    return path


def _read(path: Path, today: date) -> ParsedFile:
    return read_file(path, name=path.name, today=today)


def _product(place: Path, base: Path, file: LargeFile, *, with_preview: bool) -> Timed:
    """Reading, (a preview,) and storing, each round into a fresh copy of the database."""

    def load(database: Database) -> None:
        parsed = _read(file.path, file.today)
        if with_preview:
            imports.plan(database, [parsed])
        imports.store(database, [parsed], by="benchmark", valid_rows_only=True)

    def timed(_: int) -> float:
        with Database.open(shutil.copy(base, place / "product.duckdb")) as database:
            return seconds(lambda: load(database))

    return timed


def _bare(place: Path, csv: Path) -> Timed:
    def timed(_: int) -> float:
        path = place / "bare.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            return seconds(
                lambda: connection.execute(
                    "CREATE TABLE bare AS FROM read_csv($file)", {"file": str(csv)}
                )
            )

    return timed


def _large_memory(place: Path, base: Path, size: Size, file: LargeFile) -> Iterator[Row]:
    copy = shutil.copy(base, place / "memory.duckdb")
    yield Row(
        work=f"Memory of the load of {file.rows:,} rows, previewed and stored, whole process",
        size=size.name,
        against="1.5 GB",
        value=Spread.of([peak_memory("load", copy, file.path, file.today)]),
        unit="MB",
        at_most=1_536 if size is M else None,
    )
    yield Row(
        work=f"Memory of {BARE}, whole process",
        size=size.name,
        against="–",
        value=Spread.of([peak_memory("read-csv", place / "memory-bare.duckdb", file.clean)]),
        unit="MB",
        is_detail=True,
    )


def _prove(place: Path, base: Path, file: LargeFile) -> None:
    """Nothing is timed that is not right: every row is counted, and undo gives all of it back."""
    with Database.open(shutil.copy(base, place / "proof.duckdb")) as database:
        before = _content(database)
        parsed = _read(file.path, file.today)
        (planned,) = imports.plan(database, [parsed])
        (stored,) = imports.store(database, [parsed], by="benchmark", valid_rows_only=True)
        assert _counts(planned) == _counts(stored)
        assert stored.rows_rejected == file.bad_rows
        assert stored.rows_read == file.rows
        assert stored.rows_new
        assert stored.rows_changed
        assert _content(database) != before
        assert stored.import_id is not None
        imports.undo(database, stored.import_id, by="benchmark")
        assert _content(database) == before


def _counts(outcome: ImportOutcome) -> tuple[int, ...]:
    return (
        outcome.rows_new,
        outcome.rows_changed,
        outcome.rows_unchanged,
        outcome.rows_rejected,
        outcome.clients,
    )


def _content(database: Database) -> object:
    return database.query(
        """SELECT count(*), sum(hash(organization, date, api_calls, support_tickets))
        FROM usage_daily"""
    ).row(0)


def _pieces(place: Path, base: Path, file: LargeFile, work: str, size: Size) -> Iterator[Row]:
    """Where the time goes, once: reading and checking, preview, storing, undo."""
    with Database.open(shutil.copy(base, place / "pieces.duckdb")) as database:
        parsed: list[ParsedFile] = []
        outcomes: list[ImportOutcome] = []

        def store() -> None:
            outcomes.extend(imports.store(database, parsed, by="benchmark", valid_rows_only=True))

        def undo() -> None:
            assert outcomes[0].import_id is not None
            imports.undo(database, outcomes[0].import_id, by="benchmark")

        steps = {
            "read and checked": lambda: parsed.append(_read(file.path, file.today)),
            "previewed": lambda: imports.plan(database, parsed),
            "stored": store,
            "undone": undo,
        }
        for step, run in steps.items():
            yield Row(
                work=f"{work}: {step}, once",
                size=size.name,
                against="–",
                value=Spread.of([1_000 * seconds(run)]),
                unit="ms",
                is_detail=True,
            )
