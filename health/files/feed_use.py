"""What became of the rows of a file that was read by a feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health import formatting

if TYPE_CHECKING:
    from health.files.feeds.feed import Feed


@dataclass(frozen=True, kw_only=True)
class FeedUse:
    """The feed that a file was read by, and an account of every row of the source.

    rows_read: rows with anything in them; accepted, rejected and ignored ones together.
    rows_ignored: rows behind the end of the table, left out as stated, or not counted.
    ended_at: the line at which the table ended as stated, if it did.
    values: what the accepted rows became, where that is not a row for each.
    """

    feed: Feed
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_ignored: int
    ended_at: int | None = None
    values: int | None = None

    @property
    def name(self) -> str:
        """The feed's name."""
        return self.feed.name

    @property
    def version(self) -> int:
        """The feed's version."""
        return self.feed.version

    @property
    def is_counted(self) -> bool:
        """Whether rows were counted, so that one alone must not be loaded again."""
        return bool(self.feed.counts)

    @property
    def sentences(self) -> list[str]:
        """What is said of it."""
        said = [f"Read by the feed {self.feed.label}."]
        if self.values is not None:
            said.append(
                f"{formatting.count(self.rows_accepted, 'row')} of the source became "
                f"{formatting.count(self.values, 'value')}."
            )
        if self.rows_ignored:
            said.append(f"{formatting.count(self.rows_ignored, 'row')} ignored, as the feed says.")
        if self.ended_at is not None:
            said.append(f"The table ends at line {formatting.number(self.ended_at)}.")
        return said
