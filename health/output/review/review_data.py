"""What a review says: the answers of the questions behind the Client page, of one version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from health.errors import ArgumentError
from health.explanation.breakdown import age, explain, is_stale
from health.explanation.ledger import ledger
from health.explanation.reachable import ways
from health.explanation.remedies import advice, remedy
from health.queries.adoption_levels import IDLE_DAYS, AdoptionLevel, level_rule
from health.queries.arguments import check_period
from health.queries.client import ClientQuery, ScoreHistoryQuery, client, last_data, score_history
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.queries.inputs import ComparisonQuery, comparisons
from health.queries.not_scored import why_not_scored
from health.queries.peers import PeersQuery, peers
from health.queries.usage import UsageMetricQuery, usage_metrics
from health.scoring.active_model import latest_day

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.explanation.breakdown import Explanation
    from health.explanation.ledger import Ledger
    from health.explanation.reachable import Way
    from health.queries.client import Client
    from health.queries.client_features import FeatureAdoptionSummary
    from health.queries.peers import Peers
    from health.queries.usage import UsageMetricWithTrend
    from health.storage.database import Reader
    from health.vocabulary import NotScoredReason

LEAST_DRAWN_DAYS: Final = 90
"""Days of scores that are drawn at least, the last one in."""

MOST_ENTRIES: Final = 12
"""Calls and notes that are printed: the newest."""


@dataclass(frozen=True, kw_only=True)
class ReviewQuery:
    """The review of a client over the days from ``start_date`` to ``end_date``.

    The score is that of the last day, compared with that of the first. ``from_day`` is the day that
    days to the renewal are counted from; None for the last day. Raises
    :class:`ArgumentError` where the first is not before the last.
    """

    organization_id: str
    start_date: date
    end_date: date
    from_day: date | None = None

    def __post_init__(self) -> None:
        check_period(self.start_date, self.end_date)
        if self.start_date == self.end_date:
            raise ArgumentError("start_date", "a review needs two days at least.")


@dataclass(frozen=True, kw_only=True)
class Review:
    """All that the sheet of one client shows.

    latest: the latest day with usage on file; None without any.
    not_scored: why there is no score on the last day; None where there is one.
    explanation: the parts of the score, of the data as it is now.
    moved: why the score is not what it was on the first day; None without two scores.
    history: the days of :func:`health.queries.client.score_history` from ``first_drawn`` on.
    old: how old the data of each part is whose data is old.
    usage: what was done from the first day to the last, against as many days before.
    ways: steps that gain points. advice: the smallest change that brings the client to low risk;
        both empty where it is there.
    entries: the newest calls and notes of the span: day, said, by and note. more_entries: how
        many are older than these.
    currency: ISO code of the contract value.
    """

    query: ReviewQuery
    client: Client
    latest: date | None
    not_scored: NotScoredReason | None
    explanation: Explanation
    moved: Ledger | None
    first_drawn: date
    history: pl.DataFrame
    old: tuple[str, ...]
    usage: tuple[UsageMetricWithTrend, ...]
    adoption: FeatureAdoptionSummary
    peers: Peers
    ways: tuple[Way, ...]
    advice: str
    entries: tuple[dict[str, Any], ...]
    more_entries: int
    currency: str

    @property
    def is_past(self) -> bool:
        """Whether it is of a day before the latest data."""
        return self.latest is not None and self.client.as_of < self.latest

    @property
    def is_outdated(self) -> bool:
        """Whether the data is another by now than what the stored score was computed from."""
        score = self.client.score
        return score is not None and (
            self.explanation.scores != score.components
            or self.explanation.overall != score.overall_score
        )

    def at(self, level: AdoptionLevel) -> tuple[str, ...]:
        """The names of the features at a level."""
        return tuple(
            feature.feature_name.label
            for feature in self.adoption.features
            if feature.level is level
        )


def review(reader: Reader, query: ReviewQuery, currency: str, idle_days: int = IDLE_DAYS) -> Review:
    """Return the review of a client. Raises :class:`UnknownOrganization`.

    idle_days: days without use after which a feature is not used recently.
    """
    name, as_of = query.organization_id, query.end_date
    of_day = ClientQuery(organization_id=name, as_of=as_of, from_day=query.from_day)
    found = client(reader, of_day)
    first = min(query.start_date, as_of - timedelta(days=LEAST_DRAWN_DAYS - 1))
    compared = comparisons(
        reader,
        ComparisonQuery(organization_ids=(name,), start_date=query.start_date, end_date=as_of),
    )[name]
    adoption = feature_adoption(
        reader,
        FeatureAdoptionQuery(organization_id=name, as_of=as_of),
        level_rule(reader, as_of, idle_days),
    )
    of_peers = PeersQuery(organization_id=name, as_of=as_of, parts=found.model.parts)
    standing = peers(reader, of_peers)
    previous = None if found.score is None else found.score.previous_score
    remedied = None if found.score is None else remedy(found.inputs, found.model, previous)
    last = last_data(reader, of_day, found.model.parts)
    entries = _entries(reader, query)
    unused = [use.feature_name for use in adoption.features if use.level is AdoptionLevel.UNUSED]
    return Review(
        query=query,
        client=found,
        latest=latest_day(reader),
        not_scored=why_not_scored(reader, name, as_of) if found.score is None else None,
        explanation=explain(found.inputs, found.model),
        moved=ledger(compared) if found.score is not None else None,
        first_drawn=first,
        history=score_history(
            reader, ScoreHistoryQuery(organization_id=name, start_date=first, end_date=as_of)
        ),
        old=tuple(age(part, day, as_of) for part, day in last.items() if is_stale(day, as_of)),
        usage=usage_metrics(
            reader,
            UsageMetricQuery(organization_id=name, start_date=query.start_date, end_date=as_of),
        ),
        adoption=adoption,
        peers=standing,
        ways=()
        if remedied is None
        else ways(
            found.inputs,
            found.model,
            before=compared.rebased,
            medians={
                part.component: part.quartiles.median
                for part in standing.standings
                if part.component and part.quartiles
            },
            unused=unused,
        ),
        advice="" if remedied is None else advice(remedied, previous),
        entries=tuple(entries.head(MOST_ENTRIES).iter_rows(named=True)),
        more_entries=max(0, entries.height - MOST_ENTRIES),
        currency=currency,
    )


def _entries(reader: Reader, query: ReviewQuery) -> pl.DataFrame:
    """The calls and notes of the span, the newest first."""
    asked = """organization_id = $organization_id AND removed_at IS NULL
        AND day BETWEEN $start_date AND $end_date"""
    return reader.query(
        f"""
        SELECT day, outcome, sound, note, created_by, created_at FROM calls WHERE {asked}
        UNION ALL
        SELECT day, NULL, NULL, note, created_by, created_at FROM notes WHERE {asked}
        ORDER BY day DESC, created_at DESC""",
        {
            "organization_id": query.organization_id,
            "start_date": query.start_date,
            "end_date": query.end_date,
        },
    )
