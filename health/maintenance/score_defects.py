"""SQL of what can be wrong with stored scores: other than a recomputation, or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.maintenance.defects import CLIENT, named
from health.scoring import formula, runs, staleness
from health.scoring.active_model import latest_day
from health.scoring.placing import by_model
from health.scoring.schemes import models_in_force, periods, schemes, stored_models

if TYPE_CHECKING:
    from datetime import date

    from health.maintenance.check import Clients
    from health.scoring.model import ScoringModel
    from health.storage.database import Writer


def recompute(writer: Writer, clients: Clients) -> None:
    """Fill ``expected`` with the scores that the data gives, by each model that has scores.

    The models in force are asked for every one of their days up to the latest, so that a missing
    score is seen; ``due`` holds those days.
    """
    names = ", ".join(formula.STORED)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE expected AS
        SELECT organization, score_date, {names}, NULL::VARCHAR AS model_version
        FROM scores LIMIT 0"""
    )
    _due(writer, clients)
    used = writer.query(
        """SELECT DISTINCT model_version
        FROM scores JOIN scoring_runs USING (run_id) SEMI JOIN scoring_models USING (model_version)
        WHERE organization BETWEEN $low AND $high""",
        {"low": clients.low, "high": clients.high},
    )
    stored = stored_models(writer)
    models = {model.version: model for model in models_in_force(writer)}
    models |= {version: stored[version] for version in used["model_version"]}
    for model in models.values():
        _expect(writer, model, clients)


def _due(writer: Writer, clients: Clients) -> None:
    """Fill ``due`` with the days of each client and the model that is in force on them."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE due (
            organization INTEGER, first_day DATE, last_day DATE, model_version VARCHAR)"""
    )
    for scheme, last in periods(schemes(writer)):
        writer.execute(
            """CREATE OR REPLACE TEMP TABLE due_in_period AS
            SELECT organization, greatest(first_date, $first) AS first_day,
                $last::DATE AS last_day
            FROM usage_span
            WHERE organization BETWEEN $low AND $high AND first_date <= $last""",
            {
                "first": scheme.from_day,
                "last": last,
                "low": clients.low,
                "high": clients.high,
            },
        )
        for model, spans in by_model(writer, scheme, "due_in_period"):
            writer.execute(
                f"INSERT INTO due BY NAME SELECT *, $version AS model_version FROM {spans}",
                {"version": model.version},
            )


def _expect(writer: Writer, model: ScoringModel, clients: Clients) -> None:
    stored = """SELECT organization, min(score_date) AS first_day, max(score_date) AS last_day
        FROM scores JOIN scoring_runs USING (run_id) WHERE model_version = $version
            AND organization BETWEEN $low AND $high
        GROUP BY organization"""
    days = """SELECT organization, first_day, least(last_day, $latest::DATE) AS last_day
        FROM due WHERE model_version = $version AND first_day <= $latest::DATE"""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE checked AS
        {staleness.merged_sql(f"({stored} UNION ALL {days})")}""",
        {
            "low": clients.low,
            "high": clients.high,
            "version": model.version,
            "latest": latest_day(writer),
        },
    )
    span = writer.record("SELECT min(first_day) AS first, max(last_day) AS last FROM checked")
    first: date | None = span["first"]
    if first is None:
        return
    runs.compute(writer, model, first, span["last"], "checked")
    names = ", ".join(formula.STORED)
    writer.execute(
        f"""INSERT INTO expected BY NAME
        SELECT organization, score_date, {names}, $version AS model_version FROM computed""",
        {"version": model.version},
    )


def _current(relation: str) -> str:
    """Rows of (organization, score_date) that are not marked out of date."""
    return f"""(SELECT * FROM ({relation}) AS dated ANTI JOIN stale
        ON dated.organization = stale.organization
        AND dated.score_date BETWEEN stale.first_day AND stale.last_day)"""


def differing_scores() -> str:
    """Stored scores that the data does not give; those of an unknown model are another check's."""
    names = ", ".join(formula.STORED)
    pairs = " || ', ' || ".join(
        f"CASE WHEN stored.{name} IS DISTINCT FROM expected.{name} "
        f"THEN '{name} ' || coalesce(stored.{name}::VARCHAR, 'no data') || ' instead of ' "
        f"|| coalesce(expected.{name}::VARCHAR, 'no data') ELSE '' END"
        for name in ("overall_score", "previous_score")
    )
    relation = f"""
        SELECT stored.organization, CASE WHEN expected.organization IS NULL
            THEN stored.score_date || ': there should be no score'
            WHEN due.organization IS NULL THEN stored.score_date || ': scored with '
                || stored.model_version || ', which is not in force'
            ELSE stored.score_date || ': ' || coalesce(nullif(trim({pairs}, ', '), ''),
                'its parts differ') END AS defect
        FROM {
        _current(
            f'''SELECT organization, score_date, {names}, model_version
            FROM scores JOIN scoring_runs USING (run_id) SEMI JOIN scoring_models
            USING (model_version) WHERE organization BETWEEN $low AND $high'''
        )
    } AS stored
        LEFT JOIN expected USING (organization, score_date, model_version)
        LEFT JOIN due ON due.organization = stored.organization
            AND due.model_version = stored.model_version
            AND stored.score_date BETWEEN due.first_day AND due.last_day
        WHERE expected.organization IS NULL OR due.organization IS NULL OR {
        " OR ".join(f"stored.{name} IS DISTINCT FROM expected.{name}" for name in formula.STORED)
    }"""
    return f"SELECT {CLIENT} || ', ' || defect AS example FROM {named(relation)}"


def missing_scores() -> str:
    """Days that have to have a score and have none, without being marked out of date."""
    due = """SELECT organization, score_date
        FROM expected JOIN due USING (organization, model_version)
        WHERE organization BETWEEN $low AND $high AND score_date BETWEEN first_day
            AND least(last_day, (SELECT max(last_date) FROM usage_span))"""
    relation = f"""SELECT organization, score_date FROM {_current(due)}
        ANTI JOIN scores USING (organization, score_date)"""
    return f"""SELECT {CLIENT} || ', ' || score_date || ': a score is missing' AS example
        FROM {named(relation)}"""
