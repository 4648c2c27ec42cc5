"""How an unknown file is read: proposed with evidence, asked, shown, and saved as a feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.errors import HealthError, InvalidFeed, UnreadableFile
from health.files.feeds import FeedKind, read_by_feed
from health.files.feeds.columns import difference
from health.files.feeds.feed import ClientBy
from health.files.feeds.preview import preview, shown
from health.files.feeds.proposal import METRIC, propose
from health.files.feeds.restating import propose_again
from health.files.feeds.sample import sample
from health.files.reading import sheets
from health.imports.feeds import clients_of, identify, save_feed
from health.output import markdown
from health.ui.data import stating_columns, stating_counts, stating_values
from health.ui.session import answers, viewer
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.files import ParsedFile
    from health.files.feeds import Feed
    from health.files.feeds.feed import Draft
    from health.files.feeds.proposal import Proposal
    from health.files.feeds.sample import Sample

_SAMPLES: Final = "stating_samples"
_READ: Final = "stating_read"
_FAILED: Final = "stating_failed"
_SHOWN_REJECTS: Final = 5
_FIND: Final = {ClientBy.ID: "its id", ClientBy.NAME: "its name"}


def state(
    file_id: str,
    name: str,
    content: Callable[[], bytes],
    *,
    saved: Callable[[], None],
    earlier: Feed | None = None,
) -> None:
    """Draw how an unknown file seems to be read, and let a person state it.

    saved: called once the feed is on file, to read the file anew.
    earlier: the feed that it is likely of, whose last version it is stated from.
    """
    key = f"stating_{file_id}"
    if not st.toggle("State how this file is read", key=f"{key}_open"):
        return
    sheet = _sheet(key, content)
    seen = _sample(f"{file_id} {sheet or ''}", content, sheet)
    if isinstance(seen, UnreadableFile):
        st.caption(f"It holds no table that could be described. {markdown.escape(seen.message)}")
        return
    with st.container(border=True):
        draft = _draft(f"{key}{sheet or ''}", name, seen, earlier)
        if draft is None:
            return
        try:
            feed = draft.stated()
            parsed = _parsed(file_id, name, content, feed)
        except (InvalidFeed, UnreadableFile) as error:
            st.info(markdown.escape(error.message), icon=":material/edit_note:")
            return
        _preview(parsed, feed)
        if failed := st.session_state.pop(_FAILED, None):
            st.error(markdown.escape(failed), icon=":material/block:")
        st.button(
            "Save, and read the file so",
            type="primary",
            key=f"{key}_save",
            on_click=_save,
            args=(feed, f"{key}{sheet or ''}_name", saved),
        )
        st.caption(
            "From then on, a file with these columns is recognized and read the same way, here and "
            "by client-health load. No data is stored yet."
        )


def _draft(key: str, name: str, seen: Sample, earlier: Feed | None) -> Draft | None:
    """Draw what is proposed and asked; None while a question is open."""
    if earlier is not None:
        st.markdown(
            f"Stated as in the feed **{markdown.escape(earlier.name)}**, version "
            f"{earlier.version}. Look at what differs: "
            f"{markdown.escape(difference(earlier, seen.names).sentence)}."
        )
    one, two = st.columns(2)
    kinds = list(FeedKind)
    first = propose_again(seen, earlier) if earlier else propose(seen, name.partition(".")[0])
    called = one.text_input("Name of the feed", first.draft.name, key=f"{key}_name")
    kind = two.selectbox(
        "A row of it is",
        kinds,
        index=kinds.index(first.draft.kind),
        format_func=lambda kind: f"{kind.label}. {kind.description}",
        help=markdown.escape(" ".join(first.evidence.get("kind", ()))),
        key=f"{key}_kind",
    )
    proposal = first if kind is first.draft.kind else propose(seen, name, kind)
    key = f"{key}_{kinds.index(kind)}"
    given = stating_values.answers_to(key, proposal)
    draft = replace(
        proposal.draft,
        name=called,
        metric=_metric(key, proposal) if kind is FeedKind.DAYS else None,
        columns=stating_columns.columns(key, seen, proposal, answers.today()),
    )
    counts = stating_counts.counted(key, seen, proposal) if kind is FeedKind.EVENTS else ()
    draft = replace(
        draft,
        counts=counts,
        columns=stating_columns.unread(draft.columns, counts),
        constants=stating_columns.constants(key, draft),
        client_by=_client_by(key, proposal),
        source=stating_values.source(key, proposal),
    )
    is_open = _open(proposal, given, draft)
    try:
        draft = replace(draft, notation=stating_values.notation(key, proposal, given))
    except InvalidFeed as error:
        is_open = error.message
    if is_open:
        st.info(markdown.escape(is_open), icon=":material/edit_note:")
        return None
    return draft


def _open(proposal: Proposal, given: dict[str, str], draft: Draft) -> str:
    """What is still to be said, in a sentence; empty where nothing is."""
    values = [one for one in proposal.questions if one.key.startswith("values.")]
    if any(one.key not in given for one in values):
        return "Answer what is asked above; the file alone cannot tell it."
    if draft.kind is FeedKind.DAYS and draft.metric is None:
        return "Say what the numbers below the days count."
    if draft.kind is FeedKind.EVENTS and not draft.counts:
        return "Say what is counted, on which day, and as which metric."
    return ""


def _metric(key: str, proposal: Proposal) -> MetricType | None:
    metrics = list(MetricType)
    is_known = METRIC not in {question.key for question in proposal.questions}
    known = proposal.draft.metric if is_known else None
    return st.selectbox(
        "What do the numbers below the days count?",
        metrics,
        index=metrics.index(known) if known else None,
        format_func=lambda metric: metric.label,
        placeholder="Choose a metric",
        key=f"{key}_{METRIC}",
    )


def _client_by(key: str, proposal: Proposal) -> ClientBy:
    ways = list(_FIND)
    return st.radio(
        "A client is found by",
        ways,
        index=ways.index(proposal.draft.client_by),
        format_func=_FIND.get,
        horizontal=True,
        help=markdown.escape(" ".join(proposal.evidence.get("client_by", ()))) or None,
        key=f"{key}_by",
    )


def _preview(parsed: ParsedFile, feed: Feed) -> None:
    """Draw the first rows as they are read, what is in each column, and what is not read."""
    seen = preview(parsed, feed)
    st.markdown("**How it is read**")
    use = parsed.feed_use
    if use is not None:
        counts = {
            "read": use.rows_accepted,
            "refused": use.rows_rejected,
            "ignored": use.rows_ignored,
        }
        told = ", ".join(f"{formatting.number(n)} {word}" for word, n in counts.items() if n)
        became = f", counted into {formatting.count(use.values, 'value')}" if use.values else ""
        st.markdown(f"{formatting.count(use.rows_read, 'row')}: {told or 'nothing in it'}{became}")
        if use.ended_at is not None:
            st.caption(f"The table ends at line {use.ended_at}; what stands below it is ignored.")
    st.dataframe(_in_words(seen.rows), hide_index=True)
    st.dataframe(
        pl.DataFrame(
            {
                "Read as": [stating_columns.label(one.name) for one in seen.columns],
                "From": [one.source for one in seen.columns],
                "Least": [one.least for one in seen.columns],
                "Greatest": [one.greatest for one in seen.columns],
                "Empty": [formatting.number(one.empty) for one in seen.columns],
            }
        ),
        hide_index=True,
    )
    if seen.ignored:
        st.caption(f"Not read: {markdown.escape(', '.join(seen.ignored))}.")
    for line, column, value, reason, _ in parsed.rejects.head(_SHOWN_REJECTS).iter_rows():
        st.caption(
            f":red[Line {line}] {markdown.escape(f'{column}: “{value or str()}” is {reason}.')}"
        )


def _in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """The first rows with the words of the page."""
    return rows.select(
        pl.Series(
            stating_columns.label(column.name),
            [shown(value) for value in column.to_list()],
            dtype=pl.String,
        )
        for column in rows
    )


def _sheet(key: str, content: Callable[[], bytes]) -> str | None:
    """Ask which table is stated, where the file holds several."""
    try:
        names = sheets(content())
    except UnreadableFile:
        return None
    return st.selectbox("Sheet", names, key=f"{key}_sheet") if names else None


def _sample(
    file_id: str, content: Callable[[], bytes], sheet: str | None
) -> Sample | UnreadableFile:
    kept: dict[str, Sample | UnreadableFile] = st.session_state.setdefault(_SAMPLES, {})
    if file_id not in kept:
        kept.clear()  # one file is stated at a time; its rows are held for that long
        try:
            kept[file_id] = sample(content(), sheet=sheet)
        except UnreadableFile as error:
            kept[file_id] = error
    return kept[file_id]


def _parsed(file_id: str, name: str, content: Callable[[], bytes], feed: Feed) -> ParsedFile:
    """Read the file by the feed, once for each that is stated."""
    last = st.session_state.get(_READ)
    if last is not None and last[0] == (file_id, feed):
        parsed: ParsedFile = last[1]
        return parsed
    with answers.opened().read() as reader:
        found, clients = identify(reader, feed), clients_of(reader, feed)
    parsed = read_by_feed(
        content(),
        feed,
        name=name,
        today=answers.today(),
        identify=found,
        clients=clients,
    )
    st.session_state[_READ] = ((file_id, feed), parsed)
    return parsed


def _save(feed: Feed, name_key: str, saved: Callable[[], None]) -> None:
    try:
        # A name typed just before the click has not been drawn yet: the one at hand counts.
        feed = replace(feed, name=st.session_state.get(name_key, feed.name))
        save_feed(answers.database(), feed, by=viewer.name())
    except HealthError as error:
        st.session_state[_FAILED] = error.message
        return
    for kept in (_SAMPLES, _READ):
        st.session_state.pop(kept, None)
    saved()
