"""“Did it predict anything?”: one sentence, the figures beside their controls, clients by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.explanation import backtest_wording
from health.explanation.ledger import ledger
from health.explanation.sentences import sentence
from health.output import backtest_tables, markdown, page_tables
from health.queries.inputs import ComparisonQuery, comparisons
from health.ui.backtest import judging
from health.ui.parts.client_table import client_rows
from health.ui.parts.small_table import small_table
from health.ui.session import jobs
from health.ui.session.cache import cached

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from health.backtest.judgement import Backtest
    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.ui.session.answers import Answers

LISTED: Final = 100
"""Clients listed at once; more are counted."""


def section(
    ask: Answers,
    models: Sequence[Scheme],
    currency: str,
    *,
    use_draft: Callable[[ScoringModel], None] | None = None,
) -> None:
    """Draw the back-test of what is in force, and of a draft after it where there is one.

    use_draft: begins a draft with the weights that are suggested, where they are.
    """
    if (missing := judging.what_is_missing(ask)) is not None:
        st.info(f"**{markdown.escape(missing.title)}.** {markdown.escape(missing.message)}")
        return
    found = [one for model in models if (one := judging.judged(model)) is not None]
    jobs.forget(judging.Judging)
    jobs.forget(judging.Suggesting)
    jobs.show()
    is_whole = len(found) == len(models)
    if is_whole:
        _answer([one.result for one in found])
    else:
        st.markdown(
            "Hold the score against what became of your clients: of those that left or were "
            "downgraded, was the score low 30, 60, 90 and 180 days before?"
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        judging.button(models, "Judge again" if is_whole else "Judge the score")
        if is_whole and any(one.version != ask.version for one in found):
            st.caption("Something was stored since it was judged.")
    if is_whole:
        _details(ask, found[-1].result, currency)
        _suggestion(models[0], use_draft)


def _answer(found: Sequence[Backtest]) -> None:
    for one in found:
        name = f"{markdown.escape(one.scheme.label)}: " if len(found) > 1 else ""
        st.markdown(f"{name}**{markdown.escape(backtest_wording.verdict(one))}**")
    if len(found) > 1:
        st.markdown(markdown.escape(backtest_wording.compared(found[0], found[-1])))
    last = found[-1]
    said = [*backtest_wording.controls(last), *backtest_wording.rests_on(last)]
    st.caption(markdown.escape(" ".join(said)))


def _details(ask: Answers, found: Backtest, currency: str) -> None:
    st.markdown("##### Days before the outcome")
    table = backtest_tables.figures(found, currency)
    small_table(table, right=table.columns[1:])
    st.caption(
        "Ranked right: in how many of 100 comparisons the client with the bad outcome had the "
        "lower score, with the interval in which the truth lies 95 times of 100; 50 is chance."
    )
    main = found.main
    before = f"{formatting.count(main.days, 'day')} before"
    st.markdown(f"##### Missed: not at high risk {before}")
    misses = main.misses
    if misses.is_empty():
        st.caption("None.")
    else:
        _clients(backtest_tables.misses(misses, currency), misses, key="missed")
        _explain(ask, found, misses)
    st.markdown(f"##### False alarms: at high risk, no bad outcome {main.days} days later")
    if main.false_alarms.is_empty():
        st.caption("None.")
    else:
        _clients(backtest_tables.false_alarms(main.false_alarms), main.false_alarms, key="alarms")


def _suggestion(models: Scheme, use_draft: Callable[[ScoringModel], None] | None) -> None:
    st.markdown("##### Would other weights have done better?")
    found = judging.suggested(models)
    if found is not None:
        st.markdown(markdown.escape(backtest_wording.suggestion(found)))
    with st.container(horizontal=True):
        judging.suggest_button(models)
        if found is not None and found.is_offered and use_draft is not None:
            st.button(
                "Try them as a draft", key="use_weights", on_click=use_draft, args=(found.draft,)
            )


def _clients(shown: pl.DataFrame, rows: pl.DataFrame, *, key: str) -> None:
    if rows.height > LISTED:
        st.caption(f"The first {LISTED} of {formatting.count(rows.height, 'client')}.")
    client_rows(
        shown.head(LISTED),
        rows["organization_id"].head(LISTED).to_list(),
        {
            name: st.column_config.TextColumn(alignment="right")
            for name in ("Score", "Value", "Days judged", "Lowest score")
            if name in shown.columns
        },
        key=key,
    )


def _explain(ask: Answers, found: Backtest, misses: pl.DataFrame) -> None:
    """Draw what the score of one miss did from the day judged to the day before its outcome."""
    listed = misses.head(LISTED)
    names = [f"{row['name']} ({row['organization_id']})" for row in listed.to_dicts()]
    place = st.selectbox(
        "What its score did until the outcome",
        range(len(names)),
        format_func=names.__getitem__,
        key="missed_explained",
        width=420,
    )
    row = listed.row(place or 0, named=True)
    query = ComparisonQuery(
        organization_ids=(row["organization_id"],),
        start_date=row["score_date"],
        end_date=row["last_day"],
        model=found.scheme,
    )
    moved = cached(ledger, ask(comparisons, query)[row["organization_id"]])
    if moved is None:
        st.caption(f"It had no score on {formatting.day(row['last_day'])}, before the outcome.")
        return
    st.markdown(markdown.escape(sentence(moved)))
    table = page_tables.ledger(moved)
    points = pl.Series("Points", [formatting.change(one, 1) for one in table["Points"]])
    small_table(table.with_columns(points), right=("Points",))
