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
from health.queries.extra_points import extra_columns
from health.scoring.components import Component
from health.scoring.model import parts_by_value
from health.scoring.schemes import in_force, schemes, stored_models
from health.storage.transaction import asked_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from health.scoring.components import Part
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

    part: Part
    fell: int
    clients: int
    fell_last_year: int
    clients_last_year: int


@dataclass(frozen=True, kw_only=True)
class Season:
    """What is usual for the season on a day.

    parts: the seasonal parts; empty where nothing is, or a year before is not on file.
    falls: the clients of whom a seasonal part fell, as far as is usual: organization_id, parts
    (a list of their values), is_of_users (whether one of the five is a share of the users),
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
        return tuple(one for one in self.parts if one.part.value in keys)


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


@asked_once
def season(reader: Reader, as_of: date) -> Season:
    """Return what is usual for the season on a day; raises :class:`ArgumentError` for no day."""
    check_day("as_of", as_of)
    a_year_before = as_of - timedelta(days=YEAR)
    first = reader.value("SELECT min(first_date) FROM usage_span")
    if first is None or first > a_year_before - timedelta(days=SPAN):
        return _NONE
    parts: tuple[Part, ...] = tuple(Component)
    models: Mapping[str, ScoringModel] = {}
    counted = reader.record(_counts(parts, models), _days(as_of))
    if counted["with_extra"]:
        models = stored_models(reader)
        extra = _extra_parts(in_force(schemes(reader), as_of).models)
        counted |= reader.record(_counts(extra, models), _days(as_of))
        parts += extra
    seasonal = _common(counted, parts)
    if not seasonal:  # on most days: last year is not read
        return _NONE
    last_year = reader.record(_counts(seasonal, models), _days(a_year_before))
    seasonal = _common(last_year, seasonal)
    if not seasonal:
        return _NONE
    asked = {**_days(as_of), "week": as_of - timedelta(days=WEEK)}
    return Season(
        parts=tuple(
            SeasonalPart(
                part=part,
                fell=counted[f"{part.value}_fell"],
                clients=counted[f"{part.value}_known"],
                fell_last_year=last_year[f"{part.value}_fell"],
                clients_last_year=last_year[f"{part.value}_known"],
            )
            for part in seasonal
        ),
        falls=reader.query(_falls(seasonal, models or stored_models(reader)), asked),
    )


def _days(day: date) -> dict[str, date]:
    return {"now": day, "before": day - timedelta(days=SPAN)}


def _extra_parts(models: Iterable[ScoringModel]) -> tuple[Part, ...]:
    parts = parts_by_value(models).values()
    return tuple(part for part in parts if not isinstance(part, Component))


def _common(counted: dict[str, int], parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return which of the parts fell for more than half of the clients that have them."""
    return tuple(
        part
        for part in parts
        if counted[f"{part.value}_known"] >= LEAST_CLIENTS
        and 2 * counted[f"{part.value}_fell"] > counted[f"{part.value}_known"]
    )


def _scores(name: str, extra: Mapping[str, str]) -> str:
    """SQL of the scores of the day called ``name``, each with its model and those extra columns."""
    columns = "".join(f", {sql} AS {column}" for column, sql in extra.items())
    return f"""(SELECT scores.*, model_version{columns} FROM scores JOIN scoring_runs USING (run_id)
        WHERE score_date = ${name}) AS {name}"""


def _counts(parts: tuple[Part, ...], models: Mapping[str, ScoringModel]) -> str:
    """SQL of each part: how many clients have it on both days, and how many of those fell.

    Beside them stands how many clients have extra parts: with none, no model is asked for.
    Two models are never compared. Of both years at once, all days between were read.
    """
    extra = extra_columns(parts, models)
    counts = "".join(
        f", count({part.column}) AS {part.value}_known"
        f", count(*) FILTER ({part.column} >= {FALL}) AS {part.value}_fell"
        for part in parts
    )
    falls = "".join(
        f", before.{part.column}::INTEGER - now.{part.column}::INTEGER AS {part.column}"
        for part in parts
    )
    return f"""
    SELECT count(extra_points) AS with_extra{counts}
    FROM (
        SELECT now.extra_points{falls}
        FROM {_scores("now", extra)} JOIN {_scores("before", extra)}
            USING (organization, model_version)
    )"""


def _falls(seasonal: Iterable[Part], models: Mapping[str, ScoringModel]) -> str:
    """SQL of :attr:`Season.falls`."""

    def by_model(values: dict[str, int]) -> str:
        quoted = {name.replace("'", "''"): value for name, value in values.items() if value}
        whens = " ".join(f"WHEN '{name}' THEN {value}" for name, value in quoted.items())
        return f"CASE now.model_version {whens} ELSE 0 END" if whens else "0"

    parts = parts_by_value(models.values())
    extra = extra_columns(parts.values(), models)
    weights = {
        key: by_model({name: model.weight(part) for name, model in models.items()})
        for key, part in parts.items()
    }
    declining = by_model({name: model.declining_to for name, model in models.items()})
    earned = " + ".join(
        f"coalesce(now.{parts[key].column}::INTEGER, 0) * {weight}"
        for key, weight in weights.items()
    )
    known = " + ".join(
        f"CASE WHEN now.{parts[key].column} IS NULL THEN 0 ELSE {weight} END"
        for key, weight in weights.items()
    )
    fallen = {part.value: part for part in seasonal}
    falls = "".join(
        f"{then}.{part.column}::INTEGER - now.{part.column}::INTEGER AS {key}_{then}, "
        for key, part in fallen.items()
        for then in ("before", "week")
    )
    weighed = "".join(f"{weights[key]} AS {key}_weight, " for key in fallen)
    medians = ", ".join(
        f"{USUAL} * median({key}_before) FILTER ({key}_before >= {FALL}) AS {key}_most"
        for key in fallen
    )
    usual = {key: f"coalesce({key}_before BETWEEN 1 AND {key}_most, false)" for key in fallen}
    without = {
        then: " + ".join(
            f"CASE WHEN {holds} THEN coalesce(greatest(0, {key}_{then}), 0) * {key}_weight "
            "ELSE 0 END"
            for key, holds in usual.items()
        )
        for then in ("before", "week")
    }
    keys = ", ".join(f"CASE WHEN {holds} THEN '{key}' END" for key, holds in usual.items())
    # An extra part per user may count anything: it says nothing of the users themselves.
    of_users = " OR ".join(
        usual[one] for one in Component if one in usual and one.rules.is_of_users
    )
    # The medians are joined: in a window, DuckDB 1.5.5 now and then fails with an internal error
    # (duckdb/duckdb#25713).
    return f"""
    WITH moved AS MATERIALIZED (
        SELECT now.organization, {falls} {weighed} {declining} AS declining_to,
            {earned} AS earned, {known} AS known, now.previous_score::INTEGER AS previous,
            week.overall_score::INTEGER AS score_week
        FROM {_scores("now", extra)} JOIN {_scores("before", extra)}
            USING (organization, model_version)
        LEFT JOIN {_scores("week", extra)} USING (organization, model_version)
    )
    SELECT organization_id, list_filter([{keys}], lambda key: key IS NOT NULL) AS parts,
        {of_users or "false"} AS is_of_users,
        coalesce({_half_up(f"earned + {without['before']}")} - previous <= declining_to, false)
            AS is_declining,
        score_week - {_half_up(f"earned + {without['week']}")} AS lost_in_a_week
    FROM moved CROSS JOIN (SELECT {medians} FROM moved) JOIN clients USING (organization)
    WHERE {" OR ".join(usual.values())}"""


def _half_up(earned: str) -> str:
    return f"(2 * ({earned}) + known) // nullif(2 * known, 0)"
