"""The demo into a database, by the way that every file takes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from health import imports
from health.errors import ImportRefused
from health.files import read_file
from health.maintenance.demo.writing import write_csv
from health.scoring import runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from health.maintenance.demo.generating import DemoData
    from health.storage.database import Database


def load(
    database: Database,
    data: DemoData,
    *,
    by: str,
    today: date,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Store the demo, mark the database as one, score every day; return how many scores.

    progress: told the finished share of the scoring, from 0 to 1.

    Raises :class:`ImportRefused` where clients are on file that are not of a demo.
    """
    _refuse_real_clients(database)
    # The demo's days are fixed, whatever the clock of this machine says.
    last_day = data.usage.select(pl.col("date").max()).item()
    with TemporaryDirectory(prefix="demo-") as directory:
        files = [
            read_file(path, name=path.name, today=max(today, last_day))
            for path in write_csv(data, Path(directory))
        ]
    imports.store(database, files, by=by)
    with database.write() as writer:
        writer.execute("UPDATE state SET is_demo = true")
    return runs.score(database, requested_by=by, progress=progress).scores


def _refuse_real_clients(database: Database) -> None:
    with database.read() as reader:
        found = reader.record(
            "SELECT is_demo, (SELECT count(*) FROM clients) AS clients FROM state"
        )
    if found["clients"] and not found["is_demo"]:
        raise ImportRefused(
            f"The database {database.path} holds {found['clients']:,} clients that are not made "
            "up. Choose another one with --database, so that the demo does not mix with them.",
            title="The demo was not loaded",
        )
