"""The scores of clients and days as SQL: by one model, or each by that of its segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.scoring import day, formula, history
from health.scoring.formula import STORED
from health.scoring.placing import by_model, place_spans_sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.storage.database import Writer


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores as SQL: organization, score_date and ``STORED``."""

    sql: str
    parameters: dict[str, object]


def scores_of(writer: Writer, model: ScoringModel, spans: str, first: date, last: date) -> Scores:
    """Return the scores of one model; see :func:`scores_by_model`."""
    if first == last:
        sql = day.scores_sql(model, spans, has_history=history.has_scored_history(writer))
        return Scores(sql=sql, parameters={"last": last})
    from health.scoring import calendar  # with polars and numpy: 1 s, and often nothing is to do

    sql = calendar.scores_sql(writer, model, spans, first=first, last=last)
    return Scores(sql=sql, parameters={})


def scores_by_model(
    writer: Writer, scheme: Scheme, spans: str, first: date, last: date
) -> Iterator[tuple[ScoringModel, Scores]]:
    """Yield each model of a scheme with its scores; they live until the next is asked for.

    spans: a relation of (organization, first_day, last_day); the days lie between ``first`` and
    ``last`` and those of a client do not overlap.
    """
    if first < last or not scheme.segments:
        for model, own in by_model(writer, scheme, spans):
            yield model, scores_of(writer, model, own, first, last)
        return
    yield from _of_a_day(writer, scheme, spans, last)


def _of_a_day(
    writer: Writer, scheme: Scheme, spans: str, last: date
) -> Iterator[tuple[ScoringModel, Scores]]:
    """The models share the usage they read, and one statement: each anew took twice as long."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE places_of_day AS SELECT organization, place
        FROM {place_spans_sql(writer, scheme, f"(SELECT organization FROM {spans})")}
        WHERE $last BETWEEN first_day AND last_day""",
        {"last": last},
    )
    alike: dict[tuple[int, int], dict[int, ScoringModel]] = {}
    for place, model in enumerate(scheme.models):
        alike.setdefault((model.window_days, model.trend_days), {})[place] = model
    has_history = history.has_scored_history(writer)
    for models in alike.values():
        own = spans
        if len(alike) > 1:
            own = f"(FROM places_of_day WHERE place IN ({', '.join(map(str, models))}))"
        windows = day.windows_sql(models, own, has_history=has_history)
        placed = f"(FROM {windows} JOIN places_of_day USING (organization))"
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE scores_of_day AS
            {formula.scores_sql(models, placed)}""",
            {"last": last},
        )
        for place, model in models.items():
            which = f" WHERE place = {place}" if len(models) > 1 else ""
            sql = f"SELECT organization, score_date, {', '.join(STORED)} FROM scores_of_day{which}"
            yield model, Scores(sql=sql, parameters={})
