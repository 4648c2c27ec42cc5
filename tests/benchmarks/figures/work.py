"""What the Team page, the timeline and the scoring model ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import polars as pl

from health.accounts.timeline import TimelineQuery, timeline
from health.backtest.judgement import backtest
from health.queries.team import TeamGroup, TeamQuery, team
from health.queries.what_if import WhatIfQuery, what_if
from health.scoring import runs
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.schemes import Scheme
from health.scoring.segments import Rule, Segment
from health.storage.database import Database, Reader
from health.vocabulary import FeatureName, MetricType
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Spread, Turns, always, in_turns
from tests.benchmarks.sizes import L, Size

QUESTION: Final = 50
"""Milliseconds that a question of Team or of the timeline may take."""

BACKTEST: Final = 30_000
"""Milliseconds that a back-test of all days may take."""

PAST_DAYS: Final = 50

_EVERY: Final = 10
"""Of so many clients one leaves."""


def questions(bench: Bench) -> Iterator[Row]:
    """Team by each group and of a past day, and the timeline of a client."""
    size = bench.largest()
    past = size.last - timedelta(days=PAST_DAYS)
    one = TimelineQuery(organization_id=generating.organization_id(7), limit=10_000)
    works: dict[str, Callable[[Reader], object]] = {
        f"Team by {group.lower()}": partial(
            team, query=TeamQuery(as_of=size.last, calendar_day=size.last, by=group)
        )
        for group in TeamGroup
    }
    works["Team of a past day"] = partial(team, query=TeamQuery(as_of=past, calendar_day=past))
    works["Timeline of a client"] = partial(timeline, query=one)
    with stores.opened_copy(stores.scored(bench.data, size)) as database, database.read() as reader:
        taken = in_turns(
            4 * bench.repeat, *(always(partial(ask, reader)) for ask in works.values())
        )
    for work, seconds in zip(works, taken, strict=True):
        yield Row(
            work=work,
            size=size.name,
            against=f"{QUESTION} ms",
            value=Spread.of([1_000 * each for each in seconds]),
            unit="ms",
            at_most=QUESTION if size is L else None,
        )


def draft(bench: Bench) -> Iterator[Row]:
    """What a draft would do to all clients, beside scoring them."""
    size = bench.largest()
    model = replace(STANDARD, version="draft", points_per_ticket=STANDARD.points_per_ticket + 1)
    query = WhatIfQuery(draft=model, as_of=size.last)
    with stores.opened_copy(stores.scored(bench.data, size)) as database:

        def ask() -> None:
            with database.read() as reader:
                what_if(reader, query)

        asked, scored = in_turns(
            bench.repeat,
            always(ask),
            always(partial(runs.score, database, as_of=size.last)),
        )
    yield Turns(work=asked, limit=scored).row(
        work="What a draft of the model would do to all clients on a day",
        size=size.name,
        against="scoring that day, stored",
        at_most=1.2 if size is L else None,
    )


def judged(bench: Bench) -> Iterator[Row]:
    """A back-test of the model over all days on file."""
    size = bench.largest()
    with stores.opened_copy(stores.loaded(bench.data, size)) as database:
        _lose_clients(database, size)
        (taken,) = in_turns(1, always(partial(backtest, database, STANDARD)))
    yield Row(
        work="Back-test of a model over all days, a tenth of the clients lost",
        size=size.name,
        against="30 s",
        value=Spread.of([1_000 * each for each in taken]),
        unit="ms",
        at_most=BACKTEST if size is L else None,
    )


def models(bench: Bench) -> Iterator[Row]:
    """Scores with two extra parts, and with a model for each of two segments and the rest."""
    size = bench.largest()
    works = {
        "two extra parts": Scheme.of(_wider()),
        "three models, by segment": replace(Scheme.of(STANDARD), segments=_segments()),
    }
    with stores.opened_copy(stores.loaded(bench.data, size)) as database:
        for days, name, repeat in ((1, "a day", 4 * bench.repeat), (365, "a year", 2)):

            def ask(scheme: Scheme, days: int = days) -> None:
                first = size.last - timedelta(days=days - 1)
                with database.read() as reader:
                    writer = reader.scratch()
                    writer.execute(
                        """CREATE OR REPLACE TEMP TABLE asked AS SELECT organization,
                            $first::DATE AS first_day, $last::DATE AS last_day
                        FROM clients WHERE organization <= $most""",
                        {"first": first, "last": size.last, "most": _MOST if days > 1 else 10**9},
                    )
                    runs.compute_scheme(writer, scheme, first, size.last, "asked")

            standard, *others = in_turns(
                repeat,
                *(always(partial(ask, one)) for one in (Scheme.of(STANDARD), *works.values())),
            )
            for work, taken in zip(works, others, strict=True):
                yield Turns(work=taken, limit=standard).row(
                    work=f"Scores of {name}: {work}",
                    size=size.name,
                    against="with the standard model",
                    at_most=1.5 if size is L else None,
                )


_MOST: Final = 2_000
"""Clients of whom a year is scored: about one transaction."""


def _wider() -> ScoringModel:
    share = {name: weight * 4 // 5 for name, weight in STANDARD.weights.items()}
    parts = (
        ExtraPart(
            key="calls",
            label="API calls",
            unit="call",
            form=Form.PER_USER,
            metrics=(MetricType.API_CALLS,),
            weight=1000,
        ),
        ExtraPart(
            key="daily",
            label="Daily users",
            unit="user",
            form=Form.SHARE,
            metrics=(MetricType.DAILY_ACTIVE_USERS, MetricType.MONTHLY_ACTIVE_USERS),
            weight=1000,
        ),
    )
    return replace(STANDARD, version="wider", weights=share, extra_parts=parts)


def _segments() -> tuple[Segment, ...]:
    mild = replace(STANDARD, version="mild", points_per_ticket=3)
    return (
        Segment(rule=Rule(total_users_from=300), model=TARGETS),
        Segment(rule=Rule(feature=FeatureName.SSO), model=mild),
    )


def _lose_clients(database: Database, size: Size) -> None:
    """Let one client in ten leave, on days all over those on file."""
    numbers = range(1, size.clients + 1, _EVERY)
    days = (size.last - size.first).days
    frame = pl.DataFrame(
        {
            "organization_id": [generating.organization_id(number) for number in numbers],
            "date": [size.last - timedelta(days=number * 7919 % (days - 1)) for number in numbers],
            "outcome": "CHURNED",
        }
    )
    stores.store(database, size, frame, name="outcomes.parquet")
