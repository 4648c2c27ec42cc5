"""The points of extra parts in rows of scores, which store them as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from health.queries.score_models import models_by_run
from health.scoring.components import Component

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from health.scoring.components import Part
    from health.scoring.model import ScoringModel
    from health.storage.database import Reader


def extra_points(
    part: Part, models: Mapping[str, ScoringModel], version: pl.Expr, points: pl.Expr | pl.Series
) -> pl.Expr:
    """Return the points of an extra part; null without data, and where the model lacks the part.

    models: by version. version: of the model of a row. points: the list that is stored.
    """
    places = {
        name: place
        for name, model in models.items()
        for place, own in enumerate(model.extra_parts)
        if own.value == part.value
    }
    stored = pl.lit(points) if isinstance(points, pl.Series) else points
    none = pl.lit(None, dtype=pl.UInt8)
    return pl.coalesce(
        none,
        *(
            pl.when(version == name).then(stored.list.get(place, null_on_oob=True))
            for name, place in places.items()
        ),
    )


def points_sql(reader: Reader, parts: Iterable[Part], day: date) -> dict[str, str]:
    """Return SQL of the points of parts in rows of ``scores`` of a day, by the part's column.

    The points of an extra part are null where the model of the row lacks it.
    """
    parts = tuple(parts)
    found = {part.column: part.column for part in parts}
    extra = [part for part in parts if not isinstance(part, Component)]
    models = models_by_run(reader, day) if extra else {}
    for part in extra:
        places = {
            run: place
            for run, model in models.items()
            for place, own in enumerate(model.extra_parts, start=1)
            if own.value == part.value
        }
        whens = " ".join(
            f"WHEN {run:d} THEN extra_points[{place:d}]" for run, place in places.items()
        )
        found[part.column] = f"CASE run_id {whens} END" if whens else "NULL::UTINYINT"
    return found
