"""What scores rest on, in raw numbers: of one client or many, on one day or two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from health.model import ScoringModel
from health.queries.arguments import check_period
from health.state import active_model
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from health.database import Reader


@dataclass(frozen=True, kw_only=True)
class ScoreInputs:
    """What one client's score on one day is computed from, as the data is now.

    window_start, window_end: first and last day of usage that counts.
    licensed_users: None where it is not on file.
    active_users: the latest monthly or else the greatest daily number; None without either.
    active_metric, active_date: where that number came from.
    cases_closed, cases_on_time: sums over the window; None without a row.
    responses, response_days: sum of the response rates, in percent, and how many there are.
    features_enabled, features_used: counted over the client's features.
    tickets: sum over the window; None without a row.
    """

    window_start: date
    window_end: date
    licensed_users: int | None
    active_users: int | None
    active_metric: MetricType | None
    active_date: date | None
    cases_closed: int | None
    cases_on_time: int | None
    responses: int
    response_days: int
    features_enabled: int
    features_used: int
    tickets: int | None

    @property
    def days(self) -> int:
        """Days of the window."""
        return (self.window_end - self.window_start).days + 1


class Window(NamedTuple):
    """The days a score of ``last`` rests on: so many up to it, itself the last."""

    last: date
    days: int

    @property
    def first(self) -> date:
        """The first day that counts."""
        return self.last - timedelta(days=self.days - 1)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What two scores of one client rest on, and the models they are computed with.

    before, after: the raw numbers of the earlier and the later day, each over the window of its
    own model.
    rebased: those of the earlier day over the window of the later day's model.
    """

    before: ScoreInputs
    before_model: ScoringModel
    rebased: ScoreInputs
    after: ScoreInputs
    after_model: ScoringModel


@dataclass(frozen=True, kw_only=True)
class ComparisonQuery:
    """Some clients on two days; raises :class:`ArgumentError` for a start after the end."""

    organization_ids: tuple[str, ...]
    start_date: date
    end_date: date

    def __post_init__(self) -> None:
        check_period(self.start_date, self.end_date)


def comparisons(reader: Reader, query: ComparisonQuery) -> dict[str, Comparison]:
    """Return by id what the two scores of each client rest on; an id not on file is left out.

    A day is computed with the model of its stored score; without one, with that of the later
    day, and there with the model in use.
    """
    models = _models(reader, query)
    wanted = {(query.start_date, model.window_days) for pair in models.values() for model in pair}
    wanted |= {(query.end_date, after.window_days) for _, after in models.values()}
    inputs = score_inputs(
        reader, list(models), [Window(last, days) for last, days in sorted(wanted)]
    )
    return {
        name: Comparison(
            before=inputs[name, Window(query.start_date, before.window_days)],
            before_model=before,
            rebased=inputs[name, Window(query.start_date, after.window_days)],
            after=inputs[name, Window(query.end_date, after.window_days)],
            after_model=after,
        )
        for name, (before, after) in models.items()
    }


def _models(reader: Reader, query: ComparisonQuery) -> dict[str, tuple[ScoringModel, ScoringModel]]:
    """The models of the earlier and the later day, by client."""
    versions = reader.query(
        """SELECT organization_id,
            max(model_version) FILTER (score_date = $start_date) AS before,
            max(model_version) FILTER (score_date = $end_date) AS after
        FROM clients
        LEFT JOIN (SELECT * FROM scores WHERE score_date IN ($start_date, $end_date)) AS both_days
            USING (organization)
        LEFT JOIN scoring_runs USING (run_id)
        WHERE organization_id IN (SELECT unnest($ids::VARCHAR[]))
        GROUP BY organization_id""",
        {
            "ids": list(query.organization_ids),
            "start_date": query.start_date,
            "end_date": query.end_date,
        },
    )
    definitions = reader.query("SELECT model_version, definition FROM scoring_models").rows()
    known = {version: ScoringModel.from_json(text) for version, text in definitions}
    in_use = active_model(reader)
    return {
        name: (known.get(before, known.get(after, in_use)), known.get(after, in_use))
        for name, before, after in versions.iter_rows()
    }


def score_inputs(
    reader: Reader, organization_ids: Collection[str], windows: Collection[Window]
) -> dict[tuple[str, Window], ScoreInputs]:
    """Return what each client's score would rest on in each window, in one statement.

    An id not on file is left out.
    """
    if not organization_ids or not windows:
        return {}
    rows = reader.query(
        """WITH asked AS (
            SELECT organization, organization_id, total_users, last_day, days
            FROM clients, (
                SELECT unnest($last_days::DATE[]) AS last_day, unnest($days::INTEGER[]) AS days
            )
            WHERE organization_id IN (SELECT unnest($ids::VARCHAR[]))
        ),
        features AS (
            SELECT organization, last_day,
                count(*) FILTER (is_enabled) AS features_enabled,
                count(*) FILTER (
                    is_enabled AND is_used AND coalesce(first_used_at <= last_day, true)
                ) AS features_used
            FROM adoption JOIN (SELECT DISTINCT organization, last_day FROM asked) AS asked
                USING (organization)
            GROUP BY ALL
        ),
        usage AS (
            SELECT asked.organization, last_day, days,
                arg_max(monthly_active_users, date) AS monthly,
                max(date) FILTER (monthly_active_users IS NOT NULL) AS monthly_date,
                max(daily_active_users) AS daily,
                arg_max(date, (daily_active_users, date))
                    FILTER (daily_active_users IS NOT NULL) AS daily_date,
                sum(cases_closed)::BIGINT AS cases_closed,
                sum(cases_closed_on_time)::BIGINT AS cases_on_time,
                sum(campaign_response_rate)::BIGINT AS responses,
                count(campaign_response_rate) AS response_days,
                sum(support_tickets)::BIGINT AS tickets
            FROM usage_daily JOIN asked
                ON usage_daily.organization = asked.organization
                AND date BETWEEN last_day - days + 1 AND last_day
            WHERE date BETWEEN $first AND $last
            GROUP BY ALL
        )
        SELECT organization_id, last_day, days, total_users AS licensed_users,
            usage.* EXCLUDE (organization, last_day, days, responses, response_days),
            coalesce(responses, 0) AS responses, coalesce(response_days, 0) AS response_days,
            coalesce(features_enabled, 0) AS features_enabled,
            coalesce(features_used, 0) AS features_used
        FROM asked
        LEFT JOIN usage USING (organization, last_day, days)
        LEFT JOIN features USING (organization, last_day)""",
        {
            "ids": list(organization_ids),
            "last_days": [window.last for window in windows],
            "days": [window.days for window in windows],
            "first": min(window.first for window in windows),
            "last": max(window.last for window in windows),
        },
    )
    return dict(_inputs(row) for row in rows.iter_rows(named=True))


def _inputs(row: dict[str, Any]) -> tuple[tuple[str, Window], ScoreInputs]:
    window = Window(row["last_day"], row["days"])
    inputs = ScoreInputs(
        window_start=window.first,
        window_end=window.last,
        **{name: row[name] for name in _AS_THEY_ARE},
        **_active_users(row),
    )
    return (row["organization_id"], window), inputs


_AS_THEY_ARE = (
    "licensed_users",
    "cases_closed",
    "cases_on_time",
    "responses",
    "response_days",
    "features_enabled",
    "features_used",
    "tickets",
)


def _active_users(usage: Mapping[str, Any]) -> dict[str, Any]:
    for name, metric in (
        ("monthly", MetricType.MONTHLY_ACTIVE_USERS),
        ("daily", MetricType.DAILY_ACTIVE_USERS),
    ):
        if usage[name] is not None:
            return {
                "active_users": usage[name],
                "active_metric": metric,
                "active_date": usage[f"{name}_date"],
            }
    return {"active_users": None, "active_metric": None, "active_date": None}
