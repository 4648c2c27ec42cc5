"""The points of extra parts in rows of scores, which store them as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.scoring.components import Part
    from health.scoring.model import ScoringModel


def extra_points(
    part: Part, models: Mapping[str, ScoringModel], version: pl.Expr, points: pl.Expr
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
    none = pl.lit(None, dtype=pl.UInt8)
    return pl.coalesce(
        none,
        *(
            pl.when(version == name).then(points.list.get(place, null_on_oob=True))
            for name, place in places.items()
        ),
    )
