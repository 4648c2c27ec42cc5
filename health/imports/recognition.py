"""Files read by the feed that they are of, or else as files of the contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from health.errors import FeedChanged, UnreadableFile
from health.files import MAXIMUM_BYTES, read_file
from health.files.feeds import read_by_feed
from health.files.feeds.recognition import nearest, recognize
from health.files.opening import tables_refused
from health.files.quoting import quoted
from health.files.reading import read_files, sheets
from health.imports.feeds import clients_of, feed_named, identify, list_feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from health.files import ParsedFile
    from health.files.feeds import Feed
    from health.storage.database import Database


def read_recognized(
    database: Database,
    source: Path | bytes,
    *,
    name: str,
    today: date,
    feed: str | None = None,
    only: Sequence[str] = (),
    max_bytes: int = MAXIMUM_BYTES,
    progress: Callable[[float], None] | None = None,
) -> tuple[ParsedFile, ...]:
    """Read every table of a file: by the feed named, or else by the one its header is known from.

    One that no feed is of is read as it stands. Where a feed reads a sheet of a workbook, sheets
    that cannot be read otherwise are left out, and a note says so. Of several sheets, or files of
    an archive, ``only`` names those to read; a hidden sheet may be among them.

    Raises :class:`UnreadableFile`, of which :class:`FeedChanged` names how its columns differ from
    the feed's and :class:`~health.errors.TablesRefused` which sheets cannot be read, and
    :class:`UnknownFeed`.
    """
    reading = _Reading(database, source, name, today, max_bytes, progress)
    if feed is not None:
        with database.read() as reader:
            stated = feed_named(reader, feed)
        return tuple(reading.by(stated, part) for part in only or (None,))
    with database.read() as reader:
        feeds = [stored.feed for stored in list_feeds(reader)]
    if not feeds and not only:
        return read_files(source, name=name, today=today, max_bytes=max_bytes, progress=progress)
    parts = only or _parts(source, max_bytes)
    if not parts:
        return (reading.table(feeds, None),)
    found: list[ParsedFile] = []
    refused: dict[str, UnreadableFile] = {}
    for part in parts:
        try:
            found.append(reading.table(feeds, part))
        except UnreadableFile as error:
            refused[part] = error
    if refused and (only or not any(one.feed_use for one in found)):
        raise tables_refused(refused, [one.part for one in found if one.part is not None])
    if refused:
        note = f"No feed is of {quoted(*refused)}, so it was not read."
        found[0] = replace(found[0], notes=(*found[0].notes, note))
    return tuple(found)


def _parts(source: Path | bytes, max_bytes: int) -> tuple[str, ...]:
    """The names of the tables; none where there is one, or where only a feed says how it opens."""
    try:
        return sheets(source, max_bytes=max_bytes)
    except UnreadableFile:
        return ()


@dataclass(frozen=True)
class _Reading:
    """A file, and how it is read."""

    database: Database
    source: Path | bytes
    name: str
    day: date
    max_bytes: int
    progress: Callable[[float], None] | None

    def by(self, feed: Feed, part: str | None) -> ParsedFile:
        """Read a table of it by a feed."""
        with self.database.read() as reader:
            find, clients = identify(reader, feed), clients_of(reader, feed)
        return read_by_feed(
            self.source,
            feed,
            name=self.name,
            today=self.day,
            identify=find,
            clients=clients,
            sheet=part,
            max_bytes=self.max_bytes,
            progress=self.progress,
        )

    def table(self, feeds: list[Feed], part: str | None) -> ParsedFile:
        """Read a table of it by the feed that it is of, if there is one."""
        fitting = [feed for feed in feeds if part is None or feed.source.sheet in (None, part)]
        feed = recognize(self.source, fitting, sheet=part, max_bytes=self.max_bytes)
        if feed is not None:
            return self.by(feed, part)
        try:
            return read_file(
                self.source,
                name=self.name,
                today=self.day,
                sheet=part,
                max_bytes=self.max_bytes,
                progress=self.progress,
            )
        except UnreadableFile as error:
            like = nearest(self.source, fitting, sheet=part, max_bytes=self.max_bytes)
            if like is None:
                raise
            nearest_feed, said = like
            raise FeedChanged(
                f"{said} If the source changed, state the feed anew.", feed=nearest_feed.name
            ) from error
