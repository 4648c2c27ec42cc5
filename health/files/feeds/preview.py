"""What a feed makes of a file, to be looked at before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from health import formatting
from health.files.feeds.feed import Feed, FeedKind
from health.files.parsed_file import ParsedFile
from health.vocabulary import AlertLevel, FeatureName, MetricType, Outcome

SHOWN_ROWS: Final = 10

_WORDS: Final = {
    **{metric.value: metric.label for metric in MetricType},
    **{feature.value: feature.label for feature in FeatureName},
    **{level.value: level.label for level in AlertLevel},
    **{outcome.value: outcome.label for outcome in Outcome},
}


@dataclass(frozen=True, kw_only=True)
class ColumnSeen:
    """A column as it was read: from where, its least and greatest value, and how many are empty.

    source: the source's column, or what else the value comes from, in words.
    """

    name: str
    source: str
    least: str
    greatest: str
    empty: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The first rows as they were read, what is in each column, and the columns not read."""

    rows: pl.DataFrame
    columns: tuple[ColumnSeen, ...]
    ignored: tuple[str, ...]


def preview(parsed: ParsedFile, feed: Feed) -> Preview:
    """What the feed made of the file's accepted rows."""
    typed = [name for name in parsed.rows.columns if name != "line"]
    rows = parsed.rows.with_columns(pl.col(pl.Enum).cast(pl.String))
    named = dict(zip(typed, parsed.columns, strict=True))
    return Preview(
        rows=rows.head(SHOWN_ROWS).rename(named).drop("line"),
        columns=tuple(
            _seen(rows[name].rename(header), _source(feed, header))
            for name, header in named.items()
        ),
        ignored=tuple(column.source for column in feed.columns if column.target is None),
    )


def _seen(values: pl.Series, source: str) -> ColumnSeen:
    least, greatest = values.min(), values.max()
    return ColumnSeen(
        name=values.name,
        source=source,
        least=shown(least),
        greatest=shown(greatest),
        empty=values.null_count(),
    )


def shown(value: object) -> str:
    """A value as people read it; nothing for no value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return formatting.day(value)
    if isinstance(value, int | Decimal):
        return formatting.number(value, 2 if isinstance(value, Decimal) else 0)
    return "" if value is None else _WORDS.get(str(value), str(value))


def _source(feed: Feed, header: str) -> str:
    for column in feed.columns:
        if column.target == header:
            return column.source
    if header in feed.constants:
        return f"always {feed.constants[header]}"
    if feed.kind is FeedKind.DAYS:
        return {"date": "the names of the columns", "value": "the cells below the days"}.get(
            header, f"always {feed.metric.label if feed.metric else ''}"
        )
    days = dict.fromkeys(count.day for count in feed.counts)
    return {
        "date": ", ".join(days),
        "metric_type": "what is counted",
        "value": "how many were counted",
    }.get(header, "")
