"""What is usual for the season, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.formatting import count, inside, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from health.queries.season import SeasonalPart


def usual(parts: Iterable[SeasonalPart]) -> str:
    """Return a sentence for each part; empty without any."""
    return " ".join(
        f"Lower {inside(one.part.label)}: usual for this season, "
        f"{number(one.fell_last_year)} of {count(one.clients_last_year, 'client')} fell in the "
        f"same weeks last year, {number(one.fell)} of {number(one.clients)} this year."
        for one in parts
    )
