"""Why an average moved, in words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from health import formatting
from health.queries.average_moves import DATA, MODEL

if TYPE_CHECKING:
    from health.queries.average_moves import AverageMove, MoveLine

_TENTH: Final = Decimal("0.1")

_OTHERS: Final = {
    DATA: "parts whose data began or ended",
    MODEL: "another scoring model",
}


def causes(move: AverageMove) -> str:
    """Return ``logins +2.5 (179 clients gained points), …``; what is shown adds up to the change.

    The largest first; a part that shows as 0 is left out, and what rounding leaves stands last.
    """
    shown = [(line, _tenths(line.points)) for line in move.lines[:-1]]
    parts = [f"{_label(line)} {_signed(points)} ({_who(line)})" for line, points in shown if points]
    rest = _tenths(move.now) - _tenths(move.before) - sum(points for _, points in shown)
    if rest:
        parts.append(f"rounding {_signed(rest)}")
    return formatting.listing(parts) if parts else "no part of the score moved it"


def change(move: AverageMove) -> str:
    """Return the change of the average as the difference of the two averages shown."""
    return _signed(_tenths(move.now) - _tenths(move.before))


def month(move: AverageMove) -> str:
    """Say in which month the average moved most, and why."""
    return (
        f"The average moved most in {move.last_day:%B %Y}, by {change(move)} "
        f"{formatting.span(move.first_day, move.last_day)}: {causes(move)}."
    )


def _label(line: MoveLine) -> str:
    return _OTHERS.get(line.cause) or formatting.inside(line.label)


def _who(line: MoveLine) -> str:
    amount, verb = (line.rose, "gained") if line.points > 0 else (line.fell, "lost")
    return f"{formatting.count(amount, 'client')} {verb} points"


def _tenths(points: float) -> Decimal:
    return Decimal(points).quantize(_TENTH, ROUND_HALF_UP)


def _signed(points: Decimal) -> str:
    return formatting.change(float(points), 1)
