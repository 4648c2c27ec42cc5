"""Which feed a file is of, by what its header looks like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from health.errors import FeedChanged, UnreadableFile
from health.files.feeds.columns import days_of, difference, signature
from health.files.feeds.feed import Feed, FeedKind
from health.files.feeds.reading import open_as, stated
from health.files.quoting import quoted
from health.files.sources import MAXIMUM_BYTES, open_source
from health.files.stated import Stated

_ANY_DAY = "2026-01-01"
"""Stands for the days of a feed with a column for each."""

_ALIKE = 0.5
"""The share of all columns of a feed and a file from which it is taken for one that changed.

Of three columns, one may have another name.
"""

_DAYS_WEIGH = 2
"""How many columns it is worth that a feed and a file have a column for each day."""


def signature_of(feed: Feed) -> str:
    """What the header of the feed's files is recognized by; see :func:`signature`."""
    days = (_ANY_DAY,) if feed.kind is FeedKind.DAYS else ()
    return signature((*feed.names, *days))


def recognize(
    source: Path | bytes,
    feeds: Iterable[Feed],
    *,
    sheet: str | None = None,
    max_bytes: int = MAXIMUM_BYTES,
) -> Feed | None:
    """The feed whose columns the file has, opened as the feed states it; None where there is none.

    Raises :class:`FeedChanged` where several feeds fit.
    """
    by_way: dict[Stated, list[Feed]] = {}
    for feed in feeds:
        by_way.setdefault(stated(feed, sheet), []).append(feed)
    fitting = []
    for way, of_way in by_way.items():
        header = header_of(source, way, max_bytes=max_bytes)
        if header is not None:
            seen = signature(header)
            fitting += [feed for feed in of_way if signature_of(feed) == seen]
    if len(fitting) > 1:
        names = quoted(*sorted(feed.name for feed in fitting))
        raise FeedChanged(
            f"Its columns are those of several feeds: {names}. Say which one it is of.",
            title="Several feeds fit the file",
        )
    return fitting[0] if fitting else None


def nearest(
    source: Path | bytes,
    feeds: Iterable[Feed],
    *,
    sheet: str | None = None,
    max_bytes: int = MAXIMUM_BYTES,
) -> tuple[Feed, str] | None:
    """The feed that a file not recognized is most like, with a sentence on it; or None."""
    best: tuple[float, Feed, str] | None = None
    for feed in feeds:
        header = header_of(source, stated(feed, sheet), max_bytes=max_bytes)
        if header is None:
            continue
        found = difference(feed, header)
        shared = len(feed.names) - len(found.missing)
        if feed.kind is FeedKind.DAYS and days_of(header, feed.notation):
            shared += _DAYS_WEIGH
        share = shared / max(1, shared + len(found.missing) + len(found.new))
        if found and share >= _ALIKE and (best is None or share > best[0]):
            best = share, feed, f"It looks like the feed {feed.label}, but {found.sentence}."
    return best[1:] if best else None


def header_of(
    source: Path | bytes, way: Stated, *, max_bytes: int = MAXIMUM_BYTES
) -> tuple[str, ...] | None:
    """The header of a file opened in a way; None where it cannot be opened so."""
    try:
        with open_source(source, maximum=max_bytes) as intake:
            return open_as(intake, way).header
    except UnreadableFile:
        return None
