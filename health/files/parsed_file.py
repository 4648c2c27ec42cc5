"""A file that was read: what every reader hands to the import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from health.files.client_days import ClientDays, client_days
from health.files.feed_use import FeedUse
from health.files.file_columns import Layout
from health.files.reasons import RejectReason
from health.vocabulary import FileKind


@dataclass(frozen=True, kw_only=True)
class ParsedFile:
    """A file that was read: the rows that are right, and why the others are not.

    Attributes:
        name: The user's label; never used as a path.
        day: The day on which it was read: that from which its values hold, unless it says another.
        size: Bytes as received.
        sha256: Of the bytes as received, in hexadecimal.
        kind: What the file holds.
        layout: WIDE for usage with one column per metric, LONG for everything else.
        columns: The contract's columns present, in the contract's order.
        rows: Accepted rows in the order of the file, typed; see :func:`~health.files.read_file`.
        rejects: Entries with the columns of ``REJECTS``, ordered by line, several for a row
            possible; only the first :data:`~health.files.reading.REJECTS_KEPT` of them.
        row_count: Rows read: accepted and rejected ones together.
        rejected_rows: How many rows were rejected, exact even where ``rejects`` is cut short.
        reject_counts: How many entries each reason has, exact likewise, most frequent first.
        notes: Sentences about how the file was read, such as which lines were skipped.
        ignored_rows: Rows beside those that were left out on purpose, as a feed says.
        feed_use: The feed that it was read by, with an account of the source's rows; else None.
        reason: Why a person says it by hand, which may be empty; None for a file.
        part: The sheet, or the file of an archive, that this is; None where there is but one.
    """

    name: str
    day: date
    size: int
    sha256: str
    kind: FileKind
    layout: Layout
    columns: tuple[str, ...]
    rows: pl.DataFrame
    rejects: pl.DataFrame
    row_count: int
    rejected_rows: int
    reject_counts: dict[RejectReason, int]
    notes: tuple[str, ...] = ()
    ignored_rows: int = 0
    feed_use: FeedUse | None = None
    part: str | None = None
    reason: str | None = None

    @cached_property
    def client_days(self) -> ClientDays:
        """The rows of a usage file by client and day; kept, since storing follows a preview."""
        return client_days(self.rows)

    @property
    def rejects_left_out(self) -> int:
        """How many entries ``rejects`` would have beyond those it has."""
        return sum(self.reject_counts.values()) - self.rejects.height
