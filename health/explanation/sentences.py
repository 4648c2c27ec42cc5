"""Why a score moved or is where it is, in words: a sentence for a page, a line for a list.

By rules from the ledger, so that the same numbers always read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.explanation.breakdown import outline
from health.explanation.ledger import LineKind, main_move
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

    Points are those of the table and the picture beside it, and add up to the change.
    """
    since = f"since {day(moved.first_day)}"
    if not moved.change:
        told = _told(moved.spoken)
        return f"Unchanged {since} in all: {told}." if told else f"Unchanged {since}."
    along = _along(moved)
    against = [line for line in _parts(moved) if line not in along]
    rounding = [line for line in moved.spoken if line.kind is LineKind.ROUNDING]
    if against:
        told = f"{_told(along)}; against that, {_told(against)}"
        told += f"; {_told(rounding)}" if rounding else ""
    else:
        told = _told(along + rounding)
    return f"{'Up' if moved.change > 0 else 'Down'} {abs(moved.change)} {since}: {told}."


def moved_because(moved: Ledger) -> str:
    """Return the largest part of a change in the direction of the whole, as a line by itself.

    Empty where nothing changed.
    """
    return capital(_clause(along[0])) if (along := _along(moved)) else ""


def moved_because_in_brief(moved: Ledger) -> str:
    """Return the same for a narrow column: ``Responses 81 % → 40 %``."""
    return along[0].brief if (along := _along(moved)) else ""


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


def _parts(moved: Ledger) -> list[Line]:
    """What is told but for rounding."""
    return [line for line in moved.spoken if line.kind is not LineKind.ROUNDING]


def _along(moved: Ledger) -> list[Line]:
    """The parts that go the way of the whole."""
    return [line for line in _parts(moved) if line.points * moved.change > 0]


def _told(spoken: Sequence[Line]) -> str:
    clauses = [_clause(line) for line in spoken]
    return ("; " if any(", " in line.phrase for line in spoken) else ", ").join(clauses)


def _clause(line: Line) -> str:
    rests = f", rests on {line.few}" if line.few else ""
    phrase = "rounding" if line.kind is LineKind.ROUNDING else line.phrase
    return f"{phrase} ({change(float(line.shown_points), 1)}{rests})"
