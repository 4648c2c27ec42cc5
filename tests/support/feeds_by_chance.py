"""Feeds made by chance, each of them valid."""

from __future__ import annotations

from hypothesis import strategies as st

from health.files.feeds import (
    Column,
    Condition,
    Count,
    Counted,
    DateOrder,
    Feed,
    FeedKind,
    Notation,
    Percent,
    Source,
)
from health.files.feeds.feed import ClientBy, accepted, required
from health.vocabulary import MetricType, Unit

WORDS = st.text(st.characters(categories=["L", "N", "P"], max_codepoint=0x2FF), min_size=1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COUNTABLE = [metric for metric in MetricType if metric.unit is not Unit.PERCENT]


@st.composite
def feeds(draw: st.DrawFn) -> Feed:
    """Any feed."""
    kind = draw(st.sampled_from(FeedKind))
    targets = [*required(kind)]
    rest = [name for name in accepted(kind) if name not in targets]
    targets += draw(st.lists(st.sampled_from(rest), unique=True)) if rest else []
    if kind is FeedKind.USAGE_WIDE and not set(targets) & {m.column for m in MetricType}:
        targets.append("api_calls")
    constants = [name for name in targets if name != "organization_id" and draw(st.booleans())]
    columns = [
        Column(
            source=f"{place}: {draw(WORDS)}",
            target=target,
            values=draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        )
        for place, target in enumerate([t for t in targets if t not in constants] + [None, None])
    ]
    draw(st.randoms(use_true_random=False)).shuffle(columns)
    zoned = draw(st.booleans())
    unix = (DateOrder.SECONDS, DateOrder.MILLISECONDS) if kind is FeedKind.DAYS else ()
    return Feed(
        name=draw(WORDS)[:80],
        kind=kind,
        version=draw(st.integers(1, 99)),
        source=draw(
            st.builds(
                Source,
                sheet=st.none() | WORDS,
                header_line=st.none() | st.integers(1, 50),
                encoding=st.none() | st.just("cp1252"),
                delimiter=st.none() | st.sampled_from([",", ";", "\t", "|"]),
                ends_at_blank_line=st.booleans(),
                ends_at=st.lists(WORDS, max_size=2).map(tuple),
                left_out=st.lists(WORDS, max_size=2).map(tuple),
            )
        ),
        notation=draw(
            st.builds(
                Notation,
                dates=st.sampled_from([order for order in DateOrder if order not in unix]),
                decimal=st.sampled_from([None, ".", ","]),
                days_in=st.just("Europe/Berlin") if zoned else st.none(),
                time_zone=st.sampled_from([None, "UTC"]) if zoned else st.none(),
                percent=st.sampled_from(Percent),
                rounded=st.booleans(),
                units=st.lists(WORDS, max_size=2).map(tuple),
                no_value=st.lists(TEXTS, max_size=2).map(tuple),
            )
        ),
        columns=tuple(columns),
        constants={name: draw(TEXTS) for name in constants},
        client_by=draw(st.sampled_from(ClientBy)),
        metric=draw(st.sampled_from(MetricType)) if kind is FeedKind.DAYS else None,
        counts=draw(counts()) if kind is FeedKind.EVENTS else (),
        empty_clears=draw(st.booleans()),
    )


@st.composite
def counts(draw: st.DrawFn) -> tuple[Count, ...]:
    """What is counted of events, each metric once."""
    made = []
    for metric in draw(st.lists(st.sampled_from(COUNTABLE), unique=True, min_size=1, max_size=3)):
        what = draw(st.sampled_from(Counted))
        where = st.builds(
            Condition,
            column=WORDS,
            words=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
            negated=st.booleans(),
        )
        made.append(
            Count(
                metric=metric,
                day=draw(WORDS),
                what=what,
                of=None if what is Counted.ROWS else draw(WORDS),
                where=tuple(draw(st.lists(where, max_size=2))),
                every_client=draw(st.booleans()),
            )
        )
    return tuple(made)
