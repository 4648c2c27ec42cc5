"""Files of every kind, right and broken, through the reader and through the database.

``python -m tests.proofs.files_at_random [files] [seed]`` tries 10,000 files against three laws:
accepted, rejected and ignored rows together are the rows read; loading a file twice is loading it
once; a load that is undone leaves what was there before, histories and aliases too. One file in
three is read by a feed made by chance. What fails is made as small as it can be, and shown.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from health import imports
from health.errors import UnreadableFile
from health.files import ParsedFile, read_file
from health.files.feeds import DateOrder, Feed, FeedKind, read_by_feed
from health.files.reading import read_files
from health.imports.feeds import clients_of, identify
from health.imports.identity import add_alias
from health.storage.database import Database
from health.vocabulary import FeatureName, MetricType

try:
    from feeds_by_chance import feeds
except ImportError:  # run as a module of the folder above
    from tests.support.feeds_by_chance import feeds

TODAY = date(2026, 11, 23)
BASE = (
    b"organization_id,name,total_users\nA,Ada,60\nB,Bob,\n",
    b"organization_id,metric_type,date,value\nA,API_CALLS,2026-11-01,5\nB,API_CALLS,2026-11-02,6\n",
    b"organization_id,feature_name,is_enabled\nA,SSO,true\n",
)
"""What is on file before: some of it is in the files, some is not."""

ALIASES = {"A": "a.example", "B": "0017B"}
"""Other ids of the clients on file."""

LOADED = (
    "organizations",
    "usage_metrics",
    "feature_adoption",
    "usage_changes",
    "record_changes",
    "record_history",
    "aliases",
)

Cells = st.SearchStrategy[str]

ids = st.sampled_from(
    [*6 * ["A", "B"], *2 * ["a.example", "0017B"], "C", "a", "Zürich", "x^1", "", "x" * 201]
)
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
        "valid_from": st.one_of(days, st.just("")),
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
        "valid_from": st.one_of(days, st.just("")),
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
    encoding = draw(st.sampled_from([*9 * ["utf-8"], *3 * ["utf-8-sig"], *3 * ["utf-16"]]))
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


def as_json(rows: list[list[str]]) -> bytes:
    lines = (dict(zip(rows[0], row, strict=False)) for row in rows[1:])
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def as_parquet(rows: list[list[str]]) -> bytes:
    sink = io.BytesIO()
    frame = pl.DataFrame(rows[1:], schema=dict.fromkeys(rows[0], pl.String), orient="row")
    frame.write_parquet(sink)
    return sink.getvalue()


def zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", content)
    return sink.getvalue()


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, Feed | None]:
    """A file in any format, whole more often than broken, and the feed that it is read by."""
    if draw(st.integers(0, 2)) == 0:
        feed = draw(read_feeds())
        content = draw(of_feed(feed))
        return (broken(draw, content) if draw(st.integers(0, 7)) == 0 else content), feed
    rows = draw(tables())
    form = draw(st.integers(0, 19))
    if form == 0 and len({len(row) for row in rows}) == 1:
        content = as_parquet(rows)
    elif form in (1, 2) and len(set(rows[0])) == len(rows[0]):
        content = as_json(rows)
    else:
        content = as_csv(draw, rows)
    match draw(st.integers(0, 9)):
        case 0:
            content = gzip.compress(content, mtime=0)
        case 1:
            content = zipped(content)
    return (broken(draw, content) if draw(st.integers(0, 3)) == 0 else content), None


CELLS: dict[str | None, Cells] = {
    **{name: cells for columns in COLUMNS.values() for name, cells in columns.items()},
    "organization_id": st.sampled_from(
        [*3 * ["A", "B", "Ada", "bob"], "a.example", "ann@a.example", "0017B", "C", ""]
    ),
    "csm": st.sampled_from(["ada", "bo", ""]),
    "industry": st.sampled_from(["Energy", "Health", ""]),
    "alert_level": st.sampled_from(["NONE", "DASHBOARD_ONLY", ""]),
    None: st.sampled_from(["x", "y", ""]),
}
"""What a column of a source holds by what it is taken for."""

SHORT = {DateOrder.DAY_FIRST: "%d.%m.%Y", DateOrder.MONTH_FIRST: "%m/%d/%Y"}


@st.composite
def read_feeds(draw: st.DrawFn) -> Feed:
    """A feed by chance, with constants that may stand in its columns, of a file of one table."""
    feed = draw(feeds())
    constants = {name: draw(CELLS.get(name, numbers)) or "1" for name in feed.constants}
    is_narrow = "".join(feed.names).encode("cp1252", "ignore").decode("cp1252")
    encoding = feed.source.encoding if is_narrow == "".join(feed.names) else None
    source = replace(feed.source, sheet=None, encoding=encoding)
    return replace(feed, constants=constants, source=source)


@st.composite
def of_feed(draw: st.DrawFn, feed: Feed) -> bytes:
    """A file as its feed states it; one cell in sixteen is anything."""
    form = SHORT.get(feed.notation.dates, "%Y-%m-%d")
    day = st.dates(date(2026, 10, 28), date(2026, 11, 24)).map(lambda day: day.strftime(form))
    counted = {count.day for count in feed.counts}
    columns: dict[str, Cells] = {}
    for name in feed.names:
        target = next((one.target for one in feed.columns if one.source == name), None)
        is_day = name in counted or (target or "").endswith(("date", "_at", "_from"))
        columns[name] = day if is_day else CELLS.get(target, numbers)
    if feed.kind is FeedKind.DAYS:
        columns |= {date(2026, 11, n).strftime(form): numbers for n in range(2, 5)}
    rows = [list(columns)]
    rows += [
        [draw(anything if draw(st.integers(0, 15)) == 0 else cells) for cells in columns.values()]
        for _ in range(draw(st.integers(0, 10)))
    ]
    text = io.StringIO(newline="")
    text.write("a title\n" * ((feed.source.header_line or 1) - 1))
    csv.writer(text, delimiter=feed.source.delimiter or ",").writerows(rows)
    return text.getvalue().encode(feed.source.encoding or "utf-8", errors="replace")


class Laws:
    """A database in which files are loaded and undone, and what was seen of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seen = Counter[str]()

    def hold(self, content: bytes, feed: Feed | None = None) -> None:
        """Raise AssertionError where a law does not hold for the file, read by a feed if given."""
        self.seen["files"] += 1
        self._begin()
        try:
            tables = self._by_feed(content, feed) if feed else self._as_it_stands(content)
        except UnreadableFile:
            self.seen["refused whole"] += 1
            return
        try:
            for parsed in tables:
                self._account(parsed)
            self._through_the_database(tables)
        except AssertionError:
            self._empty()  # what the broken law left behind would break the next one
            raise

    def _empty(self) -> None:
        tables = "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'state'"
        with self.database.write() as writer:
            for (table,) in writer.query(tables).rows():
                writer.execute(f"DELETE FROM {table}")

    def _as_it_stands(self, content: bytes) -> tuple[ParsedFile, ...]:
        return read_files(content, name="at random", today=TODAY)

    def _by_feed(self, content: bytes, feed: Feed) -> tuple[ParsedFile, ...]:
        with self.database.read() as reader:
            find, clients = identify(reader, feed), clients_of(reader, feed)
        parsed = read_by_feed(
            content, feed, name="at random", today=TODAY, identify=find, clients=clients
        )
        self.seen["read by a feed"] += 1
        return (parsed,)

    def _account(self, parsed: ParsedFile) -> None:
        """Every row is accepted, rejected or ignored, and told by its line."""
        lines = parsed.rows["line"]
        assert lines.is_sorted()
        use = parsed.feed_use
        if use is not None:
            assert use.rows_accepted + use.rows_rejected + use.rows_ignored == use.rows_read
            assert min(use.rows_accepted, use.rows_rejected, use.rows_ignored) >= 0
        if not is_many(parsed):
            assert lines.n_unique() + parsed.rejected_rows == parsed.row_count
        assert parsed.rejects["line"].n_unique() == parsed.rejected_rows
        assert not set(lines) & set(parsed.rejects["line"])
        self.seen["rows accepted"] += parsed.rows.height
        self.seen["rows rejected"] += parsed.rejected_rows

    def _through_the_database(self, tables: tuple[ParsedFile, ...]) -> None:
        before = self._held()
        try:
            once = self._store(tables)
        except (imports.FilesRefused, imports.FilesHeld):
            assert self._held() == before, "what was not stored changed something"
            self.seen["not stored"] += 1
            return
        held = self._held()
        again = self._store(tables)
        assert self._held() == held, "loading twice is not loading once"
        assert all(outcome.rows_new == outcome.rows_changed == 0 for outcome in again)
        for outcome in (*reversed(again), *reversed(once)):
            assert outcome.import_id is not None
            if outcome.import_id > len(BASE) and not self._is_undone(outcome.import_id):
                imports.undo(self.database, outcome.import_id, by="ada")
        assert self._held() == before, "an undo did not give back what was before"
        self.seen["stored and undone"] += 1
        self.seen["rows stored"] += sum(each.rows_new + each.rows_changed for each in once)

    def _begin(self) -> None:
        with self.database.read() as reader:
            is_new = not reader.value("SELECT count(*) FROM imports")
        if is_new:
            base = [read_file(content, name="base", today=TODAY) for content in BASE]
            imports.store(self.database, base, by="ada")
            for client, alias in ALIASES.items():
                add_alias(self.database, client, alias, by="ada")

    def _store(self, tables: tuple[ParsedFile, ...]) -> tuple[imports.ImportOutcome, ...]:
        outcomes = imports.store(self.database, tables, by="ada", valid_rows_only=True)
        for parsed, outcome in zip(tables, outcomes, strict=True):
            found = outcome.rows_new + outcome.rows_changed + outcome.rows_unchanged
            assert found + outcome.rows_rejected == outcome.rows_read == parsed.row_count
            if not is_many(parsed):
                assert outcome.rejects["line"].n_unique() == outcome.rows_rejected
        return outcomes

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


def is_many(parsed: ParsedFile) -> bool:
    """Whether a row of the source may have become several of ours, or several one."""
    return parsed.feed_use is not None and parsed.feed_use.values is not None


def trial(laws: Laws, number: int, **options: object) -> Callable[[], None]:
    """A property test of ``number`` files."""
    quiet = settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **options,  # type: ignore[arg-type]
    )
    return quiet(given(files())(lambda drawn: laws.hold(*drawn)))


def main(number: int = 10_000, start: int = 1) -> int:
    """Try ``number`` files, a part of them on each core; raise where a law did not hold."""
    cores = len(os.sched_getaffinity(0))
    shares = [number // cores + (core < number % cores) for core in range(cores)]
    with ProcessPoolExecutor(cores) as pool:
        running = [pool.submit(_share, share, start + core) for core, share in enumerate(shares)]
        # Whichever ends first is heard first: a broken law need not wait for the others.
        seen = sum((share.result() for share in as_completed(running)), Counter[str]())
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
