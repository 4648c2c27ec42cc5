"""What scores rest on, in raw numbers: of one client or many, on one day or two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from health.queries.arguments import check_period
from health.queries.score_models import score_models
from health.scoring.components import WINDOW_VALUES
from health.scoring.components.inputs import ScoreInputs
from health.scoring.components.window import Aggregate
from health.scoring.history import clients_sql, features_sql, has_scored_history
from health.scoring.placing import models_by, models_of
from health.scoring.schemes import Scheme, stored_models

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel
    from health.storage.database import Reader


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
    """Some clients on two days; raises :class:`ArgumentError` for a start after the end.

    model: computes both days, whatever is stored; a scheme with the model of each client then.
    """

    organization_ids: tuple[str, ...]
    start_date: date
    end_date: date
    model: ScoringModel | Scheme | None = None

    def __post_init__(self) -> None:
        check_period(self.start_date, self.end_date)


def comparisons(reader: Reader, query: ComparisonQuery) -> dict[str, Comparison]:
    """Return by id what the two scores of each client rest on; an id not on file is left out.

    A day is computed with the model of its stored score; without one, with that of the later
    day, and there with the model in force.
    """
    clients = _clients(reader, query.organization_ids)
    models = _models(reader, clients, query)
    wanted = {(query.start_date, model.window_days) for pair in models.values() for model in pair}
    wanted |= {(query.end_date, after.window_days) for _, after in models.values()}
    windows = [Window(last, days) for last, days in sorted(wanted)]
    inputs = inputs_of(reader, clients, windows, [m for pair in models.values() for m in pair])
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


def over_trends(
    reader: Reader, organization_ids: Collection[str], as_of: date
) -> tuple[ComparisonQuery, ...]:
    """Return what to ask to compare clients with the day that their trend looks back to.

    Those whose models look back to the same day are together.
    """
    models = score_models(reader, as_of)
    if not organization_ids:
        return ()
    if not models.by_run:
        return (_over(organization_ids, models.rest.trend_days, as_of),)
    found = reader.records(
        f"""SELECT list(organization_id ORDER BY organization_id) AS organization_ids, trend_days
        FROM (
            SELECT organization_id, {models.number(lambda model: model.trend_days)} AS trend_days
            FROM clients JOIN (SELECT unnest($ids::VARCHAR[]) AS organization_id)
                USING (organization_id)
            LEFT JOIN (SELECT organization, run_id FROM scores WHERE score_date = $as_of)
                USING (organization)
        )
        GROUP BY trend_days ORDER BY trend_days""",
        {"ids": list(set(organization_ids)), "as_of": as_of},
    )
    return tuple(_over(row["organization_ids"], row["trend_days"], as_of) for row in found)


def _over(organization_ids: Collection[str], days: int, as_of: date) -> ComparisonQuery:
    return ComparisonQuery(
        organization_ids=tuple(organization_ids),
        start_date=as_of - timedelta(days=days),
        end_date=as_of,
    )


class ClientKey(NamedTuple):
    """What the questions here need of a client: its number inside, its id and its licences."""

    organization: int
    organization_id: str
    total_users: int | None


def _clients(reader: Reader, organization_ids: Collection[str]) -> list[ClientKey]:
    found = reader.query(
        """SELECT organization, organization_id, total_users
        FROM clients JOIN (SELECT unnest($ids::VARCHAR[]) AS organization_id)
            USING (organization_id)""",
        {"ids": list(set(organization_ids))},
    )
    return [ClientKey(*row) for row in found.iter_rows()]


def _models(
    reader: Reader, clients: Collection[ClientKey], query: ComparisonQuery
) -> dict[str, tuple[ScoringModel, ScoringModel]]:
    """The models of the earlier and the later day, by client."""
    if not clients:
        return {}
    organizations = [client.organization for client in clients]
    if query.model is not None:
        then, now = (
            models_by(reader, Scheme.of(query.model), organizations, day)
            for day in (query.start_date, query.end_date)
        )
        return {c.organization_id: (then[c.organization], now[c.organization]) for c in clients}
    known = stored_models(reader)
    in_use = models_of(reader, organizations, query.end_date)
    if set(known.values()) <= set(in_use.values()) and len(known) < 2:
        # Nothing was ever scored with another model: the scores need not be asked.
        return {client.organization_id: (in_use[client.organization],) * 2 for client in clients}
    versions = reader.query(
        f"""SELECT organization, score_date, model_version
        FROM (
            SELECT organization, score_date, run_id
            FROM {_of("scores", organizations)} AND score_date IN ($start_date, $end_date)
        )
        JOIN scoring_runs USING (run_id)""",
        {
            "organizations": organizations,
            "start_date": query.start_date,
            "end_date": query.end_date,
        },
    )
    used = {(client, day): known[version] for client, day, version in versions.iter_rows()}
    models = {}
    for client in clients:
        after = used.get((client.organization, query.end_date), in_use[client.organization])
        before = used.get((client.organization, query.start_date), after)
        models[client.organization_id] = before, after
    return models


def inputs_of(
    reader: Reader,
    clients: Collection[ClientKey],
    windows: Collection[Window],
    models: Collection[ScoringModel] = (),
) -> dict[tuple[str, Window], ScoreInputs]:
    """Return what each client's score would rest on in each window, by any of the models."""
    if not clients or not windows:
        return {}
    organizations = [client.organization for client in clients]
    of_models = (value for model in set(models) for value in model.window_values)
    values = tuple(dict.fromkeys((*WINDOW_VALUES, *of_models)))
    rows = _usage(reader, organizations, windows, values)
    usage = {row[:3]: row[3:] for row in rows.iter_rows()}
    features = _features(reader, organizations, windows)
    licences = _licences(reader, clients, windows)
    return {
        (client.organization_id, window): _inputs(
            licences[client.organization, window.last],
            window,
            values,
            usage.get((client.organization, window.last, window.days), ()),
            *features.get((client.organization, window.last), (0, 0)),
        )
        for client in clients
        for window in windows
    }


def _dated(values: Collection[WindowValue]) -> list[WindowValue]:
    """The values that are of one day, which is told."""
    return [v for v in values if v.aggregate in (Aggregate.LATEST, Aggregate.GREATEST)]


def _of(table: str, organizations: list[int]) -> str:
    """SQL of the rows of some clients, ``$organizations``."""
    if len(organizations) == 1:
        # A constant takes DuckDB straight to the rows: half the time of a join.
        return f"{table} WHERE organization = $organizations[1]"
    return f"""{table}
        JOIN (SELECT unnest($organizations::INTEGER[]) AS organization) AS asked
            USING (organization)
        WHERE true"""


def _usage(
    reader: Reader,
    organizations: list[int],
    windows: Collection[Window],
    values: Collection[WindowValue],
) -> pl.DataFrame:
    """One row a client and window with usage, in the order in which :func:`_inputs` takes it."""
    sums = [*(v.sql for v in values), *(v.day_sql for v in _dated(values)), "max(date)"]
    # Clients first and windows then: joined with both at once, a scan of all clients takes twice
    # as long.
    return reader.query(
        f"""SELECT organization, last_day, days, {", ".join(sums)}
        FROM (
            SELECT usage_daily.*
            FROM {_of("usage_daily", organizations)} AND date BETWEEN $first AND $last
        )
        JOIN (
            SELECT unnest($first_days::DATE[]) AS first_day,
                unnest($last_days::DATE[]) AS last_day, unnest($days::INTEGER[]) AS days
        ) ON date BETWEEN first_day AND last_day
        GROUP BY ALL""",
        {
            "organizations": organizations,
            "first_days": [window.first for window in windows],
            "last_days": [window.last for window in windows],
            "days": [window.days for window in windows],
            "first": min(window.first for window in windows),
            "last": max(window.last for window in windows),
        },
    )


def _licences(
    reader: Reader, clients: Collection[ClientKey], windows: Collection[Window]
) -> dict[tuple[int, date], int | None]:
    """The licensed users of each client in force on the last day of each window."""
    last_days = {window.last for window in windows}
    found = {(c.organization, last): c.total_users for c in clients for last in last_days}
    if has_scored_history(reader):
        organizations = [client.organization for client in clients]
        for last in last_days:
            then = clients_sql("$last::DATE", ("total_users",))
            rows = reader.query(
                f"SELECT organization, total_users FROM {_of(then + ' AS clients', organizations)}",
                {"organizations": organizations, "last": last},
            )
            found |= {(organization, last): users for organization, users in rows.iter_rows()}
    return found


def _features(
    reader: Reader, organizations: list[int], windows: Collection[Window]
) -> dict[tuple[int, date], tuple[int, int]]:
    """How many features a client has enabled on a day, and how many of those it used up to it."""
    last_days = sorted({window.last for window in windows})
    if not has_scored_history(reader):
        return _counted(reader, "adoption", organizations, last_days)
    counted: dict[tuple[int, date], tuple[int, int]] = {}
    for last in last_days:
        then = features_sql(f"DATE '{last}'") + " AS adoption"
        counted |= _counted(reader, then, organizations, [last])
    return counted


def _counted(
    reader: Reader, adoption: str, organizations: list[int], last_days: list[date]
) -> dict[tuple[int, date], tuple[int, int]]:
    """The same of one state of ``adoption``."""
    counted = reader.query(
        f"""SELECT organization, count(*), {
            ", ".join(
                f"count(*) FILTER (is_used AND coalesce(first_used_at <= $day_{number}, true))"
                for number in range(len(last_days))
            )
        }
        FROM {_of(adoption, organizations)} AND is_enabled
        GROUP BY organization""",
        {"organizations": organizations}
        | {f"day_{number}": last for number, last in enumerate(last_days)},
    )
    return {
        (organization, last): (enabled, used)
        for organization, enabled, *by_day in counted.iter_rows()
        for last, used in zip(last_days, by_day, strict=True)
    }


def _inputs(
    licences: int | None,
    window: Window,
    values: tuple[WindowValue, ...],
    usage: tuple[Any, ...],
    enabled: int,
    used: int,
) -> ScoreInputs:
    dated = _dated(values)
    *numbers, last_usage = usage or (None,) * (len(values) + len(dated) + 1)
    return ScoreInputs(
        window_start=window.first,
        window_end=window.last,
        licensed_users=licences,
        features_enabled=enabled,
        features_used=used,
        values=dict(zip(values, numbers[: len(values)], strict=True)),
        days_of=dict(zip(dated, numbers[len(values) :], strict=True)),
        last_usage=last_usage,
    )
