"""Numbers of the models that scores are by, as SQL: of two clients, each may have its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from health.scoring.schemes import FOR_EVER, in_force, schemes, stored_models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class ScoreModels:
    """The models of scores, by the run that stored them.

    rest: the model where there is no score, or all of them are by it.
    """

    rest: ScoringModel
    by_run: Mapping[int, ScoringModel] = field(default_factory=dict)

    def number(self, of: Callable[[ScoringModel], int]) -> str:
        """SQL of a number of the model of a row, which has ``run_id``."""
        runs: dict[int, list[int]] = {}
        for run, model in self.by_run.items():
            runs.setdefault(of(model), []).append(run)
        rest = of(self.rest)
        whens = " ".join(
            f"WHEN run_id IN ({', '.join(map(str, numbers))}) THEN {value}"
            for value, numbers in runs.items()
            if value != rest
        )
        return f"CASE {whens} ELSE {rest} END" if whens else f"{rest}"


def trend_days(reader: Reader, day: date | None) -> int | None:
    """Return how many days the trends of a day look back; None where models in force differ."""
    spans = {model.trend_days for model in _in_force(reader, day)}
    return spans.pop() if len(spans) == 1 else None


def decline(reader: Reader, day: date | None) -> tuple[int, int] | None:
    """Return the points lost, and in how many days, that make a client a declining one.

    None where models in force on the day differ.
    """
    found = {(-model.declining_to, model.trend_days) for model in _in_force(reader, day)}
    return found.pop() if len(found) == 1 else None


def _in_force(reader: Reader, day: date | None) -> tuple[ScoringModel, ...]:
    return in_force(schemes(reader), day or FOR_EVER).models


def score_models(
    reader: Reader, day: date | None, *, organization: int | None = None
) -> ScoreModels:
    """Return the models of the scores of a day, or of all scores of one client.

    Where no segments were ever published, all of a day are by the model in force, and not asked.
    """
    found = schemes(reader)
    rest = in_force(found, day or FOR_EVER).model
    if not any(scheme.segments for scheme in found):
        return ScoreModels(rest=rest)
    return ScoreModels(rest=rest, by_run=models_by_run(reader, day, organization=organization))


def models_by_run(
    reader: Reader, day: date | None, *, organization: int | None = None
) -> dict[int, ScoringModel]:
    """Return the models that the scores of a day, or all of one client, were computed with."""
    rows = reader.records(
        f"""SELECT run_id, model_version
        FROM scoring_runs SEMI JOIN (
            SELECT run_id FROM scores
            WHERE {"score_date = $asked" if organization is None else "organization = $asked"}
        ) USING (run_id)""",
        {"asked": day if organization is None else organization},
    )
    known = stored_models(reader)
    return {row["run_id"]: known[row["model_version"]] for row in rows}
