"""Outcomes dealt out by lot: the back-test has to say of most draws that they show nothing.

``python -m tests.proofs.backtest_by_lot [draws] [database]`` makes 100 draws on made-up clients,
or on a copy of a database, and counts what it says. By its interval of 95 %, about 5 of 100 draws
look like more than chance. Then it does the same with a known signal, which the interval has to
hold in about 95 of 100.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

try:
    import outcomes_by_chance
except ImportError:  # run as a module of the folder above
    from tests.support import outcomes_by_chance

from health.backtest.judgement import Verdict, backtest
from health.scoring.model import STANDARD
from health.storage.database import Database

OUTCOMES = 60
SHIFT = 0.7
NOTHING_SHOWN = (Verdict.CHANCE, Verdict.TOO_FEW)


def deal(database: Database, seed: int) -> None:
    """Put an outcome of 60 clients on a day of their usage that has 150 days of it before."""
    with database.write() as writer:
        writer.execute("DELETE FROM outcomes")
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE dealt AS
            SELECT organization, first_date + 150
                + (hash({seed}, organization) % (last_date - first_date - 150))::INTEGER AS date
            FROM usage_span WHERE last_date - first_date > 200
            ORDER BY hash(organization, {seed}) LIMIT {OUTCOMES}"""
        )
        outcomes_by_chance.put_outcomes(writer, "dealt")


def by_lot(database: Database, draws: int) -> Counter[Verdict]:
    """Return what is said of so many draws."""
    said = Counter[Verdict]()
    for seed in range(draws):
        deal(database, seed)
        said[backtest(database, STANDARD, horizons=(90,)).main.verdict] += 1
    return said


def with_signal(folder: Path, draws: int) -> int:
    """Return how many intervals hold the true area."""
    truth, held = outcomes_by_chance.true_area(SHIFT), 0
    for seed in range(draws):
        database = Database.open(folder / f"signal-{seed}.duckdb")
        outcomes_by_chance.fill(
            database, clients=300, outcomes=OUTCOMES, shift=SHIFT, seed=seed, ends=(240,)
        )
        area = backtest(database, STANDARD, horizons=(90,)).main.area
        held += area is not None and area.low <= truth <= area.high
        database.close()
    return held


def main(draws: int = 100, copied: str = "") -> int:
    """Make the draws; returns 1 where too many show something, or miss the truth."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "clients.duckdb"
        if copied:
            shutil.copy(copied, file)
        database = Database.open(file)
        if not copied:
            outcomes_by_chance.fill(database, clients=300, outcomes=0, shift=0.0)
        said = by_lot(database, draws)
        database.close()
        nothing = sum(said[verdict] for verdict in NOTHING_SHOWN)
        told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(said.items()))
        sys.stdout.write(f"by lot: {nothing} of {draws} show nothing ({told})\n")
        held = with_signal(folder, draws)
        sys.stdout.write(f"a known signal: {held} of {draws} intervals hold the truth\n")
    least = 0.9 * draws
    return int(nothing < least or held < least)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2]), *sys.argv[2:3]))
