"""Weights that would have ranked outcomes better: fitted on the older, judged on the newer ones.

They are those of a least-squares line that are not negative (of clients of the same day, how much
each part tells a bad outcome), which ranks as linear discriminant analysis does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.backtest import cases, past_scores
from health.backtest.area import Difference, difference, science
from health.backtest.judgement import (
    LEAST_OUTCOMES,
    MAIN_HORIZON,
    Backtest,
    Verdict,
    backtest,
    in_turn,
    stoppable,
)
from health.errors import NothingToJudge
from health.scoring.components.base import BASIS_POINTS
from health.scoring.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.storage.database import Database

_STEP: Final = 100
"""Basis points: weights are suggested in whole percent."""

_LEAST_KNOWN: Final = 0.5
"""Share of the cases in which a part must be known for another weight of it."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A draft with other weights, and how it does on the newer outcomes.

    draft: the same as the present model where no weights were found. fitted_on: older outcomes.
    before, after: the present model and the draft on the newer outcomes.
    """

    draft: ScoringModel
    fitted_on: int
    before: Backtest
    after: Backtest

    @property
    def difference(self) -> Difference | None:
        """How much better the draft ranks the newer outcomes; None where nothing is comparable."""
        one, other = self.before.main.area, self.after.main.area
        return None if one is None or other is None else difference(other, one)

    @property
    def is_offered(self) -> bool:
        """Whether the draft beats the present weights by more than noise, and predicts at all."""
        moved = self.difference
        return moved is not None and moved.low > 0 and self.after.main.verdict is Verdict.PREDICTS


def suggest(
    database: Database,
    models: ScoringModel | Scheme,
    *,
    horizon: int = MAIN_HORIZON,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Suggestion:
    """Look for weights that rank better ``horizon`` days before; nothing is stored or applied.

    models: what is in force. The weights are those of one model for everyone, as a draft is.

    Raises :class:`NothingToJudge` where older or newer outcomes are too few,
    :class:`JudgeMissing` without SciPy, and :class:`Cancelled`.
    """
    science("optimize")
    reached, present = stoppable(progress, cancelled), Scheme.of(models)
    model = present.model
    with database.read() as reader:
        writer = reader.scratch()
        cases.find_outcomes(writer, None, None)
        days = writer.query("SELECT day FROM bad_outcomes ORDER BY day")["day"]
        split = _split(days)
        fitted_on = cases.find_outcomes(writer, None, split - timedelta(days=1))
        scheme = Scheme.of(model)
        past = past_scores.compute(writer, scheme, back=horizon, progress=in_turn(reached, 0, 3))
        weights = fit(cases.find_cases(writer, past, horizon), model)
    draft = replace(
        model.with_weights(weights, f"{model.version}-suggested"),
        label=f"{model.label}, suggested weights",
    )
    before, after = (
        backtest(
            database,
            one,
            horizons=(horizon,),
            first=split,
            progress=in_turn(reached, done, 3),
        )
        for done, one in ((1, present), (2, Scheme.of(draft)))
    )
    return Suggestion(draft=draft, fitted_on=fitted_on, before=before, after=after)


def fit(found: pl.DataFrame, model: ScoringModel) -> Mapping[str, int]:
    """Return weights in basis points by part that tell the bad cases best; else the present ones.

    found: cases, see :func:`~health.backtest.cases.find_cases`. A part without data counts as the
    others of its client do, as in a score. A part that is mostly unknown keeps its weight.
    """
    points = [part.column for part in model.parts]
    known = {
        part: part.column
        for part in model.parts
        if found.height and found[part.column].count() >= _LEAST_KNOWN * found.height
    }
    if not known:
        return model.weights_of_parts
    mean = pl.mean_horizontal(points)
    told = found.select(
        "day", -pl.col("is_bad").cast(pl.Float64), *(pl.col(c).fill_null(mean) for c in points)
    ).select(pl.exclude("day") - pl.exclude("day").mean().over("day"))
    parts = told.select(known.values()).to_numpy()
    both = parts.T @ parts
    both += np.eye(len(known)) * 1e-9 * max(np.trace(both), 1.0)
    root = np.linalg.cholesky(both).T
    aim = np.linalg.solve(root.T, parts.T @ told["is_bad"].to_numpy())
    shares, _ = science("optimize").nnls(root, aim)
    if not shares.sum() > 0:
        return model.weights_of_parts
    kept = {part.value: model.weight(part) for part in model.parts if part not in known}
    room = BASIS_POINTS - sum(kept.values())
    whole = np.floor(room * shares / shares.sum() / _STEP).astype(int) * _STEP
    whole[shares.argmax()] += room - whole.sum()
    fitted = {part.value: int(w) for part, w in zip(known, whole, strict=True)}
    return {part.value: (kept | fitted)[part.value] for part in model.parts}


def _split(days: pl.Series) -> date:
    """The first day of the newer half of the outcomes."""
    split: date | None = days[len(days) // 2] if len(days) else None
    older = 0 if split is None else int((days < split).sum())
    if split is None or min(older, len(days) - older) < LEAST_OUTCOMES:
        raise NothingToJudge(
            "Weights are fitted on the older outcomes and judged on the newer ones. Each half "
            f"needs {LEAST_OUTCOMES}; {len(days)} are on file."
        )
    return split
