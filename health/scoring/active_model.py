"""What a database says of itself: its latest day and the model in force on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.scoring.schemes import FOR_EVER, in_force, model_in_force, schemes
from health.storage.transaction import asked_once

if TYPE_CHECKING:
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.storage.database import Reader


@asked_once
def latest_day(reader: Reader) -> date | None:
    """The latest usage date on file: the default day of every question. None without usage."""
    day: date | None = reader.value("SELECT max(last_date) FROM usage_span")
    return day


def active_model(reader: Reader) -> ScoringModel:
    """The model in force on the latest day with usage."""
    return model_in_force(reader, latest_day(reader))


def active_scheme(reader: Reader) -> Scheme:
    """The same with the models of segments."""
    return in_force(schemes(reader), latest_day(reader) or FOR_EVER)
