"""What each column of an unknown file is taken for, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.files.feeds import Column
from health.files.feeds.feed import accepted, shape_of
from health.files.rules import YesNo
from health.output import markdown
from health.ui.data import field_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.files.feeds import Count
    from health.files.feeds.feed import Draft
    from health.files.feeds.proposal import Proposal
    from health.files.feeds.sample import Sample

_EXAMPLES: Final = 3
_MOST_WORDS: Final = 12
_YES_NO: Final = {"true": "Yes", "false": "No", "": "No value"}


def label(target: str | None) -> str:
    """What a column is taken for, in words."""
    return "Not read" if target is None else field_words.label(target)


def columns(key: str, sample: Sample, proposal: Proposal, today: date) -> tuple[Column, ...]:
    """Draw a row for each column with what it is taken for, and return what was chosen."""
    kind = proposal.draft.kind
    rules = {column.header: column.rule for column in shape_of(kind, today).columns}
    chosen = []
    st.markdown("**What each column is**")
    known = {column.source: column for column in proposal.draft.columns}
    for place, name in enumerate(sample.names):
        if name not in {*known, *_counted_names(proposal)}:
            continue  # named after a day
        column = known.get(name, Column(source=name, target=None))
        left, right = st.columns([3, 2], vertical_alignment="center")
        values = sample.cells[column.source]
        examples = values.drop_nulls().unique(maintain_order=True).head(_EXAMPLES).to_list()
        empty = values.null_count()
        told = [", ".join(examples) or "nothing in it"]
        if empty:
            told.append(f"{formatting.count(empty, 'empty cell')}")
        told += proposal.evidence.get(f"columns.{column.source}", ())
        left.markdown(
            f"**{markdown.escape(column.source)}**  \n:small[{markdown.escape(' · '.join(told))}]"
        )
        options = [None, *accepted(kind)]
        target = right.selectbox(
            f"{column.source} is",
            options,
            index=options.index(column.target),
            format_func=label,
            label_visibility="collapsed",
            key=f"{key}_column_{place}",
        )
        words = dict(column.values)
        if target is not None and isinstance(rules.get(target), YesNo):
            words = _words(f"{key}_{place}", values.drop_nulls().unique().sort().to_list(), words)
        chosen.append(Column(source=column.source, target=target, values=words))
    return tuple(chosen)


def _words(key: str, words: Sequence[str], known: dict[str, str]) -> dict[str, str]:
    """Ask what the words of a yes-or-no column mean."""
    if len(words) > _MOST_WORDS:
        return known
    said = {}
    for place, word in enumerate(words):
        if word.lower() in ("true", "false", "yes", "no", "1", "0"):
            continue
        options = list(_YES_NO)
        meaning = st.radio(
            f"“{markdown.escape(word)}” means",
            options,
            index=options.index(known[word]) if word in known else None,
            format_func=_YES_NO.get,
            horizontal=True,
            key=f"{key}_word_{place}",
        )
        if meaning is not None:
            said[word] = meaning
    return said


def _counted_names(proposal: Proposal) -> set[str]:
    return {name for count in proposal.draft.counts for name in count.columns}


def unread(chosen: Sequence[Column], counts: Sequence[Count]) -> tuple[Column, ...]:
    """The columns without those that are only counted, which the counts name themselves."""
    read = {name for count in counts for name in count.columns}
    return tuple(one for one in chosen if one.target is not None or one.source not in read)


def constants(key: str, draft: Draft) -> dict[str, str]:
    """Ask for columns that the file lacks, and the value that every row has of each."""
    read = {column.target for column in draft.columns}
    lacking = [name for name in accepted(draft.kind) if name not in read]
    if not lacking:
        return {}
    known = {name: text for name, text in draft.constants.items() if name in lacking}
    chosen = st.multiselect(
        "The same in every row, as the file has no column for it",
        lacking,
        default=list(known),
        format_func=label,
        placeholder="Choose what every row has",
        key=f"{key}_constants",
    )
    said = {}
    for name in chosen:
        text = st.text_input(
            f"{label(name)} of every row", known.get(name, ""), key=f"{key}_constant_{name}"
        )
        if text.strip():
            said[name] = text.strip()
    return said
