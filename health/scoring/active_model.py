"""What a database says of itself: its latest day and the model it scores with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.clock import now
from health.errors import InvalidModel
from health.scoring.model import STANDARD, ScoringModel

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader, Writer


def latest_day(reader: Reader) -> date | None:
    """The latest usage date on file: the default day of every question. None without usage."""
    day: date | None = reader.value("SELECT max(last_date) FROM usage_span")
    return day


def active_model(reader: Reader) -> ScoringModel:
    """The model new scores are computed with."""
    definition = reader.value(
        "SELECT definition FROM scoring_models JOIN state USING (model_version)"
    )
    return STANDARD if definition is None else ScoringModel.from_json(definition)


def greatest_reach(reader: Reader) -> int:
    """How far a score of any model used so far can lie behind the usage it rests on.

    A model with shorter windows has no score there; those of the one before must go.
    """
    definitions = reader.query("SELECT definition FROM scoring_models").to_series()
    return max(
        (ScoringModel.from_json(definition).reach for definition in definitions),
        default=STANDARD.reach,
    )


def register_model(writer: Writer, model: ScoringModel) -> None:
    """Store the model; raises :class:`InvalidModel` where its version means other numbers."""
    stored = writer.value(
        "SELECT definition FROM scoring_models WHERE model_version = $version",
        {"version": model.version},
    )
    if stored is None:
        writer.execute(
            """INSERT INTO scoring_models (model_version, label, definition, created_at)
            SELECT $version, $label, $definition, $now""",
            {
                "version": model.version,
                "label": model.label,
                "definition": model.to_json(),
                "now": now(),
            },
        )
    elif ScoringModel.from_json(stored) != model:
        raise InvalidModel(
            f"The version “{model.version}” already names a model with other numbers. "
            "Give the new one a version of its own."
        )
