"""The models on file, by version and by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from health.errors import InvalidModel
from health.scoring.model import BUILT_IN, ScoringModel
from health.scoring.schemes import register_model, stored_models

if TYPE_CHECKING:
    from datetime import datetime

    from health.storage.database import Database, Reader


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A model, who stored it and why (UTC); None where it is built in or nobody said."""

    model: ScoringModel
    author: str | None = None
    reason: str | None = None
    created_at: datetime | None = None


def models(reader: Reader) -> list[StoredModel]:
    """Return every model, the built-in ones first and then the oldest."""
    found = {model.version: StoredModel(model=model) for model in BUILT_IN.values()}
    rows = reader.query(
        """SELECT definition, author, reason, created_at FROM scoring_models
        ORDER BY created_at, model_version"""
    )
    for definition, author, reason, created_at in rows.iter_rows():
        model = ScoringModel.from_json(definition)
        if model.version not in found:
            found[model.version] = StoredModel(
                model=model, author=author, reason=reason, created_at=created_at
            )
    return list(found.values())


def model_named(reader: Reader, name: str) -> ScoringModel:
    """Return the model of a version, or the newest one of a name; raises :class:`InvalidModel`."""
    found = [one.model for one in models(reader)]
    for model in found:
        if model.version == name:
            return model
    for model in reversed(found):
        if name.casefold() == model.label.casefold():
            return model
    known = ", ".join(model.version for model in found)
    raise InvalidModel(f"There is no model “{name}”. There are: {known}.")


def store_model(
    database: Database, model: ScoringModel, *, reason: str = "", by: str = ""
) -> ScoringModel:
    """Store a model under a version of its own and return it so; it scores nothing yet.

    Its version comes from its label: ``tickets-count-less-1``. A model with the same label and
    the same numbers is not stored twice.
    """
    with database.write() as writer:
        for stored in (*BUILT_IN.values(), *stored_models(writer).values()):
            if replace(model, version=stored.version) == stored:
                register_model(writer, stored)
                return stored
        stem = re.sub(r"[^a-z0-9]+", "-", model.label.casefold()).strip("-") or "model"
        taken = {*(each.version for each in BUILT_IN.values()), *stored_models(writer)}
        number = next(n for n in range(1, len(taken) + 2) if f"{stem}-{n}" not in taken)
        named = replace(model, version=f"{stem}-{number}")
        register_model(writer, named, reason=reason, by=by)
        return named
