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
from health.scoring.model import parts_by_value
from health.scoring.schemes import stored_models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.queries.trends import HistoryQuery
    from health.scoring.components import Part
    from health.scoring.model import ScoringModel
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

    cause: the value of a part, ``DATA``, ``MODEL`` or ``ROUNDING``.
    label: what a part is called; empty where it is none.
    points: of the average.
    fell, rose: clients that lost and gained by it.
    """

    cause: str
    points: float
    fell: int
    rose: int
    label: str = ""


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
    models = stored_models(reader)
    parts = parts_by_value(models.values())
    sql = _Sql(parts)
    found = reader.record(
        f"""
        WITH models AS (SELECT unnest($versions::VARCHAR[]) AS model_version, {sql.weights}),
        runs AS (SELECT * FROM scoring_runs JOIN models USING (model_version)),
        both_days AS (
            SELECT earlier.overall_score AS before, later.overall_score AS now,
                later.overall_score::INTEGER - earlier.overall_score AS change, {sql.moves},
                run.model_version <> run_before.model_version AS is_model,
                {sql.other_data} AS is_data,
                {sql.known} AS known
            FROM (SELECT * FROM scores WHERE score_date = $last_day {own}) AS later
            JOIN (SELECT * FROM scores WHERE score_date = $first_day {own}) AS earlier
                USING (organization)
            JOIN runs AS run ON run.run_id = later.run_id
            JOIN scoring_runs AS run_before ON run_before.run_id = earlier.run_id
        ),
        caused AS (SELECT *, NOT is_model AND NOT is_data AS is_same FROM both_days)
        SELECT count(*) AS compared, avg(before) AS before, avg(now) AS now, {sql.sums},
            {_line("change", MODEL, "is_model")},
            {_line("change", DATA, "is_data AND NOT is_model")}
        FROM caused
        """,
        query.clients.client_parameters
        | {"first_day": query.first_day, "last_day": query.last_day}
        | _weights(models, parts),
    )
    if not found["compared"]:
        return None
    lines = [
        MoveLine(
            cause=cause,
            label=parts[cause].label if cause in parts else "",
            points=(found[f"{cause}_points"] or 0) / found["compared"],
            fell=found[f"{cause}_fell"],
            rose=found[f"{cause}_rose"],
        )
        for cause in (*parts, DATA, MODEL)
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


def _weights(models: Mapping[str, ScoringModel], parts: Mapping[str, Part]) -> dict[str, object]:
    """The weights of every model, and where its extra parts are, to be bound."""
    bound: dict[str, object] = {"versions": list(models)}
    for key, part in parts.items():
        bound[f"weight_{key}"] = [m.weights_of_parts.get(key, 0) for m in models.values()]
        if not isinstance(part, Component):
            places = [[own.value for own in m.extra_parts] for m in models.values()]
            bound[f"at_{key}"] = [own.index(key) + 1 if key in own else None for own in places]
    return bound


def _line(points: str, cause: str, condition: str) -> str:
    return (
        f"sum({points}) FILTER ({condition}) AS {cause}_points, "
        f"count(*) FILTER ({condition} AND {points} < 0) AS {cause}_fell, "
        f"count(*) FILTER ({condition} AND {points} > 0) AS {cause}_rose"
    )


class _Sql:
    """The lines of the parts as SQL."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        extra = [key for key, part in parts.items() if not isinstance(part, Component)]
        both = {
            key: [
                f"{day}.extra_points[at_{key}]" if key in extra else f"{day}.{part.column}"
                for day in ("later", "earlier")
            ]
            for key, part in parts.items()
        }
        bound = [f"weight_{key}" for key in parts] + [f"at_{key}" for key in extra]
        self.weights = ", ".join(f"unnest(${name}::INTEGER[]) AS {name}" for name in bound)
        self.moves = ", ".join(
            f"weight_{key} * coalesce({now}::INTEGER - {then}, 0) AS {key}"
            for key, (now, then) in both.items()
        )
        self.known = " + ".join(
            f"CASE WHEN {now} IS NULL THEN 0 ELSE weight_{key} END"
            for key, (now, _) in both.items()
        )
        self.other_data = " OR ".join(
            f"({now} IS NULL) <> ({then} IS NULL)" for now, then in both.values()
        )
        self.sums = ", ".join(_line(f"{key} / known", key, "is_same") for key in parts)
