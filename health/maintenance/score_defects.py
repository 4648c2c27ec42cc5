"""SQL of what can be wrong with stored scores: other than a recomputation, or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.maintenance.defects import CLIENT, named
from health.scoring import formula, runs
from health.scoring.active_model import active_model, latest_day
from health.scoring.model import ScoringModel

if TYPE_CHECKING:
    from datetime import date

    from health.maintenance.check import Clients
    from health.storage.database import Writer


def recompute(writer: Writer, clients: Clients) -> None:
    """Fill ``expected`` with the scores that the data gives, by each model that has scores.

    The present model is asked for every day up to the latest, so that a missing score is seen.
    """
    names = ", ".join(formula.STORED)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE expected AS
        SELECT organization, score_date, {names}, NULL::VARCHAR AS model_version
        FROM scores LIMIT 0"""
    )
    active = active_model(writer)
    models = writer.query(
        """SELECT DISTINCT model_version, definition
        FROM scores JOIN scoring_runs USING (run_id) JOIN scoring_models USING (model_version)
        WHERE organization BETWEEN $low AND $high AND model_version <> $active""",
        {"low": clients.low, "high": clients.high, "active": active.version},
    )
    for model in (active, *map(ScoringModel.from_json, models["definition"])):
        _expect(writer, model, clients, every_day=model is active)


def _expect(writer: Writer, model: ScoringModel, clients: Clients, *, every_day: bool) -> None:
    days = "SELECT organization, first_date AS first_day, $latest::DATE AS last_day FROM usage_span"
    stored = """SELECT organization, min(score_date) AS first_day, max(score_date) AS last_day
        FROM scores JOIN scoring_runs USING (run_id) WHERE model_version = $version
        GROUP BY organization"""
    latest = latest_day(writer)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE checked AS
        SELECT organization, min(first_day) AS first_day, max(last_day) AS last_day
        FROM ({stored}{f" UNION ALL {days}" if every_day else ""})
        WHERE organization BETWEEN $low AND $high GROUP BY organization""",
        {"low": clients.low, "high": clients.high, "version": model.version}
        | ({"latest": latest} if every_day else {}),
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
        WHERE expected.organization IS NULL OR {
        " OR ".join(f"stored.{name} IS DISTINCT FROM expected.{name}" for name in formula.STORED)
    }"""
    return f"SELECT {CLIENT} || ', ' || defect AS example FROM {named(relation)}"


def missing_scores() -> str:
    """Days that have to have a score and have none, without being marked out of date."""
    due = """SELECT organization, score_date FROM expected
        WHERE organization BETWEEN $low AND $high
            AND model_version = (SELECT model_version FROM state)
            AND score_date <= (SELECT max(last_date) FROM usage_span)"""
    relation = f"""SELECT organization, score_date FROM {_current(due)}
        ANTI JOIN scores USING (organization, score_date)"""
    return f"""SELECT {CLIENT} || ', ' || score_date || ': a score is missing' AS example
        FROM {named(relation)}"""
