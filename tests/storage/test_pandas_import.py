"""What a command imports before it has anything to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from health.storage.database import Database

PROGRAM = """
import sys
from datetime import date
from health.maintenance import backup, checks
from health.scoring import runs
from health.storage.database import Database
with Database.open(sys.argv[1]) as database:
    with database.read() as reader:
        reader.record("SELECT $day AS day, $word AS word", {"day": date(2026, 1, 1), "word": "a"})
    runs.score(database)
    print(*({"pandas", "numpy", "pyarrow", "polars"} & set(sys.modules)))
    database.query("SELECT $word AS word", {"word": "a"})
    print(*({"pandas", "polars"} & set(sys.modules)))
    import polars
    with database.write() as writer:
        writer.register("frame", polars.DataFrame({"value": [1]}))
        print(writer.value("SELECT value FROM frame"), *({"pandas"} & set(sys.modules)))
import pandas
"""


def test_frames_are_imported_with_the_first_one_and_pandas_never(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    Database.open(path).close()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["", "polars", "1"]
