"""What is on file, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health import formatting
from health.scoring.schemes import FOR_EVER, in_force, schemes
from health.scoring.staleness import OutOfDate, out_of_date
from health.storage.schema import METRIC_COLUMNS

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """What every page says about its data.

    clients: clients on file, active or not.
    first_day, last_day: usage on file; None where there is none.
    scores: scores stored for the day asked about.
    scored_at: when the newest of them was computed (UTC); None without scores.
    model_label: the models they came from, by name; None without scores.
    out_of_date: clients with a stored or missing score that does not fit the data.
    is_demo: whether the data was made up for trying the product.
    """

    clients: int
    first_day: date | None
    last_day: date | None
    scores: int
    scored_at: datetime | None
    model_label: str | None
    out_of_date: int
    is_demo: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return self.clients == 0


def freshness(reader: Reader, as_of: date | None) -> Freshness:
    """Return how old the data is and whether ``as_of`` is scored."""
    record = reader.record(
        """
        SELECT
            (SELECT count(*) FROM clients) AS clients,
            (SELECT min(first_date) FROM usage_span) AS first_day,
            (SELECT max(last_date) FROM usage_span) AS last_day,
            (SELECT count(DISTINCT organization) FROM stale
                WHERE first_day <= (SELECT max(last_date) FROM usage_span)) AS out_of_date,
            (SELECT is_demo FROM state) AS is_demo,
            coalesce(sum(amount), 0)::BIGINT AS scores, max(started_at) AS scored_at,
            list(DISTINCT label ORDER BY label) AS models
        FROM (
            SELECT run_id, count(*) AS amount FROM scores
            WHERE score_date = $as_of GROUP BY run_id
        )
        JOIN scoring_runs USING (run_id) JOIN scoring_models USING (model_version)
        """,
        {"as_of": as_of},
    )
    labels = record.pop("models")
    return Freshness(**record, model_label=formatting.listing(labels) if labels else None)


def is_out_of_date(reader: Reader, organization_id: str, as_of: date) -> bool:
    """Return whether the score of a client on ``as_of``, there or missing, may not fit its data."""
    return bool(
        reader.value(
            """SELECT count(*) FROM stale JOIN clients USING (organization)
            WHERE organization_id = $organization_id AND $as_of BETWEEN first_day AND last_day""",
            {"organization_id": organization_id, "as_of": as_of},
        )
    )


@dataclass(frozen=True, kw_only=True)
class OnFile:
    """Everything that is on file, and when it came.

    clients, active_clients: all, and those that are scored.
    clients_without_usage: active clients that never sent any.
    first_day, last_day: usage on file; None where there is none.
    client_days, usage_values: rows of usage a client and day, and the values in them.
    features: rows of feature adoption.
    scores, first_scored, last_scored: stored scores and the days they lie between.
    last_import_name, last_import_at, last_import_by: the newest import not undone (UTC).
    last_run_at, last_run_by, last_run_scores: the newest scoring run (UTC).
    model_label: the model new scores are computed with.
    out_of_date: what Recalculate would look at.
    """

    clients: int
    active_clients: int
    clients_without_usage: int
    first_day: date | None
    last_day: date | None
    client_days: int
    usage_values: int
    features: int
    scores: int
    first_scored: date | None
    last_scored: date | None
    last_import_name: str | None
    last_import_at: datetime | None
    last_import_by: str | None
    last_run_at: datetime | None
    last_run_by: str | None
    last_run_scores: int | None
    model_label: str
    out_of_date: OutOfDate


def on_file(reader: Reader) -> OnFile:
    """Return what is on file, how old it is and what is out of date."""
    values = " + ".join(f"count({column})" for column in METRIC_COLUMNS)
    record = reader.record(
        f"""
        SELECT *
        FROM (
            SELECT count(*) AS clients, count(*) FILTER (is_active) AS active_clients,
                count(*) FILTER (is_active AND first_date IS NULL) AS clients_without_usage,
                min(first_date) AS first_day, max(last_date) AS last_day
            FROM clients LEFT JOIN usage_span USING (organization)
        )
        CROSS JOIN (SELECT count(*) AS client_days, {values} AS usage_values FROM usage_daily)
        CROSS JOIN (SELECT count(*) AS features FROM adoption)
        CROSS JOIN (
            SELECT count(*) AS scores, min(score_date) AS first_scored,
                max(score_date) AS last_scored
            FROM scores
        )
        CROSS JOIN (
            SELECT arg_max(name, import_id) AS last_import_name,
                arg_max(imported_at, import_id) AS last_import_at,
                arg_max(imported_by, import_id) AS last_import_by
            FROM imports WHERE undone_at IS NULL
        )
        CROSS JOIN (
            SELECT arg_max(started_at, run_id) AS last_run_at,
                arg_max(requested_by, run_id) AS last_run_by,
                arg_max(scores, run_id) AS last_run_scores
            FROM scoring_runs
        )
        """
    )
    last_day = record["last_day"]
    nothing = OutOfDate(clients=0, scores=0, first_day=None, last_day=None)
    return OnFile(
        **record,
        model_label=in_force(schemes(reader), last_day or FOR_EVER).label,
        out_of_date=nothing if last_day is None else out_of_date(reader, last_day),
    )


def work_done(reader: Reader) -> tuple[int, int]:
    """Return the numbers of the last import and of the last scoring run; 0 where there is none."""
    row = reader.record(
        """SELECT coalesce((SELECT max(import_id) FROM imports), 0) AS loaded,
            coalesce((SELECT max(run_id) FROM scoring_runs), 0) AS scored"""
    )
    return row["loaded"], row["scored"]
