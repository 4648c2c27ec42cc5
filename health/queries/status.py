"""What is on file, how old it is, and why a client has no score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.database import Reader


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """What every page says about its data.

    clients: clients on file, active or not.
    first_day, last_day: usage on file; None where there is none.
    scores: scores stored for the day asked about.
    scored_at: when the newest of them was computed (UTC); None without scores.
    model_label: the model they came from; None without scores.
    out_of_date: clients with a stored or missing score that does not fit the data.
    is_demo: whether the data was made up for trying the product.
    """

    clients: int
    first_day: date | None
    last_day: date | None
    scores: int
    scored_at: datetime | None
    model_label: str | None
    out_of_date: int
    is_demo: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return self.clients == 0


def freshness(reader: Reader, as_of: date | None) -> Freshness:
    """Return how old the data is and whether ``as_of`` is scored."""
    record = reader.record(
        """
        SELECT
            (SELECT count(*) FROM clients) AS clients,
            (SELECT min(first_date) FROM usage_span) AS first_day,
            (SELECT max(last_date) FROM usage_span) AS last_day,
            (SELECT count(DISTINCT organization) FROM stale
                WHERE first_day <= (SELECT max(last_date) FROM usage_span)) AS out_of_date,
            (SELECT is_demo FROM state) AS is_demo,
            day.scores, day.scored_at, scoring_models.label AS model_label
        FROM (
            SELECT count(*) AS scores, max(run_id) AS run_id,
                max(scoring_runs.started_at) AS scored_at
            FROM scores JOIN scoring_runs USING (run_id)
            WHERE score_date = $as_of
        ) AS day
        LEFT JOIN scoring_runs USING (run_id)
        LEFT JOIN scoring_models USING (model_version)
        """,
        {"as_of": as_of},
    )
    return Freshness(**record)
