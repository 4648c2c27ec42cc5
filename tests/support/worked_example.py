"""One client on two days, whose score is worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

from inputs import replace, score_inputs

from health.explanation.ledger import Ledger, ledger
from health.queries.inputs import Comparison
from health.scoring.model import STANDARD, ScoringModel
from health.vocabulary import MetricType

LAST = date(2026, 11, 20)
WORKED = score_inputs(
    window_start=LAST - timedelta(days=29),
    window_end=LAST,
    licensed_users=60,
    active_users=38,
    active_metric=MetricType.MONTHLY_ACTIVE_USERS,
    active_date=LAST,
    cases_closed=50,
    cases_on_time=45,
    responses=972,
    response_days=12,
    features_enabled=9,
    features_used=6,
    tickets=2,
)
"""63, 90, 81, 67 and 80 make 77.4, which is 77."""

NO_CAMPAIGN = {"responses": 0, "response_days": 0}


def compared(
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    before_model: ScoringModel = STANDARD,
    after_model: ScoringModel = STANDARD,
) -> Comparison:
    """The worked example on two days, 30 days apart, with what is different on each."""
    earlier = replace(
        WORKED,
        window_start=LAST - timedelta(days=59),
        window_end=LAST - timedelta(days=30),
        **before or {},
    )
    return Comparison(
        before=earlier,
        before_model=before_model,
        rebased=earlier,
        after=replace(WORKED, **after or {}),
        after_model=after_model,
    )


def written(of: Comparison) -> Ledger:
    found = ledger(of)
    assert found is not None
    return found
