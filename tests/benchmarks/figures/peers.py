"""The same scores by the ways that a program like this is usually written, and as many integers.

Every peer gets the long rows in the form that suits it: SQLite a key that its query runs along,
DuckDB the order of the days, the frames a Parquet file that skips what they filter out. It asks
for the six metrics and sixty days that count and adds them up its own way; the arithmetic on the
few sums is the same for all of them, and all store their scores at once.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from health.scoring import runs
from health.scoring.model import STANDARD
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures.arithmetic import WINDOWS, scores_of, window_of
from tests.benchmarks.figures.pandas_windows import windows_by_pandas
from tests.benchmarks.measuring import Row, Turns, always, in_turns, say
from tests.benchmarks.sizes import M, Size

BACK: Final = (0, 30)
"""A score of a day and, for the trend, that of thirty days before."""

DAYS: Final = 30
"""Days of a window."""

AT_MOST: Final = 0.01
"""What the contract of the product allows it to take of a loop over clients in DuckDB."""

_METRICS: Final = tuple(metric.value for metric in STANDARD.metrics)
_IN_METRICS: Final = ", ".join(f"'{metric}'" for metric in _METRICS)
_SELECT: Final = (
    f"SELECT metric_type, date, value FROM usage WHERE organization_id = ? "
    f"AND date BETWEEN ? AND ? AND metric_type IN ({_IN_METRICS})"
)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The long rows of a size and what else a score needs, wherever a peer wants them."""

    size: Size
    parquet: Path
    sqlite: Path
    duckdb: Path
    place: Path

    @cached_property
    def clients(self) -> pl.DataFrame:
        return generating.clients(self.size).select("organization_id", "total_users")

    @cached_property
    def features(self) -> pl.DataFrame:
        return generating.features(self.size)

    def scores(self, windows: pl.DataFrame) -> pl.DataFrame:
        return scores_of(windows, self.clients, self.features, self.size.last)


def one_day(bench: Bench) -> Iterator[Row]:
    size = bench.largest(up_to=M)
    with (
        stores.scratch(bench.data) as place,
        stores.opened_copy(stores.scored(bench.data, size)) as database,
    ):
        rows = _rows(bench, size, place)
        peers: dict[str, Callable[[Rows], pl.DataFrame]] = {
            "a query per client, DuckDB": by_duckdb_loop,
            "a query per client, SQLite": by_sqlite_loop,
            "pandas, from Parquet": by_pandas,
            "polars, from Parquet": by_polars,
        }
        runs.score(database, as_of=size.last)
        ours = database.query(
            """SELECT * EXCLUDE (score_date, model_version, calculated_at, created_at)
            FROM tenant_health_scores WHERE score_date = $day ORDER BY organization_id""",
            {"day": size.last},
        )
        for name, peer in peers.items():
            say(f"  {name}: the same integers?")
            assert peer(rows).equals(ours), f"{name} computes other scores"

        def product() -> None:
            runs.score(database, as_of=size.last)

        for name, peer in peers.items():
            say(f"  {name}")

            def theirs(peer: Callable[[Rows], pl.DataFrame] = peer) -> None:
                peer(rows)

            scored, compared = in_turns(bench.repeat, always(product), always(theirs))
            promised = size is M and peer is by_duckdb_loop
            yield Turns(work=scored, limit=compared).row(
                work="Score all clients for one day, with trend, stored",
                size=size.name,
                against=name,
                at_most=AT_MOST if promised else None,
                remarks=("the same integers",),
            )


def by_polars(rows: Rows) -> pl.DataFrame:
    last = rows.size.last
    first = last - timedelta(days=DAYS + BACK[-1] - 1)
    usage = pl.scan_parquet(rows.parquet).filter(
        pl.col("date").is_between(first, last), pl.col("metric_type").is_in(_METRICS)
    )
    value, day = pl.col("value"), pl.col("date")
    of = {metric: pl.col("metric_type") == metric.value for metric in STANDARD.metrics}
    daily, monthly, closed, on_time, rates, tickets = of.values()

    def total(metric: pl.Expr) -> pl.Expr:
        return pl.when(metric.any()).then(value.filter(metric).sum())

    windows = (
        usage.with_columns(back=pl.when(day > last - timedelta(days=DAYS)).then(0).otherwise(30))
        .group_by("organization_id", "back")
        .agg(
            latest_monthly=value.filter(monthly).sort_by(day.filter(monthly)).last(),
            most_daily=value.filter(daily).max(),
            closed=total(closed),
            on_time=total(on_time),
            rates=total(rates),
            rate_days=rates.sum().cast(pl.Int64),
            tickets=total(tickets),
        )
        .select(pl.col(name).cast(kind) for name, kind in WINDOWS.items())
        .collect()
    )
    return _kept(rows, windows)


def by_pandas(rows: Rows) -> pl.DataFrame:
    return _kept(rows, windows_by_pandas(rows.parquet, rows.size.last, DAYS, _METRICS))


def by_duckdb_loop(rows: Rows) -> pl.DataFrame:
    with duckdb.connect(str(rows.duckdb)) as connection:
        windows = _windows_by_loop(
            rows, lambda values: connection.execute(_SELECT, values).fetchall()
        )
        scores = rows.scores(windows)
        connection.register("computed", scores)
        connection.execute("CREATE OR REPLACE TABLE scores AS FROM computed")
    return scores


def by_sqlite_loop(rows: Rows) -> pl.DataFrame:
    with contextlib.closing(sqlite3.connect(rows.sqlite)) as connection, connection:
        windows = _windows_by_loop(
            rows,
            lambda values: connection.execute(_SELECT, [str(value) for value in values]).fetchall(),
        )
        scores = rows.scores(windows)
        columns = ", ".join(scores.columns)
        places = ", ".join("?" for _ in scores.columns)
        connection.execute("DROP TABLE IF EXISTS scores")
        connection.execute(f"CREATE TABLE scores ({columns})")
        connection.executemany(f"INSERT INTO scores VALUES ({places})", scores.iter_rows())
    return scores


def _windows_by_loop(
    rows: Rows, ask: Callable[[list[object]], list[tuple[str, object, int]]]
) -> pl.DataFrame:
    last = rows.size.last
    windows = []
    for name in rows.clients["organization_id"]:
        for back in BACK:
            until = last - timedelta(days=back)
            found = ask([name, until - timedelta(days=DAYS - 1), until])
            if found:
                windows.append({"organization_id": name, "back": back, **window_of(found)})
    return pl.DataFrame(windows, schema=WINDOWS)


def _kept(rows: Rows, windows: pl.DataFrame) -> pl.DataFrame:
    scores = rows.scores(windows)
    scores.write_parquet(rows.place / "scores.parquet")
    return scores


def _rows(bench: Bench, size: Size, place: Path) -> Rows:
    return Rows(
        size=size,
        parquet=stores.kept(bench.data, size, "long.parquet", _to_parquet),
        duckdb=stores.kept(bench.data, size, "long.duckdb", _to_duckdb),
        sqlite=stores.kept(bench.data, size, "long.sqlite", _to_sqlite),
        place=place,
    )


def _to_parquet(path: Path, size: Size) -> None:
    say("  long rows as Parquet")
    pl.concat([pl.LazyFrame(frame) for frame in _months(size)]).sink_parquet(path)


def _to_duckdb(path: Path, size: Size) -> None:
    say("  long rows in DuckDB")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE usage (organization_id VARCHAR, metric_type VARCHAR, date DATE, "
            "value BIGINT)"
        )
        for frame in _months(size):
            connection.register("month", frame)
            connection.execute("INSERT INTO usage FROM month")


def _to_sqlite(path: Path, size: Size) -> None:
    say("  long rows in SQLite")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE usage (organization_id TEXT, metric_type TEXT, date TEXT, value INTEGER, "
            "PRIMARY KEY (organization_id, date, metric_type)) WITHOUT ROWID"
        )
        # In the order of the key it takes a third of the time.
        days = pl.concat(list(_months(size))).sort("organization_id", "date", "metric_type")
        connection.executemany(
            "INSERT INTO usage VALUES (?, ?, ?, ?)",
            days.with_columns(pl.col("date").cast(pl.String)).iter_rows(),
        )


def _months(size: Size) -> Iterator[pl.DataFrame]:
    """Long rows as they arrive: month by month, in a month by client."""
    for month in generating.months(size):
        yield generating.long(generating.usage(size, *month)).sort(
            "organization_id", "date", "metric_type"
        )
