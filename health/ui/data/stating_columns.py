"""What each column of an unknown file is taken for, and what is counted of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.files.feeds import Column, Condition, Count, Counted
from health.files.feeds.feed import accepted, shape_of
from health.files.rules import YesNo
from health.output import markdown
from health.ui.data import field_words
from health.vocabulary import MetricType, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.files.feeds.proposal import Proposal
    from health.files.feeds.sample import Sample

_EXAMPLES: Final = 3
_MOST_WORDS: Final = 12
_YES_NO: Final = {"true": "Yes", "false": "No", "": "No value"}
_COUNTED: Final[list[Counted]] = list(Counted)
_IS: Final = {False: "is one of", True: "is none of"}
COUNTABLE: Final = [metric for metric in MetricType if metric.unit is not Unit.PERCENT]


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


def counted(key: str, sample: Sample, proposal: Proposal) -> tuple[Count, ...]:
    """Ask what is counted of the rows, and return it; nothing while it is not known."""
    proposed = proposal.draft.counts[0] if proposal.draft.counts else None
    names = list(sample.names)
    st.markdown("**What is counted, for each client and day**")
    for sentence in proposal.evidence.get(f"count.{proposed.metric}" if proposed else "", ()):
        st.caption(markdown.escape(sentence))
    one, two, three = st.columns(3)
    asked = {question.key for question in proposal.questions}
    is_known = proposed is not None and f"count.{proposed.metric}" not in asked
    metric = one.selectbox(
        "It is stored as",
        COUNTABLE,
        index=COUNTABLE.index(proposed.metric) if proposed and is_known else None,
        format_func=lambda metric: metric.label,
        placeholder="Choose a metric",
        key=f"{key}_metric",
    )
    day = two.selectbox(
        "The day is in",
        names,
        index=names.index(proposed.day) if proposed else None,
        placeholder="Choose a column",
        key=f"{key}_day",
    )
    what = three.selectbox(
        "What is counted",
        _COUNTED,
        index=_COUNTED.index(proposed.what if proposed else Counted.ROWS),
        format_func=lambda what: what.label,
        key=f"{key}_what",
    )
    of = None
    if what is not Counted.ROWS:
        of = three.selectbox(
            "of the column",
            names,
            index=names.index(proposed.of) if proposed and proposed.of else None,
            placeholder="Choose a column",
            key=f"{key}_of",
        )
    where = _condition(key, sample, proposed)
    every = st.checkbox(
        "A client on file without a row counts as 0, from the first to the last day of the file",
        help="Only where the source has all clients. Else a day without a row is unknown.",
        key=f"{key}_every",
    )
    if metric is None or day is None or (what is not Counted.ROWS and of is None):
        return ()
    return (Count(metric=metric, day=day, what=what, of=of, where=where, every_client=every),)


def _condition(key: str, sample: Sample, proposed: Count | None) -> tuple[Condition, ...]:
    """Ask which rows count; all of them unless a column is chosen."""
    kept = proposed.where if proposed else ()
    one, two, three = st.columns(3)
    column = one.selectbox(
        "Only rows whose",
        list(sample.names),
        index=None,
        placeholder="All rows count",
        key=f"{key}_where",
    )
    if column is None:
        return kept
    negated = two.selectbox(
        "condition", [False, True], format_func=lambda negated: _IS[negated], key=f"{key}_is"
    )
    words = three.multiselect(
        "words",
        sample.cells[column].fill_null("").unique().sort().head(200).to_list(),
        format_func=lambda word: word or "(empty)",
        key=f"{key}_words_{column}",
    )
    return (
        (*kept, Condition(column=column, words=tuple(words), negated=bool(negated)))
        if words
        else kept
    )


def unread(chosen: Sequence[Column], counts: Sequence[Count]) -> tuple[Column, ...]:
    """The columns without those that are only counted, which the counts name themselves."""
    read = {name for count in counts for name in count.columns}
    return tuple(one for one in chosen if one.target is not None or one.source not in read)
