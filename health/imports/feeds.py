"""Feeds on file: their versions, which never change, and the clients that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from health.clock import now
from health.errors import UnknownFeed
from health.files.feeds import Feed, feed_from_toml, feed_to_toml
from health.files.feeds.feed import ClientBy
from health.files.feeds.recognition import signature_of
from health.files.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from health.storage.database import Database, Reader


@dataclass(frozen=True, kw_only=True)
class StoredFeed:
    """A version of a feed: who stated it and when (UTC), and since when it is no longer used.

    imports: how many imports, not undone, were read by this version.
    """

    feed: Feed
    created_by: str
    created_at: datetime
    retired_by: str | None
    retired_at: datetime | None
    imports: int

    @property
    def is_retired(self) -> bool:
        """Whether no file is recognized as of it any more."""
        return self.retired_at is not None


def list_feeds(reader: Reader, *, retired: bool = False) -> tuple[StoredFeed, ...]:
    """The latest version of each feed by name; ``retired`` ones too if asked."""
    return tuple(
        stored
        for stored in _stored(reader, "QUALIFY version = max(version) OVER (PARTITION BY feed)")
        if retired or not stored.is_retired
    )


def versions(reader: Reader, name: str) -> tuple[StoredFeed, ...]:
    """Every version of a feed, the newest first; raises :class:`UnknownFeed`."""
    found = _stored(reader, "WHERE feed = $name", {"name": name})
    if not found:
        raise _unknown(reader, name)
    return tuple(reversed(found))


def feed_named(reader: Reader, name: str) -> Feed:
    """The latest version of the feed in use with this name; raises :class:`UnknownFeed`."""
    for stored in list_feeds(reader):
        if stored.feed.name.casefold() == name.strip().casefold():
            return stored.feed
    raise _unknown(reader, name)


def save_feed(database: Database, feed: Feed, *, by: str) -> Feed:
    """Store a feed as the next version of its name and return it so.

    One that says what the latest version says already is not stored again.
    """
    with database.write() as writer:
        latest = next(
            (one for one in list_feeds(writer, retired=True) if one.feed.name == feed.name), None
        )
        version = latest.feed.version + 1 if latest else 1
        is_known = latest is not None and not latest.is_retired
        if is_known and latest and replace(feed, version=latest.feed.version) == latest.feed:
            return latest.feed
        feed = replace(feed, version=version)
        values = {
            "feed": feed.name,
            "version": feed.version,
            "kind": feed.kind.value,
            "toml": feed_to_toml(feed),
            "signature": signature_of(feed),
            "created_by": by,
            "created_at": now(),
        }
        writer.execute(
            f"INSERT INTO feeds ({', '.join(values)}) SELECT {', '.join(f'${n}' for n in values)}",
            values,
        )
    return feed


def retire_feed(database: Database, name: str, *, by: str) -> Feed:
    """Use a feed no longer; its versions and imports stay. Raises :class:`UnknownFeed`."""
    with database.write() as writer:
        feed = feed_named(writer, name)
        writer.execute(
            """UPDATE feeds SET retired_by = $by, retired_at = $at
            WHERE feed = $name AND retired_at IS NULL""",
            {"by": by, "at": now(), "name": feed.name},
        )
    return feed


def identify(reader: Reader, feed: Feed) -> Callable[[pl.Series], pl.Series]:
    """How the client of each row is found: by its id, then an alias; by its name only if stated.

    Names match whatever their case and blanks; of an e-mail address the domain may be an alias.
    What no client or several are called stays as it is, to be refused. It is asked before rows are
    counted, so that the rows of one client under two ids add up.
    """
    aliases = _known(
        reader, "SELECT alias, organization_id FROM aliases JOIN clients USING (organization)"
    )
    ids = _known(reader, "SELECT organization_id AS key, organization_id FROM clients")
    steps: list[tuple[pl.Expr, pl.DataFrame]] = []
    if aliases.height or feed.client_by is ClientBy.NAME:
        domain = pl.col("text").str.extract(r"@([^@]+)$").str.to_lowercase()
        steps = [(pl.col("text"), ids), (pl.col("text"), aliases), (domain, aliases)]
    if feed.client_by is ClientBy.NAME:
        names = _known(reader, "SELECT name, organization_id FROM clients")
        names = names.with_columns(_key(pl.col("key"))).filter(pl.col("key").is_unique())
        steps.append((_key(pl.col("text")), names))

    def found(texts: pl.Series) -> pl.Series:
        rows = pl.DataFrame({"text": texts}).with_columns(pl.lit(None, pl.String).alias("id"))
        for key, known in steps:
            rows = rows.join(
                known, left_on=key, right_on="key", how="left", maintain_order="left"
            ).select("text", pl.coalesce("id", "organization_id").alias("id"))
        return rows.select(pl.coalesce("id", "text")).to_series()

    return found if steps else lambda texts: texts


def clients_of(reader: Reader, feed: Feed) -> list[str]:
    """The active clients on file, where the feed says that each counts as 0 without an event."""
    if not any(count.every_client for count in feed.counts):
        return []
    known = reader.query("SELECT organization_id FROM organizations WHERE is_active ORDER BY ALL")
    return known["organization_id"].to_list()


def _known(reader: Reader, sql: str) -> pl.DataFrame:
    """What clients are called, each once: key, organization_id."""
    known = reader.query(sql)
    return known.rename(dict(zip(known.columns, ("key", "organization_id"), strict=True)))


def _key(name: pl.Expr) -> pl.Expr:
    return name.str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()


def _stored(
    reader: Reader, which: str, values: dict[str, object] | None = None
) -> list[StoredFeed]:
    rows = reader.records(
        f"""SELECT toml, created_by, created_at, retired_by, retired_at, (
                SELECT count(*) FROM imports
                WHERE imports.feed = feeds.feed AND imports.feed_version = feeds.version
                    AND undone_at IS NULL
            ) AS imports
        FROM feeds {which} ORDER BY lower(feed), version""",
        values,
    )
    return [StoredFeed(feed=feed_from_toml(row.pop("toml")), **row) for row in rows]


def _unknown(reader: Reader, name: str) -> UnknownFeed:
    names = [stored.feed.name for stored in list_feeds(reader)]
    near = get_close_matches(name, names, n=1)
    if near:
        return UnknownFeed(f"There is no feed “{name}”. Did you mean “{near[0]}”?")
    there = f"There are: {quoted(*names)}." if names else "No feed is on file yet."
    return UnknownFeed(f"There is no feed “{name}”. {there}")
