"""Ledgers of random clients on random days: every one has to add up.

``python -m tests.proofs.ledger_at_random [pairs] [seed]`` tries 100,000 and says what it found.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

try:
    from inputs import named, replace, score_inputs
except ImportError:  # run as a module of the folder above
    from tests.support.inputs import named, replace, score_inputs

from health.explanation.breakdown import explain
from health.explanation.ledger import LineKind, ledger
from health.queries.inputs import Comparison
from health.scoring.components import Component
from health.scoring.components.inputs import ScoreInputs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.vocabulary import MAXIMUM_VALUE, MetricType

LAST = date(2026, 11, 20)
SIZES = (1, 12, 60, 500, MAXIMUM_VALUE)
ACTIVE = (MetricType.DAILY_ACTIVE_USERS, MetricType.MONTHLY_ACTIVE_USERS)


def random_model(draw: random.Random) -> ScoringModel:
    """One of the built-in models, or one with any weights and targets."""
    if draw.random() < 0.6:
        return draw.choice((STANDARD, TARGETS))
    cuts = sorted(draw.choice((0, draw.randint(0, 10_000))) for _ in range(4))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    draw.shuffle(weights)
    targets = [part for part in Component if part.rules.realistic_target is not None]
    number = draw.randint(1, 10**9)
    return ScoringModel(
        version=f"random-{number}",
        label=f"Random {number}",
        weights=dict(zip(Component, weights, strict=True)),
        targets={part: draw.randint(1, 100) for part in targets},
        points_per_ticket=draw.randint(0, 100),
        tickets_per_hundred_users=draw.random() < 0.5,
        window_days=draw.choice((30, 30, 7)),
    )


def random_inputs(draw: random.Random, last: date = LAST) -> ScoreInputs:
    """Any raw numbers a window can have; each may be missing."""

    def amount() -> int | None:
        return None if draw.random() < 0.2 else draw.randint(0, draw.choice(SIZES))

    days = draw.choice((0, draw.randint(1, 30)))
    enabled = draw.randint(0, 12)
    active = amount()
    return score_inputs(
        window_start=last - timedelta(days=29),
        window_end=last,
        licensed_users=amount(),
        active_users=active,
        active_metric=None if active is None else draw.choice(ACTIVE),
        active_date=None if active is None else last,
        cases_closed=amount(),
        cases_on_time=amount(),
        responses=draw.randint(0, 100 * days),
        response_days=days,
        features_enabled=enabled,
        features_used=draw.randint(0, enabled),
        tickets=amount(),
    )


def random_comparison(draw: random.Random) -> Comparison:
    """A client on two days: of one model or two, with windows of one length or two."""
    model = random_model(draw)
    after = random_inputs(draw)
    before = random_inputs(draw, LAST - timedelta(days=draw.randint(1, 400)))
    if draw.random() < 0.5:
        # Two days of one client have most in common.
        before = replace(
            after,
            window_start=before.window_start,
            window_end=before.window_end,
            tickets=named(before).tickets,
            responses=named(before).responses,
            response_days=named(before).response_days,
        )
    before_model, rebased = model, before
    if draw.random() < 0.3:
        before_model = random_model(draw)
        if before_model.window_days != model.window_days:
            rebased = random_inputs(draw, before.window_end)
    return Comparison(
        before=before,
        before_model=before_model,
        rebased=rebased,
        after=after,
        after_model=model,
    )


def broken(compared: Comparison) -> list[str]:
    """Return what does not hold of the ledger of two days; nothing where all is well."""
    before = explain(compared.before, compared.before_model).overall
    after = explain(compared.after, compared.after_model).overall
    found = ledger(compared)
    if before is None or after is None:
        return [] if found is None else ["a ledger where one day has no score"]
    if found is None:
        return ["no ledger of two scores"]
    wrong = []
    if (found.before, found.after, found.change) != (before, after, after - before):
        wrong.append("not the two scores")
    if sum((line.points for line in found.lines), Fraction(0)) != after - before:
        wrong.append("the points do not add up")
    if sum((line.shown_points for line in found.lines), Decimal(0)) != after - before:
        wrong.append("the points shown do not add up")
    if any(
        abs(Fraction(line.shown_points) - line.points) > Fraction(1, 20)
        for line in found.lines
        if line.kind is not LineKind.ROUNDING
    ):
        wrong.append("the points shown are not the nearest tenth")
    if any("None" in line.phrase or "_" in line.phrase for line in found.lines):
        wrong.append("a raw word")
    return wrong


def main(pairs: int = 100_000, seed: int = 1) -> int:
    """Try ``pairs`` of days; returns how many ledgers did not hold."""
    draw = random.Random(seed)
    kinds, failed = Counter[str](), 0
    for _ in range(pairs):
        compared = random_comparison(draw)
        if wrong := broken(compared):
            failed += 1
            sys.stdout.write(f"{', '.join(wrong)}: {compared}\n")
        found = ledger(compared)
        kinds.update(["no score"] if found is None else {line.kind for line in found.lines})
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    sys.stdout.write(f"{pairs:,} pairs, {failed:,} broken ({told})\n")
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
