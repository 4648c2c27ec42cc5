"""What is usual for the season, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.formatting import count, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from health.queries.season import SeasonalPart


def usual(parts: Iterable[SeasonalPart]) -> str:
    """Return a sentence for each part; empty without any."""
    return " ".join(
        f"Lower {part.component.label.lower()}: usual for this season, "
        f"{number(part.fell_last_year)} of {count(part.clients_last_year, 'client')} fell in the "
        f"same weeks last year, {number(part.fell)} of {number(part.clients)} this year."
        for part in parts
    )
