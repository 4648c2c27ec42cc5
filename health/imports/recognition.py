"""Files read by the feed that they are of, or else as files of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.errors import FeedChanged, UnreadableFile
from health.files import MAXIMUM_BYTES, read_file
from health.files.feeds import read_by_feed
from health.files.feeds.recognition import nearest, recognize
from health.imports.feeds import feed_named, identify, list_feeds

if TYPE_CHECKING:
    from collections.abc import Callable
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
    feed: str | Feed | None = None,
    max_bytes: int = MAXIMUM_BYTES,
    progress: Callable[[float], None] | None = None,
) -> ParsedFile:
    """Read a file by the feed named, or by the one its header is known from, or as it stands.

    Raises :class:`UnreadableFile`, of which :class:`FeedChanged` names how its columns differ from
    the feed's, and :class:`UnknownFeed`.
    """
    with database.read() as reader:
        feeds = [stored.feed for stored in list_feeds(reader)]
        if feed is None:
            feed = recognize(source, feeds, max_bytes=max_bytes)
        elif isinstance(feed, str):
            feed = feed_named(reader, feed)
        if feed is not None:
            found = identify(reader, feed)
    if feed is not None:
        return read_by_feed(
            source,
            feed,
            name=name,
            today=today,
            identify=found,
            max_bytes=max_bytes,
            progress=progress,
        )
    try:
        return read_file(source, name=name, today=today, max_bytes=max_bytes, progress=progress)
    except UnreadableFile as error:
        like = nearest(source, feeds, max_bytes=max_bytes)
        if like is None:
            raise
        raise FeedChanged(f"{like} If the source changed, state the feed anew.") from error
