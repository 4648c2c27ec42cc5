"""Where a client stands among its peers, in sentences; on the page and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.charts.peers import points
from health.formatting import inside
from health.queries.peers import LEAST

if TYPE_CHECKING:
    from health.queries.peers import Peers, Standing


def sentence(found: Peers) -> str:
    """Say where the score of a client stands among its peers; some have to be there."""
    score = found.standings[0]
    size = f" with {found.band.phrase}" if found.is_by_size and found.band else ""
    median = f"; their median is {points(score.quartiles.median)}" if score.quartiles else ""
    return f"{_place(score)} other clients in {found.industry}{size}{median}."


def _place(score: Standing) -> str:
    """Where the score is: ``Scores lower than 13 of 17``."""
    if score.same == score.peers:
        return f"Scores the same as all {score.peers}"
    if score.higher == score.lower:
        return f"Scores in the middle of {score.peers}"
    is_below = score.higher > score.lower
    side, amount = ("lower", score.higher) if is_below else ("higher", score.lower)
    if amount == score.peers:
        return f"Scores {side} than all {score.peers}"
    same = f" and the same as {score.same}" if score.same else ""
    return f"Scores {side} than {amount}{same} of {score.peers}"


def furthest_below(found: Peers) -> str:
    """Say which part is furthest below the median of the peers, or that none is."""
    part = found.furthest_below
    if part and part.component and part.quartiles:
        return (
            f"Furthest below their median: {inside(part.component.label)}, "
            f"{part.score} points against {points(part.quartiles.median)}."
        )
    if any(part.component and part.behind is not None for part in found.standings):
        return "No part of the score is below their median."
    return (
        f"No part can be compared: fewer than {LEAST} of them have the data that this client has."
    )
