"""Which model is in force on which day: schemes, one after the other.

A scheme is published as a whole and holds from its day on, over all that was published before.
Before the first one, and where nothing was ever published, the model ``standard`` is in force.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from health import formatting
from health.clock import now
from health.errors import InvalidModel
from health.scoring.model import STANDARD, ScoringModel
from health.scoring.segments import Rule, Segment
from health.storage.transaction import asked_once
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.storage.database import Reader, Writer

FOR_EVER: Final = ALWAYS.replace(year=9999)
"""A day after every other one."""


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """The models in force from a day on.

    publication_id: the number of the act that put it in force; 0 where there was none.
    from_day: the first day it is in force.
    model: the model of the clients that fit no segment.
    segments: in order; a client is scored with the model of the first one it fits.
    """

    publication_id: int
    from_day: date
    model: ScoringModel
    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(cls, models: ScoringModel | Scheme) -> Scheme:
        """Return a scheme, or one model for everyone as such."""
        if isinstance(models, Scheme):
            return models
        return cls(publication_id=0, from_day=ALWAYS, model=models)

    @property
    def models(self) -> tuple[ScoringModel, ...]:
        """Every model of the scheme, each once."""
        return tuple(dict.fromkeys((*(one.model for one in self.segments), self.model)))

    @property
    def label(self) -> str:
        """Its models by name: ``Standard``, or ``Standard, and Strict for 2 segments``."""
        if not self.segments:
            return self.model.label
        names = formatting.listing(list(dict.fromkeys(one.model.label for one in self.segments)))
        return f"{self.model.label}, and {names} for " + formatting.count(
            len(self.segments), "segment"
        )


NOTHING_PUBLISHED: Final = Scheme.of(STANDARD)


@asked_once
def schemes(reader: Reader) -> tuple[Scheme, ...]:
    """Return the schemes in force, by day; the first one holds from the beginning of time."""
    rows = reader.records(
        """SELECT publication_id, from_day, rule, definition
        FROM models_in_force JOIN scoring_models USING (model_version)
        WHERE undone_at IS NULL ORDER BY publication_id, place"""
    )
    found = [NOTHING_PUBLISHED]
    segments: list[Segment] = []
    for publication_id, from_day, rule, definition in (row.values() for row in rows):
        model = ScoringModel.from_json(definition)
        if rule is not None:
            segments.append(Segment(rule=Rule.of(json.loads(rule)), model=model))
            continue
        found = [scheme for scheme in found if scheme.from_day < from_day]
        found.append(
            Scheme(
                publication_id=publication_id,
                from_day=from_day,
                model=model,
                segments=tuple(segments),
            )
        )
        segments = []
    return tuple(found)


def changes(reader: Reader) -> list[tuple[date, str]]:
    """Return the days from which on other models are in force, and what these are called."""
    return [(scheme.from_day, scheme.label) for scheme in schemes(reader)[1:]]


def in_force(found: tuple[Scheme, ...], day: date) -> Scheme:
    """Return which of the schemes is in force on a day."""
    return next(scheme for scheme in reversed(found) if scheme.from_day <= day)


def periods(found: tuple[Scheme, ...]) -> list[tuple[Scheme, date]]:
    """Return each scheme with the last day on which it is in force."""
    lasts = [later.from_day - timedelta(days=1) for _, later in pairwise(found)]
    return list(zip(found, [*lasts, FOR_EVER], strict=True))


def model_in_force(reader: Reader, day: date | None) -> ScoringModel:
    """Return the model of a day for clients that fit no segment; None is after every other day.

    What is asked of one client is answered by :func:`health.scoring.placing.model_of`.
    """
    return in_force(schemes(reader), day or FOR_EVER).model


def models_in_force(reader: Reader) -> tuple[ScoringModel, ...]:
    """Return every model that scores some day, each once."""
    return tuple(dict.fromkeys(model for scheme in schemes(reader) for model in scheme.models))


def reach_in_force(reader: Reader) -> int:
    """Return how many days after a changed value its score or trend can still be touched."""
    return max(model.reach for model in models_in_force(reader))


def greatest_reach(reader: Reader) -> int:
    """How far a score of any model used so far can lie behind the usage it rests on.

    A model with shorter windows has no score there; those of the one before must go.
    """
    stored = stored_models(reader).values()
    return max((model.reach for model in stored), default=STANDARD.reach)


@asked_once
def stored_models(reader: Reader) -> Mapping[str, ScoringModel]:
    """Return every model on file by its version, the oldest first."""
    stored = reader.records(
        "SELECT model_version, definition FROM scoring_models ORDER BY created_at, model_version"
    )
    return {row["model_version"]: ScoringModel.from_json(row["definition"]) for row in stored}


def register_model(writer: Writer, model: ScoringModel, *, reason: str = "", by: str = "") -> None:
    """Store the model; raises :class:`InvalidModel` where its version means other numbers."""
    stored = writer.value(
        "SELECT definition FROM scoring_models WHERE model_version = $version",
        {"version": model.version},
    )
    if stored is None:
        writer.execute(
            """INSERT INTO scoring_models BY NAME
            SELECT $version AS model_version, $label AS label, $definition AS definition,
                $now AS created_at, nullif($reason, '') AS reason, nullif($by, '') AS author""",
            {
                "version": model.version,
                "label": model.label,
                "definition": model.to_json(),
                "now": now(),
                "reason": reason,
                "by": by,
            },
        )
    elif ScoringModel.from_json(stored) != model:
        raise InvalidModel(
            f"The version “{model.version}” already names a model with other numbers. "
            "Give the new one a version of its own."
        )
