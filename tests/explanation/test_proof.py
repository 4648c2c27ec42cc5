"""A stored score computed once more, apart from the SQL, after whatever came since."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import random_portfolios
import small_files
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import FIRST, NAMES, SHORT, WIDER
from scores_by_hand import Client, Feature, Usage
from stored import empty, fill

from health import imports
from health.explanation.proof import Proof, prove
from health.queries.proof import ProofQuery, evidence
from health.scoring import runs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.storage.database import Database


def long(usage: list[Usage]) -> list[tuple[str, str, date, int]]:
    return [(row.organization_id, row.metric_type, row.date, row.value) for row in usage]


def proof(database: Database, name: str, day: date) -> Proof:
    with database.read() as reader:
        return prove(evidence(reader, ProofQuery(organization_id=name, day=day)))


@settings(max_examples=10)
@given(
    clients=random_portfolios.clients(changing_within=40),
    usage=random_portfolios.usage_rows(span=40),
    features=random_portfolios.features(span=40, changing=True),
    model=st.sampled_from((STANDARD, TARGETS, SHORT, WIDER)),
    picked=st.sets(st.integers(0, 80), min_size=1, max_size=6),
)
def test_a_proof_gives_the_stored_score_of_any_client_and_day_or_none_where_none_is(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    model: ScoringModel,
    picked: set[int],
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    runs.use_model(database, model)
    runs.score(database, everything=True)
    last = max((row.date for row in usage), default=FIRST)
    for name in NAMES:
        for day in (FIRST + timedelta(number) for number in picked):
            # A day after the latest usage is scored only when it is asked for.
            if day <= last:
                found = proof(database, name, day)
                assert found.is_equal
                assert found.is_explained
                assert found.changes.is_empty()


@settings(max_examples=10)
@given(
    clients=random_portfolios.clients(changing_within=40),
    usage=random_portfolios.usage_rows(span=40),
    features=random_portfolios.features(span=40, changing=True),
    later_usage=random_portfolios.usage_rows(span=40),
    later_users=st.sampled_from((None, 5, 60)),
    later_features=random_portfolios.features(span=40),
    since=random_portfolios.days(40),
    picked=st.sampled_from((0, 20, 35, 39)),
)
def test_what_was_loaded_since_is_named_and_without_it_the_stored_score_comes_out(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    later_usage: list[Usage],
    later_users: int | None,
    later_features: list[Feature],
    since: date,
    picked: int,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    day = FIRST + timedelta(picked)
    runs.score(database, as_of=day)
    before = {name: proof(database, name, day) for name in NAMES}
    files = [small_files.usage(*rows)] if (rows := long(later_usage)) else []
    if later_users is not None:
        users = {"organization_id": "A", "total_users": later_users, "valid_from": since}
        files.append(small_files.organizations(users))
    if later_features:
        files.append(
            small_files.table({**vars(row), "valid_from": since} for row in later_features)
        )
    for file in files:
        with contextlib.suppress(imports.FilesRefused):
            imports.store(database, [file], by="later", valid_rows_only=True)
    for name in NAMES:
        found = proof(database, name, day)
        assert found.stored == before[name].stored
        assert found.is_explained
        if found.stored["Score"] is not None and not found.is_equal:
            assert not found.changes.is_empty()
            assert found.changes["import_id"].drop_nulls().min() > 0
