"""The size of the database file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from health.storage.schema import METRIC_COLUMNS
from tests.benchmarks import stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Spread
from tests.benchmarks.sizes import L

_WIDE: Final = f"organization, date, {', '.join(METRIC_COLUMNS)}"


def file_size(bench: Bench) -> Iterator[Row]:
    size = bench.largest()
    with stores.scratch(bench.data) as place:
        wide = _bytes_of_wide_table(place / "wide.duckdb", stores.loaded(bench.data, size))
    for state, path, is_detail in (
        ("every day scored", stores.scored(bench.data, size), False),
        ("nothing scored", stores.loaded(bench.data, size), True),
    ):
        bytes_of_file = path.stat().st_size
        yield Row(
            work=f"Database file, {state}",
            size=size.name,
            against="one wide table of the same usage",
            value=Spread.of([bytes_of_file / wide]),
            at_most=2.5 if size is L else None,
            is_detail=is_detail,
            remarks=(f"{bytes_of_file / 1e6:,.1f} MB against {wide / 1e6:,.1f} MB",),
        )


def _bytes_of_wide_table(path: Path, source: Path) -> int:
    """The size of a database with nothing but usage: same rows, same order, small client keys."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
        connection.execute(
            f"""CREATE TABLE wide AS SELECT {_WIDE} FROM source.usage_daily
            ORDER BY date_trunc('month', date), organization, date"""
        )
    return path.stat().st_size
