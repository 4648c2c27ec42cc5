"""Why a score moved or is where it is, in words: a sentence for a page, a line for a list.

By rules from the ledger, so that the same numbers always read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.explanation.breakdown import outline
from health.explanation.ledger import main_move
from health.formatting import capital, change, day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.explanation.breakdown import Outline
    from health.explanation.ledger import Ledger, Line
    from health.queries.inputs import Comparison
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel


def sentence(moved: Ledger) -> str:
    """Return what changed, since when, and why: every part by size.

    Points are whole and add up to the change.
    """
    since = f"since {day(moved.first_day)}"
    if not moved.change:
        told = _told(moved.spoken)
        return f"Unchanged {since} in all: {told}." if told else f"Unchanged {since}."
    against = [(line, points) for line, points in moved.spoken if points * moved.change < 0]
    return (
        f"{'Up' if moved.change > 0 else 'Down'} {abs(moved.change)} {since}: "
        f"{_told(_along(moved))}"
        f"{f'; against that, {_told(against)}' if against else ''}."
    )


def moved_because(moved: Ledger) -> str:
    """Return the largest part of a change in the direction of the whole, as a line by itself.

    Empty where nothing changed.
    """
    return capital(_clause(*along[0])) if (along := _along(moved)) else ""


def moved_because_in_brief(moved: Ledger) -> str:
    """Return the same for a narrow column: ``Responses 81 % → 40 %``."""
    return along[0][0].brief if (along := _along(moved)) else ""


def main_reason(compared: Comparison) -> str:
    """Return the main reason to look at a client, for a narrow column of a list.

    Why it moved: ``Responses 81 % → 40 %``; for a change within the thresholds of the model's
    trend, where most points are missing: ``Active users 12 of 60``. Empty where none are.
    """
    model = compared.after_model
    before, after = outline(compared.before, compared.before_model), outline(compared.after, model)
    if before.overall is not None and after.overall is not None:
        change = after.overall - before.overall
        if not model.declining_to < change < model.improving_from:
            return main_move(compared)
    return _missing(after, compared.after, model)


def _missing(score: Outline, inputs: ScoreInputs, model: ScoringModel) -> str:
    gap = score.largest_gap
    return f"{gap.rules.brief_label} {gap.rules.rests_on(inputs, model)}" if gap else ""


def _along(moved: Ledger) -> list[tuple[Line, int]]:
    return [(line, points) for line, points in moved.spoken if points * moved.change > 0]


def _told(spoken: Sequence[tuple[Line, int]]) -> str:
    clauses = [_clause(line, points) for line, points in spoken]
    return ("; " if any(", " in clause for clause in clauses) else ", ").join(clauses)


def _clause(line: Line, points: int) -> str:
    return f"{line.phrase} ({change(points)})"
