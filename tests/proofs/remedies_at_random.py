"""What would help random clients: each change has to reach low risk, and one less must not.

``python -m tests.proofs.remedies_at_random [clients] [seed]`` tries 100,000 and says what it found.
"""

from __future__ import annotations

import random
import sys
from collections import Counter

try:
    from inputs import replace
    from ledger_at_random import random_inputs, random_model
except ImportError:  # run as a module of the folder above
    from tests.proofs.ledger_at_random import random_inputs, random_model
    from tests.support.inputs import replace

from health.explanation.breakdown import explain
from health.explanation.remedies import Remedy, Step, apply, remedy
from health.queries.inputs import ScoreInputs
from health.scoring.model import ScoringModel


def is_low(inputs: ScoreInputs, model: ScoringModel, previous: int | None) -> bool:
    """Whether a score is a low risk, as the contract says it."""
    score = explain(inputs, model).overall
    if score is None or score < model.low_from:
        return False
    return previous is None or score - previous > model.declining_to


def after(inputs: ScoreInputs, *steps: Step) -> ScoreInputs:
    for step in steps:
        inputs = apply(inputs, step)
    return inputs


def less(step: Step) -> Step:
    return replace(step, amount=step.amount - 1)


def broken(
    inputs: ScoreInputs, model: ScoringModel, previous: int | None, found: Remedy | None
) -> list[str]:
    """Return what does not hold of a remedy; nothing where all is well."""
    if found is None:
        score = explain(inputs, model).overall
        return (
            []
            if score is None or is_low(inputs, model, previous)
            else ["nothing for a client that is not at low risk"]
        )
    wrong = []
    if is_low(inputs, model, previous):
        wrong.append("a remedy for a low risk")
    ways = [(step,) for step in found.single] + ([found.pair] if found.pair else [])
    for way in ways:
        if not is_low(after(inputs, *way), model, previous):
            wrong.append(f"{way} is not enough")
        for at, step in enumerate(way):
            shorter = [less(other) if other is step else other for other in way]
            if step.amount < 1 or is_low(after(inputs, *shorter), model, previous):
                wrong.append(f"{way} is more than enough at {at}")
    if sum((bool(found.single), bool(found.pair), found.best is not None)) > 1:
        wrong.append("several answers")
    if found.best and is_low(after(inputs, found.best), model, previous):
        wrong.append("enough by itself after all")
    return wrong


def random_case(draw: random.Random) -> tuple[ScoreInputs, ScoringModel, int | None]:
    """A client, a model, and the score it is compared with."""
    inputs = random_inputs(draw)
    if draw.random() < 0.7:
        # Where nothing is missing or beyond its whole, more can be done.
        licensed, closed = draw.randint(1, 400), draw.randint(1, 80)
        inputs = replace(
            inputs,
            licensed_users=licensed,
            active_users=draw.randint(0, licensed),
            cases_closed=closed,
            cases_on_time=draw.randint(0, closed),
            tickets=draw.randint(0, 14),
        )
    previous = draw.choice((None, draw.randint(0, 100), draw.randint(60, 100)))
    return inputs, random_model(draw), previous


def main(clients: int = 100_000, seed: int = 1) -> int:
    """Try so many clients; returns for how many something did not hold."""
    draw = random.Random(seed)
    kinds, failed = Counter[str](), 0
    for _ in range(clients):
        inputs, model, previous = random_case(draw)
        found = remedy(inputs, model, previous)
        if wrong := broken(inputs, model, previous, found):
            failed += 1
            sys.stdout.write(f"{', '.join(wrong)}: {inputs} {model} {previous}\n")
        if found is None:
            kinds["low risk or no score"] += 1
            continue
        kinds["held by the trend"] += found.is_held_by_trend
        kinds.update(step.component.label for step in found.single)
        kinds["pair"] += bool(found.pair)
        kinds["not enough"] += not found.single and not found.pair
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    sys.stdout.write(f"{clients:,} clients, {failed:,} broken ({told})\n")
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
