"""Feeds: how the export of one source is read, stated once and recognized from then on.

A feed turns the table of a source into a table with the contract's columns, as text. From there on
it is judged as any other file, so there is one place where a cell is accepted or refused.
"""

from __future__ import annotations

from health.files.feeds.feed import (
    Column,
    Condition,
    Count,
    Counted,
    DateOrder,
    Feed,
    FeedKind,
    Notation,
    Percent,
    Source,
)
from health.files.feeds.reading import read_by_feed
from health.files.feeds.toml import feed_from_toml, feed_to_toml

__all__ = [
    "Column",
    "Condition",
    "Count",
    "Counted",
    "DateOrder",
    "Feed",
    "FeedKind",
    "Notation",
    "Percent",
    "Source",
    "feed_from_toml",
    "feed_to_toml",
    "read_by_feed",
]
