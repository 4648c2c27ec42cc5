"""Scores after a change: only what the change touches is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from health.scoring import runs
from health.scoring.model import STANDARD
from health.storage.database import Database
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Turns, always, in_turns, seconds
from tests.benchmarks.sizes import L, Size


@dataclass(frozen=True, kw_only=True)
class Change:
    """Other values for 1 % of the clients, so that their scores of ``first`` … last are stale."""

    database: Database
    size: Size
    first: date

    def then_recalculate(self, number: int) -> float:
        """Store values of round ``number``; the seconds are those of recalculating alone."""
        stores.store(
            self.database, self.size, self._file(number), name=f"correction-{number}.parquet"
        )
        return seconds(lambda: runs.score(self.database))

    def _file(self, number: int) -> pl.DataFrame:
        """One value as often as it takes for every day since ``first`` to rest on a changed one."""
        step = STANDARD.reach + 1
        days = range(0, (self.size.last - self.first).days + 1, step)
        changed = [self.first + timedelta(days=day) for day in days]
        every_hundredth = range(1, self.size.clients + 1, 100)
        return pl.DataFrame(
            {
                "organization_id": [generating.organization_id(n) for n in every_hundredth],
            }
        ).join(
            pl.DataFrame({"date": changed, "api_calls": number, "support_tickets": 10 + number}),
            how="cross",
        )


def one_percent(bench: Bench) -> Iterator[Row]:
    size = bench.largest()
    for span, first, at_most in (
        ("one day", size.last, 0.3),
        ("a year", size.year_start, 0.05),
    ):
        with stores.opened_copy(stores.scored(bench.data, size)) as database:
            change = Change(database=database, size=size, first=first)

            def everything(first: date = first, database: Database = database) -> None:
                runs.score(database, from_day=first, as_of=size.last)

            changed, full = in_turns(bench.repeat, change.then_recalculate, always(everything))
        yield Turns(work=changed, limit=full).row(
            work=f"Recalculate after 1 % of the clients changed, {span}",
            size=size.name,
            against="the full computation",
            at_most=at_most if size is L else None,
        )
