"""What one score is computed from, in raw numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.scoring.components.window import WindowValue


@dataclass(frozen=True, kw_only=True)
class ScoreInputs:
    """What one client's score on one day is computed from, as the data is now.

    window_start, window_end: first and last day of usage that counts.
    licensed_users: None where it is not on file.
    features_enabled, features_used: counted over the client's features.
    values: what the usage of the window adds up to, by name; None, or missing, without a row.
    days_of: the day that a value is of, by the name of the value.
    last_usage: the last day of the window with any usage; None without.
    """

    window_start: date
    window_end: date
    licensed_users: int | None = None
    features_enabled: int = 0
    features_used: int = 0
    values: Mapping[str, int | None] = field(default_factory=dict)
    days_of: Mapping[str, date | None] = field(default_factory=dict)
    last_usage: date | None = None

    def __hash__(self) -> int:
        return hash((self.window_start, self.window_end, *self.values.values()))

    def __getitem__(self, value: WindowValue) -> int | None:
        return self.values.get(value)

    @property
    def days(self) -> int:
        """Days of the window."""
        return (self.window_end - self.window_start).days + 1

    def with_value(self, value: WindowValue, number: int) -> ScoreInputs:
        """Return the same with another number for one value."""
        return replace(self, values={**self.values, value: number})
