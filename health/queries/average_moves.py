"""Why the average score moved between two days: which part of the score, and of how many clients.

Only clients scored on both days count. Where the same parts had data by the same model on both
days, a client's points are the weighted points of its parts; what the whole numbers of its scores
add is ``rounding``. Otherwise its whole change is due to ``data`` that began or ended, or to the
``model``. So the lines add up to the change of the average.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.queries.arguments import check_period
from health.queries.filters import EVERYBODY, ClientFilter, scores_of
from health.scoring.components import Component
from health.scoring.schemes import stored_models

if TYPE_CHECKING:
    from datetime import date

    from health.queries.trends import HistoryQuery
    from health.storage.database import Reader

DATA: Final = "data"
MODEL: Final = "model"
ROUNDING: Final = "rounding"


@dataclass(frozen=True, kw_only=True)
class AverageMoveQuery:
    """The average of ``last_day`` against that of ``first_day``; ``clients``: whose scores."""

    first_day: date
    last_day: date
    clients: ClientFilter = EVERYBODY

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a first day after the last."""
        check_period(self.first_day, self.last_day)


@dataclass(frozen=True, kw_only=True)
class MoveLine:
    """What one cause did to the average.

    cause: a :class:`Component`, ``DATA``, ``MODEL`` or ``ROUNDING``.
    points: of the average.
    fell, rose: clients that lost and gained by it.
    """

    cause: str
    points: float
    fell: int
    rose: int


@dataclass(frozen=True, kw_only=True)
class AverageMove:
    """A move of the average between two days.

    compared: clients scored on both. before, now: their averages.
    lines: they add up to ``change``; the largest first, ``ROUNDING`` last.
    """

    first_day: date
    last_day: date
    compared: int
    before: float
    now: float
    lines: tuple[MoveLine, ...]

    @property
    def change(self) -> float:
        """Points of the average from the first day to the last."""
        return self.now - self.before


def average_move(reader: Reader, query: AverageMoveQuery) -> AverageMove | None:
    """Return what moved the average between two days; None where no client is scored on both."""
    own = scores_of(reader, query.clients)
    found = reader.record(
        f"""
        WITH models AS (SELECT unnest($versions::VARCHAR[]) AS model_version, {_WEIGHTS}),
        runs AS (SELECT * FROM scoring_runs JOIN models USING (model_version)),
        both_days AS (
            SELECT earlier.overall_score AS before, later.overall_score AS now,
                later.overall_score::INTEGER - earlier.overall_score AS change, {_MOVES},
                run.model_version <> run_before.model_version AS is_model, {_OTHER_DATA} AS is_data,
                {_KNOWN} AS known
            FROM (SELECT * FROM scores WHERE score_date = $last_day {own}) AS later
            JOIN (SELECT * FROM scores WHERE score_date = $first_day {own}) AS earlier
                USING (organization)
            JOIN runs AS run ON run.run_id = later.run_id
            JOIN scoring_runs AS run_before ON run_before.run_id = earlier.run_id
        ),
        caused AS (SELECT *, NOT is_model AND NOT is_data AS is_same FROM both_days)
        SELECT count(*) AS compared, avg(before) AS before, avg(now) AS now, {_SUMS},
            {_line("change", MODEL, "is_model")},
            {_line("change", DATA, "is_data AND NOT is_model")}
        FROM caused
        """,
        query.clients.client_parameters
        | {"first_day": query.first_day, "last_day": query.last_day}
        | _models(reader),
    )
    if not found["compared"]:
        return None
    lines = [
        MoveLine(
            cause=cause,
            points=(found[f"{cause}_points"] or 0) / found["compared"],
            fell=found[f"{cause}_fell"],
            rose=found[f"{cause}_rose"],
        )
        for cause in (*Component, DATA, MODEL)
    ]
    lines.sort(key=lambda line: -abs(line.points))
    rest = found["now"] - found["before"] - sum(line.points for line in lines)
    return AverageMove(
        first_day=query.first_day,
        last_day=query.last_day,
        compared=found["compared"],
        before=found["before"],
        now=found["now"],
        lines=(*lines, MoveLine(cause=ROUNDING, points=rest, fell=0, rose=0)),
    )


def largest_month(reader: Reader, query: HistoryQuery) -> AverageMoveQuery | None:
    """Return the month of a span in which the average moved most; None without two scored days.

    A month is from the last day of the one before to its own; the first begins with the span and
    the last ends with it. Of equals the latest counts.
    """
    marks = _marks(query.start_date, query.end_date)
    days = ", ".join(f"DATE '{day}'" for day in marks)
    rows = reader.query(
        f"""
        WITH marked AS (
            SELECT organization, score_date, overall_score::INTEGER AS points FROM scores
            WHERE score_date IN ({days}) {scores_of(reader, query.clients)}
        )
        SELECT first_day, last_day
        FROM (
            SELECT unnest($first_days::DATE[]) AS first_day, unnest($last_days::DATE[]) AS last_day
        ) AS months
        JOIN marked AS later ON later.score_date = last_day
        JOIN marked AS earlier
            ON earlier.score_date = first_day AND earlier.organization = later.organization
        GROUP BY first_day, last_day
        ORDER BY abs(avg(later.points - earlier.points)) DESC, last_day DESC
        LIMIT 1
        """,
        query.clients.client_parameters | {"first_days": marks[:-1], "last_days": marks[1:]},
    ).rows()
    for first_day, last_day in rows:
        return AverageMoveQuery(first_day=first_day, last_day=last_day, clients=query.clients)
    return None


def _marks(first: date, last: date) -> list[date]:
    """The first day, the last of each month between, and the last day."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ends = (
        first.replace(
            year=month // 12, month=month % 12 + 1, day=monthrange(month // 12, month % 12 + 1)[1]
        )
        for month in months
    )
    return sorted({first, last, *(day for day in ends if first < day < last)})


def _models(reader: Reader) -> dict[str, object]:
    """The weights of every model, to be bound."""
    models = stored_models(reader)
    weights = {
        f"weight_{part}": [model.weights[part] for model in models.values()] for part in Component
    }
    return {"versions": list(models), **weights}


def _line(points: str, cause: str, condition: str) -> str:
    return (
        f"sum({points}) FILTER ({condition}) AS {cause}_points, "
        f"count(*) FILTER ({condition} AND {points} < 0) AS {cause}_fell, "
        f"count(*) FILTER ({condition} AND {points} > 0) AS {cause}_rose"
    )


_WEIGHTS: Final = ", ".join(
    f"unnest($weight_{part}::INTEGER[]) AS weight_{part}" for part in Component
)
_MOVES: Final = ", ".join(
    f"weight_{part} * coalesce(later.{part.column}::INTEGER - earlier.{part.column}, 0) AS {part}"
    for part in Component
)
_KNOWN: Final = " + ".join(
    f"CASE WHEN later.{part.column} IS NULL THEN 0 ELSE weight_{part} END" for part in Component
)
_OTHER_DATA: Final = " OR ".join(
    f"(later.{part.column} IS NULL) <> (earlier.{part.column} IS NULL)" for part in Component
)
_SUMS: Final = ", ".join(_line(f"{part} / known", part, "is_same") for part in Component)
