"""What a review says: the answers of the questions behind the Client page, of one version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health.explanation.breakdown import age, explain, is_stale
from health.explanation.ledger import ledger
from health.explanation.remedies import advice, remedy
from health.queries.adoption_levels import AdoptionLevel
from health.queries.client import ClientQuery, ScoreHistoryQuery, client, last_data, score_history
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.queries.inputs import ComparisonQuery, comparisons
from health.queries.not_scored import why_not_scored
from health.scoring.active_model import latest_day
from health.scoring.components import Component

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.explanation.breakdown import Explanation
    from health.explanation.ledger import Ledger
    from health.queries.client import Client
    from health.queries.client_features import FeatureAdoptionSummary
    from health.storage.database import Reader
    from health.vocabulary import NotScoredReason

COMPARED_DAYS: Final = 30
"""Days between the two scores of the ledger, as on the page before another span is chosen."""

DRAWN_DAYS: Final = 365
"""Days of scores that are drawn, the last one in."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """All that the sheet of one client shows.

    latest: the latest day with usage on file; None without any.
    not_scored: why there is no score that day; None where there is one.
    explanation: the parts of the score, of the data as it is now.
    moved: why the score is not what it was ``since``; None without two scores.
    history: the days of :func:`health.queries.client.score_history` from ``first_drawn`` on.
    old: how old the data of each part is whose data is old.
    advice: the smallest change that brings the client to low risk; empty where it is there.
    currency: ISO code of the contract value.
    """

    client: Client
    latest: date | None
    not_scored: NotScoredReason | None
    explanation: Explanation
    since: date
    moved: Ledger | None
    first_drawn: date
    history: pl.DataFrame
    old: tuple[str, ...]
    adoption: FeatureAdoptionSummary
    advice: str
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

    @property
    def unused(self) -> tuple[str, ...]:
        """The names of the features that are enabled and not used."""
        return tuple(
            feature.feature_name.label
            for feature in self.adoption.features
            if feature.level is AdoptionLevel.UNUSED
        )


def review(reader: Reader, query: ClientQuery, currency: str) -> Review:
    """Return the review of a client as of a day. Raises :class:`UnknownOrganization`."""
    found = client(reader, query)
    name, as_of = query.organization_id, query.as_of
    since, first = as_of - timedelta(days=COMPARED_DAYS), as_of - timedelta(days=DRAWN_DAYS - 1)
    compared = comparisons(
        reader, ComparisonQuery(organization_ids=(name,), start_date=since, end_date=as_of)
    )
    previous = None if found.score is None else found.score.previous_score
    remedied = None if found.score is None else remedy(found.inputs, found.model, previous)
    last = last_data(reader, query)
    return Review(
        client=found,
        latest=latest_day(reader),
        not_scored=why_not_scored(reader, name, as_of) if found.score is None else None,
        explanation=explain(found.inputs, found.model),
        since=since,
        moved=ledger(compared[name]) if found.score is not None else None,
        first_drawn=first,
        history=score_history(
            reader, ScoreHistoryQuery(organization_id=name, start_date=first, end_date=as_of)
        ),
        old=tuple(
            age(part, last[part], as_of) for part in Component if is_stale(last[part], as_of)
        ),
        adoption=feature_adoption(reader, FeatureAdoptionQuery(organization_id=name, as_of=as_of)),
        advice="" if remedied is None else advice(remedied, previous),
        currency=currency,
    )
