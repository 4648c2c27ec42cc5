"""How an unknown file writes days, numbers and the end of its table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.files.feeds import DateOrder, Notation, Percent, Source
from health.files.feeds.proposal import DATES, DECIMAL
from health.output import markdown

if TYPE_CHECKING:
    from health.files.feeds.proposal import Proposal, Question

_SIGNS: Final = {"": "Plain digits", ".": "1,234.56", ",": "1.234,56"}
_ZONES: Final = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo")


def answers_to(key: str, proposal: Proposal) -> dict[str, str]:
    """Ask what the file alone cannot decide, and return the answers that were given."""
    given = {}
    for question in proposal.questions:
        if question.key in (DATES, DECIMAL):
            answer = _ask(key, question, proposal)
            if answer is not None:
                given[question.key] = answer
    return given


def _ask(key: str, question: Question, proposal: Proposal) -> str | None:
    evidence = " ".join(proposal.evidence.get(question.key, ()))
    return st.radio(
        f":orange[:material/help:] {markdown.escape(question.text)} {markdown.escape(evidence)}",
        list(question.answers),
        index=None,
        format_func=lambda value: markdown.escape(question.answers[value]),
        key=f"{key}_{question.key}",
    )


def notation(key: str, proposal: Proposal, given: dict[str, str]) -> Notation:
    """Ask how days and numbers are written, and return it."""
    proposed = proposal.draft.notation
    asked = {question.key for question in proposal.questions}
    for part, what in ((DATES, "Days"), (DECIMAL, "Numbers")):
        if part not in asked and (evidence := _evidence(proposal, part)):
            st.caption(f"{what}: {_way(proposed, part)}. {evidence}")
    with st.expander("How days, numbers and missing values are written"):
        dates, sign = proposed.dates, proposed.decimal
        one, two = st.columns(2)
        if DATES in asked:
            dates = DateOrder.of(given[DATES]) if DATES in given else dates
        else:
            orders = list(DateOrder)
            dates = one.selectbox(
                "Days",
                orders,
                index=orders.index(dates),
                format_func=lambda order: f"{order.label}: {order.description}",
                help=_evidence(proposal, DATES),
                key=f"{key}_order",
            )
        if DECIMAL in asked:
            sign = given.get(DECIMAL)
        else:
            signs = list(_SIGNS)
            sign = two.selectbox(
                "Numbers",
                signs,
                index=signs.index(sign or ""),
                format_func=lambda sign: _SIGNS[sign],
                help=_evidence(proposal, DECIMAL),
                key=f"{key}_sign",
            )
        days_in = one.selectbox(
            "Count times on the day of the zone",
            _zones(proposed.days_in),
            index=_place(proposed.days_in),
            accept_new_options=True,
            placeholder="The day as written",
            key=f"{key}_zone",
        )
        time_zone = None
        if days_in is not None:
            time_zone = two.selectbox(
                "Times without a zone are in",
                _zones(proposed.time_zone),
                index=_place(proposed.time_zone),
                accept_new_options=True,
                placeholder="No other zone",
                key=f"{key}_written_zone",
            )
        is_share = one.checkbox(
            "Percentages are shares: 0.81 is 81 %",
            value=proposed.percent is Percent.SHARE,
            help=_evidence(proposal, "values.percent"),
            key=f"{key}_share",
        )
        is_rounded = two.checkbox(
            "Round numbers with decimals", value=proposed.rounded, key=f"{key}_rounded"
        )
        units = st.multiselect(
            "Words beside numbers that are left out",
            list(proposed.units),
            default=list(proposed.units),
            accept_new_options=True,
            placeholder="Type a word, such as EUR",
            help=_evidence(proposal, "values.units"),
            key=f"{key}_units",
        )
        no_value = st.multiselect(
            "Words that mean no value",
            list(proposed.no_value),
            default=list(proposed.no_value),
            accept_new_options=True,
            placeholder="Type a word, such as k. A.",
            key=f"{key}_no_value",
        )
    return replace(
        proposed,
        dates=dates,
        decimal=sign or None,
        days_in=days_in,
        time_zone=time_zone,
        percent=Percent.SHARE if is_share else Percent.PERCENT,
        rounded=is_rounded,
        units=tuple(units),
        no_value=tuple(no_value),
    )


def _zones(stated: str | None) -> list[str]:
    """The zones that are offered, the one that is stated first."""
    return list(dict.fromkeys((*filter(None, (stated,)), *_ZONES)))


def _place(stated: str | None) -> int | None:
    return None if stated is None else 0


def _way(proposed: Notation, part: str) -> str:
    return proposed.dates.label.lower() if part == DATES else _SIGNS[proposed.decimal or ""]


def source(key: str, proposal: Proposal) -> Source:
    """Show where the table was found, ask where it ends, and return both."""
    proposed = proposal.draft.source
    for part in ("file.encoding", "file.header_line"):
        for sentence in proposal.evidence.get(part, ()):
            st.caption(markdown.escape(sentence))
    ends = st.checkbox(
        "The table ends at the first blank line",
        value=proposed.ends_at_blank_line,
        help=_evidence(proposal, "file.ends_at_blank_line"),
        key=f"{key}_blank",
    )
    left_out = st.multiselect(
        "Rows that begin so are no data",
        list(proposed.left_out),
        default=list(proposed.left_out),
        accept_new_options=True,
        placeholder="Type how a row of totals begins",
        help=_evidence(proposal, "file.left_out"),
        key=f"{key}_left_out",
    )
    return replace(proposed, ends_at_blank_line=ends, left_out=tuple(left_out))


def _evidence(proposal: Proposal, part: str) -> str | None:
    return markdown.escape(" ".join(proposal.evidence.get(part, ()))) or None
