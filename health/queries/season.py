"""Which parts of the score fall at this time every year for most clients, and whose fall is usual.

A part is *seasonal* on a day where it fell, against 30 days before, for more than half of the
clients this year and in the same weeks last year. The score knows nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import check_day
from health.scoring.components import Component
from health.scoring.schemes import stored_models

if TYPE_CHECKING:
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.storage.database import Reader

SPAN: Final = 30
"""Days over which a part is looked at."""

WEEK: Final = 7

YEAR: Final = 364
"""Days to the same weeks of last year: on the same days of the week."""

FALL: Final = 5
"""Points of its own 100 from which on a part has fallen."""

LEAST_CLIENTS: Final = 10
"""Clients with the part on both days, in each year; with fewer nothing is called season."""

USUAL: Final = 2
"""Times the median fall of those that fell, up to which the fall of a client is usual."""


@dataclass(frozen=True, kw_only=True)
class SeasonalPart:
    """A part that falls at this time every year: how many fell of how many, now and last year."""

    component: Component
    fell: int
    clients: int
    fell_last_year: int
    clients_last_year: int


@dataclass(frozen=True, kw_only=True)
class Season:
    """What is usual for the season on a day.

    parts: the seasonal parts; empty where nothing is, or a year before is not on file.
    falls: the clients of whom a seasonal part fell, as far as is usual: organization_id, parts
    (a list of their keys), is_of_users (whether one of them is a share of the users),
    is_declining (whether the score would be, without those falls), lost_in_a_week (points lost in
    7 days without them; null without a score then).
    """

    parts: tuple[SeasonalPart, ...]
    falls: pl.DataFrame

    def of(self, organization_id: str) -> tuple[SeasonalPart, ...]:
        """Return the seasonal parts whose fall is usual for the season for one client."""
        if not self.parts:
            return ()
        keys = self.falls.filter(organization_id=organization_id)["parts"].explode().to_list()
        return tuple(part for part in self.parts if part.component.value in keys)


_NONE: Final = Season(
    parts=(),
    falls=pl.DataFrame(
        schema={
            "organization_id": pl.String,
            "parts": pl.List(pl.String),
            "is_of_users": pl.Boolean,
            "is_declining": pl.Boolean,
            "lost_in_a_week": pl.Int32,
        }
    ),
)


def season(reader: Reader, as_of: date) -> Season:
    """Return what is usual for the season on a day; raises :class:`ArgumentError` for no day."""
    check_day("as_of", as_of)
    a_year_before = as_of - timedelta(days=YEAR)
    first = reader.value("SELECT min(first_date) FROM usage_span")
    if first is None or first > a_year_before - timedelta(days=SPAN):
        return _NONE
    counted = reader.record(_COUNTS, _days(as_of))
    seasonal = _common(counted, tuple(Component))
    if not seasonal:  # on most days: last year is not read
        return _NONE
    last_year = reader.record(_COUNTS, _days(a_year_before))
    seasonal = _common(last_year, seasonal)
    if not seasonal:
        return _NONE
    asked = {**_days(as_of), "week": as_of - timedelta(days=WEEK)}
    return Season(
        parts=tuple(
            SeasonalPart(
                component=part,
                fell=counted[f"{part}_fell"],
                clients=counted[f"{part}_known"],
                fell_last_year=last_year[f"{part}_fell"],
                clients_last_year=last_year[f"{part}_known"],
            )
            for part in seasonal
        ),
        falls=reader.query(_falls(seasonal, stored_models(reader)), asked),
    )


def _days(day: date) -> dict[str, date]:
    return {"now": day, "before": day - timedelta(days=SPAN)}


def _common(counted: dict[str, int], parts: tuple[Component, ...]) -> tuple[Component, ...]:
    """Return which of the parts fell for more than half of the clients that have them."""
    return tuple(
        part
        for part in parts
        if counted[f"{part}_known"] >= LEAST_CLIENTS
        and 2 * counted[f"{part}_fell"] > counted[f"{part}_known"]
    )


def _scores(name: str, day: str) -> str:
    """SQL of the scores of a day with the model that each is of."""
    return f"""(SELECT scores.*, model_version FROM scores JOIN scoring_runs USING (run_id)
        WHERE score_date = {day}) AS {name}"""


_COUNTS: Final = f"""
    SELECT {
    ", ".join(
        f"count({part}) AS {part}_known, count(*) FILTER ({part} >= {FALL}) AS {part}_fell"
        for part in Component
    )
}
    FROM (
        SELECT {
    ", ".join(
        f"before.{part.column}::INTEGER - now.{part.column}::INTEGER AS {part}"
        for part in Component
    )
}
        FROM {_scores("now", "$now")} JOIN {_scores("before", "$before")}
            USING (organization, model_version)
    )"""
"""SQL of each part: how many clients have it on both days, and how many of those fell. Two models
are never compared. Of both years at once, all days between were read."""


def _extra(model: ScoringModel, term: str) -> str:
    """SQL of a sum over the extra parts of a model: {0} are the points of one, {1} its weight."""
    terms = (
        f"coalesce({term.format(f'now.extra_points[{at}]::INTEGER', part.weight)}, 0)"
        for at, part in enumerate(model.extra_parts, start=1)
    )
    return " + ".join(terms) or "0"


def _falls(seasonal: tuple[Component, ...], models: dict[str, ScoringModel]) -> str:
    """SQL of :attr:`Season.falls`."""

    def by_model(values: dict[str, int] | dict[str, str]) -> str:
        quoted = {name.replace("'", "''"): value for name, value in values.items()}
        whens = " ".join(f"WHEN '{name}' THEN {value}" for name, value in quoted.items())
        return f"CASE now.model_version {whens} END"

    weights = {
        part: by_model({name: model.weight(part) for name, model in models.items()})
        for part in Component
    }
    declining = by_model({name: model.declining_to for name, model in models.items()})
    earned = " + ".join(
        f"coalesce(now.{part.column}::INTEGER, 0) * {weight}" for part, weight in weights.items()
    )
    known = " + ".join(
        f"CASE WHEN now.{part.column} IS NULL THEN 0 ELSE {weight} END"
        for part, weight in weights.items()
    )
    if any(model.extra_parts for model in models.values()):
        earned += " + " + by_model({name: _extra(m, "{1} * {0}") for name, m in models.items()})
        known += " + " + by_model(
            {
                name: _extra(m, "CASE WHEN {0} > -1 THEN {1} ELSE 0 END")
                for name, m in models.items()
            }
        )
    falls = "".join(
        f"{then}.{part.column}::INTEGER - now.{part.column}::INTEGER AS {part}_{then}, "
        for part in seasonal
        for then in ("before", "week")
    )
    weighed = "".join(f"{weights[part]} AS {part}_weight, " for part in seasonal)
    medians = "".join(
        f"{USUAL} * (median({part}_before) FILTER ({part}_before >= {FALL}) OVER ()) "
        f"AS {part}_most, "
        for part in seasonal
    )
    usual = {part: f"coalesce({part}_before BETWEEN 1 AND {part}_most, false)" for part in seasonal}
    without = {
        then: " + ".join(
            f"CASE WHEN {holds} THEN coalesce(greatest(0, {part}_{then}), 0) * {part}_weight "
            "ELSE 0 END"
            for part, holds in usual.items()
        )
        for then in ("before", "week")
    }
    keys = ", ".join(f"CASE WHEN {holds} THEN '{part}' END" for part, holds in usual.items())
    of_users = " OR ".join(holds for part, holds in usual.items() if part.rules.is_of_users)
    return f"""
    SELECT organization_id, list_filter([{keys}], lambda key: key IS NOT NULL) AS parts,
        {of_users or "false"} AS is_of_users,
        coalesce({_half_up(f"earned + {without['before']}")} - previous <= declining_to, false)
            AS is_declining,
        score_week - {_half_up(f"earned + {without['week']}")} AS lost_in_a_week
    FROM (
        SELECT {medians} *
        FROM (
            SELECT now.organization, {falls} {weighed} {declining} AS declining_to,
                {earned} AS earned, {known} AS known, now.previous_score::INTEGER AS previous,
                week.overall_score::INTEGER AS score_week
            FROM {_scores("now", "$now")} JOIN {_scores("before", "$before")}
                USING (organization, model_version)
            LEFT JOIN {_scores("week", "$week")} USING (organization, model_version)
        )
    ) JOIN clients USING (organization)
    WHERE {" OR ".join(usual.values())}"""


def _half_up(earned: str) -> str:
    return f"(2 * ({earned}) + known) // nullif(2 * known, 0)"
