"""How much data the figures are taken on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

METRICS: Final = 11


@dataclass(frozen=True, kw_only=True)
class Size:
    """So many clients with every metric on every one of so many days, up to ``last``."""

    name: str
    clients: int
    days: int
    last: date = date(2026, 10, 31)

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    @property
    def values(self) -> int:
        return self.clients * self.days * METRICS

    @property
    def year_start(self) -> date:
        """The first of the last 365 days, or of as many as there are."""
        return max(self.first, self.last - timedelta(days=364))

    def __str__(self) -> str:
        return f"{self.name} ({self.clients:,} clients × {self.days:,} days)"


XS: Final = Size(name="XS", clients=30, days=100)
"""Shows that everything runs, and nothing about speed."""

S: Final = Size(name="S", clients=200, days=365)
M: Final = Size(name="M", clients=2_000, days=730)
L: Final = Size(name="L", clients=10_000, days=1_095)

SIZES: Final = {size.name: size for size in (XS, S, M, L)}
