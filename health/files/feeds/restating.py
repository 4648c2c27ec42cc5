"""A proposal for a source that changed its columns: the feed's last version, and what differs."""

from __future__ import annotations

from dataclasses import replace

from health.files.feeds.columns import difference
from health.files.feeds.feed import Column, Count, Feed
from health.files.feeds.proposal import Proposal, propose
from health.files.feeds.sample import Sample
from health.files.file_columns import squeeze


def propose_again(sample: Sample, feed: Feed) -> Proposal:
    """Propose how a file of a feed is read that has other columns now.

    What the feed states of a column that is still there stays; a new column is proposed as for an
    unknown file, unless the feed fills its target already. What is counted of a column that is
    gone is left out. Nothing that the feed states is asked again.
    """
    fresh = propose(sample, feed.name, feed.kind)
    names = {squeeze(name): name for name in sample.names}
    known = {squeeze(column.source): column for column in feed.columns}
    counts = tuple(count for count in feed.counts if _is_there(count, names))
    kept = {key: replace(known[key], source=names[key]) for key in known if key in names}
    filled = {column.target for column in kept.values()} | set(feed.constants)
    counted = {squeeze(name) for count in counts for name in count.columns}
    proposed = {squeeze(column.source): column for column in fresh.draft.columns}
    candidates = [*proposed, *(squeeze(n) for count in fresh.draft.counts for n in count.columns)]
    columns = []
    for key in dict.fromkeys(candidates):
        column = kept.get(key) or proposed.get(key) or Column(source=names[key], target=None)
        if key not in kept and column.target in filled:
            column = Column(source=column.source, target=None)
        if key in kept or key not in counted:
            columns.append(column)
    found = difference(feed, sample.names)
    said = {f"columns.{names[squeeze(name)]}": ("new in the file",) for name in found.new}
    draft = replace(
        fresh.draft,
        source=replace(
            feed.source,
            sheet=sample.source.sheet or feed.source.sheet,
            encoding=sample.source.encoding or feed.source.encoding,
            header_line=sample.source.header_line,
        ),
        notation=feed.notation,
        columns=tuple(columns),
        constants=feed.constants,
        client_by=feed.client_by,
        metric=feed.metric,
        counts=counts,
        empty_clears=feed.empty_clears,
    )
    return Proposal(draft=draft, evidence=said, questions=())


def _is_there(count: Count, names: dict[str, str]) -> bool:
    return all(squeeze(name) in names for name in count.columns)
