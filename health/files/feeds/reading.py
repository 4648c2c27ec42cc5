"""A file read by a feed: from its bytes to accepted rows and rejects of the contract's columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from health.files.blocks import OpenedFile, RawRows
from health.files.checking import Checked
from health.files.csv_table import BLOCK_BYTES
from health.files.encodings import UTF8_MARK
from health.files.feed_use import FeedUse
from health.files.feeds.cells import trimmed
from health.files.feeds.columns import places_of
from health.files.feeds.events import Events
from health.files.feeds.feed import DateOrder, Feed, FeedKind
from health.files.feeds.notation import Texts
from health.files.feeds.table_end import TableEnd, begins_with, first_filled
from health.files.feeds.tables import Days, Records, Table
from health.files.file_columns import WHAT_IS_WRONG
from health.files.opening import open_file
from health.files.parsed_file import ParsedFile
from health.files.reading import THREADS, Found, hash_of, in_order, name_of
from health.files.reasons import REJECTS, RejectReason
from health.files.sources import MAXIMUM_BYTES, Intake, open_source, refuse_too_many_rows
from health.files.stated import Stated

_BECOME_VALUES: Final = (FeedKind.DAYS, FeedKind.EVENTS)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A block's rows, held against the rules; ``read`` of the source, some of them ``ignored``."""

    checked: Checked
    read: int
    ignored: int


def read_by_feed(
    source: Path | bytes,
    feed: Feed,
    *,
    name: str,
    today: date,
    identify: Texts = lambda texts: texts,
    clients: Sequence[str] = (),
    sheet: str | None = None,
    max_bytes: int = MAXIMUM_BYTES,
    progress: Callable[[float], None] | None = None,
    _block_bytes: int = BLOCK_BYTES,
) -> ParsedFile:
    """Read a file as a feed states it; see :func:`~health.files.read_file`.

    ``feed_use`` of the result accounts for every row of the source. ``row_count`` and ``rows`` are
    of what they became: the values of events that were counted, or of days beside each other.

    identify: gives the ids of clients, where the feed finds them by their names.
    clients: the ids on file, where each of them counts as 0 without an event.
    sheet: the table of a file that holds several, where the feed does not state it.

    Raises:
        FeedChanged: The columns of the file are not those of the feed.
        UnreadableFile: The file cannot be read as the feed states it.
    """
    with open_source(source, maximum=max_bytes) as intake:
        opened = open_as(intake, stated(feed, sheet), _block_bytes)
        table = table_of(feed, opened.header, today, identify, clients)
        end = TableEnd(feed.source)
        found = _Found()
        with ThreadPoolExecutor(THREADS) as pool:
            blocks = end.blocks(opened.blocks)
            for judged in in_order(pool, lambda block: judge(block.read(), feed, table), blocks):
                found.count(judged)
                refuse_too_many_rows(found.read, intake.size)
                if progress is not None:
                    progress(intake.share)
        intake.drain()
        rows = table.joined(found.rows)
        read, ignored = found.read + end.ignored, found.ignored + end.ignored
        return ParsedFile(
            name=name_of(name, opened.part),
            day=today,
            size=intake.size,
            sha256=hash_of(intake.sha256, opened.part),
            kind=feed.shape.kind,
            layout=feed.shape.layout,
            columns=table.columns,
            rows=rows,
            rejects=pl.concat([pl.DataFrame(schema=REJECTS), *found.rejects]),
            row_count=rows.height + found.rejected_rows,
            rejected_rows=found.rejected_rows,
            reject_counts=dict(found.counts.most_common()),
            notes=found.notes(opened),
            ignored_rows=ignored,
            part=opened.part,
            feed_use=FeedUse(
                feed=feed,
                rows_read=read,
                rows_accepted=read - ignored - found.rejected_rows,
                rows_rejected=found.rejected_rows,
                rows_ignored=ignored,
                ended_at=end.ended_at,
                values=rows.height if feed.kind in _BECOME_VALUES else None,
            ),
        )


@dataclass
class _Found(Found):
    """What was found so far, with the rows of the source."""

    read: int = 0
    ignored: int = 0

    def count(self, judged: Judged) -> None:
        self.add(judged.checked)
        self.read += judged.read
        self.ignored += judged.ignored


def open_as(intake: Intake, way: Stated, block_bytes: int = BLOCK_BYTES) -> OpenedFile:
    """The table of a file, as a feed states it; its rejected rows stand in a file of ours."""
    if intake.peek().startswith(UTF8_MARK + WHAT_IS_WRONG.encode()):
        way = Stated(delimiter=way.delimiter)
    return open_file(intake, block_bytes, way)


def judge(rows: RawRows, feed: Feed, table: Table) -> Judged:
    """Hold rows of a file against the rules; those without anything in them are no rows."""
    raw = _filled(rows)
    kept = _without(raw, feed.source.left_out)
    checked, idle = table.check(kept)
    checked = replace(checked, rejects=_as_stated(checked.rejects, feed))
    return Judged(
        checked=checked,
        read=raw.lines.len() + raw.misfit_count,
        ignored=idle + raw.lines.len() - kept.lines.len(),
    )


def table_of(
    feed: Feed,
    header: tuple[str, ...],
    today: date,
    identify: Texts = lambda texts: texts,
    clients: Sequence[str] = (),
) -> Table:
    """The table of a source with this header; raises :class:`FeedChanged` for another one."""
    places = places_of(feed, header)
    if feed.kind is FeedKind.DAYS:
        return Days(feed, places, today, identify)
    if feed.kind is FeedKind.EVENTS:
        return Events(feed, places, today, identify, clients)
    return Records(feed, places, today, identify)


def _as_stated(rejects: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """What would have been accepted, as the feed states it."""
    if rejects.is_empty():
        return rejects
    order, sign = feed.notation.dates, feed.notation.decimal
    said = {RejectReason.NOT_A_DATE: f"A day as the feed states it, {order.label.lower()}."}
    if order is not DateOrder.ISO:
        said[RejectReason.NOT_A_DATE] += f" {order.description}"
    if sign is not None:
        word = "comma" if sign == "," else "dot"
        said[RejectReason.NOT_AN_AMOUNT] = f"An amount with a {word} before its decimals."
        said[RejectReason.NOT_AN_INTEGER] = f"A whole number; a {word} stands before decimals."
    accepted = pl.col("accepted")
    for reason, text in said.items():
        is_it = pl.col("reason") == reason.label
        accepted = pl.when(is_it).then(pl.lit(text)).otherwise(accepted)
    return rejects.with_columns(accepted.alias("accepted"))


def stated(feed: Feed, sheet: str | None = None) -> Stated:
    """What the feed states of the file itself; ``sheet`` goes before the feed's."""
    source = feed.source
    return Stated(
        encoding=source.encoding,
        delimiter=source.delimiter,
        sheet=sheet or source.sheet,
        header_line=source.header_line,
    )


def _filled(rows: RawRows) -> RawRows:
    """Rows without those that hold nothing."""
    columns = rows.cells.get_columns()
    if not rows.is_trimmed:
        columns = [trimmed(column) for column in columns]
    cells = pl.DataFrame(columns)
    rows = replace(rows, cells=cells, is_trimmed=True)
    if not all(column.null_count() for column in columns):
        return rows
    some = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    return replace(rows, lines=rows.lines.filter(some), cells=cells.filter(some))


def _without(rows: RawRows, left_out: tuple[str, ...]) -> RawRows:
    """Rows without those that begin with one of these texts."""
    if not left_out:
        return rows
    kept = ~begins_with(first_filled(rows), left_out)
    return replace(rows, lines=rows.lines.filter(kept), cells=rows.cells.filter(kept))
