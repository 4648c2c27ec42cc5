"""The words of a proof: numbers that are cut, and why there is no score."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from scores_by_hand import Client, Feature, Usage
from stored import fill

from health.explanation.proof import prove
from health.output import proof as words
from health.queries.proof import ProofQuery, evidence
from health.scoring import runs
from health.scoring.components.base import exactly
from health.storage.database import Database

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Fraction(125, 2), "62.5"),
        (Fraction(6_249_996, 100_000), "62.4999…"),
        (Fraction(190, 3), "63.3333…"),
        (Fraction(-100, 3), "−33.3333…"),
        (Fraction(77), "77"),
        (Fraction(10**7), "10,000,000"),
    ],
)
def test_a_number_is_cut_and_not_rounded(value: Fraction, said: str) -> None:
    assert exactly(value) == said


def test_a_proof_says_why_a_day_has_no_score(database: Database) -> None:
    usage = [
        Usage(organization_id=name, metric_type="MONTHLY_ACTIVE_USERS", date=DAY, value=38)
        for name in ("A", "B")
    ]
    left = ((date(2026, 6, 1), False),)
    clients = [
        Client(organization_id="A", total_users=60),
        Client(organization_id="B", total_users=60, status_changes=left),
    ]
    fill(database, clients, usage, [Feature(organization_id="A", feature_name="SSO")])
    runs.score(database, as_of=DAY)
    with database.read() as reader:
        scored, gone = (
            prove(evidence(reader, ProofQuery(organization_id=name, day=DAY))) for name in "AB"
        )
    before = words.mean(scored.recomputed.earlier).replace("\u00a0", " ")
    assert before == "No score on 31 May 2026: no part that rests on usage has data."
    assert words.mean(scored.recomputed.now) == (
        "(63 × 2,000 + 100 × 1,500) ÷ 3,500 = 78.8571…, rounded half up: 79."
    )
    assert words.verdict(gone) == "No score is stored, and the values on file give none."
    now = words.mean(gone.recomputed.now).replace("\u00a0", " ")
    assert now == "No score on 30 Jun 2026: it was no client then."
