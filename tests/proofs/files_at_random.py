"""Files of every kind, right and broken, through the reader and through the database.

``python -m tests.proofs.files_at_random [files] [seed]`` tries 10,000 files against three laws:
accepted and rejected rows together are the rows read; loading a file twice is loading it once; a
load that is undone leaves what was there before. What fails is made as small as it can be, and
shown.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from health import imports
from health.errors import UnreadableFile
from health.files import ParsedFile, read_file
from health.storage.database import Database
from health.vocabulary import FeatureName, MetricType

TODAY = date(2026, 11, 23)
BASE = (
    b"organization_id,name,total_users\nA,Ada,60\nB,Bob,\n",
    b"organization_id,metric_type,date,value\nA,API_CALLS,2026-11-01,5\nB,API_CALLS,2026-11-02,6\n",
    b"organization_id,feature_name,is_enabled\nA,SSO,true\n",
)
"""What is on file before: some of it is in the files, some is not."""

LOADED = ("organizations", "usage_metrics", "feature_adoption", "usage_changes", "record_changes")

Cells = st.SearchStrategy[str]

ids = st.sampled_from([*6 * ["A", "B"], "C", "a", "Zürich", "x^1", "", "x" * 201])
days = st.dates(date(2026, 10, 28), date(2026, 11, 26)).map(str)
numbers = st.integers(-1, 100).map(str)
anything = st.text(st.sampled_from(list("0519+-.,;\t\"'=@ \nüß€😀\u200b\x07xX_^")), max_size=6)
yes_or_no = st.sampled_from(["true", "no", "1", "", "maybe"])

COLUMNS: dict[str, dict[str, Cells]] = {
    "organizations": {
        "organization_id": ids,
        "name": st.sampled_from(["Ada", "=1+1", "Bob & Co", ""]),
        "total_users": numbers,
        "renewal_date": days,
        "annual_value": st.sampled_from(["", "12.50", "12,5", "-1"]),
        "is_active": yes_or_no,
    },
    "long": {
        "organization_id": ids,
        "metric_type": st.sampled_from([m.value for m in MetricType] + ["Api calls", "sso"]),
        "date": days,
        "value": numbers,
    },
    "wide": {
        "organization_id": ids,
        "date": days,
        "api_calls": st.one_of(numbers, st.just("")),
        "Campaign Response Rate": numbers,
        "casesClosed": st.one_of(numbers, st.just("")),
    },
    "features": {
        "organization_id": ids,
        "feature_name": st.sampled_from([*(f.value for f in list(FeatureName)[:3]), "None"]),
        "is_enabled": yes_or_no,
        "is_used": yes_or_no,
        "first_used_at": st.one_of(days, st.just("")),
    },
}


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows: one in sixteen cells is anything, some rows have too few or too many."""
    columns = COLUMNS[draw(st.sampled_from(sorted(COLUMNS)))]
    rows = [list(columns)]
    for _ in range(draw(st.integers(0, 10))):
        row = [
            draw(anything if draw(st.integers(0, 15)) == 0 else cells) for cells in columns.values()
        ]
        if draw(st.integers(0, 15)) == 0:
            row = draw(st.sampled_from([row[:-1], [*row, "1"]]))
        rows.append(row)
    if draw(st.integers(0, 15)) == 0:
        rows[0] = draw(st.permutations(rows[0]))[: draw(st.integers(1, len(columns)))]
    return rows


def as_csv(draw: st.DrawFn, rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=draw(st.sampled_from([",", ";", "\t"])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ).writerows(rows)
    encoding = draw(st.sampled_from([*9 * ["utf-8"], *3 * ["utf-8-sig"], "utf-16"]))
    return text.getvalue().encode(encoding)


def broken(draw: st.DrawFn, content: bytes) -> bytes:
    """The content cut, with some bytes put in, or with a piece of it twice."""
    place = draw(st.integers(0, len(content)))
    pieces = [b'"', b"\0", b"\xff", b"\r", b"\n", b",", b";", b"\xef\xbb\xbf", b"=", b"9"]
    match draw(st.integers(0, 3)):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + draw(st.sampled_from(pieces)) + content[place:]
        case 2:
            return content[:place] + draw(st.binary(max_size=4)) + content[place + 1 :]
        case _:
            return content[:place] + content[draw(st.integers(0, place)) :]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file in any format, whole more often than broken."""
    rows = draw(tables())
    if draw(st.integers(0, 19)) == 0 and len({len(row) for row in rows}) == 1:
        sink = io.BytesIO()
        pl.DataFrame(
            rows[1:], schema=dict.fromkeys(rows[0], pl.String), orient="row"
        ).write_parquet(sink)
        content = sink.getvalue()
    else:
        content = as_csv(draw, rows)
    if draw(st.integers(0, 9)) == 0:
        content = gzip.compress(content, mtime=0)
    return broken(draw, content) if draw(st.integers(0, 3)) == 0 else content


class Laws:
    """A database in which files are loaded and undone, and what was seen of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seen = Counter[str]()

    def hold(self, content: bytes) -> None:
        """Raise AssertionError where a law does not hold for the file."""
        self.seen["files"] += 1
        try:
            parsed = read_file(content, name="at random", today=TODAY)
        except UnreadableFile:
            self.seen["refused whole"] += 1
            return
        lines = parsed.rows["line"]
        assert lines.is_sorted()
        assert lines.n_unique() + parsed.rejected_rows == parsed.row_count
        assert parsed.rejects["line"].n_unique() == parsed.rejected_rows
        assert not set(lines) & set(parsed.rejects["line"])
        self.seen["rows accepted"] += parsed.rows.height
        self.seen["rows rejected"] += parsed.rejected_rows
        self._through_the_database(parsed)

    def _through_the_database(self, parsed: ParsedFile) -> None:
        self._begin()
        before = self._held()
        try:
            once = self._store(parsed)
        except (imports.FilesRefused, imports.FilesHeld):
            assert self._held() == before, "what was not stored changed something"
            self.seen["not stored"] += 1
            return
        held = self._held()
        again = self._store(parsed)
        assert self._held() == held, "loading twice is not loading once"
        assert again.rows_new == again.rows_changed == 0
        for outcome in (again, once):
            assert outcome.import_id is not None
            if outcome.import_id > len(BASE) and not self._is_undone(outcome.import_id):
                imports.undo(self.database, outcome.import_id, by="ada")
        assert self._held() == before, "an undo did not give back what was before"
        self.seen["stored and undone"] += 1
        self.seen["rows stored"] += once.rows_new + once.rows_changed

    def _begin(self) -> None:
        with self.database.read() as reader:
            is_new = not reader.value("SELECT count(*) FROM imports")
        if is_new:
            base = [read_file(content, name="base", today=TODAY) for content in BASE]
            imports.store(self.database, base, by="ada")

    def _store(self, parsed: ParsedFile) -> imports.ImportOutcome:
        outcome = imports.store(self.database, [parsed], by="ada", valid_rows_only=True)[0]
        found = outcome.rows_new + outcome.rows_changed + outcome.rows_unchanged
        assert found + outcome.rows_rejected == outcome.rows_read == parsed.row_count
        assert outcome.rejects["line"].n_unique() == outcome.rows_rejected
        return outcome

    def _is_undone(self, import_id: int) -> bool:
        with self.database.read() as reader:
            return bool(
                reader.value(
                    "SELECT undone_at IS NOT NULL FROM imports WHERE import_id = $id",
                    {"id": import_id},
                )
            )

    def _held(self) -> dict[str, list[tuple[object, ...]]]:
        with self.database.read() as reader:
            return {
                table: reader.query(f"SELECT * FROM {table} ORDER BY ALL").rows()
                for table in LOADED
            }


def trial(laws: Laws, number: int, **options: object) -> Callable[[], None]:
    """A property test of ``number`` files."""
    quiet = settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **options,  # type: ignore[arg-type]
    )
    return quiet(given(files())(laws.hold))


def main(number: int = 10_000, start: int = 1) -> int:
    """Try ``number`` files, a part of them on each core; raise where a law did not hold."""
    cores = len(os.sched_getaffinity(0))
    shares = [number // cores + (core < number % cores) for core in range(cores)]
    with ProcessPoolExecutor(cores) as pool:
        seen = sum(pool.map(_share, shares, itertools.count(start)), Counter[str]())
    told = ", ".join(f"{count:,} {what}" for what, count in seen.items())
    sys.stdout.write(f"{told}\n")
    return 0


def _share(number: int, start: int) -> Counter[str]:
    """Try ``number`` files in a database of their own, and count what was seen."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Database.open(Path(folder) / "health.duckdb", threads=1) as database,
    ):
        laws = Laws(database)
        seed(start)(trial(laws, number, derandomize=False))()
        return laws.seen


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
