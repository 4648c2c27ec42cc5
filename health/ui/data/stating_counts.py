"""What is counted of the rows of an unknown file, as which metrics, under which conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health.files.feeds import Condition, Count, Counted
from health.output import markdown
from health.vocabulary import MetricType, Unit

if TYPE_CHECKING:
    from health.files.feeds.proposal import Proposal
    from health.files.feeds.sample import Sample

_COUNTED: Final[list[Counted]] = list(Counted)
_IS: Final = {False: "is one of", True: "is none of"}
_COUNTABLE: Final = [metric for metric in MetricType if metric.unit is not Unit.PERCENT]
_SHOWN_WORDS: Final = 200


def counted(key: str, sample: Sample, proposal: Proposal) -> tuple[Count, ...]:
    """Ask what is counted of the rows, once or several times; nothing while one is not known."""
    st.markdown("**What is counted, for each client and day**")
    proposed = proposal.draft.counts
    open_key = f"{key}_counts"
    number = st.session_state.setdefault(open_key, max(1, len(proposed)))
    found = []
    for place in range(number):
        known = proposed[place] if place < len(proposed) else None
        with st.container(border=number > 1):
            found.append(_count(f"{key}_count{place}" if place else key, sample, proposal, known))
    with st.container(horizontal=True):
        st.button(
            "Count something else too",
            key=f"{key}_more",
            type="tertiary",
            icon=":material/add:",
            on_click=_set,
            args=(open_key, number + 1),
        )
        if number > 1:
            st.button(
                "Remove the last",
                key=f"{key}_fewer",
                type="tertiary",
                icon=":material/remove:",
                on_click=_set,
                args=(open_key, number - 1),
            )
    whole = tuple(count for count in found if count is not None)
    return whole if len(whole) == number else ()


def _set(key: str, number: int) -> None:
    st.session_state[key] = number


def _count(key: str, sample: Sample, proposal: Proposal, proposed: Count | None) -> Count | None:
    """Ask what is counted as one metric; None while it is not known."""
    names = list(sample.names)
    for sentence in proposal.evidence.get(f"count.{proposed.metric}" if proposed else "", ()):
        st.caption(markdown.escape(sentence))
    one, two, three = st.columns(3)
    asked = {question.key for question in proposal.questions}
    is_known = proposed is not None and f"count.{proposed.metric}" not in asked
    metric = one.selectbox(
        "It is stored as",
        _COUNTABLE,
        index=_COUNTABLE.index(proposed.metric) if proposed and is_known else None,
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
    where = _conditions(key, sample, proposed.where if proposed else ())
    every = st.checkbox(
        "A client on file without a row counts as 0, from the first to the last day of the file",
        value=proposed is not None and proposed.every_client,
        help="Only where the source has all clients. Else a day without a row is unknown.",
        key=f"{key}_every",
    )
    if metric is None or day is None or (what is not Counted.ROWS and of is None):
        return None
    return Count(metric=metric, day=day, what=what, of=of, where=where, every_client=every)


def _conditions(key: str, sample: Sample, known: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Ask which rows count, all conditions together; a row to fill in follows the last one."""
    found: list[Condition] = []
    place = 0
    while True:
        proposed = known[place] if place < len(known) else None
        condition = _condition(f"{key}_{place}" if place else key, sample, proposed, place)
        if condition is None and proposed is None:
            return tuple(found)
        found += [condition] if condition else []
        place += 1


def _condition(
    key: str, sample: Sample, proposed: Condition | None, place: int
) -> Condition | None:
    names = list(sample.names)
    one, two, three = st.columns(3)
    column = one.selectbox(
        "and whose" if place else "Only rows whose",
        names,
        index=names.index(proposed.column) if proposed and proposed.column in names else None,
        placeholder="No other condition" if place else "All rows count",
        key=f"{key}_where",
    )
    if column is None:
        return None
    is_proposed = proposed is not None and proposed.column == column
    words = list(proposed.words) if proposed is not None and is_proposed else []
    in_file = sample.cells[column].fill_null("").unique().sort().head(_SHOWN_WORDS).to_list()
    negated = two.selectbox(
        "Condition",
        [False, True],
        index=int(proposed.negated) if proposed is not None and is_proposed else 0,
        format_func=lambda negated: _IS[negated],
        key=f"{key}_is",
    )
    chosen = three.multiselect(
        "Words",
        [*words, *(word for word in in_file if word not in words)],
        default=words,
        format_func=lambda word: word or "(empty)",
        key=f"{key}_words_{column}",
    )
    if not chosen:
        return None
    return Condition(column=column, words=tuple(chosen), negated=bool(negated))
