"""One client: who it is, its score on a day, what that score rests on, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health.errors import UnknownOrganization
from health.queries.arguments import check_day, check_period, check_range, find_organization
from health.queries.extra_points import extra_points
from health.queries.inputs import ClientKey, Window, inputs_of
from health.scoring.components import Component, Part
from health.scoring.history import clients_as_of
from health.scoring.model import ScoringModel, parts_by_value
from health.scoring.placing import model_of
from health.vocabulary import AlertLevel, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from health.scoring.components.inputs import ScoreInputs
    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class ClientQuery:
    """One client as of a day. Raises :class:`ArgumentError` where ``as_of`` is no day.

    from_day: the day that days to the renewal are counted from; None for ``as_of``.
    """

    organization_id: str
    as_of: date
    from_day: date | None = None

    def __post_init__(self) -> None:
        check_day("as_of", self.as_of)


@dataclass(frozen=True, kw_only=True)
class ClientScore:
    """The stored score of one client on one day.

    components: the points of each part of its model, 0-100, None without data.
    previous_score: the overall of ``previous_date``; None where that day has no score.
    coverage: percent of the weights that had data.
    """

    score_date: date
    overall_score: int
    components: Mapping[Part, int | None]
    previous_score: int | None
    previous_date: date
    coverage: int
    trend: HealthTrend
    risk_level: RiskLevel
    calculated_at: datetime

    @property
    def points_since(self) -> int | None:
        """Points gained since ``previous_date``; None where nothing can be compared."""
        return None if self.previous_score is None else self.overall_score - self.previous_score


@dataclass(frozen=True, kw_only=True)
class Client:
    """One client as of a day.

    first_usage, last_usage: the first day with usage, and the last one up to the as-of day; None
    without usage.
    score: None where the day has no stored score.
    model: what that score was computed with; without a score, the model in use.
    inputs: what a score of that day rests on.
    from_day: the day that days to the renewal are counted from.
    """

    organization_id: str
    name: str
    total_users: int | None
    renewal_date: date | None
    industry: str | None
    employee_count: int | None
    csm: str | None
    annual_value: Decimal | None
    alert_level: AlertLevel
    is_active: bool
    as_of: date
    from_day: date
    first_usage: date | None
    last_usage: date | None
    score: ClientScore | None
    model: ScoringModel
    inputs: ScoreInputs

    @property
    def days_until_renewal(self) -> int | None:
        """Days from ``from_day`` to the renewal; negative when it is past."""
        return None if self.renewal_date is None else (self.renewal_date - self.from_day).days


@dataclass(frozen=True, kw_only=True)
class ScoreHistoryQuery:
    """One client's scores from ``start_date`` to ``end_date``, both in.

    Raises :class:`ArgumentError` for a start after the end.
    """

    organization_id: str
    start_date: date
    end_date: date

    def __post_init__(self) -> None:
        check_period(self.start_date, self.end_date)


@dataclass(frozen=True, kw_only=True)
class ClientSearch:
    """Clients whose name or id contains ``text``, whatever its case; all where it is empty.

    limit: the most that are returned, 1 to 10,000.
    """

    text: str = ""
    limit: int = 1000

    def __post_init__(self) -> None:
        check_range("limit", self.limit, 1, 10_000)


def client(reader: Reader, query: ClientQuery) -> Client:
    """Return the client, its stored score of that day, and what the score rests on.

    Raises :class:`UnknownOrganization`.
    """
    row = reader.record(
        f"""SELECT clients.* EXCLUDE (created_at, updated_at),
            first_date AS first_usage, last_date AS last_usage
        FROM {clients_as_of(reader, query.as_of)} LEFT JOIN usage_span USING (organization)
        WHERE organization_id = $organization_id""",
        {"organization_id": query.organization_id},
    )
    if not row:
        raise UnknownOrganization(query.organization_id)
    if row["last_usage"] is not None and row["last_usage"] > query.as_of:
        row["last_usage"] = reader.value(
            """SELECT max(date) FROM usage_daily
            WHERE organization = $organization AND date <= $as_of""",
            {"organization": row["organization"], "as_of": query.as_of},
        )
    stored = reader.record(
        """SELECT scores.*, started_at, definition
        FROM scores JOIN scoring_runs USING (run_id) JOIN scoring_models USING (model_version)
        WHERE organization = $organization AND score_date = $as_of""",
        {"organization": row["organization"], "as_of": query.as_of},
    )
    model = (
        ScoringModel.from_json(stored["definition"])
        if stored
        else model_of(reader, row["organization"], query.as_of)
    )
    window = Window(query.as_of, model.window_days)
    return Client(
        **{name: row[name] for name in _RECORD},
        alert_level=AlertLevel[row["alert_level"]],
        as_of=query.as_of,
        from_day=query.from_day or query.as_of,
        score=_score(stored, model) if stored else None,
        model=model,
        inputs=inputs_of(
            reader, [ClientKey(*(row[name] for name in ClientKey._fields))], [window], [model]
        )[query.organization_id, window],
    )


_RECORD = (
    "organization_id",
    "name",
    "total_users",
    "renewal_date",
    "industry",
    "employee_count",
    "csm",
    "annual_value",
    "is_active",
    "first_usage",
    "last_usage",
)


def _score(row: Mapping[str, Any], model: ScoringModel) -> ClientScore:
    return ClientScore(
        score_date=row["score_date"],
        overall_score=row["overall_score"],
        components=stored_points(row, model),
        previous_score=row["previous_score"],
        previous_date=row["score_date"] - timedelta(days=model.trend_days),
        coverage=row["coverage"],
        trend=HealthTrend[row["trend"]],
        risk_level=RiskLevel[row["risk_level"]],
        calculated_at=row["started_at"],
    )


def stored_points(row: Mapping[str, Any], model: ScoringModel) -> dict[Part, int | None]:
    """Return the points of each part of the model in a row of ``scores``."""
    extra = row["extra_points"] or [None] * len(model.extra_parts)
    five: dict[Part, int | None] = {component: row[component.column] for component in Component}
    return five | dict(zip(model.extra_parts, extra, strict=True))


def last_data(
    reader: Reader, query: ClientQuery, parts: tuple[Part, ...] = tuple(Component)
) -> dict[Part, date | None]:
    """Return the last day up to the as-of day on which each part had data; None for never.

    For cases a day on which one was closed, for features the last use on file.
    Raises :class:`UnknownOrganization`.
    """
    organization = find_organization(reader, query.organization_id)
    recent = query.as_of - timedelta(days=_RECENT_DAYS)
    found = _last_usage(reader, organization, parts, recent, query.as_of)
    if any(found[part.column] is None for part in parts if part.rules.is_usage):
        found = _last_usage(reader, organization, parts, date.min, query.as_of)
    last_use: date | None = reader.value(
        """SELECT max(last_used_at) FROM adoption
        WHERE organization = $organization AND is_enabled AND last_used_at <= $as_of""",
        {"organization": organization, "as_of": query.as_of},
    )
    return {part: found[part.column] if part.rules.is_usage else last_use for part in parts}


_RECENT_DAYS: Final = 60
"""Looked at first: years of days take ten times as long, and few clients need them."""


def _last_usage(
    reader: Reader, organization: int, parts: tuple[Part, ...], after: date, as_of: date
) -> dict[str, date | None]:
    last = ", ".join(f"{part.rules.last_day_sql} AS {part.column}" for part in parts)
    return reader.record(
        f"""SELECT {last}
        FROM usage_daily
        WHERE organization = $organization AND date > $after AND date <= $as_of""",
        {"organization": organization, "after": after, "as_of": as_of},
    )


def score_history(reader: Reader, query: ScoreHistoryQuery) -> pl.DataFrame:
    """Return the stored scores by day; a day without one has no row.

    Columns: score_date, overall_score, the points of the components, coverage, trend, risk_level,
    model_version, model (its name), and the points of the other :func:`parts_of_history`, null on
    days whose model lacks the part. Raises :class:`UnknownOrganization`.
    """
    components = ", ".join(component.column for component in Component)
    found = reader.query(
        f"""SELECT score_date, overall_score, {components}, coverage, trend, risk_level,
            model_version, label AS model, extra_points
        FROM {_OF_CLIENT} ORDER BY score_date""",
        _of_client(reader, query),
    )
    points = found.drop_in_place("extra_points")
    if points.null_count() == found.height:
        return found
    models = _models_used(reader, query)
    return found.with_columns(
        extra_points(part, models, pl.col("model_version"), points).alias(part.column)
        for part in parts_by_value(models.values()).values()
        if not isinstance(part, Component)
    )


def parts_of_history(reader: Reader, query: ScoreHistoryQuery) -> tuple[Part, ...]:
    """Return the parts of all models that :func:`score_history` has scores of.

    Of a part that they define each in its way, it is the one used last.
    """
    return tuple(parts_by_value(_models_used(reader, query).values()).values())


_OF_CLIENT: Final = """scores JOIN scoring_runs USING (run_id)
    JOIN scoring_models USING (model_version)
    WHERE organization = $organization AND score_date BETWEEN $start_date AND $end_date"""


def _of_client(reader: Reader, query: ScoreHistoryQuery) -> dict[str, object]:
    return {
        "organization": find_organization(reader, query.organization_id),
        "start_date": query.start_date,
        "end_date": query.end_date,
    }


def _models_used(reader: Reader, query: ScoreHistoryQuery) -> dict[str, ScoringModel]:
    """The models by version, the one used last first."""
    rows = reader.records(
        f"""SELECT model_version, definition FROM {_OF_CLIENT}
        GROUP BY model_version, definition ORDER BY max(score_date) DESC, model_version""",
        _of_client(reader, query),
    )
    return {row["model_version"]: ScoringModel.from_json(row["definition"]) for row in rows}


def client_name(reader: Reader, organization_id: str) -> str | None:
    """Return the client's name; None where no client has this id."""
    name: str | None = reader.value(
        "SELECT name FROM clients WHERE organization_id = $organization_id",
        {"organization_id": organization_id},
    )
    return name


def find_clients(reader: Reader, search: ClientSearch) -> pl.DataFrame:
    """Return organization_id and name of the clients found, by name."""
    return reader.query(
        """SELECT organization_id, name
        FROM clients
        WHERE $text = '' OR contains(lower(name), lower($text))
            OR contains(lower(organization_id), lower($text))
        ORDER BY lower(name), organization_id
        LIMIT $limit""",
        {"text": search.text.strip(), "limit": search.limit},
    )


def model_changes(history: pl.DataFrame) -> list[tuple[date, str]]:
    """Return the days of :func:`score_history` from which on another model was used, by name."""
    changed = pl.col("model_version") != pl.col("model_version").shift()
    return history.filter(changed).select("score_date", "model").rows()
