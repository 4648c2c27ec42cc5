"""The score of every client on every day: set-based SQL, exact integers, nothing recomputed twice.

The contract's section 3 is :func:`_scores_sql`. It works on windows: one row per client and day
with what the days before it add up to. :func:`_day_windows` makes them for one day by grouping,
:func:`_range_windows` for many days by sliding over a calendar; from there on the two are one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from health import staleness
from health.errors import ArgumentError, Cancelled
from health.model import ScoringModel
from health.state import active_model, latest_day, now, register_model
from health.vocabulary import Component, FeatureName, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from health.database import Database, Reader, Writer

CHUNK: Final = 1_500_000
"""Client-days computed in one transaction: about 1 GB at most, 1 s of work between two steps."""

STORED: Final = (
    *(component.column for component in Component),
    "overall_score",
    "previous_score",
    "coverage",
    "trend",
    "risk_level",
)
"""The computed columns of a score, in stored order."""


@dataclass(frozen=True, kw_only=True)
class ScoringRun:
    """What a run did.

    model: the model it scored with.
    first_day, last_day: days looked at; None where nothing was out of date.
    scores: scores stored.
    started_at: when it was computed (UTC), the ``calculated_at`` of its scores.
    """

    model: ScoringModel
    first_day: date | None
    last_day: date | None
    scores: int
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Days:
    """The days a run replaces: out-of-date ones up to ``last``, or all from ``first``."""

    first: date | None
    last: date
    only_stale: bool


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """Clients whose surrogates lie between ``low`` and ``high``, computed in one transaction."""

    low: int
    high: int
    weight: int
    first_day: date
    is_one_day: bool


def use_model(database: Database, model: ScoringModel) -> None:
    """Score with ``model`` from now on; where that is a change, every score is out of date.

    Raises :class:`InvalidModel` where its version already means other numbers.
    """
    with database.read() as reader:
        if active_model(reader) == model:
            return
    with database.write() as writer:
        register_model(writer, model)
        writer.execute("UPDATE state SET model_version = $version", {"version": model.version})
        writer.execute("DELETE FROM stale")
        staleness.mark_clients(
            writer,
            "(SELECT organization, NULL::DATE AS first_day FROM usage_span)",
            _greatest_reach(writer),
        )


def _greatest_reach(reader: Reader) -> int:
    """How far a score of any model used so far can lie behind the usage it rests on.

    A model with shorter windows has no score there; those of the one before must go.
    """
    definitions = reader.query("SELECT definition FROM scoring_models").to_series()
    return max(ScoringModel.from_json(definition).reach for definition in definitions)


def score(
    database: Database,
    *,
    as_of: date | None = None,
    from_day: date | None = None,
    everything: bool = False,
    requested_by: str = "",
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ScoringRun:
    """Compute and store scores; without days, those that are missing or out of date.

    as_of: the last day to score; alone, the only one. Default: the latest usage date.
    from_day: the first day of a range.
    everything: every day from the first usage date on.
    progress: told the finished share, from 0 to 1, after each transaction.
    cancelled: asked before each transaction; what was finished before stays stored.

    Raises :class:`ArgumentError` where ``from_day`` is after the last day, and
    :class:`Cancelled` where ``cancelled`` said so or the model was changed meanwhile.
    """
    started_at = now()
    with database.read() as reader:
        model = active_model(reader)
        days = _resolve_days(reader, as_of, from_day, everything)
        chunks = _plan(reader, days, model) if days else []
    run = ScoringRun(
        model=model,
        first_day=min((chunk.first_day for chunk in chunks), default=None),
        last_day=days.last if days and chunks else None,
        scores=0,
        started_at=started_at,
    )
    if days is None or not chunks:
        return run
    total = sum(chunk.weight for chunk in chunks)
    stored = finished = 0
    run_id = None
    for chunk in chunks:
        if cancelled is not None and cancelled():
            raise Cancelled(
                f"{finished * 100 // total} % was recalculated and is stored; the rest is still "
                "out of date, until scores are calculated again."
            )
        with database.write() as writer:
            if active_model(writer) != model:
                raise Cancelled(
                    "The scoring model was changed meanwhile; the rest is still out of date, until "
                    "scores are calculated again."
                )
            if run_id is None:
                run_id = _begin_run(writer, run, requested_by)
            stored += _score_chunk(writer, model, days, chunk, run_id)
            finished += chunk.weight
            writer.execute(
                """UPDATE scoring_runs SET scores = $scores, finished_at = $now
                WHERE run_id = $run_id""",
                {
                    "scores": stored,
                    "now": now(),
                    "run_id": run_id,
                },
            )
        if progress is not None:
            progress(finished / total)
    return replace(run, scores=stored)


def compute(writer: Writer, model: ScoringModel, first: date, last: date, spans: str) -> None:
    """Fill the temporary table ``computed`` with scores; nothing is stored.

    spans: a relation of (organization, first_day, last_day); the days lie between ``first`` and
    ``last`` and those of a client do not overlap. Columns: organization, score_date and
    :data:`STORED`.
    """
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE jobs AS
        SELECT row_number() OVER () AS job, organization,
            greatest(first_day, first_date) AS first_day,
            least(last_day, last_date + {model.window_days - 1}) AS last_day
        FROM {spans} JOIN usage_span USING (organization) JOIN clients USING (organization)
        WHERE is_active AND first_day <= last_date + {model.window_days - 1}
            AND last_day >= first_date"""
    )
    windows = _day_windows(model) if first == last else _range_windows(model)
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE computed AS {_scores_sql(model, windows)}",
        {"first": first, "last": last},
    )


def _resolve_days(
    reader: Reader, as_of: date | None, from_day: date | None, everything: bool
) -> _Days | None:
    latest = latest_day(reader)
    last = as_of or latest
    first_usage: date | None = reader.value("SELECT min(first_date) FROM usage_span")
    if last is None or first_usage is None:
        return None
    if everything:
        return _Days(first=min(first_usage, last), last=last, only_stale=False)
    if from_day is not None:
        if from_day > last:
            raise ArgumentError("from_day", f"{from_day} is after the last day to score, {last}.")
        return _Days(first=from_day, last=last, only_stale=False)
    if as_of is not None:
        return _Days(first=as_of, last=as_of, only_stale=False)
    return _Days(first=None, last=last, only_stale=True)


def _targets(days: _Days, condition: str) -> str:
    """SQL of the spans a run replaces, of clients that meet ``condition``."""
    if days.only_stale:
        return staleness.merged(f"{staleness.ALL_STALE} AND {condition}")
    return f"""SELECT organization, $first::DATE AS first_day, $until::DATE AS last_day
        FROM clients WHERE {condition}"""


def _days_of(days: _Days) -> dict[str, object]:
    return {"until": days.last} if days.only_stale else {"first": days.first, "until": days.last}


def _plan(reader: Reader, days: _Days, model: ScoringModel) -> list[_Chunk]:
    """Cut the work into transactions of about :data:`CHUNK` client-days each.

    Clients of whom only the last day is missing are apart: a day costs a fifth of a calendar.
    """
    frame = reader.query(
        f"""
        SELECT is_one_day, min(organization) AS low, max(organization) AS high,
            sum(weight)::BIGINT AS weight, min(first_day) AS first_day
        FROM (
            SELECT *, (sum(weight) OVER (PARTITION BY is_one_day ORDER BY organization) - 1)
                // $chunk AS chunk
            FROM (
                SELECT organization, min(first_day) AS first_day,
                    min(first_day) = $until AS is_one_day,
                    sum(least(last_day - first_day, last_date - first_date + $reach)
                        + 1 + $reach) AS weight
                FROM ({_targets(days, "true")}) JOIN usage_span USING (organization)
                GROUP BY organization
            )
        )
        GROUP BY is_one_day, chunk
        ORDER BY is_one_day, low""",
        {**_days_of(days), "chunk": CHUNK, "reach": model.reach},
    )
    return [_Chunk(**row) for row in frame.iter_rows(named=True)]


def _score_chunk(
    writer: Writer, model: ScoringModel, days: _Days, chunk: _Chunk, run_id: int
) -> int:
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE targets AS
        SELECT * FROM (
            SELECT *, min(first_day) OVER (PARTITION BY organization) = $until AS is_one_day
            FROM ({_targets(days, "organization BETWEEN $low AND $high")})
        )
        WHERE is_one_day = $is_one_day""",
        {
            **_days_of(days),
            "low": chunk.low,
            "high": chunk.high,
            "is_one_day": chunk.is_one_day,
        },
    )
    first: date | None = writer.value("SELECT min(first_day) FROM targets")
    if first is None:
        return 0
    compute(writer, model, first, days.last, "targets")
    writer.execute(
        """DELETE FROM scores USING targets
        WHERE scores.score_date BETWEEN $first AND $last
            AND scores.organization = targets.organization
            AND scores.score_date BETWEEN targets.first_day AND targets.last_day""",
        {"first": first, "last": days.last},
    )
    stored = writer.execute(
        f"""INSERT INTO scores
        SELECT organization, score_date, {", ".join(STORED)}, $run_id FROM computed
        ORDER BY date_trunc('month', score_date), organization, score_date""",
        {"run_id": run_id},
    )
    staleness.clear(writer, "targets", first, days.last)
    return stored


def _begin_run(writer: Writer, run: ScoringRun, requested_by: str) -> int:
    register_model(writer, run.model)
    run_id = int(writer.value("SELECT coalesce(max(run_id), 0) + 1 FROM scoring_runs"))
    writer.execute(
        """INSERT INTO scoring_runs
        SELECT $run_id, $version, $by, $started_at, NULL, $first, $last, 0""",
        {
            "run_id": run_id,
            "version": run.model.version,
            "by": requested_by,
            "started_at": run.started_at,
            "first": run.first_day,
            "last": run.last_day,
        },
    )
    return run_id


_SUMS: Final = """
    {latest} AS latest_monthly,
    max(daily_active_users) {over} AS most_daily,
    (sum(cases_closed) {over})::BIGINT AS closed,
    (sum(cases_closed_on_time) {over})::BIGINT AS on_time,
    (sum(campaign_response_rate) {over})::BIGINT AS rates,
    count(campaign_response_rate) {over} AS rate_days,
    (sum(support_tickets) {over})::BIGINT AS tickets"""
"""What a window adds up to; null where it has no row of the metric.

Sums come as 128-bit integers, whose division costs four times that of 64 bits.
"""


def _day_windows(model: ScoringModel) -> str:
    """The windows of day ``$last`` (= ``$first``) and of the day its trend looks back to."""
    sums = _SUMS.format(latest="arg_max(monthly_active_users, date)", over="")
    return "\nUNION ALL\n".join(
        f"""SELECT job, organization, $last::DATE - {back} AS day, {sums}
        FROM usage_daily JOIN jobs USING (organization)
        WHERE date BETWEEN $last::DATE - {back + model.window_days - 1} AND $last::DATE - {back}
            AND $first::DATE = $last::DATE
        GROUP BY ALL"""
        for back in (0, model.trend_days)
    )


def _range_windows(model: ScoringModel) -> str:
    """The windows of every day of the jobs and of the days their trends look back to."""
    sums = _SUMS.format(
        latest="last_value(monthly_active_users IGNORE NULLS) OVER days", over="OVER days"
    )
    return f"""
    SELECT job, organization, day, {sums}
    FROM (
        SELECT job, organization, unnest(generate_series(
            first_day - {model.reach}, last_day, INTERVAL 1 DAY))::DATE AS day
        FROM jobs
    )
    LEFT JOIN (
        SELECT organization, date AS day, * EXCLUDE (organization, date, import_id)
        FROM usage_daily
        WHERE date BETWEEN $first::DATE - {model.reach} AND $last::DATE
            AND organization BETWEEN (SELECT min(organization) FROM jobs)
            AND (SELECT max(organization) FROM jobs)
    ) USING (organization, day)
    WINDOW days AS (
        PARTITION BY job ORDER BY day
        ROWS BETWEEN {model.window_days - 1} PRECEDING AND CURRENT ROW
    )"""


def _share(part: str, whole: str, target: int) -> str:
    """SQL of a ratio's points: half up, 100 at most, 100 from ``target`` percent on."""
    whole = f"({whole} * {target})"
    return f"least(100, (20000 * {part} + {whole}) // nullif(2 * {whole}, 0))"


def _component_sql(model: ScoringModel) -> dict[Component, str]:
    """SQL of each component's points over a window joined with its client; null is no data.

    ``least`` skips nulls, so each says itself when there is nothing to compute from.
    """
    if model.tickets_per_hundred_users:
        tickets = (
            f"WHEN tickets IS NOT NULL AND total_users > 0 THEN greatest(0, (2 * (100 * "
            f"total_users - {100 * model.points_per_ticket} * tickets) + total_users) "
            f"// nullif(2 * total_users, 0))"
        )
    else:
        tickets = (
            f"WHEN tickets IS NOT NULL THEN greatest(0, 100 - {model.points_per_ticket} * tickets)"
        )
    active = "coalesce(latest_monthly, most_daily)"
    when = {
        Component.LOGIN: f"WHEN {active} IS NOT NULL AND total_users > 0 "
        f"THEN {_share(active, 'total_users', model.login_target)}",
        Component.CASE_RESOLUTION: "WHEN closed > 0 AND on_time IS NOT NULL "
        f"THEN {_share('on_time', 'closed', model.case_resolution_target)}",
        # The rates are percent already: their mean out of 100 is the ratio.
        Component.CAMPAIGN_COMPLETION: "WHEN rate_days > 0 THEN "
        + _share("rates", "(100 * rate_days)", model.campaign_completion_target),
        Component.FEATURE_ADOPTION: "WHEN enabled > 0 "
        f"THEN {_share('used', 'enabled', model.feature_adoption_target)}",
        Component.SUPPORT_TICKET: tickets,
    }
    return {component: f"CASE {when[component]} END" for component in Component}


_FEATURES: Final = f"""
    SELECT organization, count(*) FILTER (is_enabled) AS enabled, {
    ", ".join(
        f"max(coalesce(first_used_at, DATE '0001-01-01')) FILTER (feature_name = '{feature}' "
        f"AND is_enabled AND is_used) AS since_{number}"
        for number, feature in enumerate(FeatureName)
    )
}
    FROM adoption GROUP BY organization"""
"""One row per client: how many features are enabled, and from which day each counts as used."""

_USED: Final = " + ".join(
    f"(since_{number} IS NOT NULL AND since_{number} <= day)::INTEGER"
    for number in range(len(FeatureName))
)


def _scores_sql(model: ScoringModel, windows: str) -> str:
    """SQL of the scores of ``jobs`` from their windows: organization, score_date, the stored ones.

    In the order of the contract: the components, their weighted mean over those with data and
    its coverage, the same of the earlier day, trend, risk.
    """
    components = _component_sql(model)
    weighed = [
        f"CASE WHEN {component.column} IS NULL THEN 0 ELSE {model.weight(component)} END"
        for component in Component
    ]
    points = " + ".join(
        f"coalesce({component.column}, 0) * {model.weight(component)}" for component in Component
    )
    evidence = ", ".join(
        component.column for component in Component if component != Component.FEATURE_ADOPTION
    )
    change = "overall_score - previous_score"
    return f"""
    WITH windows AS ({windows}),
    component_scores AS (
        SELECT job, organization, day,
            {", ".join(f"{components[c]}::BIGINT AS {c.column}" for c in Component)}
        FROM (
            SELECT windows.*, total_users, enabled, {_USED} AS used
            FROM windows JOIN clients USING (organization)
            LEFT JOIN ({_FEATURES}) AS features USING (organization)
        )
    ),
    overall AS (
        SELECT *, (2 * points + weights) // (2 * weights) AS overall_score,
            (200 * weights + 10000) // 20000 AS coverage
        FROM (
            SELECT *, {points} AS points, nullif({" + ".join(weighed)}, 0) AS weights
            FROM component_scores
            WHERE coalesce({evidence}) IS NOT NULL
        )
    ),
    trends AS (
        SELECT now.*, earlier.overall_score AS previous_score
        FROM overall AS now
        JOIN jobs USING (job)
        LEFT JOIN overall AS earlier
            ON earlier.job = now.job AND earlier.day = now.day - {model.trend_days}
        WHERE now.day BETWEEN jobs.first_day AND jobs.last_day
    ),
    rated AS (
        SELECT *, CASE
            WHEN {change} >= {model.improving_from} THEN '{HealthTrend.IMPROVING}'
            WHEN {change} <= {model.declining_to} THEN '{HealthTrend.DECLINING}'
            ELSE '{HealthTrend.STABLE}' END AS trend
        FROM trends
        WHERE overall_score IS NOT NULL
    )
    SELECT organization, day AS score_date,
        {", ".join(f"{name}::UTINYINT AS {name}" for name in STORED[:8])}, trend,
        CASE
            WHEN overall_score < {model.high_below}
                OR (overall_score < {model.declining_high_below}
                    AND trend = '{HealthTrend.DECLINING}') THEN '{RiskLevel.HIGH}'
            WHEN overall_score >= {model.low_from}
                AND trend <> '{HealthTrend.DECLINING}' THEN '{RiskLevel.LOW}'
            ELSE '{RiskLevel.MEDIUM}' END AS risk_level
    FROM rated"""
