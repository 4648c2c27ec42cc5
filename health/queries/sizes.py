"""How large a client is, by its licensed users: the same bands wherever clients are compared."""

from __future__ import annotations

from typing import Final, NamedTuple

from health import formatting


class SizeBand(NamedTuple):
    """Licensed users from ``first`` to before ``end``; None for no end."""

    first: int
    end: int | None

    @property
    def phrase(self) -> str:
        """Such as ``50 to 199 licensed users``."""
        if self.first < 0:
            return "licensed users not on file"
        if self.end is None:
            return f"{formatting.number(self.first)} or more licensed users"
        if not self.first:
            return f"fewer than {formatting.number(self.end)} licensed users"
        return (
            f"{formatting.number(self.first)} to {formatting.number(self.end - 1)} licensed users"
        )


BANDS: Final = (
    SizeBand(0, 10),
    SizeBand(10, 50),
    SizeBand(50, 200),
    SizeBand(200, 1_000),
    SizeBand(1_000, None),
)
"""The sizes, by licensed users: each begins at four or five times the start of the one before."""

UNKNOWN: Final = SizeBand(-1, 0)
"""The clients whose licensed users are not on file: :data:`USERS` counts them as -1."""

USERS: Final = "coalesce(clients.total_users, -1)"
"""SQL of what a band is compared with, over the columns of ``clients``."""
