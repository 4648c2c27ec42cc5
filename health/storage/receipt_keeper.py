"""Gives a receipt for each stored change, and compares a database with its receipts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import duckdb

from health import clock
from health.storage import receipts

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from health.storage.receipts import Line, Missing
    from health.storage.transaction import Reader

_LOG = logging.getLogger("health")

_IMPORTS: Final = """SELECT import_id, kind, name, sha256, imported_by AS by, imported_at AS at,
    rows_new, rows_changed, rows_unchanged, rows_rejected, undone_by, undone_at FROM imports"""
_RUN: Final = """SELECT run_id, model_version, requested_by AS by, scores, finished_at AS at
    FROM scoring_runs ORDER BY run_id DESC LIMIT 1"""


class ReceiptKeeper:
    """The receipts of one database; ``read`` begins to read from it."""

    def __init__(self, path: Path, read: Callable[[], AbstractContextManager[Reader]]) -> None:
        self.journal = receipts.Journal.of(path)
        self.missing: tuple[Missing, ...] = ()
        self._read = read
        self._run: Line = {}

    def compare(self) -> None:
        """Look up what the receipts tell of, and add those that a kill left out."""
        with self._read() as reader:
            stored = reader.records(f"{_IMPORTS} ORDER BY import_id")
            version = reader.value("SELECT data_version FROM state")
            self._run = reader.record(_RUN)
        self.missing = self.journal.missing(stored)
        new = self.journal.new(stored)
        if new:
            self._add({"version": version, "at": clock.now(), "imports": new})
        for missing in self.missing:
            what = "undo of import" if missing.undo else "import"
            _LOG.info("the database lacks the %s %s", what, missing.import_id)

    def give(self) -> None:
        """Write down what the change that was just stored did, outside of the database."""
        told = self.journal.imports()
        latest = max((number for number, _ in told), default=0)
        undone = max((one["undone_at"] or "" for one in told.values()), default="")
        try:
            with self._read() as reader:
                stored = reader.records(
                    f"""{_IMPORTS} WHERE import_id > $latest OR undone_at > $undone
                    ORDER BY import_id""",
                    {"latest": latest, "undone": undone or "0001-01-01"},
                )
                run = reader.record(_RUN)
                if not (stored or run != self._run or self.missing):
                    return
                version = reader.value("SELECT data_version FROM state")
        except duckdb.Error as error:  # tables that somebody else spoiled are for `check` to tell
            _LOG.warning("the database gives no receipt (%s)", type(error).__name__)
            return
        line: Line = {"version": version, "at": clock.now()}
        if stored:
            line["imports"] = stored
        if run != self._run:
            self._run = line["run"] = run
        if stored or "run" in line:
            self._add(line)
        if self.missing:
            self.compare()

    def _add(self, line: Line) -> None:
        try:
            self.journal.add(line)
        except OSError as error:  # what it speaks of is stored; the next opening adds it
            _LOG.warning("no receipt could be written (%s)", type(error).__name__)
