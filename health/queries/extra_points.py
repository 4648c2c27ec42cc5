"""The points of extra parts in rows of scores, which store them as a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from health.queries.score_models import models_by_run
from health.scoring.components import Component
from health.scoring.model import parts_by_value
from health.scoring.schemes import stored_models
from health.storage.schema import TENANT_HEALTH_SCORES, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from health.scoring.components import Part
    from health.scoring.model import ScoringModel
    from health.storage.database import Reader
    from health.storage.schema import Table


def extra_points(
    part: Part, models: Mapping[str, ScoringModel], version: pl.Expr, points: pl.Expr | pl.Series
) -> pl.Expr:
    """Return the points of an extra part; null without data, and where the model lacks the part.

    models: by version. version: of the model of a row. points: the list that is stored.
    """
    stored = pl.lit(points) if isinstance(points, pl.Series) else points
    none = pl.lit(None, dtype=pl.UInt8)
    return pl.coalesce(
        none,
        *(
            pl.when(version == name).then(stored.list.get(place - 1, null_on_oob=True))
            for name, model in models.items()
            if (place := _place(part, model)) is not None
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
        places = {str(run): _place(part, model) for run, model in models.items()}
        found[part.column] = _case("run_id", places)
    return found


def extra_columns(parts: Iterable[Part], models: Mapping[str, ScoringModel]) -> dict[str, str]:
    """Return SQL of the points of the extra ones of parts, by the part's column.

    Rows are of ``scores`` with ``model_version``; null where that model lacks the part.
    models: by version.
    """
    return {
        part.column: _case(
            "model_version",
            {_text(version): _place(part, model) for version, model in models.items()},
        )
        for part in parts
        if not isinstance(part, Component)
    }


def scores_with_extra_parts(reader: Reader, day: date | None) -> Table:
    """Return the table of scores, of a day or all, with a column for each extra part they have.

    The part is null where the model of a score lacks it.
    """
    on_day = "" if day is None else f"WHERE score_date = DATE '{day}'"
    used = reader.records(
        f"""SELECT DISTINCT model_version FROM scoring_runs
        SEMI JOIN (SELECT run_id FROM scores {on_day}) USING (run_id)"""
    )
    known = stored_models(reader)
    models = {row["model_version"]: known[row["model_version"]] for row in used}
    scores = TENANT_HEALTH_SCORES
    extra = extra_columns(parts_by_value(models.values()).values(), models)
    if not extra:
        return scores
    return replace(
        scores,
        columns=(
            *scores.columns,
            *(Column(name=name, sql_type="UTINYINT") for name in extra),
        ),
        view=f"""(
            SELECT *, {", ".join(f"{sql} AS {name}" for name, sql in extra.items())}
            FROM {scores.name} JOIN (
                SELECT organization_id, score_date, extra_points
                FROM scores JOIN clients USING (organization) {on_day}
            ) USING (organization_id, score_date)
        )""",
    )


def _place(part: Part, model: ScoringModel) -> int | None:
    """The place of an extra part among those of a model, from 1; None where it lacks the part."""
    values = [own.value for own in model.extra_parts]
    return values.index(part.value) + 1 if part.value in values else None


def _case(of: str, places: Mapping[str, int | None]) -> str:
    """SQL of the points at the place that a row's model has them at, by what ``of`` is, in SQL."""
    whens = " ".join(
        f"WHEN {value} THEN extra_points[{place:d}]"
        for value, place in places.items()
        if place is not None
    )
    return f"CASE {of} {whens} END" if whens else "NULL::UTINYINT"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
