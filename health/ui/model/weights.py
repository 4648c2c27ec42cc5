"""Weights that add up: what is missing is shared out among the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring.components.base import BASIS_POINTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def shared_out(weights: Mapping[str, int], fixed: Collection[str]) -> dict[str, int]:
    """Return the weights, in basis points, with what they lack shared out, or taken, in proportion.

    Whole percentages stay whole.
    fixed: parts that stay as they are; where the others cannot make up for it, all parts move.
    """
    others = {part: weight for part, weight in weights.items() if part not in fixed}
    room = BASIS_POINTS - sum(weights[part] for part in fixed)
    if not sum(others.values()) or room < 0:
        others, room = dict(weights), BASIS_POINTS
    if not sum(others.values()):
        others = dict.fromkeys(others, 1)
    unit = 100 if not any(weight % 100 for weight in weights.values()) else 1
    total, shared, given, seen = sum(others.values()), dict(weights), 0, 0
    # Each part gets what the parts up to it have together, less what is given: no point is lost.
    for part, weight in others.items():
        seen += weight
        shared[part] = room // unit * seen // total * unit - given
        given += shared[part]
    return shared
