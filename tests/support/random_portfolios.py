"""Random clients, usage and features for laws that hold whatever the data: few and close together,
so that windows overlap and keys meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from scores_by_hand import Changes, Client, Feature, Usage

from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import ScoringModel
from health.vocabulary import MAXIMUM_VALUE, MetricType

NAMES = ("A", "B", "C")
FIRST = date(2026, 1, 1)

METRICS = (
    "DAILY_ACTIVE_USERS",
    "MONTHLY_ACTIVE_USERS",
    "CASES_CLOSED",
    "CASES_CLOSED_ON_TIME",
    "CAMPAIGN_RESPONSE_RATE",
    "SUPPORT_TICKETS",
    "API_CALLS",
    "REPORTS_GENERATED",
)
"""The metrics a score rests on, one that only :data:`WIDER` does, and one that none does."""

SHORT = ScoringModel(
    version="short-1",
    label="Short windows",
    weights={
        "login": 3333,
        "case_resolution": 2500,
        "campaign_completion": 2500,
        "feature_adoption": 1500,
        "support_ticket": 167,
    },
    targets={"login": 70},
    points_per_ticket=3,
    window_days=3,
    trend_days=4,
)
"""A model whose windows are met, left and met again within few days."""

WIDER = replace(
    SHORT,
    version="wider-1",
    label="Wider",
    weights={**SHORT.weights, "login": 333, "case_resolution": 1500},
    extra_parts=(
        ExtraPart(
            key="calls",
            label="API calls",
            unit="call",
            form=Form.PER_USER,
            metrics=(MetricType.API_CALLS,),
            weight=1500,
            target=90,
        ),
        ExtraPart(
            key="noise",
            label="Noise",
            unit="ticket",
            form=Form.INVERSE,
            metrics=(MetricType.SUPPORT_TICKETS,),
            weight=1000,
            points_lost=35,
        ),
        ExtraPart(
            key="busy",
            label="Busy days",
            unit="user",
            form=Form.AMOUNT,
            metrics=(MetricType.DAILY_ACTIVE_USERS,),
            weight=500,
            target=150,
        ),
        ExtraPart(
            key="closing",
            label="Closing",
            unit="case",
            form=Form.SHARE,
            metrics=(MetricType.CASES_CLOSED, MetricType.API_CALLS),
            weight=1000,
            target=80,
        ),
    ),
)
"""The same with an extra part of each form; one rests on a metric that is none of the five's."""


def days(span: int) -> st.SearchStrategy[date]:
    """Any of the first ``span`` days."""
    return st.integers(0, span - 1).map(lambda number: FIRST + timedelta(number))


def usage_rows(span: int, *, most: int = 40) -> st.SearchStrategy[list[Usage]]:
    """Up to ``most`` rows with different keys on the first ``span`` days."""
    values = st.integers(0, 12) | st.integers(0, 300) | st.just(MAXIMUM_VALUE)
    rows = st.builds(_usage, st.sampled_from(NAMES), st.sampled_from(METRICS), days(span), values)
    return st.lists(
        rows, max_size=most, unique_by=lambda row: (row.organization_id, row.metric_type, row.date)
    )


def _usage(name: str, metric: str, day: date, value: int) -> Usage:
    percent = metric == "CAMPAIGN_RESPONSE_RATE"
    return Usage(
        organization_id=name,
        metric_type=metric,
        date=day,
        value=min(value, 100) if percent else value,
    )


def changes(span: int, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Changes]:
    """No, one or some later values, of different days among the first ``span``."""
    some = st.lists(
        st.tuples(days(span), values), max_size=3, unique_by=lambda change: change[0]
    ).map(lambda found: tuple(sorted(found, key=lambda change: change[0])))
    return st.just(()) | some


def features(span: int, *, changing: bool = False) -> st.SearchStrategy[list[Feature]]:
    """Some features, some of them first used within the first ``span`` days."""
    later = changes(span, st.booleans()) if changing else st.just(())
    rows = st.builds(
        Feature,
        organization_id=st.sampled_from(NAMES),
        feature_name=st.sampled_from(("SSO", "AI_ASSISTANT", "EMPLOYEE_PORTAL")),
        is_enabled=st.sampled_from((True, True, False)),
        is_used=st.sampled_from((True, True, False)),
        first_used_at=st.none() | days(span),
        enabled_changes=later,
        used_changes=later,
    )
    return st.lists(rows, max_size=6, unique_by=lambda row: (row.organization_id, row.feature_name))


def clients(
    names: Sequence[str] = NAMES, *, changing_within: int = 0
) -> st.SearchStrategy[list[Client]]:
    """All the clients, with or without licensed users, mostly active."""
    users = st.sampled_from((None, 0, 1, 7, 60, 200, MAXIMUM_VALUE))
    active = st.sampled_from((True, True, True, False))
    industry = st.sampled_from((None, "Bank", "O'Neill & Co"))
    owner = st.sampled_from((None, "ada@x", "bob@x"))
    value = st.sampled_from((None, 0, 999, 1000, 50_000))
    span = changing_within
    return st.tuples(
        *(
            st.builds(
                Client,
                organization_id=st.just(name),
                total_users=users,
                is_active=active,
                users_changes=changes(span, users) if span else st.just(()),
                status_changes=changes(span, active) if span else st.just(()),
                industry=industry,
                csm=owner,
                annual_value=value,
                industry_changes=changes(span, industry) if span else st.just(()),
                csm_changes=changes(span, owner) if span else st.just(()),
                value_changes=changes(span, value) if span else st.just(()),
            )
            for name in names
        )
    ).map(list)
